"""Who needs help before the day: a failed test, a locked link; nobody whose appointment is fine or over, no tests."""

from datetime import datetime, timedelta

from app.clinic.booking import device_tests
from app.clinic.booking.device_tests import DeviceReport
from app.clinic.booking.help_needed import needing_help
from app.clinic.booking.lines import MeasuredLine
from tests.booking.test_join_links import agree
from tests.cast import Cast

SLOW = MeasuredLine(True, rtt_ms=40, up_kbps=90, down_kbps=3000)
FINE = MeasuredLine(True, rtt_ms=40, up_kbps=3000, down_kbps=3000)


async def test_a_failed_test_is_listed_with_its_reason(cast: Cast, now: datetime) -> None:
    later, sooner = await agree(cast, now + timedelta(days=3)), await agree(cast, now + timedelta(days=1))
    for appointment in (later, sooner):
        await device_tests.record(appointment, None, DeviceReport("ok", "ok", "ok", line=SLOW), now)
    found = await needing_help(cast.clinic.id, now)
    assert [each.appointment.id for each in found] == [sooner.id, later.id]
    assert found[0].weakness == "rate"
    assert found[0].ready.sound_alone
    assert found[0].appointment.patient.name == cast.patient.name


async def test_a_later_test_that_passed_takes_it_off(cast: Cast, now: datetime) -> None:
    appointment = await agree(cast, now + timedelta(days=1))
    await device_tests.record(appointment, None, DeviceReport("denied", "ok", "ok"), now)
    assert await needing_help(cast.clinic.id, now)
    await device_tests.record(appointment, None, DeviceReport("ok", "ok", "ok", line=FINE), now + timedelta(minutes=5))
    assert await needing_help(cast.clinic.id, now) == []


async def test_only_what_is_to_come_and_real_is_listed(cast: Cast, now: datetime) -> None:
    over, tried = await agree(cast, now - timedelta(hours=1)), await agree(cast, now + timedelta(hours=1))
    for appointment in (over, tried):
        await device_tests.record(appointment, None, DeviceReport("denied", "ok", "ok"), now)
    tried.is_test = True
    await tried.save()
    assert await needing_help(cast.clinic.id, now) == []
    assert await needing_help(cast.other_clinic.id, now) == []
