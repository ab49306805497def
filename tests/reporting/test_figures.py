"""Every figure against a count by hand over random histories, on both ways of reading them."""

from datetime import date
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings

from app.clinic.learning.tables import Meeting
from app.clinic.people import regions
from app.clinic.people.tables import Clinic
from app.clinic.reporting import figures
from app.clinic.reporting.figures import Figures, Filter, median
from tests.cast import Cast
from tests.learning.histories import Counted, Told, by_hand, histories, three_clinics, write

ALWAYS = (date(2026, 10, 1), date(2027, 3, 31))
SPANS = [ALWAYS, (date(2026, 11, 1), date(2026, 12, 31)), (date(2027, 1, 1), date(2027, 1, 31))]
SLOW = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def check(found: Figures, counted: Counted, *, narrowed: bool) -> None:
    """The figures are those counted by hand."""
    assert found.total.completed == counted.completed
    assert [found.total.consultations, found.total.conferences] == [
        counted.kinds.get(kind, 0) for kind in figures.KINDS
    ]
    assert [found.total.planned, found.total.instant, found.total.open] == [
        counted.origins.get(origin, 0) for origin in figures.ORIGINS
    ]
    assert found.outcomes == counted.outcomes
    assert found.mean_seconds == pytest.approx(counted.mean_seconds)
    assert found.median_minutes == counted.median_minutes
    assert found.mean_wait_s == pytest.approx(counted.mean_wait_s)
    if not narrowed:
        assert found.reasons == counted.reasons
        assert (found.picture, found.sound, found.longer) == (counted.picture, counted.sound, counted.longer)
        assert found.measured == counted.measured
    by_month = {f"{months[0]:%Y-%m}": line.completed for months, line in found.trend if line.completed}
    assert by_month == counted.by_month
    assert not found.left_out


@SLOW
@given(history=histories)
async def test_both_ways_of_reading_give_what_one_counts_by_hand(cast: Cast, history: list[Told]) -> None:
    region = (await regions.named("Region Sjælland")).id
    clinics = await three_clinics(cast.clinic.id, cast.other_clinic.id, region)
    await write(history, clinics, cast.doctor, cast.patient)
    odd = (date(2026, 10, 25), date(2026, 10, 31))
    for (since, until), kind, origin in product([*SPANS, odd], ["", "conference"], ["", "instant"]):
        wanted = Filter(since, until, kind, origin)
        narrowed = bool(kind or origin)
        check(await figures.of_clinic(cast.clinic.id, wanted), by_hand(history, wanted, {0}), narrowed=narrowed)
        if since.day == 1:
            nation = await figures.of_all(wanted, limit=1)
            check(nation, by_hand(history, wanted, {0, 1, 2}), narrowed=narrowed)


@SLOW
@given(history=histories)
async def test_regions_and_corrections_and_deleted_clinics_are_followed(cast: Cast, history: list[Told]) -> None:
    region = (await regions.named("Region Sjælland")).id
    clinics = await three_clinics(cast.clinic.id, cast.other_clinic.id, region)
    await write(history, clinics, cast.doctor, cast.patient)
    third = [told for told in history if told.clinic == 2]
    east = (await regions.named(regions.EAST)).id
    before, after = (date(2026, 10, 1), date(2026, 12, 31)), (date(2027, 1, 1), date(2027, 3, 31))
    for (since, until), place in product((before, after), (region, east)):
        wanted = Filter(since, until, regions=frozenset({place}))
        expected = third if (place == region) == ((since, until) == before) else []
        check(await figures.of_all(wanted, limit=1), by_hand(expected, wanted, {2}), narrowed=False)
    await Meeting.update({Meeting.picture: "bad"}).where(Meeting.picture == "good")
    seen = (await figures.of_all(Filter(*ALWAYS), limit=1)).picture
    assert "good" not in seen
    await Clinic.delete().where(Clinic.id == clinics[2])
    check(
        await figures.of_all(Filter(*ALWAYS, kind="conference"), limit=1),
        by_hand(history, Filter(*ALWAYS, kind="conference"), {0, 1}),
        narrowed=True,
    )


def test_the_median_lies_between_the_two_in_the_middle() -> None:
    assert median([(3, 2), (4, 1), (9, 1)]) == 3.5
    assert median([(3, 1), (5, 2)]) == 5
    assert median([]) is None
