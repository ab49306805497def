"""The evaluation report: seven domains out of figures, people's words kept, for a clinic, a region and the nation."""

import re
from datetime import date, datetime
from typing import Any

import pytest

from app.clinic.errors import Invalid
from app.clinic.learning import history, questionnaire, report
from app.clinic.learning.tables import Questionnaire
from app.clinic.people import regions
from app.clinic.reporting import basis, case, editions, evaluation, figures
from app.clinic.reporting.evaluation import EvaluationReport, Fact, Told, domains, facts, read_words
from app.clinic.reporting.figures import Filter
from app.clinic.reporting.tables import Edition
from app.i18n import use_language
from app.routes.reporting.evaluation_words import lines, note, value
from tests.cast import Cast
from tests.conftest import Browser
from tests.learning.test_history import PILOT, SEVEN, pilot_clinics, pilot_file

PATH = "/figures/evaluation"


async def pilots_told(cast: Cast, now: datetime) -> Told:
    """The pilot's meetings and its seven questionnaires."""
    await history.bring_in(pilot_file(), await pilot_clinics(), now)
    for number in range(7):
        begun = Questionnaire(
            clinic=cast.clinic.id, region=regions.NOWHERE, month=date(2019, 9, 1), kind="consultation"
        )
        await begun.save()
        for key, said in SEVEN.items():
            await questionnaire.say(begun, key, said[number], "")
    await Questionnaire.update({Questionnaire.shown: True}, force=True)
    found = await figures.of_all(PILOT, limit=1)
    outcomes = case.continued(basis.of_figures(found, PILOT, [], 4, []), None).outcomes
    return Told(found, outcomes, await report.of_clinic(cast.clinic.id), {"solved": 9, "new_time": 1}, {})


def test_the_domains_are_masts_seven_as_the_pilot_named_them() -> None:
    with use_language("da"):
        _frame, *names, _conclusion = [domain.name for domain in domains()]
    assert names == [
        *("Teknologi", "Sikkerhed", "Klinisk effekt", "Patientens perspektiv", "Økonomi", "Organisation", "Jura"),
    ]


async def test_the_pilots_report_fills_itself_in_to_the_digit(cast: Cast, now: datetime) -> None:
    found = facts(await pilots_told(cast, now))
    shares: dict[str, Any] = {
        fact.words: (fact.count, fact.total, fact.value) for part in found.values() for fact in part
    }
    assert shares["Completed on video, of those tried"][0] == 272
    assert shares["Good picture, says staff"] == (54, 56, 96.4)
    assert shares["Good sound, says staff"] == (54, 56, 96.4)
    assert shares["Good picture, say patients"] == (7, 7, 100)
    assert shares["Save time on transport"] == (6, 7, 85.7)
    assert shares["Conferences of several parties"] == (165, 272, 60.7)
    assert shares["Consultations with patients"] == (107, 272, 39.3)
    assert (shares["Instant meetings"][0], shares["Planned meetings"][0]) == (127, 145)
    assert shares["Solved on video"] == (9, 10, 90)
    assert "Replaced a visit" not in shares, "what nobody said anything of is left out"
    mean = next(fact for fact in found["organisation"] if fact.words == "Mean length")
    assert (mean.value, mean.unit) == (11.5, "minutes")
    assert all(fact.low is not None and fact.low <= fact.value <= (fact.high or 0) for fact in found["economy"])


async def test_a_period_without_meetings_has_a_report_without_shares(cast: Cast) -> None:
    nothing = await figures.of_clinic(cast.clinic.id, Filter(date(2020, 1, 1), date(2020, 12, 31)))
    found = facts(Told(nothing, {}))
    assert {key: len(part) for key, part in found.items() if part} == {"organisation": 1}


def test_figures_are_written_as_danes_write_them() -> None:
    share, net = Fact("", 96.4, "percent", 54, 56), Fact("", -12345, "kr", low=-20000, high=1000)
    with use_language("da"):
        assert [value(share), note(share)] == ["96,4 %", "54 af 56"]
        assert [value(net), note(net)] == ["-12.345 kr.", "fra -20.000 til 1.000"]


def test_words_are_kept_with_their_lines_and_refused_when_too_long() -> None:
    form = {"purpose": " one\ntwo ", "law": "", "unknown": "left out"}
    assert read_words(form) == {"purpose": "one\ntwo"}
    with pytest.raises(Invalid) as refused:
        read_words({"next": "x" * 4001})
    assert refused.value.field == "next"


async def test_a_report_is_saved_whole_and_compared_line_by_line(cast: Cast, now: datetime) -> None:
    scope = editions.of_clinic(cast.clinic.id)
    made = EvaluationReport(
        date(2019, 6, 1), date(2019, 10, 31), facts(await pilots_told(cast, now)), {"law": "Afklaret"}
    )
    await evaluation.keep(scope, 0, made, "Sara Juul", now)
    kept = evaluation.kept_in(await editions.numbered(scope, "evaluation", 1))
    assert kept == made
    other = EvaluationReport(made.since, made.until, made.facts, {"law": "Ikke afklaret"})
    changed = {line for line, words in lines(other).items() if words != lines(kept)[line]}
    assert changed == {"Law: What is settled, and what is not?"}


async def test_a_superuser_writes_and_nothing_is_lost_on_the_way(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.superuser)
    page = (await browser.get(f"{PATH}?lang=da")).text
    assert "Evalueringsrapport" in page and "Klinisk effekt" in page and "Ingen endnu" in page
    first = await browser.post(PATH, {"began_from": "0", "purpose": "Vi ville\r\nprøve <video>", "law": "Klaret"})
    assert first.headers["Location"] == f"{PATH}/versions/1"
    kept = (await browser.get(f"{PATH}/versions/1")).text
    assert "Vi ville\nprøve &lt;video&gt;" in kept and "Sara Juul" in kept
    late = await browser.post(PATH, {"began_from": "0", "purpose": "Mit formål", "law": "Klaret"})
    assert late.status_code == 409
    assert "Mit formål" in late.text and "Gemt imens: Vi ville" in late.text and 'value="1"' in late.text
    assert late.text.count("Gemt imens") == 1
    long = await browser.post(PATH, {"began_from": "1", "next": "å" * 4001, "purpose": "Mit formål"})
    assert long.status_code == 422
    assert "å" * 4001 in long.text and "Mit formål" in long.text and "her er 4001" in long.text
    second = await browser.post(PATH, {"began_from": "1", "purpose": "Mit formål"})
    assert second.headers["Location"] == f"{PATH}/versions/2"
    compared = (await browser.get(f"{PATH}/versions/2?with=1")).text
    assert "Ændret siden version 1" in compared and "Klaret" in compared
    await browser.post(f"{PATH}/versions/1/return")
    assert [each.author for each in await Edition.objects()] == ["Sara Juul"] * 3


async def test_a_region_and_the_nation_have_their_own_and_neither_sees_the_others(browser: Browser, cast: Cast) -> None:
    now = browser.clock.now
    await history.bring_in(pilot_file(), await pilot_clinics(), now)
    period = "since=2019-06-01&until=2019-10-31"
    await browser.evaluate()
    nation = await browser.get(f"/region/business-case?{period}&lang=da")
    assert "Hele landet" in nation.text and "møder i perioden 1. juni 2019 – 31. oktober 2019" in nation.text
    told = await browser.post(f"/region/evaluation?{period}", {"began_from": "0", "conclusion": "Godt for landet"})
    assert told.headers["Location"] == "/region/evaluation/versions/1"
    region = "region=Region+Sj%C3%A6lland"
    chosen = await browser.post(f"/region/evaluation?{period}&{region}", {"conclusion": "Godt på Sjælland"})
    assert chosen.headers["Location"] == f"/region/evaluation/versions/1?{region}"
    assert "Godt på Sjælland" in (await browser.get(chosen.headers["Location"])).text
    browser.forget()
    await browser.evaluate("Region Syddanmark")
    assert (await browser.get("/region/evaluation/versions/1")).status_code == 404
    assert (await browser.get(chosen.headers["Location"])).status_code == 404, "another region is no choice"
    own = await browser.get(f"/region/business-case?{period}&{region}")
    assert "Region Sjælland" not in own.text and "Region Syddanmark" in own.text


async def test_the_questionnaires_tables_print_as_the_pilots(browser: Browser, cast: Cast) -> None:
    await pilots_told(cast, browser.clock.now)
    await browser.sign_in(cast.doctor)
    page = (await browser.get("/figures/questionnaire?lang=da")).text
    rows = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in re.findall(r"<tr>(.*?)</tr>", page)]
    assert rows[rows.index("God Dårlig Ved ikke I alt") :][:3] == [
        "God Dårlig Ved ikke I alt",
        "Billede 7 (100 %) 0 (0 %) 0 (0 %) 7 (100 %)",
        "Lyd 7 (100 %) 0 (0 %) 0 (0 %) 7 (100 %)",
    ]
    assert rows[rows.index("Mere Uændret Mindre Ved ikke I alt") :][:4] == [
        "Mere Uændret Mindre Ved ikke I alt",
        "At forberede dig på konsultationen 0 (0 %) 3 (43 %) 4 (57 %) 0 (0 %) 7 (100 %)",
        "At vente på lægen inden konsultationen starter 0 (0 %) 3 (43 %) 4 (57 %) 0 (0 %) 7 (100 %)",
        "At tale med lægen 0 (0 %) 6 (86 %) 1 (14 %) 0 (0 %) 7 (100 %)",
    ]
    assert rows[rows.index("Videokonsultation med lægen har ingen fordele 0 0 %") :][:7] == [
        "Videokonsultation med lægen har ingen fordele 0 0 %",
        "Jeg sparer tid på transport 6 86 %",
        "Jeg sparer penge på transport 3 43 %",
        "Jeg skal ikke tage fri fra arbejde, eller kan tage fri fra arbejde i kortere tid 5 71 %",
        "Jeg slipper for fysiske udfordringer (f.eks. parkering, trapper, elevatorer mv.) 2 29 %",
        "Jeg føler mig mere tryg i mine hjemlige omgivelser 2 29 %",
        "Andet; uddyb venligst 1 14 %",
    ]
    assert rows[rows.index("Videokonsultation med lægen har ingen ulemper 7 100 %") :][:6] == [
        "Videokonsultation med lægen har ingen ulemper 7 100 %",
        "Det er for upersonligt 0 0 %",
        "Det er svært at følge med i/forstå, hvad der bliver sagt 0 0 %",
        "Det er for besværligt at finde ud af teknikken 0 0 %",
        "Lægen har sværere ved at forstå min situation, når det foregår via en skærm 0 0 %",
        "Andet; uddyb venligst 0 0 %",
    ]
