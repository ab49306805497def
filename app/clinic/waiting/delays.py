"""The SMS about a delay, to those whom the page and a push don't reach (C4, D7).

By itself to whoever waits unseen past their time and can't be pushed; and when staff say that there is a delay, to all
who wait unseen and all who are expected soon. Nobody hears of it twice within the hour.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.clinic.booking import notices
from app.clinic.booking.tables import BOOKED, Appointment
from app.clinic.change import change, each_alone
from app.clinic.messages import subscriptions
from app.clinic.messages.outbox import Draft
from app.clinic.messages.tables import Message
from app.clinic.people.tables import Clinic, Patient
from app.clinic.waiting import room
from app.clinic.waiting.presence import STANDING, presence
from app.clinic.waiting.tables import WAITING, Place
from app.clinic.waiting.waiting_notices import LATE

SOON = timedelta(hours=1)
_ONCE_IN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Told:
    """Somebody to tell: about their appointment, or their place where they have none."""

    clinic: UUID
    patient: Patient
    about: UUID
    booked: Appointment | None = None


async def text_unreached(now: datetime) -> int:
    """Tell whoever waits unseen past their time and allows no push; answers how many. Safe in several processes."""
    waiting = await Place.objects(Place.patient, Place.appointment).where(
        Place.state == WAITING, Place.appointment.is_not_null(), Place.entered_at <= now - LATE
    )
    late = [each for each in waiting if each.appointment.starts_at <= now - LATE and presence(each, now) != "here"]
    pushed = await subscriptions.reachable([each.patient.id for each in late], now)
    return await _tell([_of_place(each) for each in late if each.patient.id not in pushed], now)


async def away(clinic: UUID, now: datetime) -> int:
    """How many an SMS about a delay would go to, at most."""
    return len(await _away(clinic, now))


async def text_all_away(clinic: UUID, now: datetime) -> int:
    """Tell everybody who waits unseen or is expected within the hour; answers how many were."""
    return await _tell(await _away(clinic, now), now)


async def _away(clinic: UUID, now: datetime) -> list[_Told]:
    standing = await Place.objects(Place.patient, Place.appointment).where(
        Place.clinic == clinic, Place.state.is_in(STANDING)
    )
    unseen = [each for each in standing if each.state == "waiting" and presence(each, now) != "here"]
    come = {each.patient.id for each in standing}
    expected = await Appointment.objects(Appointment.patient).where(
        Appointment.clinic == clinic,
        Appointment.state == BOOKED,
        Appointment.mode == "video",
        Appointment.starts_at > now - LATE,
        Appointment.starts_at <= now + SOON,
    )
    coming = [_of_appointment(each) for each in expected if each.patient.id not in come]
    return [*(_of_place(each) for each in unseen), *coming]


def _of_place(place: Place) -> _Told:
    if place.appointment.id:
        return _of_appointment(place.appointment, place.patient)
    return _Told(place.clinic, place.patient, place.id)


def _of_appointment(appointment: Appointment, patient: Patient | None = None) -> _Told:
    who = patient or appointment.patient
    return _Told(appointment.clinic, who, appointment.id, appointment)


async def _tell(those: Iterable[_Told], now: datetime) -> int:
    return sum(await each_alone(those, lambda told: _text(told, now)))


async def _text(told: _Told, now: datetime) -> bool:
    """Queue the SMS unless they heard of a delay within the hour. Locks the room, so that nobody is told twice."""
    clinic = await Clinic.objects().get(Clinic.id == told.clinic)
    assert clinic is not None
    values: Mapping[str, datetime] = {"starts_at": told.booked.starts_at} if told.booked else {}
    async with change():
        await room.hold(clinic.id)
        if await Message.exists().where(
            Message.about == str(told.about), Message.purpose == "delay", Message.created_at > now - _ONCE_IN
        ):
            return False
        ways = await notices.ways_to(told.patient, now, told.booked)
        draft = Draft(clinic, "delay", values, patient=told.patient, channels=["sms"], about=told.about)
        await notices.say(draft, ways, now, hold=False)
    return True
