"""What a patient's phone or tablet and its line could do when tried before the day (C5), so that staff hear of trouble.

Only verdicts and figures are kept: the picture and sound that go to the relay and back during a test go nowhere else.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from app.clinic.booking import lines
from app.clinic.booking.lines import MeasuredLine
from app.clinic.booking.tables import Appointment, DeviceTest, EquipmentTest
from app.clinic.change import announce, change
from app.clinic.errors import Invalid
from app.clinic.events import AppointmentChanged
from app.i18n import _

Verdict = Literal["ok", "failed", "denied", "untried"]
VERDICTS = get_args(Verdict)
PARTS = ("camera", "microphone", "loudspeaker")
_MAX_BROWSER_LENGTH = 40
_MAX_DETAIL_LENGTH = 500


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """What the page found out; `browser` in a few words, `detail` the browser's own error names for support.

    `line` is None when the line was not tried: the relay was busy, or the page was left.
    """

    camera: str
    microphone: str
    loudspeaker: str
    browser: str = ""
    detail: str = ""
    line: MeasuredLine | None = None
    frames: int | None = None
    frames_back: int | None = None
    level: int | None = None

    def check(self) -> None:
        """Raise Invalid for an unknown verdict."""
        if any(getattr(self, part) not in VERDICTS for part in PARTS):
            raise Invalid(_("We could not read the result of the test. Try it once more."))


def outlook(test: DeviceTest | EquipmentTest) -> lines.Verdict | Literal["untried"]:
    """What a call would be like, from the devices and the line together."""
    if "failed" in (test.microphone, test.loudspeaker) or test.microphone == "denied" or test.line == "wont_work":
        return "wont_work"
    if test.camera in ("failed", "denied") or test.line == "audio_only":
        return "audio_only"
    if any(getattr(test, part) != "ok" for part in PARTS):
        return "untried"
    return "usable" if test.line == "usable" else "good"


def has_passed(test: DeviceTest | None) -> bool:
    """Whether a video consultation can be held with it."""
    return test is not None and outlook(test) in ("good", "usable")


def has_failed(test: DeviceTest | None) -> bool:
    """Whether something did not work: the clinic should hear of it before the day."""
    return test is not None and outlook(test) in ("audio_only", "wont_work")


def line_of(test: DeviceTest | EquipmentTest) -> MeasuredLine | None:
    """The line as it was measured; None when it was not tried."""
    if test.line == "untried":
        return None
    return MeasuredLine(
        reached=test.rtt_ms is not None,
        rtt_ms=test.rtt_ms or 0.0,
        jitter_ms=test.jitter_ms or 0.0,
        loss_up=test.loss_up or 0.0,
        loss_down=test.loss_down or 0.0,
        up_kbps=test.up_kbps or 0,
        down_kbps=test.down_kbps or 0,
    )


async def record(appointment: Appointment, device: str | None, report: DeviceReport, now: datetime) -> DeviceTest:
    """Keep the result and tell the desk; raises Invalid for a verdict we don't know."""
    report.check()
    test = DeviceTest(
        appointment=appointment.id,
        device=device,
        browser=report.browser[:_MAX_BROWSER_LENGTH],
        detail=report.detail[:_MAX_DETAIL_LENGTH],
        frames=report.frames,
        frames_back=report.frames_back,
        level=report.level,
        tested_at=now,
    )
    _write(test, report)
    async with change():
        await test.save()
        announce(AppointmentChanged(clinic=appointment.clinic, appointment=appointment.id))
    return test


def _write(test: DeviceTest | EquipmentTest, report: DeviceReport) -> None:
    """The verdicts, and the line's figures if it was reached."""
    test.camera, test.microphone, test.loudspeaker = report.camera, report.microphone, report.loudspeaker
    test.line = lines.judge(report.line) if report.line is not None else "untried"
    if report.line is not None and report.line.reached:
        test.rtt_ms, test.jitter_ms = report.line.rtt_ms, report.line.jitter_ms
        test.loss_up, test.loss_down = report.line.loss_up, report.line.loss_down
        test.up_kbps, test.down_kbps = report.line.up_kbps, report.line.down_kbps


async def record_equipment(clinic: UUID, staff: UUID, report: DeviceReport, now: datetime) -> EquipmentTest:
    """Save a test of one of the clinic's own computers (A2); raise Invalid for an unknown verdict."""
    report.check()
    test = EquipmentTest(clinic=clinic, staff=staff, tested_at=now)
    _write(test, report)
    async with change():
        await test.save()
    return test


async def latest_equipment(clinic: UUID) -> EquipmentTest | None:
    """The newest test at the clinic's own desks, by whomever."""
    tests = EquipmentTest.objects(EquipmentTest.staff).where(EquipmentTest.clinic == clinic)
    return await tests.order_by(EquipmentTest.tested_at, ascending=False).first()


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
