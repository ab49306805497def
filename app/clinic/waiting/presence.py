"""Whether a patient in the queue is here, reconnecting or absent (D5).

A place is the server's: losing the page never costs it. An open page says "here" every few seconds; silence is noticed
after a lease, and after a grace time the desk reads "absent". Nothing here knows sockets or pages.
"""

from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from piccolo.columns import Column

from app.clinic.change import announce, change
from app.clinic.events import PlaceChanged
from app.clinic.waiting.tables import Place

LEASE = timedelta(seconds=30)
GRACE = timedelta(seconds=60)
STANDING: list[Any] = ["waiting", "called", "in_call"]
_SEEN_EVERY = timedelta(seconds=5)

Values = dict[Column | str, Any]
Presence = Literal["here", "reconnecting", "absent"]


def lost_at(seen_at: datetime, gone_at: datetime | None, now: datetime) -> datetime | None:
    """When the page was lost: closed, or last heard of before a silence beyond the lease. None while it is here."""
    if gone_at is not None:
        return gone_at
    return seen_at if now - seen_at > LEASE else None


def presence_of(seen_at: datetime, gone_at: datetime | None, now: datetime) -> Presence:
    """Here; reconnecting for the grace time after the page closed or its lease ran out; then absent."""
    lost = lost_at(seen_at, gone_at, now)
    if lost is None:
        return "here"
    patience = GRACE if gone_at is not None else LEASE + GRACE
    return "reconnecting" if now - lost <= patience else "absent"


def presence(place: Place, now: datetime) -> Presence:
    """What the desk should read beside this place now."""
    return presence_of(place.seen_at, place.gone_at, now)


async def here(place_id: UUID, now: datetime) -> None:
    """An open page of this place was heard of. Desks hear of it only when the patient had been missed."""
    place = await Place.objects().get((Place.id == place_id) & Place.state.is_in(STANDING))
    if place is None or not _is_news(place, now):
        return
    async with change():
        values: Values = {Place.seen_at: now, Place.gone_at: None, Place.presence: "here"}
        await Place.update(values).where(Place.id == place_id, Place.seen_at <= now)
        if place.presence != "here":
            announce(PlaceChanged(place.clinic, place_id))


def _is_news(place: Place, now: datetime) -> bool:
    """Whether a sign of life is worth writing down: after an absence, or every few seconds."""
    gone_at: datetime | None = place.gone_at
    return gone_at is not None or place.presence != "here" or now - place.seen_at >= _SEEN_EVERY


async def gone(place_id: UUID, now: datetime) -> None:
    """The last open page of this place closed: the grace time begins, the place stays."""
    async with change():
        closed = (
            await Place.update({Place.gone_at: now, Place.presence: "reconnecting"})
            .where(Place.id == place_id, Place.state.is_in(STANDING), Place.gone_at.is_null())
            .returning(Place.clinic)
        )
        if closed:
            announce(PlaceChanged(closed[0]["clinic"], place_id))


async def notice_absences(now: datetime) -> int:
    """Tell the desks of every place whose presence time alone changed; answers how many. Safe in several processes."""
    noticed = 0
    for place in await Place.objects().where(Place.state.is_in(STANDING)):
        present = presence(place, now)
        if present != place.presence:
            noticed += await _notice(place, present)
    return noticed


async def _notice(place: Place, present: Presence) -> int:
    """One process wins the conditional update and announces; a patient who came back meanwhile is left alone."""
    async with change():
        won = (
            await Place.update({Place.presence: present})
            .where(Place.id == place.id, Place.presence == place.presence, Place.seen_at == place.seen_at)
            .returning(Place.id)
        )
        if won:
            announce(PlaceChanged(place.clinic, place.id))
    return len(won)
