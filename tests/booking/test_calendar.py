"""Reading times, what is taken, and the next free times."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from app.clinic.booking import calendar, hours
from app.clinic.errors import Invalid
from app.i18n import local

MINUTE = timedelta(minutes=1)


def test_times_are_read_on_the_danish_clock() -> None:
    assert calendar.read_time("2026-11-24T10:15") == datetime(2026, 11, 24, 9, 15, tzinfo=UTC)
    assert calendar.read_time("2026-07-01T10:15") == datetime(2026, 7, 1, 8, 15, tzinfo=UTC)
    with pytest.raises(Invalid):
        calendar.read_time("i morgen")


def test_a_day_has_its_own_length_when_the_clocks_change() -> None:
    start, end = calendar.day_span(date(2026, 10, 25))
    assert end - start == timedelta(hours=25)


def test_end_to_start_is_no_overlap(now: datetime) -> None:
    taken = [(now, now + 15 * MINUTE)]
    assert not calendar.overlaps((now + 15 * MINUTE, now + 30 * MINUTE), taken)
    assert calendar.overlaps((now + 14 * MINUTE, now + 30 * MINUTE), taken)


def _shown(times: list[datetime]) -> list[str]:
    return [local(each).strftime("%d %H:%M") for each in times]


def _work(*days: date) -> list[hours.Span]:
    return [(hours.at(day, time(8)), hours.at(day, time(16))) for day in days]


def test_free_times_go_round_what_is_taken(now: datetime) -> None:
    taken = [(now + 5 * MINUTE, now + 20 * MINUTE)]
    found = calendar.free_times(_work(date(2026, 11, 24)), taken, 15, now + 2 * MINUTE, 3)
    assert _shown(found) == ["24 09:20", "24 09:35", "24 09:50"]


def test_free_times_begin_again_the_next_working_morning() -> None:
    friday_afternoon = datetime(2026, 11, 27, 14, 40, tzinfo=UTC)
    found = calendar.free_times(_work(date(2026, 11, 27), date(2026, 11, 30)), [], 15, friday_afternoon, 3)
    assert _shown(found) == ["27 15:40", "30 08:00", "30 08:15"]


def test_patients_see_times_in_even_steps(now: datetime) -> None:
    taken = [(now + 15 * MINUTE, now + 25 * MINUTE)]
    found = calendar.free_times(_work(date(2026, 11, 24)), taken, 20, now + MINUTE, 3, step=20)
    assert _shown(found) == ["24 09:40", "24 10:00", "24 10:20"]
    assert calendar.free_times(_work(date(2026, 11, 24)), [], 30, now + timedelta(hours=7), 3) == []
