"""Programmes: who keeps which, their plan, and figures of which no difference tells of a small group."""

from datetime import date, datetime, timedelta
from itertools import combinations
from uuid import uuid4

import pytest

from app.clinic.errors import Invalid, NotFound
from app.clinic.learning import figures, programme_figures, programmes
from app.clinic.learning.figures import Filter
from app.clinic.learning.practice_tables import Programme
from app.clinic.learning.programmes import Plan
from app.clinic.learning.tables import Meeting
from app.clinic.people.tables import Clinic, Region
from app.clinic.people.who import EvaluatorWho
from app.routes.timeline import timeline
from tests.cast import Cast
from tests.conftest import Browser

TODAY = date(2020, 6, 1)
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


async def completed(programme: Programme) -> int:
    found, _wanted = await programme_figures.of_programme(programme, TODAY)
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
    found, wanted = await programme_figures.of_programme(await of([cast.clinic], now), TODAY)
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
    page = (await browser.get(address)).text
    assert "0-koder etableret" in page and "<svg" in page and "Forsinket" in page and "Jens Hansen" not in page
    assert (await browser.get(f"{address}/xlsx")).status_code == 200
    await browser.sign_in(cast.doctor)
    shown = (await browser.get("/programmes")).text
    assert "Pilot 2019" in shown and "/figures?since=2018-12-01&amp;until=2020-03-31" in shown
    await browser.sign_in(cast.outsider)
    assert "Pilot 2019" not in (await browser.get("/programmes")).text
