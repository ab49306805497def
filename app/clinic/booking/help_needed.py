"""Who needs help before their video appointment (C5): the test failed, the link is locked, or no message arrived.

A list for the days ahead, so that trouble costs a phone call and not a consultation.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.clinic.booking import device_tests, lines, readiness
from app.clinic.booking.readiness import Readiness
from app.clinic.booking.tables import BOOKED, Appointment, DeviceTest

AHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One appointment, with patient and staff, and what is in its way; `test` is the newest, if it was tried at all."""

    appointment: Appointment
    ready: Readiness
    test: DeviceTest | None
    weakness: lines.Weakness | None


async def needing_help(clinic: UUID, now: datetime) -> list[Trouble]:
    """The clinic's coming video appointments that are in trouble, the earliest first."""
    coming = (
        await Appointment.objects(Appointment.patient, Appointment.staff)
        .where(
            Appointment.clinic == clinic,
            Appointment.state == BOOKED,
            Appointment.mode == "video",
            Appointment.is_test.eq(False),
            Appointment.starts_at > now,
            Appointment.starts_at < now + AHEAD,
        )
        .order_by(Appointment.starts_at)
    )
    ready = await readiness.of(coming)
    tests = await device_tests.latest([each.id for each in coming])
    found = [Trouble(each, ready[each.id], tests.get(each.id), _weakness(tests.get(each.id))) for each in coming]
    return [each for each in found if is_trouble(each.ready)]


def is_trouble(ready: Readiness) -> bool:
    """Whether somebody should ring before the day."""
    return ready.device == "failed" or ready.link_locked or ready.message_failed


def _weakness(test: DeviceTest | None) -> lines.Weakness | None:
    line = device_tests.line_of(test) if test is not None else None
    return lines.weakness(line) if line is not None else None
