"""What a waiting patient is honestly told (C4, D7): no position, since doctors share the queue; no invented delay."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.clinic.change import announce, change
from app.clinic.events import PlaceChanged
from app.clinic.people import team
from app.clinic.people.tables import StaffSession
from app.clinic.waiting.pace import Delay, delay_at
from app.clinic.waiting.room import room_of
from app.clinic.waiting.tables import RUNG, Place, WaitingRoom

_AT_WORK = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class PatientView:
    """What the waiting patient is told. `delay` is None when the clinic can't honestly say."""

    place: UUID
    state: str
    entered_at: datetime
    starts_at: datetime | None
    staff_name: str
    called_by_name: str
    at_work: int
    delay: Delay | None
    announcement: str
    announced_at: datetime | None
    word: str
    word_at: datetime | None
    has_unread: bool


async def patient_view(place: Place, now: datetime) -> PatientView:
    """Return what the patient may be told; never a position, since all doctors share the queue (C4)."""
    names = await Place.select(Place.staff.name, Place.called_by.name, Place.appointment.starts_at).where(
        Place.id == place.id
    )
    seen = names[0] if names else {}
    room = await room_of(place.clinic)
    return PatientView(
        place=place.id,
        state=place.state,
        entered_at=place.entered_at,
        starts_at=seen.get("appointment.starts_at"),
        staff_name=seen.get("staff.name") or "",
        called_by_name=seen.get("called_by.name") or "",
        at_work=await at_work(place.clinic, now),
        delay=await delay_at(place.clinic, now),
        announcement=room.announcement,
        announced_at=room.announced_at,
        word=place.word,
        word_at=place.word_at,
        has_unread=_is_unread(place, room),
    )


def _is_unread(place: Place, room: WaitingRoom) -> bool:
    """Whether something was said to this patient that no page of theirs has shown yet."""
    to_all = _is_news(room.announced_at, place.announcement_read_at)
    return to_all or _is_news(place.word_at, place.word_read_at)


def _is_news(said_at: datetime | None, read_at: datetime | None) -> bool:
    return said_at is not None and (read_at is None or read_at < said_at)


async def has_read(place: Place, now: datetime) -> None:
    """A page that somebody looks at shows what was said to this patient and to all."""
    room = await room_of(place.clinic)
    if not _is_unread(place, room):
        return
    async with change():
        await Place.update({Place.announcement_read_at: now}).where(Place.id == place.id)
        await Place.update({Place.word_read_at: now}).where(
            Place.id == place.id, Place.word_at.is_not_null(), Place.word_read_at.is_null()
        )
        announce(PlaceChanged(place.clinic, place.id))


async def at_work(clinic: UUID, now: datetime) -> int:
    """Doctors and nurses working now: in a call, or signed in at the desk and active this quarter of an hour."""
    sessions = await StaffSession.select(StaffSession.staff.id.as_alias("id"), StaffSession.staff.role).where(
        StaffSession.staff.clinic == clinic, StaffSession.seen_at > now - _AT_WORK, StaffSession.expires_at > now
    )
    calling = await Place.select(Place.called_by.id.as_alias("id")).where(
        Place.clinic == clinic, Place.state.is_in([*RUNG])
    )
    at_desk = {row["id"] for row in sessions if row["staff.role"] in team.CLINICIANS}
    return len(at_desk | {row["id"] for row in calling})
