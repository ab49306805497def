"""The pages outside the clinics: getting in, the figures with their filters and files, and who lets whom in."""

import re
from datetime import date
from typing import Any
from uuid import uuid4

from app.clinic.learning.book import month_of
from app.clinic.learning.tables import Meeting
from app.clinic.people.tables import Clinic, Evaluator
from tests import csv_files
from tests.cast import PASSWORD, Cast
from tests.conftest import Browser

OCTOBER = date(2026, 10, 12)


async def meetings(clinic: Clinic, number: int, day: date = OCTOBER, **values: Any) -> None:
    """So many completed meetings of the clinic on that day."""
    for _each in range(number):
        row = {"kind": "consultation", "origin": "planned", "outcome": "completed", "seconds": 600, "minutes": 10}
        place = {"clinic": clinic.id, "region": clinic.region, "held_on": day, "month": month_of(day)}
        await Meeting(id=uuid4(), **place, **{**row, **values}).save()


async def rows(browser: Browser, address: str) -> list[list[str]]:
    return csv_files.rows((await browser.get(address)).content)


async def test_the_page_and_its_files_say_the_same(browser: Browser, cast: Cast) -> None:
    await meetings(cast.clinic, 9)
    await meetings(cast.other_clinic, 7, kind="conference", origin="instant")
    await browser.evaluate()
    page = (await browser.get("/region?lang=en")).text
    assert re.search(r"Completed video meetings in all</th>\s*<td class=\"number\">16</td>", page)
    assert page.count("<svg viewBox") == 2
    assert cast.clinic.name not in page
    assert ["Completed video meetings in all", "16"] in await rows(browser, "/region/csv")
    assert ["Completed video meetings in all", "7"] in await rows(browser, "/region/csv?kind=conference")
    assert (await browser.get("/region/xlsx")).headers["content-type"].endswith("sheet")


async def test_too_few_are_not_shown(browser: Browser, cast: Cast) -> None:
    await meetings(cast.clinic, 4)
    await browser.evaluate()
    page = (await browser.get("/region?lang=en")).text
    assert "No meetings to count here" in page
    assert not re.search(r">4<", page)


async def test_the_present_month_is_not_told_of_yet(browser: Browser, cast: Cast) -> None:
    await meetings(cast.clinic, 9, date(2026, 11, 3))
    await browser.evaluate()
    assert "No meetings to count here" in (await browser.get("/region?lang=en&since=2026-01&until=2026-12")).text


async def test_a_consultant_sees_their_region_alone(browser: Browser, cast: Cast) -> None:
    await meetings(cast.clinic, 9)
    await browser.evaluate("Region Nordjylland")
    assert "No meetings to count here" in (await browser.get("/region?lang=en&region=Region+Syddanmark")).text
    browser.forget()
    await browser.evaluate("Region Syddanmark")
    page = (await browser.get("/region?lang=en")).text
    assert "<h1>Region Syddanmark</h1>" in page
    assert re.search(r"Completed video meetings in all</th>\s*<td class=\"number\">9</td>", page)


async def test_an_account_is_opened_by_its_invitation_and_closed_for_good(browser: Browser) -> None:
    await browser.evaluate()
    answer = await browser.post("/region/people", {"name": "Bo Friis", "email": "bo@rsyd.example", "region": ""})
    found = re.search(r"/region/invitation/[\w-]+", answer.text)
    assert found
    browser.forget()
    assert (await browser.post(found.group(), {"password": "short"})).status_code == 422
    assert (await browser.post(found.group(), {"password": PASSWORD})).headers["location"] == "/region"
    assert (await browser.get("/region")).status_code == 200
    browser.forget()
    assert (await browser.get(found.group())).status_code == 410
    wrong = await browser.post("/region/login", {"email": "bo@rsyd.example", "password": "wrong"})
    assert wrong.status_code == 422
    assert 'value="bo@rsyd.example"' in wrong.text
    right = await browser.post("/region/login", {"email": "Bo@rsyd.example", "password": PASSWORD})
    assert right.headers["location"] == "/region"
    bo, cookie = await Evaluator.objects().get(Evaluator.name == "Bo Friis"), browser.http.cookies["naervaer-evaluator"]
    assert bo
    await browser.evaluate()
    assert (await browser.post(f"/region/people/{bo.id}/retirement")).headers["location"] == "/region/people"
    browser.http.cookies.set("naervaer-evaluator", cookie)
    assert (await browser.get("/region")).headers["location"] == "/region/login"


async def test_nobody_shuts_the_door_from_inside(browser: Browser) -> None:
    await browser.evaluate()
    own = await Evaluator.objects().first()
    assert own
    assert (await browser.post(f"/region/people/{own.id}/retirement")).status_code == 403
    answer = await browser.post("/region/people", {"name": "", "email": "x", "region": ""})
    assert answer.status_code == 422
    again = await browser.post("/region/people", {"name": "Ea", "email": own.email, "region": ""})
    assert again.status_code == 422


async def test_a_signed_out_evaluator_is_out(browser: Browser) -> None:
    await browser.evaluate()
    cookie = browser.http.cookies["naervaer-evaluator"]
    await browser.post("/region/logout")
    browser.http.cookies.set("naervaer-evaluator", cookie)
    assert (await browser.get("/region")).headers["location"] == "/region/login"
