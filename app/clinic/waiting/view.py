"""What the desk sees of the queue (D4, D9): a picture of one moment, made from a handful of queries.

Deciding what belongs where is pure. What the waiting patient is told is `patient_view`'s.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from piccolo.columns.combination import And, Or, Where
from piccolo.query import Objects

from app.clinic.booking import readiness
from app.clinic.booking.calendar import day_span
from app.clinic.booking.hours import days_off
from app.clinic.booking.readiness import Readiness
from app.clinic.booking.tables import BOOKED, Appointment, AppointmentType
from app.clinic.messages import subscriptions
from app.clinic.people import team
from app.clinic.people.clinics import MAX_EARLY
from app.clinic.people.tables import Patient, Staff
from app.clinic.people.who import StaffWho
from app.clinic.waiting.presence import STANDING, Presence, Signs, lost_at, presence
from app.clinic.waiting.queue import LATEST
from app.clinic.waiting.room_view import RoomView, room_view
from app.clinic.waiting.tables import RUNG, SERVED, WAITING, Place
from app.i18n import local

Combinable = Where | And | Or
MAX_ROWS = 80
"""How many waiting patients are shown at most: a list of thousands helps nobody."""

Group = Literal["calling", "present", "expected", "absent"]


@dataclass(frozen=True, slots=True)
class QueueRow:
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
    word_read_at: datetime | None = None
    acute_because: str = ""
    is_acute: bool = False
    note: str = ""
    may_push: bool = False
    ready: Readiness = field(default_factory=Readiness)

    def is_theirs(self, staff: UUID, responsible: UUID | None, seeing: Set[UUID]) -> bool:
        """Whether this is one of that person's own patients (D9).

        Patients without a named doctor are the responsible person's. Those of somebody not `seeing` patients today are
        everybody's, so that none is overlooked.
        """
        if self.called_by is not None:
            return self.called_by == staff
        whose = self.staff or responsible
        return whose == staff or whose not in seeing


@dataclass(frozen=True, slots=True)
class DeskQueue:
    """The waiting room at the desk, each group in the order to be served; `more` wait than are shown."""

    calling: Sequence[QueueRow]
    present: Sequence[QueueRow]
    expected: Sequence[QueueRow]
    absent: Sequence[QueueRow]
    room: RoomView
    more: int = 0

    @property
    def first(self) -> UUID | None:
        """The place to call in next."""
        return self.present[0].place if self.present else None


def group_of(state: str, present: Presence) -> Group:
    """Where a place is shown: being called or in a call, present (also asleep or reconnecting), or absent."""
    if state in RUNG:
        return "calling"
    return "absent" if present == "absent" else "present"


def minutes_between(earlier: datetime, later: datetime) -> int:
    """Whole minutes from one to the other, never negative."""
    return max(0, int((later - earlier).total_seconds() // 60))


async def desk_queue(staff: StaffWho, now: datetime, *, mine: bool = False, most: int | None = MAX_ROWS) -> DeskQueue:
    """The clinic's queue in groups; with `mine`, only this person's own patients. At most `most` who wait are shown."""
    room = await room_view(staff.clinic)
    seeing = await seeing_today(staff.clinic, now) if mine else frozenset[UUID]()
    whose = _whose(staff, room, seeing) if mine else None
    places = await _called(staff.clinic) + await _waiting(staff.clinic, whose, most)
    expected = await _expected(staff.clinic, now)
    known = await _known(staff.clinic, places, expected, now)
    rows = [_place_row(place, known, now) for place in places]
    rows += [_expected_row(each, known.ready[each.id], now) for each in expected]
    if mine:
        rows = [row for row in rows if row.is_theirs(staff.id, room.responsible, seeing)]

    def group(name: Group) -> list[QueueRow]:
        return [row for row in rows if row.group == name]

    present, absent = group("present"), group("absent")
    everybody = room.waiting if whose is None else await Place.count().where(whose, Place.state == WAITING)
    more = max(0, everybody - len(present) - len(absent))
    return DeskQueue(group("calling"), present, group("expected"), absent, room, more)


async def seeing_today(clinic: UUID, now: datetime) -> Set[UUID]:
    """Who sees patients today: the doctors and nurses in use who are not off."""
    today = local(now).date()
    off = {each.staff for each in await days_off(clinic, today) if each.covers(today)}
    people = await Staff.select(Staff.id).where(
        Staff.clinic == clinic, Staff.active.eq(True), Staff.role.is_in([*team.CLINICIANS])
    )
    return {row["id"] for row in people} - off


def _whose(staff: StaffWho, room: RoomView, seeing: Set[UUID]) -> Combinable:
    """The condition of `QueueRow.is_theirs` for waiting places, in SQL."""
    nobodys = Place.staff.not_in(list(seeing)) if seeing else Place.staff.is_not_null()
    theirs: Combinable = (Place.staff == staff.id) | nobodys
    if room.responsible == staff.id or room.responsible not in seeing:
        theirs = theirs | Place.staff.is_null()
    return (Place.clinic == staff.clinic) & theirs


async def _called(clinic: UUID) -> list[Place]:
    """Those being called or in a call: never more than the clinic has people."""
    called = Place.objects().where(Place.clinic == clinic, Place.state.is_in([*RUNG]))
    return await called.order_by(Place.entered_at)


async def _waiting(clinic: UUID, whose: Combinable | None, most: int | None) -> list[Place]:
    """Those who wait, in the order to be served: the acute ones as they were put first, then as they came."""

    def waiting() -> Objects[Place]:
        query = Place.objects().where(Place.clinic == clinic, Place.state == WAITING)
        return query if whose is None else query.where(whose)

    acute = await waiting().where(Place.acute_at.is_not_null()).order_by(Place.acute_at)
    others = waiting().where(Place.acute_at.is_null()).order_by(Place.entered_at)
    return acute + await (others if most is None else others.limit(most))


@dataclass(frozen=True, slots=True)
class _Known:
    """What rows tell beyond their place, looked up for all of them at once."""

    patients: Mapping[UUID, Patient]
    appointments: Mapping[UUID, Appointment]
    types: Mapping[UUID, str]
    ready: Mapping[UUID, Readiness]
    staff: Mapping[UUID, str]
    pushable: Set[UUID]


async def _known(clinic: UUID, places: Sequence[Place], expected: Sequence[Appointment], now: datetime) -> _Known:
    patients = list({place.patient for place in places})
    agreed = [place.appointment for place in places if place.appointment]
    appointments = await Appointment.objects().where(Appointment.id.is_in(agreed)) if agreed else []
    types = await AppointmentType.select(AppointmentType.id, AppointmentType.name).where(
        AppointmentType.clinic == clinic
    )
    staff = await Staff.select(Staff.id, Staff.name).where(Staff.clinic == clinic)
    return _Known(
        patients={each.id: each for each in await Patient.objects().where(Patient.id.is_in(patients))}
        if patients
        else {},
        appointments={each.id: each for each in appointments},
        types={row["id"]: row["name"] for row in types},
        ready=await readiness.of([*appointments, *expected]),
        staff={row["id"]: row["name"] for row in staff},
        pushable=await subscriptions.reachable(patients, now),
    )


async def standing_appointments(appointments: Sequence[UUID], now: datetime) -> dict[UUID, Group]:
    """Map these appointments to the group their patient is shown in; those whose patient is not there are left out."""
    if not appointments:
        return {}
    places = await Place.objects().where(Place.appointment.is_in(list(appointments)), Place.state.is_in(STANDING))
    return {place.appointment: group_of(place.state, presence(place, now)) for place in places}


async def _expected(clinic: UUID, now: datetime) -> list[Appointment]:
    """Today's booked video appointments whose patient has not come yet, in the order of their time. Around midnight,
    yesterday's that may still be entered too, and tomorrow's that may already be."""
    ends = max(day_span(local(now).date())[1], now + timedelta(minutes=MAX_EARLY))
    booked = (
        await Appointment.objects(Appointment.patient, Appointment.staff, Appointment.type)
        .where(
            Appointment.clinic == clinic,
            Appointment.state == BOOKED,
            Appointment.mode == "video",
            Appointment.starts_at >= now - LATEST,
            Appointment.starts_at < ends,
        )
        .order_by(Appointment.starts_at)
    )
    if not booked:
        return []
    over = await Place.select(Place.appointment).where(
        Place.appointment.is_in([each.id for each in booked]), Place.state.is_in([*STANDING, SERVED])
    )
    come = {row["appointment"] for row in over}
    return [each for each in booked if each.id not in come]


def _place_row(place: Place, known: _Known, now: datetime) -> QueueRow:
    patient = known.patients[place.patient]
    appointment = known.appointments.get(place.appointment)
    present = presence(place, now)
    return QueueRow(
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
        called_at=place.state_at if place.state != WAITING else None,
        waited_minutes=minutes_between(place.entered_at, now),
        late_minutes=minutes_between(appointment.starts_at, now) if appointment else 0,
        reason=place.reason,
        type_name=known.types.get(appointment.type, "") if appointment else "",
        staff=place.staff,
        staff_name=known.staff.get(place.staff, ""),
        called_by=place.called_by,
        called_by_name=known.staff.get(place.called_by, ""),
        origin=appointment.origin if appointment else "open",
        is_test=patient.is_test,
        is_passant=patient.registration == "passant",
        word=place.word,
        word_read_at=place.word_read_at,
        is_acute=place.acute_at is not None,
        acute_because=place.acute_because,
        note=place.note,
        may_push=patient.id in known.pushable,
        ready=known.ready[appointment.id] if appointment else Readiness(),
    )


def _expected_row(appointment: Appointment, ready: Readiness, now: datetime) -> QueueRow:
    patient: Patient = appointment.patient
    return QueueRow(
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
