"""Device tests: the newest counts, trouble is told apart from "not tried", and nonsense is refused."""

from datetime import datetime, timedelta

import pytest

from app.clinic.booking import device_tests
from app.clinic.booking.device_tests import DeviceReport, outlook
from app.clinic.booking.lines import MeasuredLine
from app.clinic.booking.tables import Appointment
from app.clinic.errors import Invalid
from tests.booking.test_join_links import agree
from tests.cast import Cast


@pytest.fixture
async def appointment(cast: Cast, now: datetime) -> Appointment:
    return await agree(cast, now + timedelta(hours=2))


async def test_the_newest_test_counts(appointment: Appointment, now: datetime) -> None:
    await device_tests.record(appointment, None, DeviceReport("denied", "ok", "ok", "Safari, iPhone"), now)
    assert device_tests.has_failed((await device_tests.latest([appointment.id]))[appointment.id])
    await device_tests.record(appointment, None, DeviceReport("ok", "ok", "ok"), now + timedelta(minutes=1))
    newest = (await device_tests.latest([appointment.id]))[appointment.id]
    assert device_tests.has_passed(newest)
    assert not device_tests.has_failed(newest)


async def test_untried_is_neither_passed_nor_failed(appointment: Appointment, now: datetime) -> None:
    test = await device_tests.record(appointment, None, DeviceReport("ok", "ok", "untried"), now)
    assert not device_tests.has_passed(test)
    assert not device_tests.has_failed(test)
    assert not device_tests.has_passed(None)


async def test_an_unknown_verdict_is_refused(appointment: Appointment, now: datetime) -> None:
    with pytest.raises(Invalid):
        await device_tests.record(appointment, None, DeviceReport("ok", "splendid", "ok"), now)
    assert await device_tests.latest([appointment.id]) == {}


async def test_overlong_words_from_a_browser_are_cut(appointment: Appointment, now: datetime) -> None:
    test = await device_tests.record(appointment, None, DeviceReport("ok", "ok", "ok", "x" * 300, "y" * 3000), now)
    assert len(test.browser) == 40
    assert len(test.detail) == 500


LINE = MeasuredLine(True, rtt_ms=30.5, jitter_ms=4, loss_up=0.5, loss_down=0, up_kbps=2800, down_kbps=2900)
THIN = MeasuredLine(True, rtt_ms=90, jitter_ms=9, loss_up=0, loss_down=0, up_kbps=120, down_kbps=2900)


async def test_a_lines_figures_are_kept_with_their_verdict(appointment: Appointment, now: datetime) -> None:
    report = DeviceReport("ok", "ok", "ok", line=LINE, frames=80, frames_back=75, level=61)
    await device_tests.record(appointment, None, report, now)
    test = (await device_tests.latest([appointment.id]))[appointment.id]
    assert test.line == "good"
    assert (test.frames, test.frames_back, test.level) == (80, 75, 61)
    assert device_tests.line_of(test) == LINE
    assert device_tests.has_passed(test)


async def test_a_line_for_sound_alone_is_trouble(appointment: Appointment, now: datetime) -> None:
    test = await device_tests.record(appointment, None, DeviceReport("ok", "ok", "ok", line=THIN), now)
    assert outlook(test) == "audio_only"
    assert device_tests.has_failed(test)


async def test_a_line_that_was_not_reached_has_no_figures(appointment: Appointment, now: datetime) -> None:
    test = await device_tests.record(appointment, None, DeviceReport("ok", "ok", "ok", line=MeasuredLine(False)), now)
    assert outlook(test) == "wont_work"
    assert device_tests.line_of(test) == MeasuredLine(False)


async def test_without_a_camera_there_is_still_sound(appointment: Appointment, now: datetime) -> None:
    test = await device_tests.record(appointment, None, DeviceReport("denied", "ok", "ok", line=LINE), now)
    assert outlook(test) == "audio_only"
    silent = await device_tests.record(appointment, None, DeviceReport("ok", "denied", "ok", line=LINE), now)
    assert outlook(silent) == "wont_work"


async def test_the_clinics_own_equipment_is_remembered(cast: Cast, now: datetime) -> None:
    assert await device_tests.latest_equipment(cast.clinic.id) is None
    report = DeviceReport("ok", "ok", "ok", line=LINE)
    await device_tests.record_equipment(cast.clinic.id, cast.doctor.id, report, now)
    newest = await device_tests.latest_equipment(cast.clinic.id)
    assert newest is not None
    assert (newest.line, newest.staff.name) == ("good", cast.doctor.name)
    assert await device_tests.latest_equipment(cast.other_clinic.id) is None
