"""Appointments for the waiting room's tests, made directly: how they are booked is another story's."""

from datetime import datetime, timedelta
from typing import Any

from app.clinic.booking.tables import Appointment
from app.clinic.people.tables import Patient
from app.clinic.waiting import queue, room
from app.clinic.waiting.tables import Place
from tests.cast import Cast, who


async def appointment(cast: Cast, patient: Patient, starts_at: datetime, **values: Any) -> Appointment:
    """A booked video appointment with the doctor."""
    agreed: dict[str, Any] = {
        "clinic": cast.clinic.id,
        "patient": patient.id,
        "staff": cast.doctor.id,
        "type": cast.video_type.id,
        "mode": "video",
        "starts_at": starts_at,
    }
    booked = Appointment(**(agreed | values))
    await booked.save()
    return booked


async def three_waiting(cast: Cast, now: datetime) -> tuple[Place, Place, Place]:
    """The room open; Jens with an appointment, then Birthe and the child without, in this order, a second apart."""
    second = timedelta(seconds=1)
    await room.open_up(who(cast.doctor), None, now)
    booked = await appointment(cast, cast.patient, now)
    return (
        await queue.enter(cast.patient, booked, now=now),
        await queue.enter(cast.second_patient, None, reason="Halsen", now=now + second),
        await queue.enter(cast.child, None, now=now + 2 * second),
    )


async def state_of(place: Place) -> str:
    """The place's state as it is written now."""
    fresh = await Place.objects().get(Place.id == place.id)
    assert fresh is not None
    return str(fresh.state)
