"""The checklist: the newest word wins, wherever it was said."""

from datetime import datetime, timedelta

import pytest

from app.clinic.booking import preparation
from app.clinic.booking.tables import Appointment
from app.clinic.change import listening
from app.clinic.errors import Invalid
from app.clinic.events import Event
from tests.booking.test_join_links import agree
from tests.cast import Cast


@pytest.fixture
async def appointment(cast: Cast, now: datetime) -> Appointment:
    return await agree(cast, now + timedelta(hours=2))


async def test_nothing_is_ticked_at_first(appointment: Appointment) -> None:
    assert await preparation.ticks(appointment.id) == dict.fromkeys(preparation.ITEMS, False)


async def test_a_tick_is_kept_and_can_be_taken_back(appointment: Appointment, now: datetime) -> None:
    await preparation.tick(appointment, "paper", True, now, now)
    assert (await preparation.ticks(appointment.id))["paper"]
    await preparation.tick(appointment, "paper", False, now + timedelta(seconds=1), now + timedelta(seconds=1))
    assert not (await preparation.ticks(appointment.id))["paper"]


async def test_an_older_word_from_a_phone_that_was_offline_is_dropped(appointment: Appointment, now: datetime) -> None:
    heard: list[Event] = []
    await preparation.tick(appointment, "room", False, now, now)
    async with listening(heard.append):
        await preparation.tick(appointment, "room", True, now - timedelta(minutes=5), now)
    assert not (await preparation.ticks(appointment.id))["room"]
    assert heard == []


async def test_a_phone_whose_clock_is_ahead_does_not_win_for_ever(appointment: Appointment, now: datetime) -> None:
    await preparation.tick(appointment, "room", True, now + timedelta(days=400), now)
    later = now + timedelta(minutes=1)
    await preparation.tick(appointment, "room", False, later, later)
    assert not (await preparation.ticks(appointment.id))["room"]


async def test_a_line_that_does_not_exist_is_refused(appointment: Appointment, now: datetime) -> None:
    with pytest.raises(Invalid):
        await preparation.tick(appointment, "shoes", True, now, now)


async def test_the_whole_form_ticks_and_unticks(appointment: Appointment, now: datetime) -> None:
    await preparation.tick(appointment, "paper", True, now, now)
    await preparation.tick_all(appointment, {"room": True, "phone": True}, now + timedelta(seconds=1))
    done = [item for item, ticked in (await preparation.ticks(appointment.id)).items() if ticked]
    assert done == ["room", "phone"]
