"""What a patient's phone is told outside a call: the waiting room is open, it takes longer, you are expected (D4, D8).

The first two are pushed by themselves to phones that allowed it, each once. The last is staff's word to somebody whose
time has begun and who has not come; it goes by push and by every other way there is.
"""

from datetime import datetime, timedelta
from uuid import UUID

from app.clinic.booking import notices
from app.clinic.booking.tables import BOOKED, Appointment
from app.clinic.change import announce, change, each_alone
from app.clinic.errors import Conflict, NotAllowed
from app.clinic.events import AppointmentChanged
from app.clinic.messages import pushes, subscriptions
from app.clinic.messages.tables import Message
from app.clinic.people.tables import Clinic, Patient
from app.clinic.waiting import queue
from app.clinic.waiting.presence import presence
from app.clinic.waiting.tables import WAITING, Place
from app.i18n import _

LATE = timedelta(minutes=10)
_ONE_WORD_EVERY = timedelta(minutes=2)
_EARLIEST = timedelta(hours=2)


async def remind(appointment: Appointment, now: datetime) -> None:
    """Tell a patient who has not come that the clinic waits. The appointment is loaded by `booking.access`.

    Raises NotAllowed when the waiting room is not open for it, Conflict when the patient is there or was told just now.
    """
    clinic = await Clinic.objects().get(Clinic.id == appointment.clinic)
    patient = await Patient.objects().get(Patient.id == appointment.patient)
    assert clinic is not None
    assert patient is not None
    if queue.door(appointment, clinic.early_minutes, now) != "open":
        raise NotAllowed(_("The waiting room is not open for this appointment."))
    async with change():
        await _hold(appointment.id)
        if await queue.standing_place(patient.id) is not None:
            raise Conflict(_("The patient has just come."))
        if await _was_just_reminded(appointment.id, now):
            raise Conflict(_("The patient was reminded a moment ago."))
        await notices.tell(appointment, "expected", now, hold=False)
        await pushes.notify(patient, "reminder", appointment.id, f"/appointments/{appointment.id}", now)
        announce(AppointmentChanged(clinic.id, appointment.id))


async def tell_of_open_doors(now: datetime) -> int:
    """Push to whoever may enter the waiting room from now on; answers how many. Safe in several processes."""
    coming = await Appointment.objects(Appointment.patient, Appointment.clinic).where(
        Appointment.state == BOOKED,
        Appointment.mode == "video",
        Appointment.origin == "planned",
        Appointment.starts_at > now,
        Appointment.starts_at <= now + _EARLIEST,
    )
    open_now = [each for each in coming if queue.opens_at(each.starts_at, each.clinic.early_minutes) <= now]
    reachable = await subscriptions.reachable([each.patient.id for each in open_now], now)
    told = [each for each in open_now if each.patient.id in reachable]
    return sum(await each_alone(told, lambda one: _say_open(one, now)))


async def tell_of_delay(now: datetime) -> int:
    """Push to patients past their time who are not looking at the page; return how many."""
    waiting = await Place.objects(Place.patient, Place.appointment).where(
        Place.state == WAITING, Place.appointment.is_not_null(), Place.entered_at <= now - LATE
    )
    late = [each for each in waiting if each.appointment.starts_at <= now - LATE and presence(each, now) != "here"]
    reachable = await subscriptions.reachable([each.patient.id for each in late], now)
    told = [each for each in late if each.patient.id in reachable]
    return sum(await each_alone(told, lambda one: _say_delayed(one, now)))


async def _say_open(appointment: Appointment, now: datetime) -> bool:
    async with change():
        if not await _hold(appointment.id) or await pushes.was_told(appointment.id, "open"):
            return False
        if await queue.standing_place(appointment.patient.id) is not None:
            return False
        page = f"/appointments/{appointment.id}"
        return bool(await pushes.notify(appointment.patient, "open", appointment.id, page, now))


async def _say_delayed(place: Place, now: datetime) -> bool:
    async with change():
        held = Place.update({Place.state: WAITING}).where(Place.id == place.id, Place.state == WAITING)
        if not await held.returning(Place.id) or await pushes.was_told(place.id, "delayed"):
            return False
        return bool(await pushes.notify(place.patient, "delayed", place.id, queue.page_of(place.id), now))


async def _hold(appointment: UUID) -> bool:
    """Lock the appointment and return whether it still stands; so two processes never both tell the patient."""
    held = Appointment.update({Appointment.state: BOOKED}).where(
        Appointment.id == appointment, Appointment.state == BOOKED
    )
    return bool(await held.returning(Appointment.id))


async def _was_just_reminded(appointment: UUID, now: datetime) -> bool:
    return await Message.exists().where(
        Message.about == str(appointment), Message.purpose == "expected", Message.created_at > now - _ONE_WORD_EVERY
    )
