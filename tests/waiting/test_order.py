"""Whom staff put first and why, notes to colleagues, and who is left in the evening."""

from datetime import datetime, timedelta

import pytest

from app.clinic.errors import Invalid, TooLate
from app.clinic.messages.tables import Message
from app.clinic.people import sessions
from app.clinic.waiting import day_end, order, queue, room
from app.clinic.waiting.view import desk_queue
from tests.cast import Cast, who
from tests.conftest import Browser
from tests.waiting.agreed import appointment, state_of, three_waiting

EVENING = timedelta(hours=9, minutes=30)


async def names(cast: Cast, now: datetime) -> list[str]:
    return [row.name.split()[0] for row in (await desk_queue(who(cast.doctor), now)).present]


async def test_the_acute_go_first_and_back_to_where_they_stood(cast: Cast, now: datetime) -> None:
    _first, second, third = await three_waiting(cast, now)
    await order.put_first(third, "  Lille barn\nmed feber ", now)
    await order.put_first(second, "Smerter", now + timedelta(seconds=1))
    assert await names(cast, now) == ["Alma", "Birthe", "Jens"]
    row = (await desk_queue(who(cast.doctor), now)).present[0]
    assert (row.is_acute, row.acute_because) == (True, "Lille barn med feber")
    await order.back_in_order(third)
    assert await names(cast, now) == ["Birthe", "Jens", "Alma"]


async def test_nobody_goes_first_without_a_reason(cast: Cast, now: datetime) -> None:
    _first, second, _third = await three_waiting(cast, now)
    for because in (" ", "x" * 121):
        with pytest.raises(Invalid):
            await order.put_first(second, because, now)
    await queue.leave(second, now)
    with pytest.raises(TooLate):
        await order.put_first(second, "Smerter", now)


async def test_a_note_is_the_colleagues_and_never_the_patients(browser: Browser, cast: Cast) -> None:
    now = browser.clock.now
    first, *_others = await three_waiting(cast, now)
    await browser.sign_in(cast.secretary)
    await browser.post(f"/queue/places/{first.id}/note", {"words": "Ring til datteren bagefter"})
    assert "Ring til datteren bagefter" in (await browser.get("/desk")).text
    assert (await browser.post(f"/queue/places/{first.id}/note", {"words": "x" * 301})).status_code == 422
    browser.forget()
    await browser.use_device_of(cast.patient)
    assert "Ring til datteren" not in (await browser.get("/waiting")).text


async def test_the_form_without_a_reason_comes_back_with_what_to_do(browser: Browser, cast: Cast) -> None:
    _first, second, _third = await three_waiting(cast, browser.clock.now)
    await browser.sign_in(cast.secretary)
    answer = await browser.post(f"/queue/places/{second.id}/turn", {"because": ""})
    assert answer.status_code == 422
    assert "Skriv hvorfor" in answer.text


async def test_whoever_is_left_in_the_evening_is_told_once_nobody_works(cast: Cast, now: datetime) -> None:
    first, second, third = await three_waiting(cast, now)
    evening = now + EVENING
    assert await day_end.send_home(now + timedelta(hours=1)) == 0
    await sessions.open_session(cast.doctor, evening)
    assert await day_end.send_home(evening + timedelta(minutes=5)) == 0
    later = evening + timedelta(minutes=20)
    assert await day_end.send_home(later) == 3
    assert [await state_of(place) for place in (first, second, third)] == ["sent_away"] * 3
    assert {row["purpose"] for row in await Message.select(Message.purpose)} == {"sent_away"}
    assert not (await room.room_of(cast.clinic.id)).is_open
    assert await day_end.send_home(later) == 0


async def test_whoever_comes_in_the_evening_is_given_an_hour(cast: Cast, now: datetime) -> None:
    evening = now + EVENING
    booked = await appointment(cast, cast.patient, evening + timedelta(minutes=10))
    place = await queue.enter(cast.patient, booked, now=evening)
    assert await day_end.send_home(evening + timedelta(minutes=65)) == 0
    assert await state_of(place) == "waiting"
    assert await day_end.send_home(evening + timedelta(minutes=70)) == 1
