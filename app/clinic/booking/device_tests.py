"""What a patient's phone or tablet could do when it was tried before the day (C5), so that staff hear of trouble early.

Only verdicts are kept; no picture and no sound ever leaves the device for a test.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from app.clinic.booking.tables import Appointment, DeviceTest
from app.clinic.change import announce, change
from app.clinic.errors import Invalid
from app.clinic.events import AppointmentChanged
from app.i18n import _

Verdict = Literal["ok", "failed", "denied", "untried"]
VERDICTS = get_args(Verdict)
PARTS = ("camera", "microphone", "loudspeaker")
_LONGEST_BROWSER = 40
_LONGEST_DETAIL = 500


@dataclass(frozen=True, slots=True)
class Report:
    """What the page found out; `browser` in a few words, `detail` the browser's own error names for support."""

    camera: str
    microphone: str
    loudspeaker: str
    browser: str = ""
    detail: str = ""


def has_passed(test: DeviceTest | None) -> bool:
    """Whether everything worked."""
    return test is not None and all(getattr(test, part) == "ok" for part in PARTS)


def has_failed(test: DeviceTest | None) -> bool:
    """Whether something did not work: the clinic should hear of it before the day."""
    return test is not None and any(getattr(test, part) in ("failed", "denied") for part in PARTS)


async def record(appointment: Appointment, device: str | None, report: Report, now: datetime) -> DeviceTest:
    """Keep the result and tell the desk; raises Invalid for a verdict we don't know."""
    if any(getattr(report, part) not in VERDICTS for part in PARTS):
        raise Invalid(_("We could not read the result of the test. Try it once more."))
    test = DeviceTest(
        appointment=appointment.id,
        device=device,
        camera=report.camera,
        microphone=report.microphone,
        loudspeaker=report.loudspeaker,
        browser=report.browser[:_LONGEST_BROWSER],
        detail=report.detail[:_LONGEST_DETAIL],
        tested_at=now,
    )
    async with change():
        await test.save()
        announce(AppointmentChanged(clinic=appointment.clinic, appointment=appointment.id))
    return test


async def latest(appointments: Collection[UUID]) -> dict[UUID, DeviceTest]:
    """Each appointment's newest test; those never tested are left out."""
    if not appointments:
        return {}
    tests = (
        await DeviceTest.objects()
        .where(DeviceTest.appointment.is_in(list(appointments)))
        .order_by(DeviceTest.tested_at, ascending=True)
    )
    return {test.appointment: test for test in tests}
