"""When people work: the clinic's opening hours, each person's own week, time kept for video, and days off (B6).

Who has written no hours of their own works the clinic's; a clinic that has written none is open on weekdays from eight
to four. A week is told in minutes from midnight on the Danish clock.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

from app.clinic.booking.tables import Absence, OpeningHours, WorkingHours
from app.clinic.change import change
from app.clinic.errors import Invalid, NotFound
from app.clinic.people.tables import Clinic
from app.i18n import COPENHAGEN, _

Span = tuple[datetime, datetime]

DAY = 24 * 60


def at(day: date, clock: time) -> datetime:
    """That time on the Danish clock, in UTC."""
    return datetime.combine(day, clock, COPENHAGEN).astimezone(UTC)


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """A part of a weekday (0 is Monday), in minutes from midnight."""

    weekday: int
    starts: int
    ends: int


@dataclass(frozen=True, slots=True)
class Days:
    """Weekdays in a row with the same times, as they are read; 0 is Monday."""

    first: int
    last: int
    times: str


USUAL = tuple(Stretch(weekday, 8 * 60, 16 * 60) for weekday in range(5))
"""What holds until a clinic has written its hours."""


@dataclass(frozen=True, slots=True)
class Week:
    """One person's week: when they see patients, and the parts of it kept for video."""

    work: tuple[Stretch, ...]
    video: tuple[Stretch, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.work or self.video)

    def pieces(self, day: date) -> list[tuple[int, int, bool]]:
        """The day's working time cut where a video block begins or ends: from, until, kept for video."""
        work = [each for each in self.work if each.weekday == day.weekday()]
        video = [each for each in self.video if each.weekday == day.weekday()]
        edges = sorted({minute for each in (*work, *video) for minute in (each.starts, each.ends)})
        cut = [(a, b, _covers(video, a)) for a, b in pairwise(edges) if _covers(work, a)]
        return list(_joined(cut))


@dataclass(frozen=True, slots=True)
class DaysOff:
    """Days when a person, or the whole clinic (`staff` is None), sees nobody; both named days included."""

    id: UUID
    staff: UUID | None
    first: date
    last: date
    words: str

    def covers(self, day: date) -> bool:
        """Whether that day is one of them."""
        return self.first <= day <= self.last


def _covers(stretches: Iterable[Stretch], minute: int) -> bool:
    return any(each.starts <= minute < each.ends for each in stretches)


def _joined(cut: Sequence[tuple[int, int, bool]]) -> Iterable[tuple[int, int, bool]]:
    """Join neighbouring pieces of the same kind."""
    held: tuple[int, int, bool] | None = None
    for piece in cut:
        if held and held[1] == piece[0] and held[2] == piece[2]:
            held = (held[0], piece[1], held[2])
            continue
        if held:
            yield held
        held = piece
    if held:
        yield held


def spans_on(week: Week, day: date, mode: str, pattern: str) -> list[Span]:
    """When an appointment of this mode may lie that day.

    Time kept for video takes nothing else. With the pattern `blocks`, video lies only there, for whoever keeps any.
    """
    kept_only = pattern == "blocks" and bool(week.video)
    if mode == "video":
        fitting = [(start, end) for start, end, video in week.pieces(day) if video or not kept_only]
    else:
        fitting = [(start, end) for start, end, video in week.pieces(day) if not video]
    return _merged([(at_minute(day, start), at_minute(day, end)) for start, end in fitting])


def at_minute(day: date, minute: int) -> datetime:
    """That minute of the day on the Danish clock, in UTC; the last one is midnight."""
    if minute == DAY:
        return at(day + timedelta(days=1), time())
    return at(day, time(minute // 60, minute % 60))


def _merged(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in spans:
        if merged and merged[-1][1] == start:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


async def spans_for(clinic: Clinic, staff: UUID, mode: str, first: date, last: date) -> list[Span]:
    """When this person may be booked in this mode (video or in_person) from one day to another, in order, in UTC.

    What is booked already is not taken out.
    """
    week = (await weeks(clinic.id, [staff]))[staff]
    off = [each for each in await days_off(clinic.id, first) if each.staff in (None, staff)]
    days = (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
    return [
        span
        for day in days
        if not any(each.covers(day) for each in off)
        for span in spans_on(week, day, mode, clinic.booking_pattern)
    ]


async def weeks(clinic: UUID, staff: Sequence[UUID]) -> dict[UUID, Week]:
    """Each person's week: their own hours, else the clinic's, else weekdays from eight to four."""
    rows = await WorkingHours.objects().where(WorkingHours.staff.is_in(list(staff))) if staff else []
    common = await opening(clinic) or USUAL
    found = {}
    for person in staff:
        own = sorted((row.kind, Stretch(row.weekday, row.starts, row.ends)) for row in rows if row.staff == person)
        work = tuple(stretch for kind, stretch in own if kind == "work")
        found[person] = Week(work or common, tuple(stretch for kind, stretch in own if kind == "video"))
    return found


async def own_week(staff: UUID) -> Week:
    """Return the hours this person has entered; an empty week means that the clinic's hours apply."""
    rows = await WorkingHours.objects().where(WorkingHours.staff == staff)
    own = sorted((row.kind, Stretch(row.weekday, row.starts, row.ends)) for row in rows)
    return Week(
        tuple(stretch for kind, stretch in own if kind == "work"),
        tuple(stretch for kind, stretch in own if kind == "video"),
    )


async def opening(clinic: UUID) -> tuple[Stretch, ...]:
    """The clinic's opening hours in order; none when they have not been written."""
    rows = await OpeningHours.objects().where(OpeningHours.clinic == clinic)
    return tuple(sorted(Stretch(row.weekday, row.starts, row.ends) for row in rows))


async def days_off(clinic: UUID, from_day: date) -> list[DaysOff]:
    """Return days off of the clinic and its staff that have not ended before `from_day`, by date."""
    rows = (
        await Absence.objects()
        .where(Absence.clinic == clinic, Absence.last_day >= from_day)
        .order_by(Absence.first_day)
    )
    return [DaysOff(row.id, row.staff, row.first_day, row.last_day, row.words) for row in rows]


async def take_off(clinic: UUID, off: DaysOff) -> None:
    """Note days off; raises Invalid when they end before they begin."""
    if off.last < off.first:
        raise Invalid(_("The last day must not come before the first."), field="last_day")
    async with change():
        await Absence(
            id=off.id, clinic=clinic, staff=off.staff, first_day=off.first, last_day=off.last, words=off.words[:80]
        ).save()


async def work_after_all(clinic: UUID, absence: UUID) -> None:
    """Take days off back; raises NotFound when there are none such."""
    async with change():
        gone = await Absence.delete().where(Absence.id == absence, Absence.clinic == clinic).returning(Absence.id)
    if not gone:
        raise NotFound(_("There are no such days off."))


async def set_opening(clinic: UUID, hours: Sequence[Stretch]) -> None:
    """Replace the clinic's opening hours; raises Invalid when stretches of a day overlap."""
    check(hours, "open")
    async with change():
        await OpeningHours.delete().where(OpeningHours.clinic == clinic)
        for each in hours:
            await OpeningHours(clinic=clinic, weekday=each.weekday, starts=each.starts, ends=each.ends).save()


async def set_week(staff: UUID, week: Week) -> None:
    """Replace this person's hours and video blocks; raises Invalid when stretches of a day overlap."""
    check(week.work, "work")
    check(week.video, "video")
    async with change():
        await WorkingHours.delete().where(WorkingHours.staff == staff)
        for kind, stretches in (("work", week.work), ("video", week.video)):
            for each in stretches:
                await WorkingHours(
                    staff=staff, kind=kind, weekday=each.weekday, starts=each.starts, ends=each.ends
                ).save()


def check(hours: Sequence[Stretch], kind: str) -> None:
    """Raises Invalid, field `<kind>-<weekday>`, when a stretch ends before it begins or two of a day overlap."""
    for each in hours:
        if not 0 <= each.starts < each.ends <= DAY:
            raise Invalid(_("The end must come after the beginning."), field=f"{kind}-{each.weekday}")
    for one, following in pairwise(sorted(hours)):
        if one.weekday == following.weekday and following.starts < one.ends:
            raise Invalid(_("Two of the times on one day overlap."), field=f"{kind}-{one.weekday}")


def read_day(weekday: int, text: str, kind: str) -> list[Stretch]:
    """A day as it is written, "8-12, 13.30-16" or empty when closed; raises Invalid, field `<kind>-<weekday>`."""
    stretches = []
    for part in filter(None, (part.strip() for part in re.split(r",|;|\bog\b|\band\b", text))):
        clocks = [_minute(clock.strip()) for clock in re.split(r"[-–—]", part)]
        if len(clocks) != 2 or None in clocks:
            raise Invalid(_("Write the times like 8-12, 13-16."), field=f"{kind}-{weekday}")
        stretches.append(Stretch(weekday, clocks[0] or 0, clocks[1] or 0))
    return stretches


def _minute(clock: str) -> int | None:
    read = re.fullmatch(r"(\d{1,2})(?:[.:]?(\d{2}))?", clock)
    if read is None or int(read[1]) > 24 or int(read[2] or 0) > 59:
        return None
    return int(read[1]) * 60 + int(read[2] or 0)


def written(hours: Sequence[Stretch], weekday: int) -> str:
    """A day as `read_day` reads it: 8.00–12.00, 13.30–16.00."""
    day = [each for each in hours if each.weekday == weekday]
    return ", ".join(f"{_clock(each.starts)}–{_clock(each.ends)}" for each in day)


def grouped(hours: Sequence[Stretch]) -> list[Days]:
    """The week as a sign at the door says it: days with the same times together, closed days left out."""
    rows: list[Days] = []
    for weekday in range(7):
        times = written(hours, weekday)
        if times and rows and (rows[-1].last, rows[-1].times) == (weekday - 1, times):
            rows[-1] = Days(rows[-1].first, weekday, times)
        elif times:
            rows.append(Days(weekday, weekday, times))
    return rows


def _clock(minute: int) -> str:
    return f"{minute // 60}.{minute % 60:02}"
