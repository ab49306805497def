"""Agreeing on a time: booking, starting now, moving, cancelling, and taking a booking back (B1, B3, B8, B10).

Every verb is one transaction with the patient's message in it, so nobody is booked without being told. Who may enter
the waiting room, and when, belongs to waiting.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from app.clinic.booking import calendar, calendar_events, join_links, notices, requirements, types
from app.clinic.booking.requirements import Answers
from app.clinic.booking.tables import (
    BOOKED,
    CANCELLED,
    DONE,
    MOVED,
    Appointment,
    AppointmentType,
    DeviceTest,
    Measurement,
    PreparationTick,
)
from app.clinic.change import announce, change
from app.clinic.errors import Conflict, Invalid, NotFound, TooLate
from app.clinic.events import AppointmentChanged
from app.clinic.messages import outbox, undo
from app.clinic.people import patients
from app.clinic.people.tables import Guardian, Patient, Staff
from app.clinic.people.who import StaffWho
from app.i18n import _, format_day, format_time, local

MAX_REASON_LENGTH = 200
MAX_AHEAD = timedelta(days=2 * 366)
_JUST_NOW = timedelta(minutes=10)
_SAME_START = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class BookingForm:
    """What the booking dialog sends; a known patient needs the first four only.

    `in_person` books at the clinic instead of on video; `despite_overlap` says the double booking is meant.
    """

    patient: UUID
    type: UUID
    staff: UUID
    starts_at: datetime
    reason: str = ""
    guardian: UUID | None = None
    answers: Answers = field(default_factory=Answers)
    in_person: bool = False
    despite_overlap: bool = False


class NotSuited(Conflict):
    """The patient does not meet what video requires: the appointment can be held at the clinic instead."""


class TimeTaken(Conflict):
    """The staff member is booked at that time already; the booking may be confirmed all the same."""

    may_be_insisted_on = True


async def book(form: BookingForm, staff: StaffWho, now: datetime) -> Appointment:
    """Book, and tell the patient with the join link (held back for ten seconds of undo).

    Raises Invalid naming the field, NotSuited when video's requirements are not met, TimeTaken, and Conflict for a
    patient who is booked at that very time already.
    """
    _check_time(form.starts_at, now)
    async with change():
        appointment = await _agreed(form, staff, now, origin="planned")
        await _keep_free(appointment, form.despite_overlap)
        await appointment.save()
        await notices.tell(appointment, await _said_of(appointment), now, hold=True)
        announce(AppointmentChanged(staff.clinic, appointment.id))
    return appointment


def _check_time(starts_at: datetime, now: datetime) -> None:
    """Raise Invalid for a time in the past, and for one so far ahead that the year must be a typing mistake."""
    if starts_at < now - _JUST_NOW:
        raise Invalid(_("That time has passed."), field="starts_at")
    if starts_at > now + MAX_AHEAD:
        raise Invalid(_("That is more than two years ahead. Check the year."), field="starts_at")


async def start_now(form: BookingForm, staff: StaffWho, now: datetime) -> Appointment:
    """An instant meeting: the link is sent at once, and the waiting room is open to it from this minute (B8).

    Pressed twice within a minute it leads to the same meeting. Raises Invalid for a type held at the clinic.
    """
    async with change():
        appointment = await _agreed(replace(form, starts_at=now, in_person=False), staff, now, origin="instant")
        if appointment.mode != "video":
            raise Invalid(_("Only a video appointment can start now. Choose a time."), field="starts_at")
        await one_at_a_time(appointment.staff)
        started = await _started_just_now(appointment, now)
        if started is not None:
            return started
        await appointment.save()
        await notices.tell(appointment, "instant", now, hold=False)
        announce(AppointmentChanged(staff.clinic, appointment.id))
    return appointment


async def cancel(appointment: Appointment, now: datetime, *, by_patient: bool = False) -> bool:
    """Cancel and tell the patient, unless they had not heard of it yet; answers whether they are told.

    Raises TooLate when it no longer stands.
    """
    async with change():
        await _change_state(appointment, BOOKED, CANCELLED, now, by_patient=by_patient)
        known = await notices.hush(appointment, now)
        if known is not None:
            await notices.tell(appointment, "cancelled", now, hold=True, starts_at=known)
        announce(AppointmentChanged(appointment.clinic, appointment.id))
    return known is not None


async def restore(appointment: Appointment, now: datetime) -> None:
    """Undo a cancellation just made. Raises TooLate once the patient has been told."""
    ended_at = appointment.ended_at
    async with change():
        if ended_at is None or undo.are_over(ended_at, now):
            raise TooLate(_("It is too late to undo: the patient has been told. Book a new time instead."))
        await _change_state(appointment, CANCELLED, BOOKED, now)
        if not await notices.take_back(appointment, "cancelled"):
            raise TooLate(_("It is too late to undo: the patient has been told. Book a new time instead."))
        await outbox.stand_again(appointment.id, ended_at)
        announce(AppointmentChanged(appointment.clinic, appointment.id))


async def move(
    appointment: Appointment,
    starts_at: datetime,
    now: datetime,
    *,
    staff: UUID | None = None,
    overlap: bool = False,
    by_patient: bool = False,
) -> Appointment:
    """The appointment at its new time, with a new link; the old one points at it. Raises Invalid, Conflict, TooLate.

    What the patient has done to prepare goes with it.
    What a patient moves waits for the clinic's review as if it had been booked online.
    """
    _check_time(starts_at, now)
    async with change():
        if staff is not None:
            await _colleague(appointment.clinic, staff)
        moved = Appointment(
            clinic=appointment.clinic,
            patient=appointment.patient,
            guardian=await _still_answering(appointment, now),
            staff=staff or appointment.staff,
            type=appointment.type,
            mode=appointment.mode,
            starts_at=starts_at,
            minutes=appointment.minutes,
            reason=appointment.reason,
            is_test=appointment.is_test,
            booked_online=appointment.booked_online or by_patient,
            reviewed_at=None if by_patient else now,
            created_at=now,
            calendar_uid=calendar_events.uid_of(appointment),
        )
        await _change_state(appointment, BOOKED, MOVED, now, by_patient=by_patient)
        moved.calendar_sequence = appointment.calendar_sequence + 1
        await _keep_free(moved, overlap)
        await moved.save()
        await Appointment.update({Appointment.moved_to: moved.id}).where(Appointment.id == appointment.id)
        await _carry_over(appointment.id, moved.id)
        await _tell_of_move(appointment, moved, now)
        announce(AppointmentChanged(appointment.clinic, appointment.id))
    return moved


async def _still_answering(appointment: Appointment, now: datetime) -> UUID | None:
    patient = await Patient.objects().get(Patient.id == appointment.patient)
    assert patient is not None
    return notices.guardian_of(appointment, patient, local(now).date())


async def finish(appointment_id: UUID, now: datetime) -> None:
    """The consultation took place: the appointment is done. Doing it twice changes nothing."""
    async with change():
        done = (
            await Appointment.update({Appointment.state: DONE, Appointment.ended_at: now})
            .where(Appointment.id == appointment_id, Appointment.state == BOOKED)
            .returning(Appointment.clinic)
        )
        if done:
            announce(AppointmentChanged(done[0]["clinic"], appointment_id))


async def send_link_again(appointment: Appointment, now: datetime) -> None:
    """A fresh link for a patient who lost theirs or locked it by wrong dates; the old ones no longer work.

    Raises TooLate when it does not stand, Conflict when pressed again within seconds.
    """
    if appointment.state != BOOKED or appointment.mode != "video":
        raise TooLate(_("This appointment no longer stands."))
    async with change():
        await _hold(appointment)
        if await join_links.was_just_revoked(appointment.id, now):
            raise Conflict(_("A new link was sent a moment ago."))
        await notices.take_back(appointment, "confirmation", "instant", "moved", "to_video")
        await join_links.revoke(appointment.id, now)
        await outbox.supersede(appointment.id, now)
        purpose: notices.Purpose = "instant" if appointment.origin == "instant" else "confirmation"
        await notices.tell(appointment, purpose, now, hold=False)
        announce(AppointmentChanged(appointment.clinic, appointment.id))


async def _tell_of_move(old: Appointment, moved: Appointment, now: datetime) -> None:
    """A move nobody had heard the first time of is simply a booking to the patient."""
    if await notices.hush(old, now) is None:
        purpose = await _said_of(moved)
    else:
        purpose = "moved" if moved.mode == "video" else "in_person_moved"
    await notices.tell(moved, purpose, now, hold=True)


async def _carry_over(old: UUID, moved: UUID) -> None:
    """Move ticks, measurements and device tests to the new appointment (C2, C3, C5)."""
    for table in (PreparationTick, Measurement, DeviceTest):
        await table.update({table.appointment: moved}).where(table.appointment == old)


async def _said_of(appointment: Appointment) -> notices.Purpose:
    """Return which message a new appointment sends; at the clinic, it may say why video was not possible (B2)."""
    if appointment.mode == "video":
        return "confirmation"
    patient = await Patient.objects().get(Patient.id == appointment.patient)
    assert patient is not None
    suits = requirements.check(patient, await patients.guardians_of(patient.id)).suits_video
    return "in_person_confirmed" if suits else "in_person_instead"


async def _agreed(form: BookingForm, staff: StaffWho, now: datetime, *, origin: str) -> Appointment:
    """The appointment the form describes, checked but not yet saved; the patient's answers are."""
    patient = await patients.patient_for(staff, form.patient)
    kind = await types.type_for(staff.clinic, form.type)
    await _colleague(staff.clinic, form.staff)
    guardian = await _guardian_of(patient, form)
    requirements.take_in(patient, form.answers, now)
    kind = await _suited(patient, kind, form, staff)
    await requirements.keep(patient)
    return Appointment(
        clinic=staff.clinic,
        patient=patient.id,
        guardian=guardian,
        staff=form.staff,
        type=kind.id,
        mode="in_person" if form.in_person else types.attended(kind),
        origin=origin,
        starts_at=form.starts_at,
        minutes=kind.minutes,
        reason=" ".join(form.reason.split())[:MAX_REASON_LENGTH],
        is_test=patient.is_test,
        created_at=now,
    )


async def _suited(patient: Patient, kind: AppointmentType, form: BookingForm, staff: StaffWho) -> AppointmentType:
    """The type to book: as asked when video suits, one at the clinic when staff chose that; else raises."""
    if form.in_person:
        return await types.in_person_type(staff.clinic, kind)
    if types.attended(kind) == "in_person":
        return kind
    checked = requirements.check(patient, await patients.guardians_of(patient.id))
    if not checked.suits_video:
        raise NotSuited(_("The patient does not meet what video requires. Book a time at the clinic instead."))
    if not checked.met("phone"):
        raise Invalid(_("Confirm the phone number with the patient: it is plan B if video fails."), field="phone")
    return kind


async def _guardian_of(patient: Patient, form: BookingForm) -> UUID | None:
    """The guardian chosen, or the only one of a patient who is seen through a guardian (C7)."""
    known: list[Guardian] = await patients.guardians_of(patient.id)
    if form.guardian is not None:
        if form.guardian not in {guardian.id for guardian in known}:
            raise NotFound(_("There is no such guardian."))
        return form.guardian
    by_guardian = (form.answers.eid or patient.eid) == "guardian"
    return known[0].id if known and by_guardian else None


async def _colleague(clinic: UUID, staff: UUID) -> None:
    if not await Staff.exists().where(Staff.id == staff, Staff.clinic == clinic, Staff.active.eq(True)):
        raise NotFound(_("There is no such person in this clinic."))


async def _keep_free(appointment: Appointment, despite_overlap: bool) -> None:
    """Lock this person's calendar and raise Conflict when the time is taken."""
    await one_at_a_time(appointment.staff)
    start = appointment.starts_at
    span = (start, start + timedelta(minutes=appointment.minutes))
    same = Appointment.exists().where(
        Appointment.patient == appointment.patient, Appointment.starts_at == start, Appointment.state == BOOKED
    )
    if await same:
        raise Conflict(_("This patient is booked at that time already."), field="starts_at")
    taken = await calendar.taken_by(appointment.staff, span[0], span[1])
    if calendar.overlaps(span, taken) and not despite_overlap:
        after = max(start, appointment.created_at)
        free = await calendar.free_after(
            appointment.clinic, appointment.staff, appointment.mode, appointment.minutes, after, 1
        )
        raise TimeTaken(_taken_words(start, free), field="starts_at")


def _taken_words(wanted: datetime, free: Sequence[datetime]) -> str:
    """That the time is taken, and the next free one: with its day when that is another."""
    if not free:
        return _("That time is taken.")
    time = {"day": format_day(free[0]), "time": format_time(free[0])}
    if local(free[0]).date() == local(wanted).date():
        return _("That time is taken. The next free time is %(time)s.") % time
    return _("That time is taken. The next free time is %(day)s at %(time)s.") % time


async def one_at_a_time(staff: UUID) -> None:
    """Lock this person's calendar until the surrounding change commits."""
    await Staff.update({Staff.active: True}).where(Staff.id == staff, Staff.active.eq(True))


async def _started_just_now(wanted: Appointment, now: datetime) -> Appointment | None:
    """The instant meeting of the same two that a first press made."""
    return (
        await Appointment.objects()
        .where(
            Appointment.patient == wanted.patient,
            Appointment.staff == wanted.staff,
            Appointment.origin == "instant",
            Appointment.state == BOOKED,
            Appointment.created_at > now - _SAME_START,
        )
        .first()
    )


async def _hold(appointment: Appointment) -> None:
    """Until the surrounding change commits nobody else ends it; raises TooLate when it no longer stands."""
    booked = (Appointment.id == appointment.id) & (Appointment.state == BOOKED)
    if not await Appointment.update({Appointment.state: BOOKED}).where(booked).returning(Appointment.id):
        raise TooLate(_("This appointment no longer stands."))


async def _change_state(
    appointment: Appointment, before: str, after: str, now: datetime, *, by_patient: bool = False
) -> None:
    """From one state to another, exactly once; raises TooLate when somebody else was there before."""
    changed = (
        await Appointment.update(
            {
                Appointment.state: after,
                Appointment.ended_at: None if after == BOOKED else now,
                Appointment.ended_by_patient: by_patient,
                **calendar_events.revised(now),
            }
        )
        .where(Appointment.id == appointment.id, Appointment.state == before)
        .returning(Appointment.calendar_sequence)
    )
    if not changed:
        raise TooLate(_("This appointment no longer stands."))
    appointment.calendar_sequence = changed[0]["calendar_sequence"]
    appointment.calendar_changed_at = now
