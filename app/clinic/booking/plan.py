"""The calendar as a page shows it (B6): a day or a week, cut into rows of a quarter of an hour.

Each column is a person's day. What overlaps shares a cell, so every appointment is seen whatever its times. Deciding
what lies where is pure; the verbs below only gather.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from app.clinic.booking import calendar, hours
from app.clinic.booking.hours import DaysOff, Week, at_minute
from app.clinic.booking.tables import Appointment
from app.clinic.people import team
from app.clinic.people.tables import Clinic, Staff
from app.i18n import local

ROW = 15
"""Minutes of one row."""

Kind = Literal["booked", "free", "kept", "off"]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many appointments are on video, and how many at the clinic; test calls count nowhere."""

    video: int
    in_person: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A stretch of a column, `rows` tall: appointments, free working time, time kept for video, or time off."""

    kind: Kind
    starts_at: datetime
    rows: int = 1
    booked: tuple[Appointment, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """One person's day; `cells` by the minute of the day at which they begin."""

    day: date
    staff: Staff
    counts: Counts
    cells: dict[int, Cell]
    off: str | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns beside each other, and the minutes of the day their rows begin at."""

    rows: tuple[int, ...]
    columns: tuple[Column, ...]

    @property
    def counts(self) -> Counts:
        """Both counts of all columns together."""
        return Counts(
            sum(each.counts.video for each in self.columns), sum(each.counts.in_person for each in self.columns)
        )


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole clinic's week: each person's appointments by day."""

    days: tuple[date, ...]
    people: tuple[Staff, ...]
    booked: dict[tuple[UUID, date], tuple[Appointment, ...]]
    counts: dict[date, Counts]


def count(booked: Iterable[Appointment]) -> Counts:
    """Both counts of these appointments."""
    real = [each for each in booked if not each.is_test]
    video = sum(1 for each in real if each.mode == "video")
    return Counts(video, len(real) - video)


def week_of(day: date) -> tuple[date, ...]:
    """Monday to Sunday around that day."""
    monday = day - timedelta(days=day.weekday())
    return tuple(monday + timedelta(days=ahead) for ahead in range(7))


def clusters(booked: Sequence[Appointment]) -> list[tuple[int, int, tuple[Appointment, ...]]]:
    """Appointments of one day that share rows, as (first minute, last minute, appointments), whole rows each."""
    found: list[tuple[int, int, tuple[Appointment, ...]]] = []
    for each in sorted(booked, key=lambda one: (one.starts_at, one.minutes)):
        start = local(each.starts_at)
        first = start.hour * 60 + start.minute
        begin = first - first % ROW
        end = min(hours.DAY, -(-(first + each.minutes) // ROW) * ROW)
        if found and begin < found[-1][1]:
            before = found[-1]
            found[-1] = (before[0], max(before[1], end), (*before[2], each))
        else:
            found.append((begin, end, (each,)))
    return found


def column(day: date, staff: Staff, week: Week, booked: Sequence[Appointment], rows: Sequence[int]) -> dict[int, Cell]:
    """The day's cells in these rows."""
    pieces = week.pieces(day)
    cells: dict[int, Cell] = {}
    taken = {begin: (end, those) for begin, end, those in clusters(booked)}
    until, idle_since = 0, -1
    for minute in rows:
        if minute in taken:
            until, those = taken[minute]
            cells[minute] = Cell("booked", at_minute(day, minute), (until - minute) // ROW, those)
        elif minute < until:
            continue
        elif _kind(pieces, minute) != "off":
            cells[minute] = Cell(_kind(pieces, minute), at_minute(day, minute))
        elif idle_since >= 0:
            cells[idle_since] = replace(cells[idle_since], rows=(minute - idle_since) // ROW + 1)
            continue
        else:
            cells[minute] = Cell("off", at_minute(day, minute))
            idle_since = minute
            continue
        idle_since = -1
    return cells


def _kind(pieces: Sequence[tuple[int, int, bool]], minute: int) -> Kind:
    video = next((video for start, end, video in pieces if start <= minute < end), None)
    return "off" if video is None else "kept" if video else "free"


def rows_for(weeks: Iterable[Week], booked: Iterable[Appointment]) -> tuple[int, ...]:
    """The rows that show all working time and every appointment, in whole hours; at least eight to four."""
    first, last = 8 * 60, 16 * 60
    for week in weeks:
        first = min([first, *(each.starts for each in week.work)])
        last = max([last, *(each.ends for each in week.work)])
    for begin, end, _those in clusters(list(booked)):
        first, last = min(first, begin), max(last, end)
    return tuple(range(first - first % 60, min(hours.DAY, -(-last // 60) * 60), ROW))


async def of_day(clinic: Clinic, day: date, staff: UUID | None = None) -> Grid:
    """The day of everybody who works or is booked then, or of one person."""
    booked = await calendar.of_days(clinic.id, day, day, staff)
    people = [await team.somebody(clinic.id, staff)] if staff else await _people(clinic.id, booked)
    weeks = await hours.weeks(clinic.id, [each.id for each in people])
    off = await hours.days_off(clinic.id, day)
    shown = [
        each
        for each in people
        if staff
        or any(one.staff.id == each.id for one in booked)
        or (_is_clinician(each) and weeks[each.id].pieces(day))
    ]
    rows = rows_for([weeks[each.id] for each in shown], booked)
    return Grid(rows, tuple(_column(day, each, weeks[each.id], booked, rows, off) for each in shown))


async def of_week(clinic: Clinic, day: date, staff: UUID) -> Grid:
    """Return one person's week: working days, and other days that have appointments."""
    person = await team.somebody(clinic.id, staff)
    days = week_of(day)
    booked = await calendar.of_days(clinic.id, days[0], days[-1], staff)
    week = (await hours.weeks(clinic.id, [staff]))[staff]
    off = await hours.days_off(clinic.id, days[0])
    shown = [
        each
        for each in days
        if each.weekday() < 5 or week.pieces(each) or any(local(one.starts_at).date() == each for one in booked)
    ]
    rows = tuple(sorted({row for each in shown for row in rows_for([week], _on(booked, each))}))
    return Grid(rows, tuple(_column(each, person, week, booked, rows, off) for each in shown))


async def overview(clinic: Clinic, day: date) -> Overview:
    """Everybody's week, as lists."""
    days = week_of(day)
    booked = await calendar.of_days(clinic.id, days[0], days[-1])
    people = await _people(clinic.id, booked)
    shown = tuple(each for each in days if each.weekday() < 5 or _on(booked, each))
    those = {
        (person.id, each): tuple(one for one in _on(booked, each) if one.staff.id == person.id)
        for person in people
        for each in shown
    }
    seen = tuple(each for each in people if _is_clinician(each) or any(those[each.id, one] for one in shown))
    return Overview(shown, seen, those, {each: count(_on(booked, each)) for each in shown})


def _column(
    day: date, person: Staff, week: Week, booked: Sequence[Appointment], rows: Sequence[int], off: Sequence[DaysOff]
) -> Column:
    own = [each for each in _on(booked, day) if each.staff.id == person.id]
    away = next((each for each in off if each.staff in (None, person.id) and each.covers(day)), None)
    present = week if away is None and person.active else Week(())
    return Column(day, person, count(own), column(day, person, present, own, rows), away.words if away else None)


def _on(booked: Iterable[Appointment], day: date) -> list[Appointment]:
    return [each for each in booked if local(each.starts_at).date() == day]


def _is_clinician(person: Staff) -> bool:
    return person.role in team.CLINICIANS


async def _people(clinic: UUID, booked: Iterable[Appointment]) -> list[Staff]:
    """Return the clinic's staff, followed by those out of use who still have bookings, which must be moved."""
    members = await team.members(clinic)
    known = {each.id for each in members}
    former = {each.staff.id: each.staff for each in booked if each.staff.id not in known}
    return [*members, *former.values()]
