"""Who may have a line tried, how many at once and how often: nobody holds what everybody shares."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any

import pytest

from app.budgets import LINE_OFFERS, LINE_TESTS, Budget
from app.clinic.people.tables import Patient
from app.crowds import Pace
from app.realtime import line_tests
from app.settings import Settings
from tests.cast import Cast
from tests.conftest import Clock
from tests.realtime.serving import Line, Serving, serving, until
from tests.realtime.test_socket import device_cookie, staff_cookie
from tests.relay.browser import Browser

OFFER = Browser("ann", 10_000).offer()
HALF = (LINE_TESTS.installation or 0) // 2


@pytest.fixture
async def served(settings: Settings, clock: Clock, cast: Cast) -> AsyncIterator[Serving]:
    async with serving(settings, clock) as running:
        yield running


async def heard(line: Line, name: str = "a") -> str:
    """What is said to this page's offer."""
    await line.say({"type": "line_offer", "connection": name, "sdp": OFFER})
    async with asyncio.timeout(5):
        while True:
            frame: dict[str, Any] = await line.hear_any()
            if frame.get("connection") == name or frame.get("what") == name:
                return str(frame.get("why", "answered"))


async def more_patients(cast: Cast, number: int) -> list[Patient]:
    patients = []
    for each in range(number):
        patient = Patient(clinic=cast.clinic.id, name=f"Patient {each}", birth_date=cast.patient.birth_date)
        await patient.save()
        patients.append(patient)
    return patients


async def test_one_person_has_one_test_whatever_sockets_they_open(served: Serving, cast: Cast, now: datetime) -> None:
    phone, tablet = [await device_cookie(cast.patient, now) for _device in range(2)]
    async with served.line(cookie=phone) as first, served.line(cookie=tablet) as second:
        assert await heard(first) == "answered"
        assert await heard(second) == "full"
        assert await heard(first) == "answered", "a socket's own newer test ends its older"
        assert served.relay.counters["tests"] == 1
    async with served.line(cookie=tablet) as second:
        await until(lambda: not served.relay.counters["tests"])
        assert await heard(second) == "answered"


async def test_patients_leave_half_of_the_tests_to_the_clinic(served: Serving, cast: Cast, now: datetime) -> None:
    async with AsyncExitStack() as lines:

        async def told(patient: Patient) -> str:
            line = await lines.enter_async_context(served.line(cookie=await device_cookie(patient, now)))
            return await heard(line)

        crowd = [await told(patient) for patient in await more_patients(cast, HALF + 2)]
        assert crowd == ["answered"] * HALF + ["full"] * 2
        desk = await lines.enter_async_context(served.line("/desk/live", cookie=await staff_cookie(cast, now)))
        assert await heard(desk) == "answered"


async def test_tests_are_begun_so_often_and_no_more(served: Serving, cast: Cast, now: datetime) -> None:
    async with served.line(cookie=await device_cookie(cast.patient, now)) as line:
        assert LINE_OFFERS.person
        told = [await heard(line) for _test in range(LINE_OFFERS.person + 1)]
    assert told == ["answered"] * LINE_OFFERS.person + ["full"]


async def test_a_test_that_is_over_makes_room(
    served: Serving, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.live._line_tests._pace = Pace(Budget("", "", 60, person=100))
    phone, tablet = [await device_cookie(cast.patient, now) for _device in range(2)]
    async with served.line(cookie=phone) as first, served.line(cookie=tablet) as second:
        assert await heard(first) == "answered"
        monkeypatch.setattr(line_tests, "LONGEST_S", 0)
        assert await heard(second) == "answered"
        monkeypatch.setattr(line_tests, "LONGEST_S", 1000)
        assert await heard(first) == "full"
        (running,) = served.live._line_tests._running.values()
        monkeypatch.setattr(line_tests, "DONE_S", 0)
        served.live._line_tests._done(running)
        await until(lambda: not served.live._line_tests._running)
        assert await heard(first) == "answered"
    await until(lambda: not served.relay.counters["tests"])
