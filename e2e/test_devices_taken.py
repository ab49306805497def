"""Microphone and camera are taken away in the middle of a call and come back; and a phone falls asleep.

What browsers tell a page when a device goes is done to it here: its tracks end or fall silent, its lists change.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from e2e.conftest import AS_ROOT, CHROMIUM, FAKE_MEDIA, QUIET, Visitors
from e2e.media import sees_and_hears
from e2e.server import Server
from e2e.steps import JENS, button, is_talking, printed_link, talk, veil

pytestmark = pytest.mark.media

SOON = 3_000
"""How soon trouble must be told of, in ms."""
DEVICES = """() => {
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  window.devices = { fault: "" };
  navigator.mediaDevices.getUserMedia = (wanted) =>
    devices.fault ? Promise.reject(new DOMException("taken", devices.fault)) : real(wanted);
}"""
HOLD = """([part, held]) => {
  const track = document.querySelector("call-stage").session.media[part];
  Object.defineProperty(track, "muted", { configurable: true, get: () => held });
  track.dispatchEvent(new Event(held ? "mute" : "unmute"));
}"""
TAKE = """([part, fault]) => {
  devices.fault = fault;
  const track = document.querySelector("call-stage").session.media[part];
  track.stop();
  track.dispatchEvent(new Event("ended"));
}"""
PLUG_IN = """() => {
  devices.fault = "";
  navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
}"""
LET_GO_WHEN_PRESSED = "() => addEventListener('click', () => (devices.fault = ''), { capture: true, once: true })"
BUSY, GONE = "NotReadableError", "NotFoundError"


def reads(page: Page, words: str) -> None:
    """The note at the foot of the call says so, soon."""
    expect(page.locator(".call-quality", has_text=words)).to_be_visible(timeout=SOON)


def test_what_is_taken_is_told_to_both_and_comes_back(desk: Page, phone: Page, server: Server) -> None:
    talk(desk, phone, printed_link(server))
    phone.evaluate(DEVICES)
    desk.evaluate(DEVICES)
    cannot_be_heard = f"{JENS.name} kan ikke høres lige nu"

    # somebody phones the patient
    for part in ("microphone", "camera"):
        phone.evaluate(HOLD, [part, True])
    reads(phone, "Et telefonopkald eller en anden app bruger din mikrofon")
    reads(desk, cannot_be_heard)
    expect(desk.get_by_text(f"{JENS.name} sender ikke billede lige nu")).to_be_visible(timeout=SOON)
    for part in ("microphone", "camera"):
        phone.evaluate(HOLD, [part, False])
    expect(desk.get_by_text(cannot_be_heard)).to_be_hidden()
    is_talking(desk)

    # another program takes the camera, and lets go of it
    phone.evaluate(TAKE, ["camera", BUSY])
    reads(phone, "Kameraet blev taget af en anden app. Luk den, eller prøv igen.")
    expect(desk.get_by_text(f"{JENS.name} sender ikke billede lige nu")).to_be_visible(timeout=SOON)
    phone.evaluate(LET_GO_WHEN_PRESSED)
    button(phone.locator(".call-quality"), "Prøv igen").click()
    is_talking(desk)

    # the doctor's headset is pulled out, and put back
    desk.evaluate(TAKE, ["microphone", GONE])
    reads(desk, f"Vi kan ikke finde en mikrofon: {JENS.name} kan ikke høre dig.")
    reads(phone, "Mette Holm kan ikke høres lige nu")
    desk.evaluate(PLUG_IN)
    expect(phone.get_by_text("Mette Holm kan ikke høres lige nu")).to_be_hidden()

    # a camera that ends while another is there: nobody has to do anything
    phone.evaluate(TAKE, ["camera", ""])
    is_talking(phone, desk)
    sees_and_hears(phone, desk)


@contextmanager
def asleep(browser: Browser) -> Iterator[None]:
    """Everything of this browser stands still, as on a phone or a computer that sleeps."""
    told = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
    processes = [each["id"] for each in told["processInfo"]]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


def test_a_phone_that_slept_comes_back_to_the_call(
    desk: Page, visitors: Visitors, playwright: Playwright, server: Server
) -> None:
    sleeper = playwright.chromium.launch(executable_path=CHROMIUM, args=[*AS_ROOT, *QUIET, *FAKE_MEDIA])
    phone = visitors.open("Pixel 7", browser=sleeper).new_page()
    talk(desk, phone, printed_link(server))
    with asleep(sleeper):
        expect(veil(desk, f"{JENS.name} har mistet forbindelsen")).to_be_visible(timeout=SOON)
        expect(desk.locator("call-stage .call-phone")).to_be_visible()
    is_talking(phone, desk)
    sees_and_hears(phone, desk)
    sleeper.close()
