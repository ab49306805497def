"""Firefox and Chromium talk with each other through the relay, whichever of them sits at the desk."""

import pytest
from playwright.sync_api import Browser

from e2e.conftest import Visitors
from e2e.media import sees_and_hears
from e2e.server import Server
from e2e.steps import JENS, answer, call_in, come, heading, is_talking, press, printed_link, sign_in

pytestmark = pytest.mark.media


@pytest.mark.parametrize("at_the_desk", ["firefox", "chromium"])
def test_firefox_and_chromium_talk(
    at_the_desk: str, visitors: Visitors, firefox: Browser, chromium: Browser, server: Server
) -> None:
    browsers = (firefox, chromium) if at_the_desk == "firefox" else (chromium, firefox)
    desk = visitors.open(browser=browsers[0]).new_page()
    phone = visitors.open("Pixel 7", browser=browsers[1]).new_page()

    sign_in(desk)
    come(phone, printed_link(server), JENS)
    call_in(desk, JENS.name)
    answer(phone)
    is_talking(phone, desk)
    sees_and_hears(phone, desk)

    press(desk, "Læg på")
    heading(phone, "Tak for samtalen").wait_for()
