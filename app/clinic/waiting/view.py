"""What the desk sees of the queue (D4, D9): a picture of one moment, made from a handful of queries.

Deciding what belongs where is pure. What the waiting patient is told is `patient_view`'s.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from app.clinic.booking import readiness
from app.clinic.booking.readiness import Readiness
from app.clinic.booking.tables import Appointment
from app.clinic.messages import subscriptions
from app.clinic.people.tables import Patient, Staff
from app.clinic.people.who import StaffWho
from app.clinic.waiting.presence import STANDING, Presence, Signs, lost_at, presence
from app.clinic.waiting.queue import LATEST
from app.clinic.waiting.room import room_of
from app.clinic.waiting.tables import Place, WaitingRoom
from app.i18n import local

Group = Literal["calling", "present", "expected", "absent"]


@dataclass(frozen=True, slots=True)
class Row:
    """One patient at the desk: somebody with a place, or somebody expected today (`place` is None)."""

    group: Group
    patient: UUID
    name: str
    phone: str
    birth_year: int | None
    place: UUID | None = None
    appointment: UUID | None = None
    state: str = "booked"
    presence: Presence = "here"
    lost_at: datetime | None = None
    starts_at: datetime | None = None
    entered_at: datetime | None = None
    called_at: datetime | None = None
    waited_minutes: int = 0
    late_minutes: int = 0
    reason: str = ""
    type_name: str = ""
    staff: UUID | None = None
    staff_name: str = ""
    called_by: UUID | None = None
    called_by_name: str = ""
    origin: str = "open"
    is_test: bool = False
    is_passant: bool = False
    word: str = ""
    may_push: bool = False
    ready: Readiness = field(default_factory=Readiness)

    def is_theirs(self, staff: UUID, answers_for_open: bool) -> bool:
        """Whether this is one of that person's own patients; the responsible one has those nobody is named for (D9)."""
        if self.called_by is not None:
            return self.called_by == staff
        return self.staff == staff or (self.staff is None and answers_for_open)


@dataclass(frozen=True, slots=True)
class Room:
    """The open consultation as the desk shows it; the counts say whom each way of closing concerns."""

    is_open: bool
    opened_at: datetime | None
    responsible: UUID | None
    responsible_name: str
    announcement: str
    announced_at: datetime | None
    waiting_open: int
    waiting_booked: int

    @property
    def waiting(self) -> int:
        """Everybody who waits."""
        return self.waiting_open + self.waiting_booked


@dataclass(frozen=True, slots=True)
class DeskQueue:
    """The waiting room at the desk, each group in the order to be served."""

    calling: Sequence[Row]
    present: Sequence[Row]
    expected: Sequence[Row]
    absent: Sequence[Row]
    room: Room

    @property
    def first(self) -> UUID | None:
        """The place to call in next."""
        return self.present[0].place if self.present else None


def group_of(state: str, present: Presence) -> Group:
    """Where a place is shown: being called or in a call, present (also asleep or reconnecting), or absent."""
    if state in ("called", "in_call"):
        return "calling"
    return "absent" if present == "absent" else "present"


def minutes_between(earlier: datetime, later: datetime) -> int:
    """Whole minutes from one to the other, never negative."""
    return max(0, int((later - earlier).total_seconds() // 60))


async def desk_queue(staff: StaffWho, now: datetime, *, mine: bool = False) -> DeskQueue:
    """The clinic's queue in groups; with `mine`, only this person's own patients."""
    places = (
        await Place.objects(Place.patient, Place.staff, Place.called_by, Place.appointment)
        .where(Place.clinic == staff.clinic, Place.state.is_in(STANDING))
        .order_by(Place.entered_at)
    )
    expected = await _expected(staff.clinic, places, now)
    appointments = [place.appointment for place in places if place.appointment.id] + expected
    ready = await readiness.of(appointments)
    types = {each.id: each.type.name for each in expected} | await _type_names(places)
    pushable = await subscriptions.reachable((place.patient.id for place in places), now)
    rows = [_place_row(place, ready, types, pushable, now) for place in places]
    rows += [_expected_row(each, ready[each.id], now) for each in expected]
    room = await _room(staff.clinic, places)
    if mine:
        rows = [row for row in rows if row.is_theirs(staff.id, room.responsible == staff.id)]

    def group(name: Group) -> list[Row]:
        return [row for row in rows if row.group == name]

    return DeskQueue(group("calling"), group("present"), group("expected"), group("absent"), room)


async def standing_appointments(clinic: UUID, now: datetime) -> dict[UUID, Group]:
    """Appointments whose patient is in the waiting room or called in now, and the group they are shown in."""
    places = await Place.objects().where(
        Place.clinic == clinic, Place.state.is_in(STANDING), Place.appointment.is_not_null()
    )
    return {place.appointment: group_of(place.state, presence(place, now)) for place in places}


async def _expected(clinic: UUID, places: Sequence[Place], now: datetime) -> list[Appointment]:
    """Today's booked video appointments whose patient has not come yet, in the order of their time."""
    here = {place.appointment.id for place in places}
    midnight = local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    booked = (
        await Appointment.objects(Appointment.patient, Appointment.staff, Appointment.type)
        .where(
            Appointment.clinic == clinic,
            Appointment.state == "booked",
            Appointment.mode == "video",
            Appointment.starts_at >= max(midnight, now - LATEST),
            Appointment.starts_at < midnight + timedelta(days=1),
        )
        .order_by(Appointment.starts_at)
    )
    served = (
        await Place.select(Place.appointment).where(
            Place.appointment.is_in([each.id for each in booked]), Place.state == "served"
        )
        if booked
        else []
    )
    over = here | {row["appointment"] for row in served}
    return [each for each in booked if each.id not in over]


async def _type_names(places: Sequence[Place]) -> dict[UUID, str]:
    ids = [place.appointment.id for place in places if place.appointment.id]
    if not ids:
        return {}
    rows = await Appointment.select(Appointment.id, Appointment.type.name).where(Appointment.id.is_in(ids))
    return {row["id"]: row["type.name"] for row in rows}


async def _room(clinic: UUID, places: Sequence[Place]) -> Room:
    room: WaitingRoom = await room_of(clinic)
    responsible: Staff | None = room.responsible if room.responsible and room.responsible.id else None
    waiting = [place for place in places if place.state == "waiting"]
    booked = sum(1 for place in waiting if place.appointment.id)
    return Room(
        is_open=room.is_open,
        opened_at=room.opened_at,
        responsible=responsible.id if responsible else None,
        responsible_name=responsible.name if responsible else "",
        announcement=room.announcement,
        announced_at=room.announced_at,
        waiting_open=len(waiting) - booked,
        waiting_booked=booked,
    )


def _place_row(
    place: Place, ready: Mapping[UUID, Readiness], types: Mapping[UUID, str], pushable: Set[UUID], now: datetime
) -> Row:
    patient: Patient = place.patient
    appointment = place.appointment if place.appointment.id else None
    present = presence(place, now)
    return Row(
        group=group_of(place.state, present),
        patient=patient.id,
        name=patient.name,
        phone=patient.phone,
        birth_year=patient.birth_date.year if patient.birth_date else None,
        place=place.id,
        appointment=appointment.id if appointment else None,
        state=place.state,
        presence=present,
        lost_at=lost_at(Signs.of(place), now),
        starts_at=appointment.starts_at if appointment else None,
        entered_at=place.entered_at,
        called_at=place.state_at if place.state != "waiting" else None,
        waited_minutes=minutes_between(place.entered_at, now),
        late_minutes=minutes_between(appointment.starts_at, now) if appointment else 0,
        reason=place.reason,
        type_name=types.get(appointment.id, "") if appointment else "",
        staff=place.staff.id,
        staff_name=place.staff.name if place.staff.id else "",
        called_by=place.called_by.id,
        called_by_name=place.called_by.name if place.called_by.id else "",
        origin=appointment.origin if appointment else "open",
        is_test=patient.is_test,
        is_passant=patient.registration == "passant",
        word=place.word,
        may_push=patient.id in pushable,
        ready=ready[appointment.id] if appointment else Readiness(),
    )


def _expected_row(appointment: Appointment, ready: Readiness, now: datetime) -> Row:
    patient: Patient = appointment.patient
    return Row(
        group="expected",
        patient=patient.id,
        name=patient.name,
        phone=patient.phone,
        birth_year=patient.birth_date.year if patient.birth_date else None,
        appointment=appointment.id,
        starts_at=appointment.starts_at,
        late_minutes=minutes_between(appointment.starts_at, now),
        reason=appointment.reason,
        type_name=appointment.type.name,
        staff=appointment.staff.id,
        staff_name=appointment.staff.name,
        origin=appointment.origin,
        is_test=appointment.is_test,
        is_passant=patient.registration == "passant",
        ready=ready,
    )
