"""The figures (F3): what came of the video meetings, for a clinic of itself, and for regions and the nation in blocks.

A clinic's are read from its meetings, day by day; the others from the tallies, month by month. Both give the same kind
of blocks, and everything shown is counted from those. Test calls and deleted clinics are in neither.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.clinic.learning.book import month_of
from app.clinic.learning.tables import Meeting, Tally
from app.clinic.reporting.blocks import (
    ANY,
    Block,
    Mark,
    Place,
    Sums,
    blocks_of,
    count,
    generalised,
    segments,
    total_of,
    within,
)

KINDS = ("consultation", "conference")
ORIGINS = ("planned", "instant", "open")
_SAID: Sequence[tuple[Mark, Sequence[tuple[Mark, str]]]] = (
    (("picture", "unsaid"), ((("picture", "good"), "picture_good"), (("picture", "bad"), "picture_bad"))),
    (("sound", "unsaid"), ((("sound", "good"), "sound_good"), (("sound", "bad"), "sound_bad"))),
    (("longer", "unsaid"), ((("longer", "yes"), "longer"), (("longer", "no"), "as_usual"))),
    (
        ("measured", "unsaid"),
        (
            (("measured", "good"), "measured_good"),
            (("measured", "weak"), "measured_weak"),
            (("measured", "bad"), "measured_bad"),
        ),
    ),
)
"""What is said of a completed meeting: the mark of silence, and each answer's mark with its column."""

OUTCOMES = ("completed", "by_phone", "not_completed", "no_show", "")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which meetings: from one day to another, both included, of one kind and origin (empty: all), in these regions.

    Outside a clinic whole months count: those that lie wholly between the days.
    """

    since: date
    until: date
    kind: str = ""
    origin: str = ""
    regions: frozenset[UUID] | None = None


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One line of figures: of a period, a region, or everything asked for."""

    consultations: int
    conferences: int
    planned: int
    instant: int
    open: int
    completed: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures asked for. Means are None when there is nothing to average.

    `caught`: device tests that failed before the day (C5); counted nowhere else. `left_out`: some meetings are not
    counted, since they would have revealed a small group.
    """

    total: FigureRow
    outcomes: dict[str, int]
    reasons: dict[str, int]
    picture: dict[str, int]
    sound: dict[str, int]
    longer: dict[str, int]
    measured: dict[str, int]
    caught: int
    mean_seconds: float | None
    median_minutes: float | None
    mean_wait_s: float | None
    trend: list[tuple[tuple[date, ...], FigureRow]]
    regions: list[tuple[frozenset[UUID], FigureRow]]
    left_out: bool

    @property
    def tried(self) -> int:
        """Meetings that were called, whatever came of them."""
        return sum(self.outcomes.get(outcome, 0) for outcome in ("completed", "by_phone", "not_completed"))

    @property
    def completion_rate(self) -> float | None:
        """The part of the meetings tried that was completed on video."""
        return self.outcomes.get("completed", 0) / self.tried if self.tried else None


_COUNTED = """
    SUM({meetings}) AS meetings, CAST(SUM({timed}) AS BIGINT) AS timed, CAST(SUM({seconds}) AS BIGINT) AS seconds,
    CAST(SUM({waits}) AS BIGINT) AS waits, CAST(SUM({waited_s}) AS BIGINT) AS waited_s,
    SUM({picture_good}) AS picture_good, SUM({picture_bad}) AS picture_bad,
    SUM({sound_good}) AS sound_good, SUM({sound_bad}) AS sound_bad,
    SUM({longer}) AS longer, SUM({as_usual}) AS as_usual,
    SUM({measured_good}) AS measured_good, SUM({measured_weak}) AS measured_weak, SUM({measured_bad}) AS measured_bad
"""
_OF_TALLIES = _COUNTED.format(
    timed="CASE WHEN minutes < 0 THEN 0 ELSE meetings END",
    **{
        name: name
        for name in (
            *("meetings", "seconds", "waits", "waited_s", "picture_good", "picture_bad"),
            *("sound_good", "sound_bad", "longer", "as_usual", "measured_good", "measured_weak", "measured_bad"),
        )
    },
)
_OF_MEETINGS = _COUNTED.format(
    meetings="1",
    timed="CASE WHEN seconds IS NULL THEN 0 ELSE 1 END",
    seconds="COALESCE(seconds, 0)",
    waits="CASE WHEN waited_s IS NULL THEN 0 ELSE 1 END",
    waited_s="COALESCE(waited_s, 0)",
    picture_good="CASE WHEN picture = 'good' THEN 1 ELSE 0 END",
    picture_bad="CASE WHEN picture = 'bad' THEN 1 ELSE 0 END",
    sound_good="CASE WHEN sound = 'good' THEN 1 ELSE 0 END",
    sound_bad="CASE WHEN sound = 'bad' THEN 1 ELSE 0 END",
    longer="CASE WHEN longer = 'yes' THEN 1 ELSE 0 END",
    as_usual="CASE WHEN longer = 'no' THEN 1 ELSE 0 END",
    measured_good="CASE WHEN measured = 'good' THEN 1 ELSE 0 END",
    measured_weak="CASE WHEN measured = 'weak' THEN 1 ELSE 0 END",
    measured_bad="CASE WHEN measured = 'bad' THEN 1 ELSE 0 END",
)
_KEY = "region, month, kind, origin, outcome, because"
CELLS_OF_ALL = f"SELECT {_KEY}, {_OF_TALLIES} FROM tally WHERE meetings > 0 GROUP BY {_KEY}"  # noqa: S608
CELLS_OF_A_CLINIC = (
    f"SELECT {_KEY}, {_OF_MEETINGS} FROM meeting "  # noqa: S608
    f"WHERE clinic = {{}} AND held_on >= {{}} AND held_on <= {{}} GROUP BY {_KEY}"
)


async def of_clinic(clinic: UUID, wanted: Filter) -> Figures:
    """The clinic's own figures, nothing held back."""
    rows = await Meeting.raw(CELLS_OF_A_CLINIC, clinic, wanted.since, wanted.until)
    blocks, _names = told(rows, limit=1)
    histogram = await Meeting.raw(
        "SELECT minutes, COUNT(*) AS meetings FROM meeting WHERE clinic = {} AND held_on >= {} AND held_on <= {} "
        "AND outcome = 'completed' AND minutes >= 0 AND (kind = {} OR {} = '') AND (origin = {} OR {} = '') "
        "GROUP BY minutes ORDER BY minutes",
        *(clinic, wanted.since, wanted.until, wanted.kind, wanted.kind, wanted.origin, wanted.origin),
    )
    whole = Filter(month_of(wanted.since), wanted.until, wanted.kind, wanted.origin)
    return answer(blocks, whole, histogram)


async def of_all(wanted: Filter, limit: int) -> Figures:
    """Regions' and the nation's figures, in blocks that tell of no group under the limit (1: nothing held back)."""
    blocks, names = told(await Tally.raw(CELLS_OF_ALL), limit)
    since, until = whole_months(wanted.since, wanted.until)
    months = Filter(since, until, wanted.kind, wanted.origin, wanted.regions)
    inside, _crossing = within(blocks, months.regions, since, until)
    lengths = await lengths_in(inside, completed_pairs(names, months))
    return answer(blocks, months, lengths if sum(row["meetings"] for row in lengths) >= limit else ())


def told(rows: Iterable[dict[str, Any]], limit: int) -> tuple[list[Block], dict[Mark, Mark]]:
    """What may be told of these rows of either query: the blocks, and what each mark is called in them."""
    cells = cells_of(rows)
    names = generalised(total_of(cells.values()), limit)
    return blocks_of(cells, names, limit), names


def whole_months(since: date, until: date) -> tuple[date, date]:
    """The first day of the first and of the last month that lie wholly between these days."""
    first = since if since.day == 1 else month_of(date.fromordinal(month_of(since).toordinal() + 31))
    after = date.fromordinal(until.toordinal() + 1)
    last = month_of(until) if after.day == 1 else month_of(date.fromordinal(month_of(until).toordinal() - 1))
    return first, last


def completed_pairs(names: Mapping[Mark, Mark], wanted: Filter) -> list[tuple[str, str]]:
    """The kinds and origins whose completed meetings this filter counts: those told apart, as `_line` counts them."""
    return [
        (mark[1], mark[2])
        for mark, name in names.items()
        if mark[0] == "held" and count({name: 1}, "held", wanted.kind or "*", wanted.origin or "*", "completed")
    ]


async def lengths_in(inside: Sequence[Block], pairs: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """How many completed meetings of these kinds and origins lasted each number of minutes, in these blocks."""
    spans = _spans(inside)
    if not spans or not pairs:
        return []
    places = " OR ".join("(region = {} AND month >= {} AND month <= {})" for _span in spans)
    sorts = " OR ".join("(kind = {} AND origin = {})" for _pair in pairs)
    found: list[dict[str, Any]] = await Tally.raw(
        "SELECT minutes, SUM(meetings) AS meetings FROM tally "  # noqa: S608
        f"WHERE ({places}) AND ({sorts}) AND outcome = 'completed' AND minutes >= 0 GROUP BY minutes ORDER BY minutes",
        *(value for span in spans for value in span),
        *(value for pair in pairs for value in pair),
    )
    return found


def _spans(inside: Sequence[Block]) -> list[tuple[UUID, date, date]]:
    """The blocks' regions with the months they cover without a gap; a month without meetings is no gap."""
    months: dict[UUID, list[date]] = {}
    held: dict[UUID, set[date]] = {}
    for block in inside:
        for region in block.regions:
            held.setdefault(region, set()).update(block.months)
    for region, covered in held.items():
        months[region] = sorted(covered)
    return [(region, covered[0], covered[-1]) for region, covered in months.items()]


def cells_of(rows: Iterable[dict[str, Any]]) -> dict[Place, Block]:
    """Group either query's rows into cells by region and month. Optimised: it runs over every row."""
    found: dict[tuple[object, object], Block] = {}
    for row in rows:
        place, outcome, meetings = (row["region"], row["month"]), row["outcome"], row["meetings"]
        block = found.get(place)
        if block is None:
            block = found[place] = Block(frozenset({as_uuid(place[0])}), (as_date(place[1]),))
        counts, held = block.counts, ("held", row["kind"], row["origin"], outcome)
        if held in counts:
            counts[held] += meetings
            block.sums[held].add(Sums(row["seconds"], row["timed"], row["waited_s"], row["waits"]))
        else:
            counts[held] = meetings
            block.sums[held] = Sums(row["seconds"], row["timed"], row["waited_s"], row["waits"])
        if outcome == "completed":
            _count_said(counts, row, meetings)
        elif outcome == "not_completed":
            because = ("because", row["because"])
            counts[because] = counts.get(because, 0) + meetings
    return {(next(iter(block.regions)), block.months[0]): block for block in found.values()}


def _count_said(counts: dict[Mark, int], row: dict[str, Any], meetings: int) -> None:
    for silence, answers in _SAID:
        silent = meetings
        for mark, column in answers:
            if number := row[column]:
                counts[mark] = counts.get(mark, 0) + number
                silent -= number
        if silent:
            counts[silence] = counts.get(silence, 0) + silent


def as_uuid(value: object) -> UUID:
    """An id as either engine's raw rows give it."""
    return value if isinstance(value, UUID) else UUID(str(value))


def as_date(value: object) -> date:
    """A day as either engine's raw rows give it."""
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def answer(blocks: Sequence[Block], wanted: Filter, histogram: Sequence[dict[str, Any]]) -> Figures:
    """Compute the figures of these blocks for whole months; `histogram` counts meetings by length in minutes."""
    inside, crossing = within(blocks, wanted.regions, wanted.since, wanted.until)
    by_region: dict[frozenset[UUID], list[Block]] = {}
    for block in inside:
        by_region.setdefault(block.regions, []).append(block)
    seconds, waits = _sums(inside, wanted, ("completed",)), _sums(inside, wanted, OUTCOMES)
    narrowed = bool(wanted.kind or wanted.origin)
    counts = total_of(inside)
    merged = count(counts, "held", "*", "*", ANY) or (narrowed and count(counts, "held", ANY, "*", "*"))
    total = _line(counts, wanted)
    lengths = [(int(row["minutes"]), int(row["meetings"])) for row in histogram]
    return Figures(
        total=total,
        outcomes={each: number for each in OUTCOMES if (number := _held(counts, wanted, each))},
        reasons={} if narrowed else _values(counts, "because"),
        picture={} if narrowed else _values(counts, "picture"),
        sound={} if narrowed else _values(counts, "sound"),
        longer={} if narrowed else _values(counts, "longer"),
        measured={} if narrowed else _values(counts, "measured"),
        caught=_held(counts, wanted, "caught"),
        mean_seconds=seconds.seconds / seconds.timed if seconds.timed else None,
        median_minutes=median(lengths) if total.completed else None,
        mean_wait_s=waits.waited_s / waits.waits if waits.waits else None,
        trend=[(months, _line(total_of(members), wanted)) for months, members in segments(inside)],
        regions=[(regions, _line(total_of(members), wanted)) for regions, members in by_region.items()],
        left_out=crossing or bool(merged),
    )


def _held(counts: Mapping[Mark, int], wanted: Filter, outcome: str) -> int:
    return count(counts, "held", wanted.kind or "*", wanted.origin or "*", outcome)


def _line(counts: Mapping[Mark, int], wanted: Filter) -> FigureRow:
    """Completed meetings by kind and by origin."""
    kinds = [
        count(counts, "held", kind, wanted.origin or "*", "completed") if wanted.kind in ("", kind) else 0
        for kind in KINDS
    ]
    origins = [
        count(counts, "held", wanted.kind or "*", origin, "completed") if wanted.origin in ("", origin) else 0
        for origin in ORIGINS
    ]
    return FigureRow(kinds[0], kinds[1], origins[0], origins[1], origins[2], _held(counts, wanted, "completed"))


def _values(counts: Mapping[Mark, int], family: str) -> dict[str, int]:
    return {mark[1]: number for mark, number in counts.items() if mark[0] == family}


def _sums(blocks: Iterable[Block], wanted: Filter, outcomes: Sequence[str]) -> Sums:
    total = Sums()
    for block in blocks:
        for mark, sums in block.sums.items():
            _family, kind, origin, outcome = mark
            if outcome in outcomes and wanted.kind in ("", kind) and wanted.origin in ("", origin):
                total.add(sums)
    return total


def median(histogram: Sequence[tuple[int, int]]) -> float | None:
    """Return the median of (value, count) pairs in rising order; for an even number, the mean of the middle two."""
    total = sum(number for _value, number in histogram)
    if not total:
        return None
    middle = ((total - 1) // 2, total // 2)
    found: list[int] = []
    seen = 0
    for value, number in histogram:
        seen += number
        while len(found) < 2 and seen > middle[len(found)]:
            found.append(value)
    return sum(found) / 2
