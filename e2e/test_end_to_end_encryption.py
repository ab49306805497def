"""End-to-end encryption as the two talk: the same code on both sides across browsers, and nothing without the key."""

import pytest
from playwright.sync_api import Browser, Page

from e2e.conftest import Visitors
from e2e.media import is_silent_and_dark, sees_and_hears
from e2e.server import Server
from e2e.steps import code, printed_link, talk

pytestmark = pytest.mark.media

WRONG_KEY = """() => {
  const { sealing } = document.querySelector("call-stage").session;
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const told = { type: "secret", mine: true, sender: "me", epoch: sealing.epoch, secret, context: secret };
  sealing.worker.postMessage(told);
}"""
DECODED = "() => document.querySelector('.call-remote').getVideoPlaybackQuality().totalVideoFrames"
OPENED = "() => document.querySelector('call-stage').session.sealing.count()"


def test_both_browsers_show_the_same_code_and_a_wrong_key_shows_nothing(
    desk: Page, visitors: Visitors, firefox: Browser, server: Server
) -> None:
    phone = visitors.open("Pixel 7", browser=firefox).new_page()
    talk(desk, phone, printed_link(server))
    assert code(desk) == code(phone) != ""
    sees_and_hears(phone, desk, rate=20)
    for page in (phone, desk):
        counted = page.evaluate(OPENED)
        assert counted["opened"] > 100, f"nothing was opened by key on {page.url}: {counted}"

    desk.evaluate(WRONG_KEY)
    before = phone.evaluate(OPENED)["refused"]
    # what was opened before the key was wrong is still being heard and shown for a moment
    phone.wait_for_function(f"async (before) => (await ({OPENED})()).refused > before + 100", arg=before)
    is_silent_and_dark(phone)
    last = phone.evaluate(DECODED)
    is_silent_and_dark(phone)
    assert phone.evaluate(DECODED) == last, "a picture came through under a wrong key"
