"""Programmes: who keeps which, their plan, and figures of which no difference tells of a small group."""

import re
from datetime import date, datetime, timedelta
from itertools import combinations
from uuid import uuid4

import pytest

from app.clinic.errors import Invalid, NotFound
from app.clinic.learning import programmes
from app.clinic.learning.practice_tables import Programme
from app.clinic.learning.programmes import Plan
from app.clinic.learning.tables import Meeting
from app.clinic.people.tables import Clinic, Region
from app.clinic.people.who import EvaluatorWho
from app.clinic.reporting import figures, programme_figures
from app.clinic.reporting.figures import Filter
from app.routes.reporting.timeline import timeline
from tests import csv_files
from tests.cast import Cast
from tests.conftest import Browser

TODAY = date(2020, 6, 1)
HELD = [((6, 5, 9), (5, 0, 6)), ((8, 7, 5), (0, 3, 9)), ((9, 2, 7), (6, 7, 8)), ((5, 8, 0), (9, 5, 5))]
"""Month by month: consultations and conferences of three clinics. The middle months have groups that are too small."""
ALWAYS = Filter(date(2000, 1, 1), TODAY)
PILOT = Plan("Pilot 2019", "pilot", date(2018, 12, 1), date(2020, 3, 31))
NATION = EvaluatorWho(uuid4(), "Ea Lund", None, "")
SOUTH = EvaluatorWho(uuid4(), "Bo Syd", "Region Syddanmark", "")
NORTH = EvaluatorWho(uuid4(), "Ida Nord", "Region Nordjylland", "")


async def clinic(cast: Cast, number: int) -> Clinic:
    row = Clinic(region=cast.clinic.region, name=f"Klinik {number}", slug=f"k{number}", provider_number=str(number))
    row.plan_b_phone = "+4566112233"
    await row.save()
    return row


async def meetings(of: Clinic, month: date, count: int, outcome: str = "completed") -> None:
    """So many alike, of ten minutes each."""
    for _number in range(count):
        row = Meeting(clinic=of.id, region=of.region, source="import", held_on=month, month=month, outcome=outcome)
        row.seconds, row.minutes = (600, 10) if outcome == "completed" else (None, -1)
        await row.save()


async def of(clinics: list[Clinic], now: datetime, plan: Plan = PILOT) -> Programme:
    made = await programmes.begin(NATION, plan, now)
    await programmes.choose_clinics(made, [each.id for each in clinics], now)
    return await programmes.programme_for(NATION, made.id, TODAY)


async def completed(programme: Programme, wanted: Filter = ALWAYS) -> int:
    found, _wanted = await programme_figures.of_programme(programme, wanted, TODAY)
    return found.total.completed


async def test_a_regions_consultant_keeps_the_regions_programmes_only(cast: Cast, now: datetime) -> None:
    national, south = await programmes.begin(NATION, PILOT, now), await programmes.begin(SOUTH, PILOT, now)
    assert [each.id for each in await programmes.programmes_for(SOUTH, TODAY)] == [south.id]
    assert {each.id for each in await programmes.programmes_for(NATION, TODAY)} == {national.id, south.id}
    for stranger, programme in ((NORTH, south), (SOUTH, national)):
        with pytest.raises(NotFound):
            await programmes.programme_for(stranger, programme.id, TODAY)


async def test_a_plan_that_can_not_be_is_named(cast: Cast, now: datetime) -> None:
    for plan, field in (
        (Plan(" ", "pilot", TODAY, TODAY), "name"),
        (Plan("P", "party", TODAY, TODAY), "kind"),
        (Plan("P", "pilot", TODAY, TODAY - timedelta(days=1)), "until"),
    ):
        with pytest.raises(Invalid) as refused:
            await programmes.begin(NATION, plan, now)
        assert refused.value.field == field


async def test_only_the_regions_clinics_take_part(cast: Cast, now: datetime) -> None:
    north = Region(name="Region Nordjylland")
    await north.save()
    await Clinic.update({Clinic.region: north.id}).where(Clinic.id == cast.other_clinic.id)
    south = await programmes.begin(SOUTH, PILOT, now)
    south = await programmes.programme_for(SOUTH, south.id, TODAY)
    assert [each.id for each in await programmes.candidates(south, TODAY)] == [cast.clinic.id]
    with pytest.raises(NotFound):
        await programmes.choose_clinics(south, [cast.other_clinic.id], now)
    await programmes.choose_clinics(south, [cast.clinic.id], now)
    assert [each.id for each in await programmes.of_clinic(cast.clinic.id)] == [south.id]
    await programmes.choose_clinics(south, [], now)
    assert await programmes.of_clinic(cast.clinic.id) == []


async def test_the_figures_are_those_of_its_clinics_and_period(cast: Cast, now: datetime) -> None:
    others = await clinic(cast, 1)
    await meetings(cast.clinic, date(2019, 6, 1), 12)
    await meetings(others, date(2019, 6, 1), 9)
    await meetings(cast.clinic, date(2018, 6, 1), 30)
    found, wanted = await programme_figures.of_programme(await of([cast.clinic], now), ALWAYS, TODAY)
    assert (found.total.completed, found.mean_seconds) == (12, 600)
    assert (wanted.since, wanted.until) == (date(2018, 12, 1), PILOT.until)


async def test_a_part_too_small_is_left_out_with_its_months(cast: Cast, now: datetime) -> None:
    others = await clinic(cast, 1)
    await meetings(cast.clinic, date(2019, 6, 1), 20)
    await meetings(others, date(2019, 6, 1), 3)
    assert await completed(await of([cast.clinic], now)) == 0


async def test_no_difference_of_two_programmes_or_of_the_nation_tells_of_few(cast: Cast, now: datetime) -> None:
    """Programmes that differ by one clinic each, asked about one after the other, and the nation between them."""
    clinics = [await clinic(cast, number) for number in range(4)]
    for number, each in enumerate(clinics):
        await meetings(each, date(2019, 6, 1), 6 + number)
        await meetings(each, date(2019, 7, 1), 3 * number)
        await meetings(each, date(2019, 8, 1), 5, "not_completed")
    asked = [await of(clinics[:count], now + timedelta(days=count)) for count in (1, 2, 3)]
    nation = await figures.of_all(Filter(PILOT.since, PILOT.until), 5)
    told = {0, nation.total.completed, *[await completed(each) for each in asked]}
    assert max(told) == 4 * 6 + 6 + 18
    assert all(abs(one - other) >= 5 for one, other in combinations(told, 2))


async def test_part_of_the_period_may_be_asked_for_and_none_outside_it(cast: Cast, now: datetime) -> None:
    for month, number in ((date(2019, 6, 1), 12), (date(2019, 7, 1), 9), (date(2018, 6, 1), 30)):
        await meetings(cast.clinic, month, number)
    pilot = await of([cast.clinic], now)
    assert await completed(pilot, Filter(date(2019, 7, 1), TODAY)) == 9
    assert await completed(pilot, Filter(date(2018, 1, 1), date(2019, 6, 30))) == 12
    assert await completed(pilot, Filter(date(2019, 7, 1), TODAY, kind="conference")) == 0
    found, really = await programme_figures.of_programme(pilot, Filter(date(2018, 1, 1), date(2018, 6, 30)), TODAY)
    assert (found.total.completed, really.since, really.until) == (21, PILOT.since, PILOT.until)


async def test_no_filter_of_a_programme_tells_of_few(cast: Cast, now: datetime) -> None:
    """Two programmes a clinic apart and the nation, over every stretch of months, of all kinds or one."""
    others = [await clinic(cast, number) for number in range(2)]
    months = [date(2019, number, 1) for number in range(5, 9)]
    for place, each in enumerate([cast.clinic, *others]):
        for number, month in enumerate(months):
            await meetings(each, month, HELD[number][0][place])
            for _conference in range(HELD[number][1][place]):
                row = Meeting(clinic=each.id, region=each.region, source="import", held_on=month, month=month)
                row.kind, row.outcome, row.seconds, row.minutes = "conference", "completed", 600, 10
                await row.save()
    one, two = await of([cast.clinic], now), await of([cast.clinic, others[0]], now + timedelta(days=1))
    shown = 0
    for first, last in combinations([*months, date(2019, 9, 1)], 2):
        for kind in ("", "consultation", "conference"):
            wanted = Filter(first, last - timedelta(days=1), kind)
            told = [0, await completed(one, wanted), await completed(two, wanted)]
            told.append((await figures.of_all(wanted, 5)).total.completed)
            shown += told[1] > 0
            assert all(one == other or abs(one - other) >= 5 for one, other in combinations(told, 2)), (wanted, told)
    assert shown


async def test_the_time_line_holds_every_milestone(cast: Cast, now: datetime) -> None:
    programme = await of([], now)
    for words, day in (("Codes", date(2019, 2, 28)), ("Chosen", date(2019, 3, 31)), ("Approved", date(2020, 3, 31))):
        await programmes.add_milestone(programme, words, day)
    plan = (await programmes.milestones([programme]))[programme.id]
    await programmes.mark(plan[0], date(2019, 2, 20))
    plan = (await programmes.milestones([programme]))[programme.id]
    line = timeline(programme, plan, date(2019, 3, 1))
    assert [mark.state for mark in line.marks] == ["reached", "coming", "coming"]
    assert line.begins == 16 and line.ends == line.marks[-1].x == 704
    assert line.today is not None and line.marks[0].x < line.today < line.marks[1].x
    assert timeline(programme, plan, TODAY).today is None


async def test_the_pages_outside_and_in_the_clinic(browser: Browser, cast: Cast) -> None:
    await browser.evaluate()
    plan = {"name": "Pilot 2019", "kind": "pilot", "since": "2018-12-01", "until": "soon"}
    wrong = await browser.post("/region/programmes", plan)
    assert wrong.status_code == 422 and 'value="Pilot 2019"' in wrong.text
    address = (await browser.post("/region/programmes", plan | {"until": "2020-03-31"})).headers["location"]
    await browser.post(f"{address}/milestones", {"words": "0-koder etableret", "due_on": "2019-02-28"})
    lacking = await browser.post(f"{address}/milestones", {"words": "", "due_on": "2019-02-28"})
    assert lacking.status_code == 422
    await browser.post(f"{address}/clinics", {f"clinic-{cast.clinic.id}": "yes"})
    notes = {"notes": "\r\n".join(["Let at bruge"] * 153)}
    await browser.post(address, plan | {"until": "2020-03-31"} | notes)
    kept = await Programme.objects().first()
    assert kept is not None and kept.notes == notes["notes"].replace("\r\n", "\n"), "a line break counts once"
    page = (await browser.get(address)).text
    assert f"<li>{cast.clinic.name}, Region" in page, "on paper the clinics are a list"
    assert "0-koder etableret" in page and "<svg" in page and "Forsinket" in page and "Jens Hansen" not in page
    assert (await browser.get(f"{address}/xlsx")).status_code == 200
    await browser.sign_in(cast.doctor)
    shown = (await browser.get("/programmes")).text
    assert "Pilot 2019" in shown and "/figures?since=2018-12-01&amp;until=2020-03-31" in shown
    assert "/figures/business-case?" not in shown, "superusers write those"
    await browser.sign_in(cast.superuser)
    own = (await browser.get("/programmes")).text
    assert "/figures/business-case?since=2018-12-01" in own and "/figures/evaluation?since=2018-12-01" in own
    await browser.sign_in(cast.outsider)
    assert "Pilot 2019" not in (await browser.get("/programmes")).text


async def test_the_figures_outside_are_limited_to_a_programme(browser: Browser, cast: Cast) -> None:
    others = await clinic(cast, 1)
    await meetings(cast.clinic, date(2019, 6, 1), 12)
    await meetings(others, date(2019, 6, 1), 9)
    pilot = await of([cast.clinic], browser.clock.now)
    await browser.evaluate()
    page = (await browser.get(f"/region?programme={pilot.id}&lang=da")).text
    assert f'<option value="{pilot.id}" selected>Pilot 2019</option>' in page
    assert f'href="/region/programmes/{pilot.id}/business-case"' in page and f"programme={pilot.id}" in page
    assert '<dd class="numbers">12</dd>' in page and 'value="2018-12"' in page

    async def held(chosen: str) -> set[str]:
        return {row[-1] for row in csv_files.rows((await browser.get(f"/region/csv?{chosen}")).content)}

    assert {"12", "21"} & await held(f"programme={pilot.id}") == {"12"}
    assert "21" in await held("since=2019-06&until=2019-06")
    assert "21" in await held(f"since=2019-06&until=2019-06&programme={uuid4()}")
    await browser.evaluate("Region Nordjylland")
    page = (await browser.get(f"/region?programme={pilot.id}")).text
    assert "Pilot 2019" not in page and '<dd class="numbers">12</dd>' not in page


async def test_a_programmes_business_case_and_report_are_of_its_clinics_and_period(
    browser: Browser, cast: Cast
) -> None:
    others = await clinic(cast, 1)
    await meetings(cast.clinic, date(2019, 6, 1), 12)
    await meetings(others, date(2019, 6, 1), 9)
    pilot = await of([cast.clinic], browser.clock.now)
    await browser.evaluate()
    address = f"/region/programmes/{pilot.id}"
    case = (await browser.get(f"{address}/business-case?lang=da")).text
    assert "Pilot 2019" in case and "møder i perioden 1. december 2018 – 31. marts 2020" in case
    assert re.search(r"\b12\b[^<]*møder i perioden", case), case
    kept = await browser.post(f"{address}/evaluation", {"began_from": "0", "conclusion": "Godt for piloten"})
    assert kept.headers["Location"] == f"{address}/evaluation/versions/1"
    assert "Godt for piloten" in (await browser.get(f"{address}/evaluation/versions/1")).text
    assert "Godt for piloten" not in (await browser.get("/region/evaluation")).text
    await browser.evaluate("Region Nordjylland")
    assert (await browser.get(f"{address}/evaluation/versions/1")).status_code == 404
