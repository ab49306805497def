"""Whether a patient in the queue is here, asleep, reconnecting or absent (D5).

A place is the server's: losing the page never costs it. An open page says "here" every few seconds, and whether it is
looked at; silence is noticed after a lease, and after a grace time the desk reads "absent". A page nobody looks at is a
phone that sleeps: its line may well drop, and that is no absence. Nothing here knows sockets or pages.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from piccolo.columns import Column

from app.clinic.change import announce, change
from app.clinic.database import batched
from app.clinic.events import PlaceChanged
from app.clinic.moving import move_times
from app.clinic.waiting.tables import RUNG, WAITING, Place

LEASE = timedelta(seconds=25)
"""A page says "here" every 15 s, and what it says is written down within five."""
GRACE = timedelta(seconds=60)
DOZE = timedelta(seconds=10)
SLEEP = timedelta(minutes=30)
STANDING: list[Any] = [WAITING, *RUNG]
_SEEN_EVERY = timedelta(seconds=5)

Values = dict[Column | str, Any]
Presence = Literal["here", "asleep", "reconnecting", "absent"]


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of a place's pages: last heard of, hidden since (None while looked at), closed or lost since."""

    seen_at: datetime
    hidden_at: datetime | None = None
    gone_at: datetime | None = None

    @classmethod
    def of(cls, place: Place) -> "Signs":
        """The signs written on this place."""
        return cls(place.seen_at, place.hidden_at, place.gone_at)


def lost_at(signs: Signs, now: datetime) -> datetime | None:
    """Since when nobody looks at the page: it was hidden, closed, or last heard of before a silence beyond the lease.

    None while it is here.
    """
    if signs.hidden_at is not None:
        return signs.hidden_at
    if signs.gone_at is not None:
        return signs.gone_at
    return signs.seen_at if now - signs.seen_at > LEASE else None


def presence_of(signs: Signs, now: datetime) -> Presence:
    """Return the presence these signs mean.

    A hidden page is asleep, connected or not, until nothing was heard of it for SLEEP. A visible one is reconnecting
    for the grace time after it disconnected or its lease ran out, then absent.
    """
    lost = lost_at(signs, now)
    if lost is None:
        return "here"
    if signs.hidden_at is not None:
        if signs.gone_at is None and now - signs.hidden_at <= DOZE:
            return "here"
        return "asleep" if now - max(signs.hidden_at, signs.seen_at) <= SLEEP else "absent"
    patience = GRACE if signs.gone_at is not None else LEASE + GRACE
    return "reconnecting" if now - lost <= patience else "absent"


def presence(place: Place, now: datetime) -> Presence:
    """What the desk should read beside this place now."""
    return presence_of(Signs.of(place), now)


async def here(place_id: UUID, now: datetime, *, visible: bool = True) -> None:
    """Note that an open page of this place reported. Desks are told only if what they show changes."""
    await all_here({place_id: visible}, now)


async def all_here(pages: Mapping[UUID, bool], now: datetime) -> None:
    """Note that open pages of these places reported, each visible or not."""
    changed: list[Place] = []
    as_it_was: list[UUID] = []
    for some in batched(pages):
        for place in await Place.objects().where(Place.id.is_in(some), Place.state.is_in(STANDING)):
            if _is_other(place, now, pages[place.id]):
                changed.append(place)
            elif abs(now - place.seen_at) >= _SEEN_EVERY:
                as_it_was.append(place.id)
    await still_here(as_it_was, now)
    if changed:
        async with change():
            for place in changed:
                await _write_down(place, now, pages[place.id])


async def _write_down(place: Place, now: datetime, visible: bool) -> None:
    hidden_at = None if visible else place.hidden_at or now
    present = presence_of(Signs(now, hidden_at), now)
    values: Values = {Place.seen_at: now, Place.hidden_at: hidden_at, Place.gone_at: None, Place.presence: present}
    # not over what is newer, but for what a clock wrote that has been set back since
    is_older = (Place.seen_at <= now) | (Place.seen_at > now + LEASE)
    await Place.update(values).where(Place.id == place.id, is_older)
    if place.presence != present:
        announce(PlaceChanged(place.clinic, place.id))


async def still_here(places: Collection[UUID], now: datetime) -> list[UUID]:
    """Note that these places' pages reported no change; return the places that had been missed meanwhile."""
    missed: list[UUID] = []
    for some in batched(places):
        seen = (
            await Place.update({Place.seen_at: now})
            .where(Place.id.is_in(some), Place.gone_at.is_null(), Place.presence.is_in(["here", "asleep"]))
            .returning(Place.id)
        )
        missed += set(some) - {row["id"] for row in seen}
    return missed


def _is_other(place: Place, now: datetime, visible: bool) -> bool:
    """Whether a report changes anything: the page was shown or hidden, or had been missed."""
    signs = Signs.of(place)
    is_turned = visible != (signs.hidden_at is None)
    present = presence_of(Signs(now, signs.hidden_at), now)
    return is_turned or signs.gone_at is not None or place.presence != present


async def gone(place_id: UUID, now: datetime, *, closed: bool = False) -> None:
    """The last line to this place's pages is lost: the grace time begins, the place stays.

    A hidden page sleeps on without its line, unless it was `closed`: then the patient went away.
    """
    place = await Place.objects().get((Place.id == place_id) & Place.state.is_in(STANDING) & Place.gone_at.is_null())
    if place is None:
        return
    hidden_at = None if closed else place.hidden_at
    present = presence_of(Signs(place.seen_at, hidden_at, now), now)
    async with change():
        lost = (
            await Place.update({Place.gone_at: now, Place.hidden_at: hidden_at, Place.presence: present})
            .where(Place.id == place_id, Place.gone_at.is_null(), Place.seen_at == place.seen_at)
            .returning(Place.id)
        )
        if lost and place.presence != present:
            announce(PlaceChanged(place.clinic, place_id))


async def clock_moved(by: timedelta) -> None:
    """Shift signs of life by as much as the clock was set; inside a change."""
    await move_times(Place, Place.state.is_in(STANDING), [Place.seen_at, Place.hidden_at, Place.gone_at], by)


async def notice_absences(now: datetime) -> int:
    """Tell the desks of every place whose presence time alone changed; answers how many. Safe in several processes."""
    noticed = 0
    silent = (Place.presence != "here") | (Place.seen_at < now - LEASE)
    unseen = silent | Place.hidden_at.is_not_null() | Place.gone_at.is_not_null()
    for place in await Place.objects().where(Place.state.is_in(STANDING), unseen):
        present = presence(place, now)
        if present != place.presence:
            noticed += await _notice(place, present)
    return noticed


async def _notice(place: Place, present: Presence) -> int:
    """Write the presence unless the patient has come back or another process was first, and announce it."""
    async with change():
        won = (
            await Place.update({Place.presence: present})
            .where(Place.id == place.id, Place.presence == place.presence, Place.seen_at == place.seen_at)
            .returning(Place.id)
        )
        if won:
            announce(PlaceChanged(place.clinic, place.id))
    return len(won)
