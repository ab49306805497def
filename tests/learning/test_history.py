"""The pilot's figures to the digit, out of a file brought in, and its questionnaire's n and per cent."""

from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from app.clinic.errors import Invalid
from app.clinic.learning import history, questionnaire, report
from app.clinic.learning.tables import Meeting, Questionnaire
from app.clinic.people import regions
from app.clinic.people.tables import Clinic
from app.clinic.reporting import figures
from app.clinic.reporting.figures import Filter
from tests.cast import Cast
from tests.conftest import Browser

PILOT = Filter(date(2019, 6, 1), date(2019, 10, 31))
HEAD = "dato;slags;opstået;udfald;minutter;billede;lyd;længere;årsag\n"
NAMES = ("Region Hovedstaden", "Region Sjælland", "Region Syddanmark", "Region Midtjylland")


async def pilot_clinics() -> dict[str, UUID]:
    """One clinic in each of the four regions that had begun."""
    found = {}
    for number, name in enumerate(NAMES, start=1):
        region = await regions.named(name)
        clinic = Clinic(region=region.id, name=name, slug=f"pilot-{number}", provider_number=f"10000{number}")
        clinic.plan_b_phone = "+4511223344"
        await clinic.save()
        found[clinic.provider_number] = clinic.id
    return found


def pilot_file() -> str:
    return (Path(__file__).parent / "pilot.csv").read_text("utf-8")


async def test_the_pilots_table_comes_out_to_the_digit(cast: Cast, now: datetime) -> None:
    brought = await history.bring_in(pilot_file(), await pilot_clinics(), now)
    assert (brought.entered, brought.refused) == (277, [])
    found = await figures.of_all(PILOT, limit=1)
    assert (found.total.conferences, found.total.consultations, found.total.completed) == (165, 107, 272)
    assert (found.total.instant, found.total.planned, found.total.open) == (127, 145, 0)
    assert found.mean_seconds == 11.5 * 60
    assert len(found.regions) == 4


async def test_the_pilots_postcards_come_out_to_the_digit(cast: Cast, now: datetime) -> None:
    await history.bring_in(pilot_file(), await pilot_clinics(), now)
    found = await figures.of_all(PILOT, limit=1)
    completed = found.picture["good"] + found.picture["bad"]
    assert (completed, found.outcomes["not_completed"]) == (56, 5)
    assert (found.picture["good"], found.picture["bad"]) == (54, 2)
    assert (found.sound["good"], found.sound["bad"]) == (54, 2)
    assert found.longer["no"] == 56


async def test_outside_the_clinics_the_pilots_small_counts_do_not_show(cast: Cast, now: datetime) -> None:
    await history.bring_in(pilot_file(), await pilot_clinics(), now)
    found = await figures.of_all(PILOT, limit=5)
    assert (found.total.conferences, found.total.consultations, found.total.completed) == (165, 107, 272)
    assert "bad" not in found.picture


async def test_bringing_in_again_counts_nothing_twice(cast: Cast, now: datetime) -> None:
    clinics = await pilot_clinics()
    await history.bring_in(pilot_file(), clinics, now)
    await history.bring_in(pilot_file(), clinics, now)
    assert await Meeting.count() == 277
    assert (await figures.of_all(PILOT, limit=1)).total.completed == 272


@pytest.mark.parametrize(
    "row",
    [
        "1. juni;konsultation;straks;gennemført;11;;;;",
        "2099-06-01;konsultation;straks;gennemført;11;;;;",
        "2019-06-01;samtale;straks;gennemført;11;;;;",
        "2019-06-01;konsultation;straks;gennemført;lang;;;;",
        "2019-06-01;konsultation;straks;gennemført;-3;;;;",
        "2019-06-01;konsultation;straks;gennemført;11;;;;andet",
        "2019-06-01;konsultation;straks;ikke gennemført;11;;;;andet",
        "2019-06-01;konsultation;straks;udeblevet;;godt;;;",
    ],
)
async def test_a_wrong_row_is_refused_by_itself(cast: Cast, now: datetime, row: str) -> None:
    good = "2019-06-01;konsultation;straks;gennemført;11,5;godt;godt;nej;"
    brought = await history.bring_in(f"{HEAD}{good}\n{row}\n\n", {}, now, cast.clinic.id)
    assert (brought.entered, [refused.line for refused in brought.refused]) == (1, [3])
    assert brought.refused[0].why


async def test_a_file_saved_by_a_danish_spreadsheet_is_brought_in(cast: Cast, now: datetime) -> None:
    row = "1-6-2019;konsultation;straks;gennemført;11,5;godt;dårligt;nej;\n31-02-2019;konsultation;straks;udeblevet\n"
    file = (HEAD + row).encode("cp1252")
    brought = await history.bring_in(history.decoded(file), {}, now, cast.clinic.id)
    assert (brought.entered, [refused.line for refused in brought.refused]) == (1, [3])
    kept = await Meeting.objects().first()
    assert kept is not None and (kept.held_on, kept.outcome, kept.sound) == (date(2019, 6, 1), "completed", "bad")
    assert history.decoded(HEAD.encode()) == HEAD


async def test_another_clinics_rows_are_refused(cast: Cast, now: datetime) -> None:
    row = "054321;2019-06-01;konsultation;straks;gennemført;11;;;;\n"
    own = {cast.clinic.provider_number: cast.clinic.id}
    brought = await history.bring_in(f"ydernummer;{HEAD}{row}", own, now, cast.clinic.id)
    assert (brought.entered, len(brought.refused)) == (0, 1)
    with pytest.raises(Invalid):
        await history.bring_in("hello", own, now, cast.clinic.id)


SEVEN: dict[str, list[list[str]]] = {
    "picture": [["good"]] * 7,
    "sound": [["good"]] * 7,
    "preparing": [["same"]] * 3 + [["less"]] * 4,
    "waiting": [["same"]] * 3 + [["less"]] * 4,
    "talking": [["same"]] * 6 + [["less"]],
    "advantages": [
        ["transport_time", "transport_money", "work", "obstacles", "safer", "other"],
        ["transport_time", "transport_money", "work", "obstacles", "safer"],
        ["transport_time", "transport_money", "work"],
        *[["transport_time", "work"]] * 2,
        ["transport_time"],
        [],
    ],
    "disadvantages": [["none"]] * 7,
}


async def test_the_pilots_questionnaire_comes_out_to_the_digit(cast: Cast, now: datetime) -> None:
    for number in range(7):
        month = date(2019, 9, 1)
        begun = Questionnaire(clinic=cast.clinic.id, region=regions.NOWHERE, month=month, kind="consultation")
        await begun.save()
        for key, said in SEVEN.items():
            await questionnaire.say(begun, key, said[number], "")
    await Questionnaire.update({Questionnaire.shown: True}, force=True)
    found = {each.question.key: each for each in await report.of_clinic(cast.clinic.id)}
    table = {key: [(choice.count, choice.percent) for choice in found[key].choices] for key in SEVEN}
    assert table["picture"] == table["sound"] == [(7, 100), (0, 0), (0, 0)]
    assert table["preparing"] == table["waiting"] == [(0, 0), (3, 43), (4, 57), (0, 0)]
    assert table["talking"] == [(0, 0), (6, 86), (1, 14), (0, 0)]
    assert table["advantages"] == [(0, 0), (6, 86), (3, 43), (5, 71), (2, 29), (2, 29), (1, 14)]
    assert table["disadvantages"] == [(7, 100), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0)]
    assert all(found[key].total == 7 for key in SEVEN)


async def test_the_clinic_switches_the_questionnaire_off_and_brings_in_a_file(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.superuser)
    assert "For få har svaret endnu" in (await browser.get("/figures/questionnaire?lang=da")).text
    await browser.post("/figures/questionnaire", {"asks": "0"})
    assert not await questionnaire.asks(cast.clinic.id)
    text = f"{HEAD}2019-06-01;konsultation;straks;gennemført;11;;;;\n2019-06-01;x;straks;gennemført;11;;;;\n"
    answer = await browser.post("/figures/history", files={"file": ("h.csv", text.encode(), "text/csv")})
    assert answer.status_code in (200, 201)
    assert "Et møde blev indlæst" in answer.text
    assert "En række blev afvist" in answer.text
    answer = await browser.post("/figures/history", files={"file": ("h.csv", text.encode("cp1252"), "text/csv")})
    assert "Et møde blev indlæst" in answer.text
    refused = await browser.post("/figures/history", files={"file": ("h.csv", b"hello", "text/csv")})
    assert refused.status_code == 422
