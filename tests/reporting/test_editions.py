"""Saved versions: kept whole, compared, brought back; two who write at once lose nothing."""

from datetime import date, datetime, timedelta

import pytest

from app.clinic.errors import Conflict, NotFound
from app.clinic.learning import history
from app.clinic.people.tables import Clinic
from app.clinic.reporting import basis, case, editions
from app.clinic.reporting.estimates import Estimate
from app.clinic.reporting.tables import Edition
from app.routes.reporting.documents import differences
from tests import csv_files
from tests.cast import Cast
from tests.conftest import Browser
from tests.learning.test_history import HEAD

YEAR = (date(2026, 1, 1), date(2026, 11, 24))
PATH = "/figures/business-case"
PERIOD = f"{PATH}?since={YEAR[0]}&until={YEAR[1]}"


async def meetings(cast: Cast, number: int, now: datetime) -> None:
    """So many completed consultations of ten minutes this year, over those brought in before."""
    rows = "2026-03-02;konsultation;planlagt;gennemført;10;;;;\n" * number
    await history.bring_in(HEAD + rows, {}, now, cast.clinic.id)


async def test_a_saved_version_keeps_its_figures_when_the_figures_change(cast: Cast, now: datetime) -> None:
    scope = editions.of_clinic(cast.clinic.id)
    await meetings(cast, 40, now)
    first = case.continued(await basis.of_clinic(cast.clinic.id, *YEAR), None)
    await case.keep(scope, 0, first, "Sara Juul", now)
    await meetings(cast, 80, now)
    second = case.continued(await basis.of_clinic(cast.clinic.id, *YEAR), await editions.latest(scope, "business_case"))
    await case.keep(scope, 1, second, "Lone Krogh", now + timedelta(hours=1))
    kept = [case.kept_in(each) for each in await editions.all_of(scope, "business_case")]
    assert [each.basis.completed for each in kept] == [80, 40]
    assert kept[1] == first
    assert kept[0].estimates["meetings"].value == pytest.approx(2 * kept[1].estimates["meetings"].value, abs=1)


async def test_the_second_of_two_who_save_at_once_is_told_and_the_firsts_stands(cast: Cast, now: datetime) -> None:
    scope = editions.of_clinic(cast.clinic.id)
    for author, expected in (("Sara", 1), ("Lone", None)):
        if expected:
            assert await editions.keep(scope, "evaluation", 0, YEAR, author, author, now) == expected
            continue
        with pytest.raises(Conflict):
            await editions.keep(scope, "evaluation", 0, YEAR, author, author, now)
    assert await editions.keep(scope, "evaluation", 1, YEAR, "both", "Lone", now) == 2
    with pytest.raises(Conflict):
        await editions.keep(scope, "evaluation", 7, YEAR, "ahead", "Lone", now)
    assert [each.content for each in await editions.all_of(scope, "evaluation")] == ["both", "Sara"]


async def test_going_back_makes_a_whole_copy_and_forgets_nothing(cast: Cast, now: datetime) -> None:
    scope = editions.of_clinic(cast.clinic.id)
    for number, words in enumerate(("one", "two", "three")):
        await editions.keep(scope, "evaluation", number, YEAR, words, "Sara", now)
    assert await editions.bring_back(scope, "evaluation", 1, "Lone", now) == 4
    found = await editions.all_of(scope, "evaluation")
    assert [(each.number, each.content, each.author) for each in found] == [
        *((4, "one", "Lone"), (3, "three", "Sara"), (2, "two", "Sara"), (1, "one", "Sara")),
    ]
    with pytest.raises(NotFound):
        await editions.numbered(editions.of_clinic(cast.other_clinic.id), "evaluation", 1)
    with pytest.raises(NotFound):
        await editions.numbered(scope, "business_case", 1)


async def test_versions_go_with_their_clinic(cast: Cast, now: datetime) -> None:
    await editions.keep(editions.of_clinic(cast.other_clinic.id), "evaluation", 0, YEAR, "{}", "Ole", now)
    await Clinic.delete().where(Clinic.id == cast.other_clinic.id)
    assert await Edition.count() == 0


def test_only_what_differs_is_told() -> None:
    assert differences({"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "4", "d": "5"}) == [
        *(("b", "2", "4"), ("d", "", "5"), ("c", "3", "")),
    ]


async def form_of(browser: Browser, **changed: str) -> dict[str, str]:
    """The business case's form as the page gives it, with some fields written over; `km_rate_value` for a hyphen."""
    from html.parser import HTMLParser

    fields: dict[str, str] = {}

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found = dict(attrs)
            name = found.get("name") or ""
            ticked = found.get("type") != "checkbox" or "checked" in found
            if tag == "input" and ticked and ("-" in name or name == "began_from"):
                fields[name] = found.get("value") or ""

    Reader().feed((await browser.get(PERIOD)).text)
    return fields | {f"{'-'.join(name.rsplit('_', 1))}": value for name, value in changed.items()}


async def test_a_superuser_writes_saves_compares_and_goes_back(browser: Browser, cast: Cast) -> None:
    await meetings(cast, 40, browser.clock.now)
    await browser.sign_in(cast.superuser)
    first = await browser.post(PERIOD, await form_of(browser))
    assert first.headers["Location"] == f"{PATH}/versions/1"
    own = {"km_rate_value": "3", "km_rate_low": "2,5", "km_rate_high": "4", "km_rate_source": "Eget <skøn>"}
    second = await browser.post(PERIOD, await form_of(browser, **own))
    assert second.headers["Location"] == f"{PATH}/versions/2"
    page = (await browser.get(f"{PATH}/versions/2?with=1&lang=da")).text
    assert "Ændret siden version 1" in page and "3 (2,5 – 4). Eget &lt;skøn&gt;" in page and "Sara Juul" in page
    assert "<svg" in page and "Ud fra 40 møder" in page
    back = await browser.post(f"{PATH}/versions/1/return")
    assert back.headers["Location"] == f"{PATH}/versions/3"
    latest = await editions.latest(editions.of_clinic(cast.clinic.id), "business_case")
    assert latest is not None and case.kept_in(latest).estimates["km_rate"].value == 2.28
    file = csv_files.rows((await browser.get(f"{PATH}/csv?version=2")).content)
    assert any({"3,00", "2,50", "4,00"} <= set(row) and row[-1].endswith("Eget <skøn>") for row in file), file
    assert (await browser.get(f"{PATH}/xlsx?version=2")).content.startswith(b"PK")


async def test_what_cannot_be_saved_comes_back_as_it_was_written(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.superuser)
    form = await form_of(browser, staff_rate_value="tusind", equipment_source="Tilbud fra <vor> leverandør")
    wrong = await browser.post(f"{PERIOD}&lang=da", form)
    assert wrong.status_code == 422
    assert 'value="tusind"' in wrong.text and "Tilbud fra &lt;vor&gt; leverandør" in wrong.text
    assert "Intet er tabt" in wrong.text and "Skriv tre tal" in wrong.text
    assert await Edition.count() == 0


async def test_two_who_write_at_once_both_keep_their_numbers(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.superuser)
    mine = await form_of(browser, staff_rate_value="700")
    theirs = await form_of(browser, staff_rate_value="800", staff_rate_source="Lønsystemet")
    assert (await browser.post(PERIOD, theirs)).status_code == 303
    told = await browser.post(f"{PERIOD}&lang=da", mine)
    assert told.status_code == 409
    assert 'value="700"' in told.text and "Gemt imens: 800" in told.text and "Lønsystemet" in told.text
    again = await browser.post(PERIOD, mine | {"began_from": "1"})
    assert again.headers["Location"] == f"{PATH}/versions/2"
    kept = [case.kept_in(each) for each in await editions.all_of(editions.of_clinic(cast.clinic.id), "business_case")]
    assert [each.estimates["staff_rate"] for each in kept] == [
        Estimate(700, 600, 1200, kept[0].estimates["staff_rate"].source),
        Estimate(800, 600, 1200, "Lønsystemet"),
    ]
