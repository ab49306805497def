"""A programme's figures, for those outside the clinics: what the clinics that take part amount to, and no small group.

The blocks are those of the whole country (`blocks`). In each, meetings are put together by which programmes their
clinics ever took part in, and from when to when. A block counts here only when every such part of it is nothing or at
least the limit: then so is whatever two answers, of programmes or of regions, differ by.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from app.clinic.learning.practice_tables import Programme, ProgrammeClinic
from app.clinic.learning.tables import Meeting, Tally
from app.clinic.reporting import figures
from app.clinic.reporting.blocks import Block, Mark, Sums, renamed, within
from app.clinic.reporting.figures import Figures, Filter
from app.clinic.reporting.outside import LIMIT, last_day

Part = frozenset[tuple[UUID, str, str]]
"""Which programmes a clinic ever took part in, each from when to when; empty for none."""


@dataclass(frozen=True, slots=True)
class Members:
    """Each clinic's part of the country, and the parts that belong to the programme now."""

    part_of: Mapping[UUID, Part]
    inside: frozenset[Part]


def period(programme: Programme, today: date) -> Filter:
    """As much of the programme's period as lies in months that are over."""
    until = min(programme.until, last_day(today))
    return Filter(min(programme.since, until), until)


async def of_programme(programme: Programme, wanted: Filter, today: date, limit: int = LIMIT) -> tuple[Figures, Filter]:
    """The programme's figures in the whole months asked for that lie in its period and are over, and what was really
    asked: the whole period when none of them does."""
    asked = within_period(wanted, period(programme, today))
    blocks, names = figures.told(await Tally.raw(figures.CELLS_OF_ALL), limit)
    since, last = figures.whole_months(asked.since, asked.until)
    members = await members_of(programme)
    parts = await _parts(members, names)
    chosen, _crossing = within(blocks, asked.regions, since, last)
    shown = []
    for block in chosen:
        if is_safe(block, parts, limit):
            inside = inside_of(block, parts, members.inside)
            if not is_safe(block, parts, limit, _measured):
                inside.sums.clear()
            shown.append(inside)
    months = replace(asked, since=since, until=last)
    return figures.answer([block for block in shown if block.counts], months, ()), asked


def within_period(wanted: Filter, whole: Filter) -> Filter:
    """Limit the filter to that period; the whole period when they don't overlap."""
    since, until = max(wanted.since, whole.since), min(wanted.until, whole.until)
    if since > until:
        since, until = whole.since, whole.until
    return replace(wanted, since=since, until=until)


async def members_of(programme: Programme) -> Members:
    """Who ever took part in any programme, and who of them in this one now."""
    rows = await ProgrammeClinic.objects().order_by(ProgrammeClinic.joined_at)
    parts: dict[UUID, set[tuple[UUID, str, str]]] = defaultdict(set)
    for row in rows:
        parts[row.clinic].add((row.programme, str(row.joined_at), str(row.left_at or "")))
    part_of = {clinic: frozenset(part) for clinic, part in parts.items()}
    inside = {part_of[row.clinic] for row in rows if row.programme == programme.id and row.left_at is None}
    return Members(part_of, frozenset(inside))


Cells = Mapping[Part, Mapping[tuple[UUID, date], Block]]


async def _parts(members: Members, names: Mapping[Mark, Mark]) -> Cells:
    """The cells of every part but that of clinics in no programme, under the same names as the country's."""
    by_part: dict[Part, list[dict[str, Any]]] = defaultdict(list)
    for clinic, part in members.part_of.items():
        by_part[part] += await Meeting.raw(figures.CELLS_OF_A_CLINIC, clinic, date.min, date.max)
    return {
        part: {place: renamed(cell, names) for place, cell in figures.cells_of(rows).items()}
        for part, rows in by_part.items()
    }


def _measured(block: Block) -> Counter[Mark]:
    """How many meetings each sum is of."""
    found = Counter[Mark]()
    for mark, sums in block.sums.items():
        found[(*mark, "timed")], found[(*mark, "waits")] = sums.timed, sums.waits
    return found


def is_safe(
    block: Block, parts: Cells, limit: int, number: Callable[[Block], Counter[Mark]] = lambda block: block.counts
) -> bool:
    """Whether each part's numbers in the block, and what is left of it, are nothing or at least the limit."""
    left = Counter(number(block))
    for cells in parts.values():
        counts = Counter[Mark]()
        for cell in _cells_in(block, cells):
            counts.update(number(cell))
        if any(0 < count < limit for count in counts.values()):
            return False
        left.subtract(counts)
    return all(count == 0 or count >= limit for count in left.values())


def inside_of(block: Block, parts: Cells, inside: Iterable[Part]) -> Block:
    """What of the block belongs to the programme."""
    found = Block(block.regions, block.months)
    for part in inside:
        for cell in _cells_in(block, parts[part]):
            found.counts.update(cell.counts)
            for mark, sums in cell.sums.items():
                found.sums.setdefault(mark, Sums()).add(sums)
    return found


def _cells_in(block: Block, cells: Mapping[tuple[UUID, date], Block]) -> Sequence[Block]:
    return [cells[region, month] for region in block.regions for month in block.months if (region, month) in cells]
