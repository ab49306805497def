"""What patients of many clinics answered, as those outside the clinics see it: sums of no small group (F4)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import combinations_with_replacement, product

from app.clinic.learning import programmes
from app.clinic.learning.practice_tables import Programme
from app.clinic.learning.report import Answered
from app.clinic.learning.tables import Answer, Questionnaire
from app.clinic.people import regions
from app.clinic.people.tables import Clinic
from app.clinic.reporting import basis, figures, outside_report
from app.clinic.reporting.basis import Part
from app.clinic.reporting.figures import Filter
from tests.cast import Cast
from tests.conftest import Browser
from tests.learning.test_history import SEVEN
from tests.learning.test_programmes import NATION, SOUTH, clinic, of

MAY, JUNE, JULY = (date(2019, month, 1) for month in (5, 6, 7))
TODAY = date(2020, 6, 1)
ALWAYS = Filter(date(2019, 1, 1), date(2019, 12, 31))
ALL_SEEN = 13


async def answered(of: Clinic, month: date, question: str, *choices: str, words: str = "") -> None:
    """One patient who saw everything and answered this."""
    row = Questionnaire(clinic=of.id, region=of.region, month=month, kind="consultation", reached=ALL_SEEN)
    await row.save()
    for choice in choices or ("",):
        await Answer(questionnaire=row.id, question=question, choice=choice, words=words).save()


def told(found: Sequence[Answered], question: str) -> list[int | None]:
    """How many gave each answer, then those that are too few each."""
    return [choice.count for each in found if each.question.key == question for choice in each.choices]


async def test_the_pilots_seven_are_told_of_where_nobody_stands_out(cast: Cast) -> None:
    for number in range(7):
        row = Questionnaire(clinic=cast.clinic.id, region=regions.NOWHERE, month=JUNE, kind="consultation")
        row.reached = ALL_SEEN
        await row.save()
        for key, said in SEVEN.items():
            for choice in said[number]:
                await Answer(questionnaire=row.id, question=key, choice=choice, words="I am Jens").save()
    found = await outside_report.of_asked(NATION, "", ALWAYS, TODAY)
    assert told(found, "picture") == [7, 0, 0]
    assert told(found, "preparing") == [None, None, None, None, 7]
    assert told(found, "disadvantages") == [7, 0, 0, 0, 0, 0]
    assert told(found, "advantages") == [0, None, None, None, None, None, None]
    assert "Jens" not in str(found)


async def test_too_few_are_not_told_of_and_neither_are_months_still_open(cast: Cast) -> None:
    for _patient in range(4):
        await answered(cast.clinic, MAY, "picture", "good")
    assert await outside_report.of_asked(NATION, "", ALWAYS, TODAY) == []
    for _patient in range(6):
        await answered(cast.clinic, JUNE, "picture", "good")
    assert await outside_report.of_asked(NATION, "", ALWAYS, date(2019, 7, 10)) == [], "somebody may still come back"
    assert told(await outside_report.of_asked(NATION, "", ALWAYS, date(2019, 7, 18)), "picture") == [10, 0, 0]


GOOD, BAD = ("picture", "good"), ("picture", "bad")
WORK, HOME, NONE = ("advantages", "work"), ("advantages", "work", "safer"), ("advantages", "none")
HELD: dict[date, tuple[dict[tuple[str, ...], int], ...]] = {
    MAY: (
        {GOOD: 8, BAD: 6, WORK: 9, HOME: 5, NONE: 7},
        {GOOD: 6, BAD: 5, WORK: 8, HOME: 6, NONE: 5},
        {GOOD: 7, WORK: 9},
    ),
    JUNE: ({GOOD: 9, BAD: 2, WORK: 3, HOME: 7}, {GOOD: 5, BAD: 4, NONE: 6}, {GOOD: 8, BAD: 5, WORK: 5, NONE: 5}),
    JULY: ({GOOD: 6, BAD: 5, WORK: 6, NONE: 5}, {GOOD: 3, NONE: 2}, {GOOD: 5, BAD: 7, WORK: 6, HOME: 8}),
}
"""What patients of three clinics answered, month by month; some groups are too small."""
SPANS = [
    Filter(date(2019, first, 1), date(2019, last + 1, 1) - timedelta(days=1))
    for first, last in combinations_with_replacement((5, 6, 7), 2)
]


async def test_no_filter_tells_of_few(cast: Cast, now: datetime) -> None:
    """Every stretch of months of two programmes a clinic apart, a region and the nation, each against every wider."""
    clinics = [cast.clinic, *[await clinic(cast, number) for number in range(2)]]
    clinics[2].region = (await regions.named("Region Nordjylland")).id
    await clinics[2].save()
    for month, held in HELD.items():
        for place, said in zip(clinics, held, strict=True):
            for (question, *choices), people in said.items():
                for _patient in range(people):
                    await answered(place, month, question, *choices)
    one, two = await of(clinics[:1], now), await of(clinics[:2], now)
    asked = [(wanted, [await by_words(each, wanted) for each in (one, two, None)]) for wanted in SPANS]
    assert any(found for _wanted, found_of in asked for found in found_of[:2])
    for (wanted, narrow), (wider, wide) in product(asked, asked):
        if wider.since <= wanted.since and wanted.until <= wider.until:
            for at, found in enumerate(narrow):
                for larger in wide[at:]:
                    for answer, count in larger.items():
                        left = count - found.get(answer, 0) if answer in found or not found else 0
                        assert count >= 5 or not count, (wider, answer)
                        assert left >= 5 or not left, (wanted, wider, answer)


async def by_words(programme: Programme | None, wanted: Filter) -> dict[tuple[str, str], int]:
    """How many gave each answer that is told of, and how many did not."""
    asking = outside_report.of_programme(programme, wanted, TODAY) if programme else None
    found = await (asking or outside_report.of_asked(NATION, "", wanted, TODAY))
    counts = {}
    for each in found:
        for choice in each.choices:
            if choice.count is not None:
                counts[each.question.key, choice.words] = choice.count
                counts[each.question.key, f"not {choice.words}"] = each.total - choice.count
    return counts


async def test_a_region_and_a_programme_have_their_own(cast: Cast, now: datetime) -> None:
    other = await clinic(cast, 1)
    other.region = (await regions.named("Region Nordjylland")).id
    await other.save()
    for place, number in ((cast.clinic, 8), (other, 6)):
        for _patient in range(number):
            await answered(place, JUNE, "picture", "good")
    assert told(await outside_report.of_asked(NATION, "", ALWAYS, TODAY), "picture")[0] == 14
    assert told(await outside_report.of_asked(NATION, "Region Nordjylland", ALWAYS, TODAY), "picture")[0] == 6
    assert told(await outside_report.of_asked(SOUTH, "Region Nordjylland", ALWAYS, TODAY), "picture")[0] == 8
    pilot = await of([other], now)
    assert told(await outside_report.of_programme(pilot, ALWAYS, TODAY), "picture")[0] == 6
    await programmes.choose_clinics(pilot, [], now)
    assert await outside_report.of_programme(pilot, ALWAYS, TODAY) == []


async def test_a_case_outside_rests_on_the_answers_that_are_told_of(cast: Cast) -> None:
    for saved, waited in ((6, "less"), (9, "same")):
        for _patient in range(saved):
            await answered(cast.clinic, JUNE, "advantages", *(("transport_time",) if waited == "less" else ("none",)))
            await answered(cast.clinic, JUNE, "waiting", waited)
    await answered(cast.clinic, JUNE, "advantages", "transport_money")
    told_of = await outside_report.of_asked(NATION, "", ALWAYS, TODAY)
    found = basis.of_figures(await figures.of_all(ALWAYS, 5), ALWAYS, [], 1, told_of)
    assert (found.transport_time, found.waiting) == (Part(6, 31), Part(6, 15))
    assert found.transport_money == Part(), "one patient's answer is not told of"


async def test_the_page_the_workbook_and_the_report_outside(browser: Browser, cast: Cast) -> None:
    for _patient in range(9):
        await answered(cast.clinic, JUNE, "picture", "good", words="Jens Hansen skrev")
    pilot = await of([cast.clinic], browser.clock.now)
    await browser.evaluate()
    assert "For få har svaret endnu" in (await browser.get("/region/questionnaire")).text
    for chosen in ("since=2019-06&until=2019-06", f"programme={pilot.id}"):
        page = (await browser.get(f"/region/questionnaire?{chosen}&lang=da")).text
        assert '<td class="number">9</td><td class="number nowrap">100 %</td>' in page and "Jens" not in page
        assert (await browser.get(f"/region/questionnaire/xlsx?{chosen}")).headers["content-type"].endswith("sheet")
    assert "/region/questionnaire?since=2019" in (await browser.get("/region?since=2019-06&until=2019-07")).text
    report = (await browser.get(f"/region/programmes/{pilot.id}/evaluation")).text
    assert "Godt billede, siger patienterne" in report and "9 af 9" in report
