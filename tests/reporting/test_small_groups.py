"""Nothing small shows outside a clinic: not in any answer, and not in the difference of any two (F3)."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import combinations_with_replacement, product
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from app.clinic.people import regions
from app.clinic.people.who import EvaluatorWho
from app.clinic.reporting import figures
from app.clinic.reporting.blocks import Block, Mark, Sums, blocks_of, generalised, total_of, within
from app.clinic.reporting.figures import Figures, Filter
from app.clinic.reporting.outside import LIMIT, last_day, of_asked, regions_for
from tests.cast import Cast

Cells = dict[tuple[UUID, date], Block]

REGIONS = [UUID(int=number) for number in range(1, 5)]
MONTHS = [date(2026, month, 1) for month in range(1, 7)]
MARKS: list[Mark] = [
    *[("held", kind, origin, "completed") for kind in figures.KINDS for origin in ("planned", "instant")],
    ("held", "consultation", "planned", "no_show"),
    *[("picture", value) for value in ("good", "bad")],
]
numbers = st.one_of(st.just(0), st.integers(0, 4), st.integers(0, 40))
cells = st.dictionaries(
    st.tuples(st.sampled_from(REGIONS), st.sampled_from(MONTHS)),
    st.dictionaries(st.sampled_from(MARKS), numbers, max_size=7),
    max_size=24,
)


def put(cells: Cells, limit: int = LIMIT) -> list[Block]:
    return blocks_of(cells, generalised(total_of(cells.values()), limit), limit)


def as_blocks(drawn: dict[tuple[UUID, date], dict[Mark, int]]) -> Cells:
    return {
        (region, month): Block(frozenset({region}), (month,), Counter(counts))
        for (region, month), counts in drawn.items()
    }


@settings(max_examples=150, deadline=None, derandomize=True)
@given(cells)
def test_no_two_answers_differ_by_a_small_group(drawn: dict[tuple[UUID, date], dict[Mark, int]]) -> None:
    """An evaluator asks everything there is to ask, and takes every answer from every wider one."""
    blocks = put(as_blocks(drawn))
    answers: list[tuple[frozenset[UUID], tuple[date, date], Counter[Mark]]] = []
    spans = [(since, until) for since in MONTHS for until in MONTHS if since <= until]
    for places in [frozenset(REGIONS), *(frozenset({region}) for region in REGIONS)]:
        for since, until in spans:
            inside, _crossing = within(blocks, places, since, until)
            counts: Counter[Mark] = Counter()
            for block in inside:
                counts.update(block.counts)
            answers.append((places, (since, until), counts))
    for places, (since, until), counts in answers:
        assert all(number == 0 or number >= LIMIT for number in counts.values())
        for wider_places, (earlier, later), wider in answers:
            if places <= wider_places and earlier <= since and until <= later:
                left = {mark: wider[mark] - counts[mark] for mark in wider}
                assert all(number == 0 or number >= LIMIT for number in left.values())


@settings(max_examples=150, deadline=None, derandomize=True)
@given(cells)
def test_blocks_lose_and_invent_nobody(drawn: dict[tuple[UUID, date], dict[Mark, int]]) -> None:
    whole = as_blocks(drawn)
    for limit in (LIMIT, 1):
        blocks = put(as_blocks(drawn), limit)
        for family in ("held", "picture"):
            total = sum(n for block in whole.values() for mark, n in block.counts.items() if mark[0] == family)
            shown = sum(n for block in blocks for mark, n in block.counts.items() if mark[0] == family)
            assert shown == (total if total >= limit else 0)


def test_a_large_region_keeps_its_months_beside_a_small_one() -> None:
    large, small = uuid4(), uuid4()
    mark = ("held", "consultation", "planned", "completed")
    history = {(large, month): Block(frozenset({large}), (month,), Counter({mark: 30})) for month in MONTHS}
    history |= {(small, MONTHS[0]): Block(frozenset({small}), (MONTHS[0],), Counter({mark: 7}))}
    assert len(put(history)) == 7


# What the pages offer: months from and to, the regions with those they took over, kind, and how it came about.
OFFERED_REGIONS = [None, *(frozenset(chosen) for chosen in ([0], [1], [0, 1, 2], [3]))]
OFFERED = [
    Filter(*span, kind, origin, None if places is None else frozenset(REGIONS[place] for place in places))
    for span in combinations_with_replacement(MONTHS[:3], 2)
    for places, kind, origin in product(OFFERED_REGIONS, ("", *figures.KINDS), ("", *figures.ORIGINS))
]
FULL_MARKS: list[Mark] = [
    *product(("held",), figures.KINDS, figures.ORIGINS, ("completed", "by_phone", "no_show")),
    *product(("picture",), ("good", "bad", "unsaid")),
    *product(("because",), ("connection", "other")),
]
full_cells = st.dictionaries(
    st.tuples(st.sampled_from(REGIONS), st.sampled_from(MONTHS[:3])),
    st.dictionaries(st.sampled_from(FULL_MARKS), numbers, min_size=4),
    min_size=4,
)


@dataclass(frozen=True)
class Asked:
    """One filter with every number its page shows."""

    wanted: Filter
    numbers: dict[str, int]

    def is_within(self, other: "Asked") -> bool:
        narrow, wide = self.wanted, other.wanted
        return (
            wide.since <= narrow.since
            and narrow.until <= wide.until
            and wide.kind in ("", narrow.kind)
            and wide.origin in ("", narrow.origin)
            and (wide.regions is None or (narrow.regions is not None and narrow.regions <= wide.regions))
        )


def numbers_of(found: Figures) -> dict[str, int]:
    shown = {name: getattr(found.total, name) for name in found.total.__slots__}
    shown |= {f"outcome {name}": number for name, number in found.outcomes.items()}
    shown |= {f"reason {name}": number for name, number in found.reasons.items()}
    return shown | {f"picture {name}": number for name, number in found.picture.items()}


def is_small(number: int) -> bool:
    return 0 < number < LIMIT


@settings(max_examples=8, deadline=None, derandomize=True)
@given(full_cells)
def test_no_two_filters_of_the_page_tell_of_a_small_group(drawn: dict[tuple[UUID, date], dict[Mark, int]]) -> None:
    """Every filter the pages offer is asked; every number of one is taken from the same number of every wider one."""
    blocks = put(as_blocks(drawn))
    asked = []
    for wanted in OFFERED:
        found = figures.answer(blocks, wanted, ())
        lines = [line for _part, line in (*found.trend, *found.regions)]
        assert not [n for line in lines for name in line.__slots__ if is_small(n := getattr(line, name))]
        asked.append(Asked(wanted, numbers_of(found)))
    for wide in asked:
        assert not [number for number in wide.numbers.values() if is_small(number)]
        for narrow in asked:
            if narrow.is_within(wide):
                for name, number in narrow.numbers.items():
                    assert not is_small(wide.numbers.get(name, number) - number), (narrow.wanted, wide.wanted, name)


def test_what_was_measured_of_a_few_is_left_out() -> None:
    mark = ("held", "consultation", "planned", "completed")
    block = Block(frozenset({REGIONS[0]}), (MONTHS[0],), Counter({mark: 9}), {mark: Sums(600, 2, 900, 9)})
    found = figures.answer(put({(REGIONS[0], MONTHS[0]): block}), Filter(MONTHS[0], MONTHS[0]), ())
    assert found.total.completed == 9
    assert found.mean_seconds is None
    assert found.mean_wait_s == 100


TODAY = date(2027, 2, 14)


def test_a_consultant_asks_of_their_region_and_those_it_took_over() -> None:
    zealand = EvaluatorWho(uuid4(), "Ea Lund", "Region Sjælland", "session")
    assert regions_for(zealand, date(2026, 12, 31)) == ["Region Sjælland"]
    assert regions_for(zealand, date(2027, 1, 1)) == [regions.EAST, "Region Hovedstaden", "Region Sjælland"]
    nation = EvaluatorWho(uuid4(), "Bo Friis", None, "session")
    assert len(regions_for(nation, TODAY)) == len(regions.KNOWN)


async def test_a_consultant_never_hears_of_another_region(cast: Cast) -> None:
    consultant = EvaluatorWho(uuid4(), "Ea Lund", "Region Sjælland", "session")
    for region in ("", "Region Syddanmark", "nonsense"):
        _found, wanted = await of_asked(consultant, region, Filter(date(2026, 1, 1), TODAY), TODAY)
        assert wanted.regions is not None
        assert cast.clinic.region not in wanted.regions


async def test_a_month_is_told_of_when_it_is_over(cast: Cast) -> None:
    nation = EvaluatorWho(uuid4(), "Bo Friis", None, "session")
    _found, wanted = await of_asked(nation, "", Filter(TODAY, TODAY), TODAY)
    assert wanted.until == last_day(TODAY) == date(2027, 1, 31)
    assert wanted.since <= wanted.until
