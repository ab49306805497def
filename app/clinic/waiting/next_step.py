"""The one thing a patient should do next about an appointment: their page has one large button, and this decides it.

Tests come before the day, never in the way: once the door is open it is the only thing that counts.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from app.clinic.booking import device_tests
from app.clinic.booking.tables import BOOKED, Appointment, DeviceTest
from app.clinic.people.tables import Clinic
from app.clinic.people.who import PatientWho
from app.clinic.waiting import queue
from app.clinic.waiting.queue import LATEST, Door

Step = Literal[
    "back", "join", "test", "test_again", "ready", "late", "in_person", "cancelled", "moved", "done", "not_held"
]


@dataclass(frozen=True, slots=True)
class Next:
    """The step, when the waiting room opens (by the appointment's time), the newest device test if any, and the
    place the patient goes back to."""

    step: Step
    opens_at: datetime
    test: DeviceTest | None
    place: UUID | None = None

    def opens_in_s(self, now: datetime) -> int:
        """Whole seconds until the waiting room opens; 0 once it has."""
        return max(0, -int((now - self.opens_at).total_seconds() // 1))


def decide(door: Door, has_place: bool, test: DeviceTest | None) -> Step:
    """Decide the next step; `door` says whether the waiting room lets this appointment in."""
    if has_place:
        return "back"
    if door == "open":
        return "join"
    if door != "early":
        return door
    if device_tests.has_failed(test):
        return "test_again"
    return "ready" if device_tests.has_passed(test) else "test"


async def of(appointment: Appointment, clinic: Clinic, now: datetime) -> Next:
    """The next step about this appointment."""
    tests = await device_tests.latest([appointment.id])
    test = tests.get(appointment.id)
    patient = getattr(appointment.patient, "id", appointment.patient)
    place = await queue.standing_place(patient)
    door = queue.door(appointment, clinic.early_minutes, now)
    opens_at = queue.opens_at(appointment.starts_at, clinic.early_minutes)
    has_place = place is not None and (door == "open" or place.appointment == appointment.id)
    step = decide(door, has_place, test)
    return Next(step, opens_at, test, place.id if place is not None and step == "back" else None)


async def appointments_of(who: PatientWho, now: datetime) -> list[Appointment]:
    """The patient's coming appointments and those whose door is still open, the earliest first."""
    if not who.confirmed:
        return []
    return (
        await Appointment.objects(Appointment.staff, Appointment.type, Appointment.guardian)
        .where(
            Appointment.patient == who.patient,
            Appointment.state == BOOKED,
            Appointment.starts_at > now - LATEST - timedelta(minutes=60),
        )
        .order_by(Appointment.starts_at)
    )
