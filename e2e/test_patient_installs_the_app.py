"""Story: a patient opens the link in the SMS, makes ready, and keeps the page on the phone as an app."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Visitors
from e2e.steps import (
    YUSUF,
    button,
    confirm_birth_date,
    heading,
    is_minded,
    link_in_message,
    open_link,
    say_birth_date,
    sign_in,
)

_SAYS_NO = """
  Object.defineProperty(Notification, "permission", { get: () => "default" });
  Notification.requestPermission = async () => "denied";
"""
"""Somebody who answers no when asked whether this phone may tell."""


@pytest.fixture
def link(visitors: Visitors) -> str:
    """The link as the patient's SMS holds it, read on the clinic's page of messages."""
    desk = visitors.open().new_page()
    sign_in(desk)
    return link_in_message(desk, YUSUF.name)


def try_camera_and_sound(page: Page) -> None:
    """The device test, answered as somebody does for whom everything works."""
    page.get_by_role("link", name="Prøv kamera og lyd").click()
    button(page, "Start testen").click()
    expect(heading(page, "Kan du se dig selv?")).to_be_visible()
    button(page, "Ja").click()
    expect(page.get_by_text("Vi kan høre dig")).to_be_visible()
    button(page, "Fortsæt").click()
    button(page, "Spil tre toner").click()
    button(page, "Ja").click()
    expect(heading(page, "Du er klar")).to_be_visible()


def manifest_of(page: Page) -> dict[str, Any]:
    """The manifest this page names, as the browser fetches it."""
    manifest: dict[str, Any] = page.evaluate("""async () => {
        const link = document.querySelector('link[rel=manifest]');
        return { ...(await (await fetch(link.href)).json()), address: link.href };
    }""")
    return manifest


def test_the_link_becomes_an_app_on_an_android_phone(visitors: Visitors, link: str, tmp_path: Path) -> None:
    phone = visitors.open_kept("Pixel 7", tmp_path / "profile").pages[0]
    open_link(phone, link)
    confirm_birth_date(phone, YUSUF)
    try_camera_and_sound(phone)
    is_minded(phone)

    devtools = phone.context.new_cdp_session(phone)
    found = devtools.send("Page.getAppManifest")
    assert found["errors"] == []
    assert devtools.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
    manifest = manifest_of(phone)
    assert manifest["display"] == "standalone"
    assert manifest["address"] == found["url"]
    devtools.send("PWA.install", {"manifestId": found["manifest"]["id"]})

    app = visitors.open("Pixel 7").new_page()
    app.goto(manifest["start_url"])
    expect(heading(app, "Er det dig?")).to_be_visible()
    assert manifest["start_url"] not in app.url, "the way in stays in the address"
    say_birth_date(app, YUSUF.born)
    expect(heading(app, "Mine aftaler")).to_be_visible()
    app.get_by_role("link", name="Åbn aftalen").first.click()
    expect(heading(app, "Din videosamtale med Anders Bak")).to_be_visible()
    expect(heading(app, "Du er klar")).to_be_visible()


def test_an_iphone_is_shown_how(visitors: Visitors, link: str) -> None:
    phone = visitors.open("iPhone 14").new_page()
    phone.add_init_script(_SAYS_NO)
    open_link(phone, link)
    confirm_birth_date(phone, YUSUF)

    button(phone, "Sig til på denne telefon").click()
    expect(phone.locator("[data-when=failed]")).to_contain_text("Det kunne ikke slås til")
    expect(phone.locator("[data-when=failed]")).to_be_focused()

    phone.get_by_role("link", name="Vis mig hvordan").click()

    expect(heading(phone, "Læg den på hjemmeskærmen")).to_be_visible()
    steps = phone.locator("ol.guide li")
    for number, words in enumerate(("Del", "Føj til hjemmeskærm", "Tilføj")):
        expect(steps.nth(number)).to_contain_text(words)
        expect(steps.nth(number).locator("svg")).to_be_visible()
    assert "/app/" in manifest_of(phone)["start_url"], "iOS reads the way in from this page's manifest"


def test_somebody_else_does_not_get_in_by_the_app(visitors: Visitors, link: str) -> None:
    phone = visitors.open("Pixel 7").new_page()
    open_link(phone, link)
    confirm_birth_date(phone, YUSUF)
    start = manifest_of(phone)["start_url"]

    thief = visitors.open("Pixel 7").new_page()
    thief.goto(start)
    for _attempt in range(3):
        say_birth_date(thief, ("1", "1", "1970"))
        expect(thief.get_by_text("Datoen")).to_be_visible()
    thief.goto(start)
    expect(heading(thief, "Mine aftaler")).to_have_count(0)
