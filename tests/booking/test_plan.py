"""The calendar as a page shows it: clusters, rows, cells, counts."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.clinic.booking import hours, plan
from app.clinic.booking.hours import DaysOff, Stretch, Week
from app.clinic.booking.tables import Appointment
from app.clinic.errors import NotFound
from app.clinic.people.tables import Staff
from tests.cast import Cast

TUESDAY = date(2026, 11, 24)


def _at(hour: int, minute: int = 0, minutes: int = 15, **more: Any) -> Appointment:
    """An appointment that Tuesday on the Danish clock."""
    start = datetime(2026, 11, 24, hour - 1, minute, tzinfo=UTC)
    return Appointment(starts_at=start, minutes=minutes, mode="video", **more)


def test_appointments_that_share_a_quarter_share_a_cell() -> None:
    found = plan.clusters([_at(9, 20, 10), _at(9, 0, 10), _at(9, 10, 10), _at(10, 0, 30), _at(10, 30)])
    assert [(begin, end, len(those)) for begin, end, those in found] == [
        (540, 570, 3),
        (600, 630, 1),
        (630, 645, 1),
    ]


def test_an_appointment_at_midnight_ends_with_the_day() -> None:
    assert [(begin, end) for begin, end, _those in plan.clusters([_at(23, 50, 30)])] == [(23 * 60 + 45, hours.DAY)]


def test_rows_reach_from_the_earliest_to_the_latest_in_whole_hours() -> None:
    early = Week((Stretch(1, 7 * 60 + 30, 12 * 60),))
    assert (plan.rows_for([early], [])[0], plan.rows_for([early], [])[-1]) == (7 * 60, 15 * 60 + 45)
    assert plan.rows_for([], [_at(17, 10)])[-1] == 17 * 60 + 45


def test_cells_cover_every_row_once_and_keep_what_is_off_together(cast: Cast) -> None:
    week = Week((Stretch(1, 9 * 60, 10 * 60),), (Stretch(1, 9 * 60 + 30, 10 * 60),))
    rows = plan.rows_for([week], [])
    cells = plan.column(TUESDAY, cast.doctor, week, [_at(9, 0, 20)], rows)
    assert [(minute, cell.kind, cell.rows) for minute, cell in cells.items()] == [
        (480, "off", 4),
        (540, "booked", 2),
        (570, "kept", 1),
        (585, "kept", 1),
        (600, "off", 24),
    ]
    assert sum(cell.rows for cell in cells.values()) == len(rows)


async def _book(cast: Cast, staff: Staff, start: datetime, mode: str = "video", **more: Any) -> None:
    kind = cast.video_type if mode == "video" else cast.in_person_type
    await Appointment(
        clinic=cast.clinic.id,
        patient=cast.patient.id,
        staff=staff.id,
        type=kind.id,
        mode=mode,
        starts_at=start,
        **more,
    ).save()


async def test_a_day_counts_video_and_in_person_for_each_and_never_a_test(cast: Cast, now: datetime) -> None:
    await _book(cast, cast.doctor, now)
    await _book(cast, cast.doctor, now + timedelta(hours=1), "in_person")
    await _book(cast, cast.doctor, now + timedelta(hours=2), is_test=True)
    await _book(cast, cast.doctor, now + timedelta(hours=3), state="cancelled")
    await _book(cast, cast.secretary, now)
    grid = await plan.of_day(cast.clinic, TUESDAY)
    found = {column.staff.name: (column.counts.video, column.counts.in_person) for column in grid.columns}
    assert found == {"Anders Bak": (0, 0), "Mette Holm": (1, 1), "Sara Juul": (0, 0), "Lone Krogh": (1, 0)}
    assert grid.counts == plan.Counts(2, 1)


async def test_days_off_leave_the_column_and_say_why(cast: Cast, now: datetime) -> None:
    await hours.take_off(cast.clinic.id, DaysOff(cast.patient.id, cast.doctor.id, TUESDAY, TUESDAY, "Kursus"))
    grid = await plan.of_day(cast.clinic, TUESDAY, cast.doctor.id)
    assert [column.off for column in grid.columns] == ["Kursus"]
    assert {cell.kind for cell in grid.columns[0].cells.values()} == {"off"}


async def test_a_week_shows_a_weekend_only_when_something_lies_there(cast: Cast, now: datetime) -> None:
    grid = await plan.of_week(cast.clinic, TUESDAY, cast.doctor.id)
    assert [column.day.isoweekday() for column in grid.columns] == [1, 2, 3, 4, 5]
    await _book(cast, cast.doctor, now + timedelta(days=4))
    grid = await plan.of_week(cast.clinic, TUESDAY, cast.doctor.id)
    assert [column.day.isoweekday() for column in grid.columns] == [1, 2, 3, 4, 5, 6]
    seen = await plan.overview(cast.clinic, TUESDAY)
    assert len(seen.days) == 6 and seen.counts[date(2026, 11, 28)] == plan.Counts(1, 0)
    assert [person.name for person in seen.people] == ["Anders Bak", "Mette Holm", "Sara Juul"]


async def test_whoever_is_out_of_use_stands_in_the_calendar_while_booked(cast: Cast, now: datetime) -> None:
    await _book(cast, cast.doctor, now)
    await Staff.update({Staff.active: False}).where(Staff.id == cast.doctor.id)
    day = await plan.of_day(cast.clinic, TUESDAY)
    assert [column.staff.name for column in day.columns] == ["Anders Bak", "Sara Juul", "Mette Holm"]
    assert {cell.kind for cell in day.columns[-1].cells.values()} == {"booked", "off"}, "nobody is booked with them"
    week = await plan.overview(cast.clinic, TUESDAY)
    assert len(week.booked[cast.doctor.id, TUESDAY]) == 1
    assert cast.doctor.id in [person.id for person in week.people]
    own = await plan.of_week(cast.clinic, TUESDAY, cast.doctor.id)
    assert own.counts == plan.Counts(1, 0)
    later = await plan.of_day(cast.clinic, TUESDAY + timedelta(days=1))
    assert cast.doctor.id not in [column.staff.id for column in later.columns]


async def test_another_clinics_person_has_no_calendar_here(cast: Cast) -> None:
    with pytest.raises(NotFound):
        await plan.of_week(cast.clinic, TUESDAY, cast.outsider.id)
