"""Firefox and Chromium talk through the relay, whichever sits at the desk, encrypted all the way or not."""

import pytest
from playwright.sync_api import Browser, expect

from e2e.conftest import Visitors
from e2e.media import sees_and_hears
from e2e.server import Server
from e2e.steps import LONG, heading, press, printed_link, talk

CANNOT_SEAL = "delete window.RTCRtpScriptTransform"

pytestmark = pytest.mark.media


@pytest.mark.parametrize(("at_the_desk", "seals"), [("firefox", True), ("chromium", False)])
def test_firefox_and_chromium_talk(
    at_the_desk: str, seals: bool, visitors: Visitors, firefox: Browser, chromium: Browser, server: Server
) -> None:
    browsers = (firefox, chromium) if at_the_desk == "firefox" else (chromium, firefox)
    desk = visitors.open(browser=browsers[0]).new_page()
    there = visitors.open("Pixel 7", browser=browsers[1])
    if not seals:
        there.add_init_script(CANNOT_SEAL)
    phone = there.new_page()

    talk(desk, phone, printed_link(server))
    for page in (desk, phone):
        expect(page.locator(f".call-seal[data-sealed={'sealed' if seals else 'clear'}]")).to_be_visible(timeout=LONG)
    sees_and_hears(phone, desk, rate=20)

    press(desk, "Læg på")
    heading(phone, "Tak for samtalen").wait_for()
