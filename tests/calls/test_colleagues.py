"""Two doctors and one patient: one winner however often they press at once, and taking over what a colleague rings."""

import asyncio
from datetime import datetime

import pytest

from app.clinic.calls import call as calls
from app.clinic.calls import colleagues
from app.clinic.calls.tables import Call
from app.clinic.errors import Conflict, TooLate
from app.clinic.waiting.tables import Place
from tests.cast import Cast, who
from tests.conftest import Browser
from tests.waiting.agreed import state_of, three_waiting


async def test_of_two_who_press_at_once_a_hundred_times_one_wins_and_the_other_is_told(
    cast: Cast, now: datetime
) -> None:
    place, *_others = await three_waiting(cast, now)
    doctors = {who(cast.doctor).id: who(cast.doctor), who(cast.colleague).id: who(cast.colleague)}
    for _time in range(100):
        tried = await asyncio.gather(
            *(calls.call_in(place.id, doctor, now) for doctor in doctors.values()), return_exceptions=True
        )
        (won,) = [each for each in tried if isinstance(each, Call)]
        (lost,) = [each for each in tried if isinstance(each, Conflict)]
        assert won.staff.name in lost.words
        assert await Call.count().where(Call.place == place.id, Call.state == "ringing") == 1
        await calls.take_back(won, doctors[won.staff.id], now)
    assert await state_of(place) == "waiting"


async def test_a_ring_is_taken_over_from_a_colleague(cast: Cast, now: datetime) -> None:
    place, *_others = await three_waiting(cast, now)
    rung = await calls.call_in(place.id, who(cast.doctor), now)
    mine = await colleagues.take_over(rung, who(cast.colleague), now)
    assert await colleagues.current_calls(cast.clinic.id) == {place.id: mine.id}
    fresh = await Place.objects().get(Place.id == place.id)
    assert fresh is not None
    assert (fresh.state, fresh.called_by) == ("called", cast.colleague.id)


async def test_an_answered_call_is_not_taken_over(cast: Cast, now: datetime) -> None:
    place, *_others = await three_waiting(cast, now)
    call = await calls.call_in(place.id, who(cast.doctor), now)
    await calls.answer(call, now)
    with pytest.raises(TooLate):
        await colleagues.take_over(call, who(cast.colleague), now)
    assert await state_of(place) == "in_call"


async def test_whoever_is_in_a_call_takes_over_nothing(cast: Cast, now: datetime) -> None:
    first, second, _third = await three_waiting(cast, now)
    rung = await calls.call_in(first.id, who(cast.doctor), now)
    await calls.call_in(second.id, who(cast.colleague), now)
    with pytest.raises(Conflict):
        await colleagues.take_over(rung, who(cast.colleague), now)
    assert await state_of(first) == "called"


async def test_a_colleagues_forgotten_call_is_ended_from_the_queue(browser: Browser, cast: Cast) -> None:
    now = browser.clock.now
    place, *_others = await three_waiting(cast, now)
    call = await calls.call_in(place.id, who(cast.doctor), now)
    await browser.sign_in(cast.doctor)
    assert f"/calls/{call.id}/takeover" not in (await browser.get("/desk/queue")).text
    browser.forget()
    await browser.sign_in(cast.colleague)
    shown = (await browser.get("/desk/queue")).text
    assert f"/calls/{call.id}/takeover" in shown
    assert f"/calls/{call.id}/end" in shown
    await browser.post(f"/calls/{call.id}/end")
    assert await state_of(place) == "served"
