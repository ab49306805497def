"""Device tests: the newest counts, trouble is told apart from "not tried", and nonsense is refused."""

from datetime import datetime, timedelta

import pytest

from app.clinic.booking import device_tests
from app.clinic.booking.device_tests import Report
from app.clinic.booking.tables import Appointment
from app.clinic.errors import Invalid
from tests.booking.test_join_links import agree
from tests.cast import Cast


@pytest.fixture
async def appointment(cast: Cast, now: datetime) -> Appointment:
    return await agree(cast, now + timedelta(hours=2))


async def test_the_newest_test_counts(appointment: Appointment, now: datetime) -> None:
    await device_tests.record(appointment, None, Report("denied", "ok", "ok", "Safari, iPhone"), now)
    assert device_tests.has_failed((await device_tests.latest([appointment.id]))[appointment.id])
    await device_tests.record(appointment, None, Report("ok", "ok", "ok"), now + timedelta(minutes=1))
    newest = (await device_tests.latest([appointment.id]))[appointment.id]
    assert device_tests.has_passed(newest)
    assert not device_tests.has_failed(newest)


async def test_untried_is_neither_passed_nor_failed(appointment: Appointment, now: datetime) -> None:
    test = await device_tests.record(appointment, None, Report("ok", "ok", "untried"), now)
    assert not device_tests.has_passed(test)
    assert not device_tests.has_failed(test)
    assert not device_tests.has_passed(None)


async def test_an_unknown_verdict_is_refused(appointment: Appointment, now: datetime) -> None:
    with pytest.raises(Invalid):
        await device_tests.record(appointment, None, Report("ok", "splendid", "ok"), now)
    assert await device_tests.latest([appointment.id]) == {}


async def test_overlong_words_from_a_browser_are_cut(appointment: Appointment, now: datetime) -> None:
    test = await device_tests.record(appointment, None, Report("ok", "ok", "ok", "x" * 300, "y" * 3000), now)
    assert len(test.browser) == 40
    assert len(test.detail) == 500
