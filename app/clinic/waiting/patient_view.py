"""What a waiting patient is honestly told (C4, D7): no position, since doctors share the queue; no invented delay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.clinic.people.tables import StaffSession
from app.clinic.waiting.presence import presence
from app.clinic.waiting.room import room_of
from app.clinic.waiting.tables import Place
from app.clinic.waiting.view import minutes_between

_AT_WORK = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class PatientView:
    """What the waiting patient is told. `minutes_behind` is None when the clinic can't honestly say."""

    place: UUID
    state: str
    entered_at: datetime
    starts_at: datetime | None
    staff_name: str
    called_by_name: str
    at_work: int
    minutes_behind: int | None
    announcement: str
    announced_at: datetime | None
    word: str
    word_at: datetime | None


def minutes_behind(waits: Sequence[tuple[datetime, datetime]], now: datetime) -> int | None:
    """How late the clinic is, from (appointment time, arrival) of patients present: a late patient is not its delay.

    None when nobody with an appointment is waiting: then there is nothing to measure.
    """
    if not waits:
        return None
    return max(0, *(minutes_between(max(starts, entered), now) for starts, entered in waits))


async def patient_view(place: Place, now: datetime) -> PatientView:
    """The state of a place in honest words' material: no position, since the queue is shared by all doctors (C4)."""
    seen = (await Place.objects(Place.staff, Place.called_by, Place.appointment).get(Place.id == place.id)) or place
    waiting = await Place.objects(Place.appointment, Place.patient).where(
        Place.clinic == place.clinic, Place.state == "waiting"
    )
    waits = [
        (each.appointment.starts_at, each.entered_at)
        for each in waiting
        if each.appointment.id and presence(each, now) != "absent" and not _is_test(each)
    ]
    room = await room_of(place.clinic)
    return PatientView(
        place=place.id,
        state=seen.state,
        entered_at=seen.entered_at,
        starts_at=seen.appointment.starts_at if seen.appointment.id else None,
        staff_name=seen.staff.name if seen.staff.id else "",
        called_by_name=seen.called_by.name if seen.called_by.id else "",
        at_work=await _at_work(place.clinic, now),
        minutes_behind=minutes_behind(waits, now),
        announcement=room.announcement,
        announced_at=room.announced_at,
        word=seen.word,
        word_at=seen.word_at,
    )


def _is_test(place: Place) -> bool:
    """Whether somebody is only trying things out: that delays nobody."""
    return bool(place.patient.is_test or place.appointment.is_test)


async def _at_work(clinic: UUID, now: datetime) -> int:
    """Doctors and nurses working now: in a call, or signed in at the desk and active this quarter of an hour."""
    sessions = await StaffSession.select(StaffSession.staff.id.as_alias("id"), StaffSession.staff.role).where(
        StaffSession.staff.clinic == clinic, StaffSession.seen_at > now - _AT_WORK, StaffSession.expires_at > now
    )
    calling = await Place.select(Place.called_by.id.as_alias("id")).where(
        Place.clinic == clinic, Place.state.is_in(["called", "in_call"])
    )
    at_desk = {row["id"] for row in sessions if row["staff.role"] in ("doctor", "nurse")}
    return len(at_desk | {row["id"] for row in calling})
