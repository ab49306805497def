"""What may be shown outside a clinic: counts in blocks of months and regions, none of which tells of a small group.

Meetings are put into fixed blocks, the same for every question asked. In a block every count is nothing or at least the
limit; whatever is shown is a sum of whole blocks, so the difference of two answers is too (k-anonymity by
microaggregation). With a limit of one every region and month is a block of its own: so a clinic sees itself.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

Mark = tuple[str, ...]
"""What is counted: its family first, then its values, ANY where small marks were put together."""

ANY = "any"

Place = tuple[UUID, date]


@dataclass(slots=True)
class Sums:
    """Sums measured over the meetings of one mark."""

    seconds: int = 0
    timed: int = 0
    waited_s: int = 0
    waits: int = 0

    def add(self, other: "Sums") -> None:
        """Add the other's."""
        self.seconds += other.seconds
        self.timed += other.timed
        self.waited_s += other.waited_s
        self.waits += other.waits

    def forget_few(self, limit: int) -> None:
        """Clear sums taken over fewer meetings than the limit."""
        if self.timed < limit:
            self.seconds = self.timed = 0
        if self.waits < limit:
            self.waited_s = self.waits = 0


@dataclass(slots=True)
class Block:
    """Meetings that are always counted together: those of these regions in these months."""

    regions: frozenset[UUID]
    months: tuple[date, ...]
    counts: Counter[Mark] = field(default_factory=Counter)
    sums: dict[Mark, Sums] = field(default_factory=dict)

    def take_in(self, other: "Block") -> None:
        """Merge `other` into this block; `other` must not be used afterwards."""
        self.regions |= other.regions
        self.months = tuple(sorted({*self.months, *other.months}))
        counts, sums = self.counts, self.sums
        for mark, number in other.counts.items():
            counts[mark] = counts.get(mark, 0) + number
        for mark, measured in other.sums.items():
            if mark in sums:
                sums[mark].add(measured)
            else:
                sums[mark] = measured

    def is_safe(self, limit: int) -> bool:
        """Whether every count is 0 or at least the limit."""
        return not any(0 < count < limit for count in self.counts.values())


def generalised(totals: Mapping[Mark, int], limit: int) -> dict[Mark, Mark]:
    """Return each mark's name after small marks were merged, into what they share or, at last, into their family.

    Under these names every count of the whole country is 0 or at least the limit; a family below it has no names.
    """
    names = {mark: mark for mark, count in totals.items() if count}
    for family in {mark[0] for mark in names}:
        members = [mark for mark in names if mark[0] == family]
        if sum(totals[mark] for mark in members) < limit:
            for mark in members:
                del names[mark]
            continue
        for depth in range(max(len(mark) for mark in members) - 1, 0, -1):
            _put_together(names, members, totals, limit, depth)
        _put_together(names, members, totals, limit, 0)
    return names


def _put_together(
    names: dict[Mark, Mark], members: Sequence[Mark], totals: Mapping[Mark, int], limit: int, depth: int
) -> None:
    """Rename marks under the limit to what they share at this depth, and the next smallest until that is enough."""
    groups: dict[Mark, list[Mark]] = defaultdict(list)
    for mark in members:
        shared = (mark[0], *mark[-depth:]) if depth else (mark[0],)
        groups[shared].append(mark)
    for shared, group in groups.items():
        general = (shared[0], *(ANY for _value in range(len(group[0]) - 1 - depth)), *shared[1:])
        while True:
            counts: Counter[Mark] = Counter()
            for mark in group:
                counts[names[mark]] += totals[mark]
            small = [name for name, count in counts.items() if count < limit]
            if not small or len(counts) == 1:
                break
            if general in small:
                small.append(min((name for name in counts if name not in small), key=lambda n: counts[n]))
            for mark in group:
                if names[mark] in small:
                    names[mark] = general


def blocks_of(cells: Mapping[Place, Block], names: Mapping[Mark, Mark], limit: int) -> list[Block]:
    """The blocks of these cells (one region and month each), their marks under these names (`generalised`).

    Deterministic: the same history makes the same blocks. The cells are not to be used any more.
    """
    as_they_are = all(mark == name for mark, name in names.items()) and all(
        mark in names for cell in cells.values() for mark in cell.counts
    )
    by_region: dict[UUID, list[Block]] = defaultdict(list)
    for region, _month in sorted(cells, key=lambda place: (str(place[0]), place[1])):
        cell = cells[region, _month]
        by_region[region].append(cell if as_they_are else renamed(cell, names))
    blocks: list[Block] = []
    unsafe: list[Block] = []
    for series in by_region.values():
        done, rest = _in_time(series, limit)
        blocks += done
        unsafe += [rest] if rest else []
    shown = [block for block in _pooled(blocks, unsafe, limit) if block.counts]
    for block in shown:
        for sums in block.sums.values():
            sums.forget_few(limit)
    return shown


def renamed(cell: Block, names: Mapping[Mark, Mark]) -> Block:
    """The cell with its marks under these names; what has none is left out."""
    fresh = Block(cell.regions, cell.months)
    for mark, count in cell.counts.items():
        if mark in names:
            fresh.counts[names[mark]] = fresh.counts.get(names[mark], 0) + count
    for mark, sums in cell.sums.items():
        if mark in names:
            fresh.sums.setdefault(names[mark], Sums()).add(sums)
    return fresh


def _in_time(series: Sequence[Block], limit: int) -> tuple[list[Block], Block | None]:
    """Merge one region's months into safe blocks; also return the rest that can't be made safe by itself."""
    done: list[Block] = []
    rest: Block | None = None
    for cell in series:
        if rest is None:
            rest = cell
        else:
            rest.take_in(cell)
        if rest.is_safe(limit):
            done.append(rest)
            rest = None
    while rest is not None and done:
        last = done.pop()
        last.take_in(rest)
        rest = last
        if rest.is_safe(limit):
            done.append(rest)
            rest = None
    return done, rest


def _pooled(blocks: list[Block], unsafe: Sequence[Block], limit: int) -> list[Block]:
    """Merge regions too small by themselves, if need be with the smallest other region; drop what is never safe."""
    if not unsafe:
        return blocks
    pool = unsafe[0]
    for other in unsafe[1:]:
        pool.take_in(other)
    left = list(blocks)
    while not pool.is_safe(limit) and left:
        sizes: Counter[frozenset[UUID]] = Counter()
        for block in left:
            sizes[block.regions] += sum(block.counts.values())
        smallest = min(sizes, key=lambda regions: (sizes[regions], sorted(map(str, regions))))
        for block in [block for block in left if block.regions == smallest]:
            pool.take_in(block)
        left = [block for block in left if block.regions != smallest]
    return [*left, pool] if pool.is_safe(limit) else left


def within(
    blocks: Iterable[Block], regions: frozenset[UUID] | None, since: date, until: date
) -> tuple[list[Block], bool]:
    """The blocks wholly inside these regions (None: all) and months, and whether some reach across the border."""
    inside, crossing = [], False
    for block in blocks:
        months = [since <= month <= until for month in block.months]
        places = [regions is None or region in regions for region in block.regions]
        if all(months) and all(places):
            inside.append(block)
        elif any(months) and any(places):
            crossing = True
    return inside, crossing


def segments(blocks: Iterable[Block]) -> list[tuple[tuple[date, ...], list[Block]]]:
    """Return the timeline in order: months that one block spans together, with their blocks."""
    groups: list[tuple[set[date], list[Block]]] = []
    for block in blocks:
        touching = [group for group in groups if group[0] & set(block.months)]
        months, members = set(block.months), [block]
        for group in touching:
            months |= group[0]
            members += group[1]
            groups.remove(group)
        groups.append((months, members))
    return sorted((tuple(sorted(months)), members) for months, members in groups if members)


def total_of(blocks: Iterable[Block]) -> dict[Mark, int]:
    """The counts of all these blocks."""
    total: dict[Mark, int] = {}
    for block in blocks:
        for mark, number in block.counts.items():
            total[mark] = total.get(mark, 0) + number
    return total


def count(total: Mapping[Mark, int], *wanted: str) -> int:
    """How many meetings stand under the marks that begin so; "*" fits any value."""
    found = 0
    for mark, number in total.items():
        for want, value in zip(wanted, mark, strict=False):
            if want not in ("*", value):
                break
        else:
            found += number
    return found
