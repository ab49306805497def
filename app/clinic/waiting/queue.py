"""The clinic's one queue: who may enter, who holds a place, and how a place is given up (D1, D5).

Order is the order of arrival and is kept whatever happens to the patient's page. Calling somebody in belongs to calls;
losing and finding a page to presence.
"""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from app.clinic.booking import appointments
from app.clinic.booking.calendar import working_day_began
from app.clinic.booking.tables import BOOKED, CANCELLED, DONE, MOVED, NOT_HELD, Appointment
from app.clinic.change import announce, change
from app.clinic.errors import ClinicError, Conflict, NotAllowed, TooLate
from app.clinic.events import PlaceChanged
from app.clinic.messages.phones import show_phone
from app.clinic.people.tables import Clinic, Patient
from app.clinic.waiting.presence import STANDING, Values
from app.clinic.waiting.room import close_forgotten, hold
from app.clinic.waiting.tables import GONE_HOME, RUNG, WAITING, Place, WaitingRoom
from app.i18n import _, format_day, format_time, local

LATEST = timedelta(hours=4)

Door = Literal["open", "early", "late", "in_person", "cancelled", "moved", "done", "not_held"]


def opens_at(starts_at: datetime, early_minutes: int) -> datetime:
    """When a patient with an appointment at that time may enter the waiting room."""
    return starts_at - timedelta(minutes=early_minutes)


def door(appointment: Appointment, early_minutes: int, now: datetime) -> Door:
    """Whether this appointment lets its patient in now, or why not. A late patient is let in for four hours."""
    if appointment.state == CANCELLED:
        return "cancelled"
    if appointment.state == MOVED:
        return "moved"
    if appointment.state == DONE:
        return "done"
    if appointment.state == NOT_HELD:
        return "not_held"
    if appointment.mode != "video":
        return "in_person"
    if now < opens_at(appointment.starts_at, early_minutes):
        return "early"
    if now > appointment.starts_at + timedelta(minutes=appointment.minutes) + LATEST:
        return "late"
    return "open"


def page_of(place: UUID) -> str:
    """Where its patient waits. The address names the place, since several may share the phone that opens it."""
    return f"/waiting?place={place}"


async def enter(
    patient: Patient, appointment: Appointment | None, *, staff: UUID | None = None, reason: str = "", now: datetime
) -> Place:
    """The patient's place; entering again leads back to the same one.

    An appointment whose door is open is used even when the patient came in by the open consultation. Raises TooLate
    or NotAllowed with words that say when, or what to do instead.
    """
    async with change():
        room = await hold(patient.clinic)
        clinic = await Clinic.objects().get(Clinic.id == patient.clinic)
        assert clinic is not None
        standing = await standing_place(patient.id)
        appointment = appointment or await _open_appointment(patient, clinic, now)
        if standing is not None:
            return await _back_again(standing, appointment, clinic, now)
        refused = _refusal(room, patient, appointment, clinic, now)
        if refused is None and appointment is None and await _is_full(room):
            refused = _all_taken(clinic)
        if refused is not None:
            raise refused
        place = _new_place(patient, appointment, staff, reason, now)
        await place.save()
        announce(PlaceChanged(patient.clinic, place.id))
    return place


async def standing_place(patient: UUID) -> Place | None:
    """The place the patient holds now: waiting, being called or in a call."""
    return await Place.objects().where(Place.patient == patient, Place.state.is_in(STANDING)).first()


async def last_place(patient: UUID) -> Place | None:
    """The newest place the patient held, whatever became of it: their page tells how it ended."""
    return await Place.objects().where(Place.patient == patient).order_by(Place.entered_at, ascending=False).first()


async def leave(place: Place, now: datetime) -> None:
    """The patient gives up the place. Raises Conflict while the doctor is calling: answer or decline that first."""
    async with change():
        left = await _give_up(place, "left", now)
    if not left and (await _state(place)) in RUNG:
        raise Conflict(_("The clinic is calling you right now."))


async def remove(place: Place, now: datetime) -> None:
    """Staff take an absent patient off the queue. Raises Conflict when somebody has called them meanwhile."""
    async with change():
        removed = await _give_up(place, "gone_home", now)
    if not removed and (await _state(place)) in RUNG:
        raise Conflict(_("The patient has just been called in."))


async def put_back(place: Place, now: datetime) -> None:
    """Undo a removal: the patient stands where they stood. Raises Conflict when they hold a new place already."""
    async with change():
        await hold(place.clinic)
        if await standing_place(place.patient) is not None:
            raise Conflict(_("The patient is in the queue already."))
        values: Values = {Place.state: WAITING, Place.state_at: now}
        await Place.update(values).where(Place.id == place.id, Place.state == GONE_HOME)
        announce(PlaceChanged(place.clinic, place.id))


async def cancel(appointment: Appointment, now: datetime, *, by_patient: bool = False) -> bool:
    """Cancel the appointment and give up the place held for it; return whether the patient is told.

    Raise TooLate when it no longer stands, Conflict when its patient has been called in.
    """
    async with change():
        had_heard = await appointments.cancel(appointment, now, by_patient=by_patient)
        await _release(appointment.id, now, by_patient=by_patient)
    return had_heard


async def restore(appointment: Appointment, now: datetime) -> None:
    """Undo a cancellation just made and restore the place held for it. Raise TooLate once the patient has been told."""
    cancelled_at = appointment.ended_at
    async with change():
        await appointments.restore(appointment, now)
        released = (Place.appointment == appointment.id) & (Place.state == GONE_HOME)
        place = await Place.objects().where(released, Place.state_at == cancelled_at).first()
        if place is not None and await standing_place(place.patient) is None:
            await put_back(place, now)


async def move(
    appointment: Appointment, starts_at: datetime, now: datetime, *, staff: UUID | None = None, overlap: bool = False
) -> Appointment:
    """Move the appointment; a patient who waits for the old time is let go. Raises what moving an appointment does, and
    Conflict when its patient has been called in."""
    async with change():
        moved = await appointments.move(appointment, starts_at, now, staff=staff, overlap=overlap)
        await _release(appointment.id, now)
    return moved


async def _release(appointment: UUID, now: datetime, *, by_patient: bool = False) -> None:
    """Give up the place held for this appointment; raise Conflict when its patient has been called in."""
    for place in await Place.objects().where(Place.appointment == appointment, Place.state == WAITING):
        await _give_up(place, "gone_home", now)
    if await Place.exists().where(Place.appointment == appointment, Place.state.is_in([*RUNG])):
        to_staff = _("The patient has been called in, so the appointment can't be cancelled or moved.")
        raise Conflict(_("The clinic is calling you right now.") if by_patient else to_staff)


async def clear_old(now: datetime) -> int:
    """Give up places from before today, and close rooms: nobody waits through the night. Answers how many places."""
    await close_forgotten(now)
    cleared = 0
    for place in await Place.objects().where(Place.state == WAITING, Place.entered_at < working_day_began(now)):
        async with change():
            cleared += await _give_up(place, "gone_home", now)
    return cleared


async def _is_full(room: WaitingRoom) -> bool:
    """Whether as many wait without an appointment as the clinic has places for."""
    if not room.places:
        return False
    walked_in = Place.count().where(
        Place.clinic == room.clinic, Place.state.is_in(STANDING), Place.appointment.is_null()
    )
    return int(await walked_in) >= room.places


def _all_taken(clinic: Clinic) -> NotAllowed:
    phone = {"phone": show_phone(clinic.plan_b_phone)}
    words = _("All places in the queue are taken just now. Try again a little later, or call the clinic on %(phone)s.")
    return NotAllowed(words % phone)


def _refusal(
    room: WaitingRoom, patient: Patient, appointment: Appointment | None, clinic: Clinic, now: datetime
) -> ClinicError | None:
    """Why this patient may not enter now, in words that say what to do; None when the door is open."""
    phone = {"phone": show_phone(clinic.plan_b_phone)}
    if appointment is None:
        if not room.is_open:
            return NotAllowed(_("The open video consultation is closed now. Call the clinic on %(phone)s.") % phone)
        if patient.registration != "registered":
            return NotAllowed(
                _("The open video consultation is for the clinic's own patients. Call %(phone)s.") % phone
            )
        return None
    match door(appointment, clinic.early_minutes, now):
        case "open":
            return None
        case "early":
            return _too_early(appointment, clinic, now)
        case "in_person":
            return NotAllowed(_("This appointment is at the clinic, not on video."))
        case "cancelled":
            return TooLate(_("This appointment was cancelled. Call the clinic on %(phone)s for a new one.") % phone)
        case "moved":
            return TooLate(_("This appointment has been moved. Open the newest message from the clinic."))
        case "done":
            return TooLate(_("This consultation is over. Call the clinic on %(phone)s if you need more.") % phone)
        case "not_held":
            return TooLate(_("The consultation was not completed. Call the clinic on %(phone)s.") % phone)
        case "late":
            return TooLate(_("The time of this appointment has passed. Call the clinic on %(phone)s.") % phone)


def _too_early(appointment: Appointment, clinic: Clinic, now: datetime) -> NotAllowed:
    opening = opens_at(appointment.starts_at, clinic.early_minutes)
    if local(opening).date() == local(now).date():
        return NotAllowed(_("You can enter the waiting room from %(time)s.") % {"time": format_time(opening)})
    when = {"day": format_day(opening), "time": format_time(opening)}
    return NotAllowed(_("You can enter the waiting room on %(day)s from %(time)s.") % when)


def _new_place(
    patient: Patient, appointment: Appointment | None, staff: UUID | None, reason: str, now: datetime
) -> Place:
    return Place(
        clinic=patient.clinic,
        patient=patient.id,
        appointment=appointment.id if appointment else None,
        staff=appointment.staff if appointment else staff,
        reason=appointment.reason if appointment else " ".join(reason.split())[:200],
        entered_at=now,
        state_at=now,
        seen_at=now,
    )


async def _back_again(place: Place, appointment: Appointment | None, clinic: Clinic, now: datetime) -> Place:
    """Return the place the patient holds already; an appointment that may be entered by now is tied to it."""
    if appointment is not None and place.appointment is None and door(appointment, clinic.early_minutes, now) == "open":
        place.appointment, place.staff = appointment.id, appointment.staff
    missed = place.presence != "here" or place.gone_at is not None
    place.seen_at, place.hidden_at, place.gone_at, place.presence = now, None, None, "here"
    signs = [Place.seen_at, Place.hidden_at, Place.gone_at, Place.presence]
    await place.save([Place.appointment, Place.staff, *signs])
    if missed:
        announce(PlaceChanged(place.clinic, place.id))
    return place


async def _open_appointment(patient: Patient, clinic: Clinic, now: datetime) -> Appointment | None:
    """Return the patient's earliest video appointment that may be entered now, if any."""
    near = (
        await Appointment.objects()
        .where(
            Appointment.patient == patient.id,
            Appointment.state == BOOKED,
            Appointment.starts_at > now - timedelta(days=1),
            Appointment.starts_at < now + timedelta(days=1),
        )
        .order_by(Appointment.starts_at)
    )
    return next((each for each in near if door(each, clinic.early_minutes, now) == "open"), None)


async def _give_up(place: Place, state: str, now: datetime) -> int:
    """Move a waiting place to `state` and return 1, or 0 when it no longer waits; inside a change."""
    given_up = (
        await Place.update({Place.state: state, Place.state_at: now})
        .where(Place.id == place.id, Place.state == WAITING)
        .returning(Place.id)
    )
    if given_up:
        announce(PlaceChanged(place.clinic, place.id))
    return len(given_up)


async def _state(place: Place) -> str:
    row = await Place.select(Place.state).where(Place.id == place.id).first()
    return row["state"] if row else "left"
