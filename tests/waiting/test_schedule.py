"""The open consultation on schedule: by the clock on the wall, once, and never against what staff did by hand."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.clinic.booking.hours import DaysOff, take_off
from app.clinic.errors import Conflict, NotAllowed, TooLate
from app.clinic.messages.tables import Message
from app.clinic.waiting import queue, room, schedule
from app.clinic.waiting.schedule import hours
from app.clinic.waiting.tables import OpeningWindow
from app.i18n import local
from tests.cast import Cast, who
from tests.conftest import Browser
from tests.waiting.agreed import state_of

MINUTE = timedelta(minutes=1)


async def window(cast: Cast, **values: Any) -> OpeningWindow:
    """Eight to nine on Tuesdays, answered for by the doctor."""
    kept: dict[str, Any] = {"clinic": cast.clinic.id, "weekday": 1, "starts": 8 * 60, "ends": 9 * 60}
    made = OpeningWindow(**(kept | {"responsible": cast.doctor.id, "opens": "auto", "closes": "keep"} | values))
    await made.save()
    return made


@pytest.mark.parametrize(
    ("day", "utc"), [(date(2027, 3, 23), 7), (date(2027, 3, 30), 6), (date(2027, 10, 26), 6), (date(2027, 11, 2), 7)]
)
def test_summer_time_moves_the_moment_and_never_the_time_on_the_clock(day: date, utc: int) -> None:
    opens_at, closes_at = hours(OpeningWindow(starts=8 * 60, ends=9 * 60), day)
    assert opens_at == datetime(day.year, day.month, day.day, utc, tzinfo=UTC)
    assert closes_at - opens_at == timedelta(hours=1)


@pytest.mark.parametrize("begin", [datetime(2027, 3, 21, 23, tzinfo=UTC), datetime(2027, 10, 24, 22, tzinfo=UTC)])
async def test_two_weeks_across_the_change_of_clocks_open_and_close_at_the_right_local_times(
    cast: Cast, begin: datetime
) -> None:
    """Every day at eight, and one opening in the night itself when the clocks change."""
    for weekday in range(7):
        await window(cast, weekday=weekday)
    await window(cast, weekday=6, starts=60, ends=4 * 60)
    seen: list[tuple[str, str]] = []
    was_open, now = False, begin
    while now < begin + timedelta(days=14):
        await schedule.keep(now)
        is_open = (await room.room_of(cast.clinic.id)).is_open
        if is_open != was_open:
            seen.append((f"{local(now):%a %H:%M}", "opens" if is_open else "closes"))
        was_open, now = is_open, now + 60 * MINUTE
    week = [(f"{day} {at}", what) for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat") for at, what in _MORNING]
    assert seen == [*week, *_SUNDAY] * 2


_MORNING = (("08:00", "opens"), ("09:00", "closes"))
_SUNDAY = [("Sun 01:00", "opens"), ("Sun 04:00", "closes"), ("Sun 08:00", "opens"), ("Sun 09:00", "closes")]


@pytest.fixture
def eight(now: datetime) -> datetime:
    """Tuesday at eight in Denmark."""
    return now - timedelta(hours=1)


async def test_the_responsible_person_is_reminded_once_half_an_hour_before(cast: Cast, eight: datetime) -> None:
    await window(cast)
    for minutes in (31, 29, 15, 1):
        await schedule.keep(eight - minutes * MINUTE)
    [message] = await Message.objects()
    assert (message.purpose, message.recipient) == ("opening_reminder", cast.doctor.email)


async def test_what_staff_closed_by_hand_is_not_opened_again_that_day(cast: Cast, eight: datetime) -> None:
    await window(cast)
    await schedule.keep(eight)
    opened = await room.room_of(cast.clinic.id)
    assert (opened.is_open, opened.responsible.id) == (True, cast.doctor.id)
    await room.close_and_keep(who(cast.secretary), eight + 10 * MINUTE)
    await schedule.keep(eight + 11 * MINUTE)
    assert not (await room.room_of(cast.clinic.id)).is_open
    await schedule.keep(eight + timedelta(days=7))
    assert (await room.room_of(cast.clinic.id)).is_open


async def test_what_staff_opened_by_hand_is_not_closed_by_the_schedule(cast: Cast, eight: datetime) -> None:
    await window(cast)
    await room.open_up(who(cast.secretary), None, eight - MINUTE)
    await schedule.keep(eight)
    await schedule.keep(eight + 61 * MINUTE)
    assert (await room.room_of(cast.clinic.id)).is_open


@pytest.mark.parametrize(("closes", "state"), [("keep", "waiting"), ("send_away", "sent_away")])
async def test_it_ends_as_the_clinic_chose(cast: Cast, eight: datetime, closes: str, state: str) -> None:
    await window(cast, closes=closes)
    await schedule.keep(eight)
    place = await queue.enter(cast.second_patient, None, now=eight + MINUTE)
    await schedule.keep(eight + 60 * MINUTE)
    assert not (await room.room_of(cast.clinic.id)).is_open
    assert await state_of(place) == state
    [opening] = await room.history(cast.clinic.id)
    assert (opening.opened_by.id, opening.closed_by.id, opening.closing) == (None, None, closes)


@pytest.mark.parametrize("late", [0, 7])
async def test_windows_that_touch_are_one_opening_and_nobody_goes(cast: Cast, eight: datetime, late: int) -> None:
    await window(cast, closes="send_away")
    await window(cast, starts=9 * 60, ends=10 * 60, closes="send_away", responsible=cast.colleague.id, places=3)
    await schedule.keep(eight)
    place = await queue.enter(cast.second_patient, None, now=eight + MINUTE)
    for minute in (60 + late, 80):
        await schedule.keep(eight + minute * MINUTE)
        held = await room.room_of(cast.clinic.id)
        assert (held.is_open, held.responsible.id, held.places) == (True, cast.colleague.id, 3)
        assert await state_of(place) == "waiting"
    await schedule.keep(eight + 120 * MINUTE)
    assert not (await room.room_of(cast.clinic.id)).is_open
    assert await state_of(place) == "sent_away"
    assert len(await room.history(cast.clinic.id)) == 1


async def test_the_same_person_answers_on_when_the_next_window_names_nobody(cast: Cast, eight: datetime) -> None:
    await window(cast)
    await window(cast, starts=9 * 60, ends=10 * 60, responsible=None)
    for minute in (0, 60):
        await schedule.keep(eight + minute * MINUTE)
    assert (await room.room_of(cast.clinic.id)).responsible.id == cast.doctor.id


async def test_a_limit_on_places_is_held_and_said(cast: Cast, eight: datetime) -> None:
    await window(cast, places=1)
    await schedule.keep(eight)
    first = await queue.enter(cast.second_patient, None, now=eight)
    with pytest.raises(NotAllowed):
        await queue.enter(cast.child, None, now=eight)
    await queue.leave(first, eight)
    await queue.enter(cast.child, None, now=eight)


async def test_a_window_that_asks_is_answered_once_with_a_tap(browser: Browser, cast: Cast) -> None:
    browser.clock.forward(minutes=-50)
    now = browser.clock.now
    asking = await window(cast, opens="ask")
    await schedule.keep(now)
    assert not (await room.room_of(cast.clinic.id)).is_open
    await browser.sign_in(cast.secretary)
    assert f"/queue/openings/{asking.id}" in (await browser.get("/queue/opening")).text
    await browser.post(f"/queue/openings/{asking.id}", {"answer": "open"})
    opened = await room.room_of(cast.clinic.id)
    assert (opened.is_open, opened.responsible.id) == (True, cast.doctor.id)
    with pytest.raises(Conflict):
        await schedule.answer(asking, who(cast.doctor), now, opens=False)
    [opening] = await room.history(cast.clinic.id)
    assert opening.opened_by.id == cast.secretary.id


async def test_not_today_is_an_answer_too(cast: Cast, eight: datetime) -> None:
    asking = await window(cast, opens="ask")
    assert await schedule.due(cast.clinic.id, eight) is not None
    await schedule.answer(asking, who(cast.secretary), eight, opens=False)
    assert await schedule.due(cast.clinic.id, eight + MINUTE) is None
    with pytest.raises(TooLate):
        await schedule.answer(asking, who(cast.secretary), eight + timedelta(hours=2), opens=True)


async def test_superusers_keep_the_windows_and_see_who_opened_and_closed(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.superuser)
    wanted = {"weekday": "1", "clock": "8-9", "opens": "auto", "closes": "keep", "places": "4"}
    assert (await browser.post("/settings/openings", wanted)).status_code == 303
    for wrong in ({"clock": "9-8"}, {"clock": "8.30-10"}, {"places": "mange"}, {"weekday": "9"}):
        assert (await browser.post("/settings/openings", wanted | wrong)).status_code == 422
    await room.open_up(who(cast.secretary), None, browser.clock.now)
    text = (await browser.get("/settings/openings")).text
    assert "8.00–9.00" in text
    assert "Lone Krogh" in text
    [kept] = await OpeningWindow.objects()
    await browser.post(f"/settings/openings/{kept.id}/removal")
    assert "8.00–9.00" not in (await browser.get("/settings/openings")).text


async def test_the_next_opening_comes_after_now_and_never_on_the_clinic_s_days_off(cast: Cast) -> None:
    tuesday_at_eight = hours(OpeningWindow(starts=8 * 60, ends=9 * 60), date(2026, 11, 24))[0]
    week = timedelta(days=7)
    assert await schedule.next_opening(cast.clinic.id, tuesday_at_eight) is None
    await window(cast)
    assert await schedule.next_opening(cast.clinic.id, tuesday_at_eight - MINUTE) == tuesday_at_eight
    assert await schedule.next_opening(cast.clinic.id, tuesday_at_eight) == tuesday_at_eight + week
    closed = DaysOff(uuid4(), None, date(2026, 11, 30), date(2026, 12, 2), "")
    await take_off(cast.clinic.id, closed)
    await take_off(cast.clinic.id, DaysOff(uuid4(), cast.doctor.id, date(2026, 12, 8), date(2026, 12, 8), ""))
    assert await schedule.next_opening(cast.clinic.id, tuesday_at_eight) == tuesday_at_eight + 2 * week


async def test_no_window_opens_or_asks_on_the_clinic_s_days_off(cast: Cast) -> None:
    morning = hours(OpeningWindow(starts=8 * 60, ends=9 * 60), date(2026, 11, 24))[0]
    await window(cast)
    await window(cast, opens="ask", starts=8 * 60 + 5)
    await take_off(cast.clinic.id, DaysOff(uuid4(), None, date(2026, 11, 23), date(2026, 11, 24), "Kursus"))
    for now in (morning - 10 * MINUTE, morning + 10 * MINUTE):
        await schedule.keep(now)
    assert not (await room.room_of(cast.clinic.id)).is_open
    assert await schedule.due(cast.clinic.id, morning + 10 * MINUTE) is None
    assert not await Message.exists()
