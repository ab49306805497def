"""A clinic may work past midnight: what is of tonight is not of yesterday (D3, D5)."""

from datetime import UTC, datetime, timedelta

import pytest

from app.clinic.calls import call as calls
from app.clinic.learning import book
from app.clinic.learning.tables import Meeting
from app.clinic.waiting import day_end, queue, room
from app.clinic.waiting.view import desk_queue
from tests.cast import Cast, who
from tests.waiting.agreed import appointment, state_of, three_waiting

MINUTE = timedelta(minutes=1)


@pytest.fixture
def midnight() -> datetime:
    """As the Danish clock has it, in winter."""
    return datetime(2026, 11, 24, 23, 0, tzinfo=UTC)


async def test_the_room_and_its_queue_go_on_past_midnight(cast: Cast, midnight: datetime) -> None:
    places = await three_waiting(cast, midnight - 20 * MINUTE)
    await room.announce_to_all(who(cast.doctor), "Vi er forsinkede.", midnight - MINUTE)
    assert await queue.clear_old(midnight + 10 * MINUTE) == 0
    now = await room.room_of(cast.clinic.id)
    assert (now.is_open, now.announcement) == (True, "Vi er forsinkede.")
    assert [await state_of(place) for place in places] == ["waiting"] * 3


async def test_a_ring_nobody_answers_past_midnight_keeps_the_place(cast: Cast, midnight: datetime) -> None:
    place, *_others = await three_waiting(cast, midnight - 10 * MINUTE)
    await calls.call_in(place.id, who(cast.doctor), midnight - 5 * MINUTE)
    assert await calls.end_abandoned(midnight + 25 * MINUTE) == 1
    assert await state_of(place) == "waiting"


async def test_the_desk_expects_whoever_may_come_on_either_side_of_midnight(cast: Cast, midnight: datetime) -> None:
    late = await appointment(cast, cast.patient, midnight - 5 * MINUTE)
    soon = await appointment(cast, cast.second_patient, midnight + 10 * MINUTE)
    await appointment(cast, cast.passant, midnight + timedelta(hours=9))
    for now in (midnight - MINUTE, midnight):
        expected = [row.appointment for row in (await desk_queue(who(cast.doctor), now)).expected]
        assert expected[:2] == [late.id, soon.id]
        assert len(expected) == (2 if now < midnight else 3)


async def test_nobody_is_a_no_show_while_they_may_still_come(cast: Cast, midnight: datetime) -> None:
    await appointment(cast, cast.patient, midnight - 5 * MINUTE)
    await book.keep(midnight + 5 * MINUTE)
    assert await Meeting.count() == 0
    await book.keep(midnight + timedelta(hours=6))
    assert await Meeting.count() == 1


async def test_whoever_is_left_in_the_night_is_told(cast: Cast, midnight: datetime) -> None:
    place, *_others = await three_waiting(cast, midnight - 10 * MINUTE)
    assert await day_end.send_home(midnight + 40 * MINUTE) == 0
    assert await day_end.send_home(midnight + 60 * MINUTE) == 3
    assert await state_of(place) == "sent_away"
