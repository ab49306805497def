"""Patients book themselves from the clinic's page: the types and people the clinic offers, in its order (B4).

Only times that lie in real working hours and are free can be had, and each is had once: who comes second is told so.
What was booked waits for the clinic's review (review.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.clinic.booking import appointments, calendar, hours, notices, types
from app.clinic.booking.appointments import NotSuited, TimeTaken
from app.clinic.booking.tables import BOOKED, Appointment, AppointmentType
from app.clinic.change import announce, change
from app.clinic.errors import Conflict, NotAllowed, NotFound, TooLate
from app.clinic.events import AppointmentChanged
from app.clinic.messages.phones import show_phone
from app.clinic.people import guardianship, patients, team
from app.clinic.people.tables import Clinic, Patient, Staff
from app.i18n import _, local

NOTICE = timedelta(hours=1)
DAYS_AHEAD = 28
MAX_COMING = 3
_ALL = 10_000


@dataclass(frozen=True, slots=True)
class Slot:
    """A free time with somebody."""

    starts_at: datetime
    staff: UUID


@dataclass(frozen=True, slots=True)
class OnlineType:
    """What the clinic offers online: a type, and the people it can be booked with, both in the clinic's order."""

    type: AppointmentType
    people: tuple[Staff, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the patient chose. `has_device` is their word that they have what video takes."""

    type: UUID
    staff: UUID
    starts_at: datetime
    reason: str = ""
    has_device: bool = False


async def offers(clinic: UUID) -> list[OnlineType]:
    """Everything that can be booked online; nothing when nobody was chosen for it."""
    people = tuple(await team.online(clinic))
    return [OnlineType(kind, people) for kind in await types.online(clinic)] if people else []


async def offer_of(clinic: UUID, type_id: UUID) -> OnlineType:
    """One offer; raises NotFound when the type can't be booked online (any more)."""
    offer = next((each for each in await offers(clinic) if each.type.id == type_id), None)
    if offer is None:
        raise NotFound(_("This can't be booked online any more."))
    return offer


async def free_slots(
    clinic: Clinic, mode: str, minutes: int, people: Sequence[UUID], now: datetime, *, after: datetime | None = None
) -> list[Slot]:
    """The free times with these people in the next four weeks, by time, the clinic's first choice first at each."""
    earliest = max(now + NOTICE, after or now)
    last = local(now).date() + timedelta(days=DAYS_AHEAD)
    found = []
    for order, person in enumerate(people):
        work = await hours.spans_for(clinic, person, mode, local(earliest).date(), last)
        taken = await calendar.taken_by(person, earliest, calendar.day_span(last)[1])
        free = calendar.free_times(work, taken, minutes, earliest, _ALL, step=minutes)
        found += [(starts_at, order, Slot(starts_at, person)) for starts_at in free]
    return [slot for _starts_at, _order, slot in sorted(found, key=lambda each: each[:2])]


async def book(wish: Wish, patient: Patient, clinic: Clinic, now: datetime) -> Appointment:
    """Book the time for this patient and send the receipt with their link.

    When it is theirs already (a double press, or going back and forth) the same appointment is returned. Raise
    TimeTaken when somebody was first, NotSuited without what video takes, NotAllowed for a patient who is not
    registered with the clinic or has enough coming appointments, NotFound for what is not offered.
    """
    async with change():
        offer = await offer_of(clinic.id, wish.type)
        if wish.staff not in {person.id for person in offer.people}:
            raise NotFound(_("This can't be booked online any more."))
        await appointments.one_at_a_time(wish.staff)
        if booked := await _booked_already(wish, patient):
            return booked
        await _check_patient(patient, clinic, offer.type, wish, now)
        appointment = _appointment(wish, patient, offer.type, await _guardian(patient, now), now)
        await check_free(appointment, clinic, now)
        await appointment.save()
        unconfirmed = (Patient.id == patient.id) & (Patient.phone != "") & Patient.phone_confirmed_at.is_null()
        await Patient.update({Patient.phone_confirmed_at: now}).where(unconfirmed)
        await notices.tell(appointment, "received", now, hold=False)
        announce(AppointmentChanged(clinic.id, appointment.id))
    return appointment


async def _booked_already(wish: Wish, patient: Patient) -> Appointment | None:
    """The patient's own appointment at this very time, of this type and with this person."""
    return (
        await Appointment.objects()
        .where(
            Appointment.patient == patient.id,
            Appointment.staff == wish.staff,
            Appointment.type == wish.type,
            Appointment.starts_at == wish.starts_at,
            Appointment.state == BOOKED,
        )
        .first()
    )


async def check_free(wanted: Appointment, clinic: Clinic, now: datetime) -> None:
    """That patients may have this time; raises TimeTaken, or Conflict for a patient with another appointment then.

    Ask inside a change, after `appointments.one_at_a_time`: then the answer holds until the commit.
    """
    same = (Appointment.patient == wanted.patient) & (Appointment.starts_at == wanted.starts_at)
    if await Appointment.exists().where(same, Appointment.state == BOOKED, Appointment.id != wanted.id):
        raise Conflict(_("You have an appointment at that time already."), field="starts_at")
    day = local(wanted.starts_at).date()
    work = await hours.spans_for(clinic, wanted.staff, wanted.mode, day, day)
    taken = await calendar.taken_by(wanted.staff, *calendar.day_span(day))
    free = calendar.free_times(work, taken, wanted.minutes, now + NOTICE, _ALL, step=wanted.minutes)
    if wanted.starts_at not in free or day > local(now).date() + timedelta(days=DAYS_AHEAD):
        raise TimeTaken(_("Somebody else has just taken that time. Choose another one."), field="starts_at")


async def _check_patient(patient: Patient, clinic: Clinic, kind: AppointmentType, wish: Wish, now: datetime) -> None:
    phone = {"phone": show_phone(clinic.plan_b_phone)}
    if patient.clinic != clinic.id or patient.registration != "registered":
        raise NotAllowed(_("Only the clinic's own patients can book online. Call %(phone)s.") % phone)
    if kind.mode == "video" and not wish.has_device:
        raise NotSuited(_("Video takes a smartphone or tablet and MitID. Choose a time at the clinic instead."))
    coming = Appointment.count().where(
        Appointment.patient == patient.id,
        Appointment.booked_online.eq(True),
        Appointment.state == BOOKED,
        Appointment.starts_at > now,
    )
    if await coming >= MAX_COMING:
        raise NotAllowed(_("You have three coming appointments already. Call %(phone)s if you need more.") % phone)


def _appointment(
    wish: Wish, patient: Patient, kind: AppointmentType, guardian: UUID | None, now: datetime
) -> Appointment:
    return Appointment(
        clinic=patient.clinic,
        patient=patient.id,
        guardian=guardian,
        staff=wish.staff,
        type=kind.id,
        mode=kind.mode,
        starts_at=wish.starts_at,
        minutes=kind.minutes,
        reason=" ".join(wish.reason.split())[: appointments.MAX_REASON_LENGTH],
        is_test=patient.is_test,
        booked_online=True,
        created_at=now,
    )


async def _guardian(patient: Patient, now: datetime) -> UUID | None:
    if patient.eid != "guardian" or guardianship.is_outgrown(patient.birth_date, local(now).date()):
        return None
    return next((guardian.id for guardian in await patients.guardians_of(patient.id)), None)


def may_cancel(appointment: Appointment, now: datetime) -> bool:
    """Whether the patient can still call it off: until it begins."""
    return appointment.state == BOOKED and appointment.origin == "planned" and now < appointment.starts_at


async def may_move(appointment: Appointment, now: datetime) -> bool:
    """Whether the patient can move it: an hour ahead, and only to what the clinic offers online."""
    if not may_cancel(appointment, now + NOTICE):
        return False
    return any(offer.type.id == appointment.type for offer in await offers(appointment.clinic))


async def move(appointment: Appointment, slot: Slot, clinic: Clinic, now: datetime) -> Appointment:
    """The patient's own move to a free time; raises as `book`, and TooLate when it can't be moved online any more."""
    async with change():
        if not await may_move(appointment, now):
            phone = {"phone": show_phone(clinic.plan_b_phone)}
            raise TooLate(_("This time can't be moved here any more. Call %(phone)s.") % phone)
        offer = await offer_of(clinic.id, appointment.type)
        if slot.staff not in {person.id for person in offer.people}:
            raise NotFound(_("This can't be booked online any more."))
        await appointments.one_at_a_time(slot.staff)
        wanted = Appointment(
            id=appointment.id,
            patient=appointment.patient,
            staff=slot.staff,
            mode=appointment.mode,
            minutes=appointment.minutes,
            starts_at=slot.starts_at,
        )
        await check_free(wanted, clinic, now)
        return await appointments.move(appointment, slot.starts_at, now, staff=slot.staff, by_patient=True)
