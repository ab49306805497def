"""What programs ask every site for: a contact for who finds a weakness, what to index, the small picture."""

from dataclasses import replace
from datetime import datetime

import pytest
from litestar import Litestar

from app.settings import SettingError, Settings
from tests.conftest import BASE_URL, SECRET, Browser

TXT = "/.well-known/security.txt"


async def test_security_contact_is_not_there_until_set(browser: Browser) -> None:
    assert (await browser.get(TXT)).status_code == 404


async def test_security_contact_says_whom_until_when_and_where(app: Litestar, browser: Browser) -> None:
    app.state.settings = replace(app.state.settings, security_contact="mailto:sikkerhed@nordby.example")
    answer = await browser.get(TXT)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert fields.pop("Expires").endswith("T00:00:00Z")
    assert fields == {
        "Contact": "mailto:sikkerhed@nordby.example",
        "Preferred-Languages": "da, en",
        "Canonical": f"{BASE_URL}{TXT}",
    }


async def test_security_contact_is_good_for_less_than_a_year(app: Litestar, browser: Browser, now: datetime) -> None:
    app.state.settings = replace(app.state.settings, security_contact="https://nordby.example/sikkerhed")
    until = (await browser.get(TXT)).text.partition("Expires: ")[2].splitlines()[0]
    assert 90 < (datetime.fromisoformat(until) - now).days < 365


@pytest.mark.parametrize(
    "contact",
    ["sikkerhed@nordby.example", "http://nordby.example", "mailto:a@b.example\nContact: c", "mailto:å@b.example"],
)
def test_security_contact_that_is_no_address_stops_the_start(contact: str) -> None:
    with pytest.raises(SettingError, match="SECURITY_CONTACT"):
        Settings.from_environment({"SECRET_KEY": SECRET, "SECURITY_CONTACT": contact})


async def test_robots_are_led_no_further_than_the_front_page(browser: Browser) -> None:
    rules = (await browser.get("/robots.txt")).text.splitlines()
    assert [rule for rule in rules if not rule.startswith("#")] == ["User-agent: *", "Allow: /$", "Disallow: /"]


async def test_favicon_is_an_icon_without_a_cookie(browser: Browser) -> None:
    answer = await browser.get("/favicon.ico")
    assert answer.content.startswith(b"\0\0\1\0")
    assert answer.headers["content-type"] == "image/x-icon"
    assert "set-cookie" not in answer.headers
