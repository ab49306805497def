"""A call outlives what happens to it: a reload on either side, a lost line, a restarted server, a closed camera."""

import signal

import pytest
from playwright.sync_api import Page, expect

from e2e.lines import Line, Radio
from e2e.media import is_silent_and_dark, sees_and_hears
from e2e.server import Server
from e2e.steps import JENS, LONG, PLAN_B, comes_back, is_talking, press, printed_link, talk, veil

pytestmark = pytest.mark.media

SOON = 3_000
"""How soon trouble must be told of, in ms."""


TURNED = """async () => {
  const stage = document.querySelector("call-stage");
  await stage.do("turn");
  return stage.session.media.camera === null && !stage.session.sending.camera;
}"""
"""Whether a camera that is off stays off when the next one is asked for."""


def call_of(page: Page) -> str:
    """Which call this page is in."""
    return page.locator("call-stage").get_attribute("data-call") or ""


def shows_plan_b(phone: Page, desk: Page) -> None:
    """Each side can see whom to phone if the video fails."""
    for page, number in ((phone, PLAN_B), (desk, JENS.phone)):
        link = page.locator("call-stage .call-phone")
        expect(link).to_be_visible()
        assert number.replace(" ", "") in (link.get_attribute("href") or "")


def test_a_reload_on_either_side_returns_to_the_same_call(desk: Page, phone: Page, server: Server) -> None:
    talk(desk, phone, printed_link(server))
    call = call_of(desk)
    shows_plan_b(phone, desk)

    phone.reload()
    comes_back(phone)
    is_talking(desk)
    desk.reload()
    comes_back(desk)
    is_talking(phone)

    assert call_of(desk) == call_of(phone) == call
    sees_and_hears(phone, desk)
    shows_plan_b(phone, desk)

    press(phone, "Kamera fra")
    press(phone, "Mikrofon fra")
    phone.reload()
    comes_back(phone)
    sends_nothing(phone)
    expect(desk.get_by_text(f"{JENS.name} sender ikke billede lige nu")).to_be_visible()
    press(phone, "Mikrofon fra")
    expect(phone.get_by_role("button", name="Mikrofon fra", pressed=False)).to_be_visible()


def sends_nothing(page: Page) -> None:
    """Microphone and camera are off, and the buttons say so."""
    assert page.evaluate("Object.values(document.querySelector('call-stage').session.sending)") == [False, False]
    for name in ("Kamera fra", "Mikrofon fra"):
        expect(page.get_by_role("button", name=name, pressed=True)).to_be_visible()


def test_a_page_that_was_closed_is_missed_and_comes_back(desk: Page, phone: Page, server: Server) -> None:
    talk(desk, phone, printed_link(server))
    call = call_of(desk)

    phone.goto("about:blank")
    expect(veil(desk, f"{JENS.name} har mistet forbindelsen")).to_be_visible(timeout=SOON)
    expect(desk.locator("call-stage .call-phone")).to_be_visible()

    phone.goto(printed_link(server))
    phone.get_by_role("link", name="Tilbage til venteværelset").click()
    comes_back(phone)
    is_talking(desk)
    assert call_of(desk) == call_of(phone) == call


def test_a_lost_line_is_told_on_both_sides_and_comes_back(desk: Page, phone: Page, server: Server) -> None:
    radio, line = Radio(phone), Line(phone)
    talk(desk, phone, printed_link(server))

    line.deaden()
    radio.lose(100)
    expect(veil(phone, "Forbinder igen")).to_be_visible(timeout=SOON)
    expect(veil(desk, f"{JENS.name} har mistet forbindelsen")).to_be_visible(timeout=SOON)
    shows_plan_b(phone, desk)

    radio.lose(0)
    is_talking(phone, desk)
    sees_and_hears(phone, desk)


def test_a_restarted_server_costs_a_moment(desk: Page, phone: Page, server: Server) -> None:
    talk(desk, phone, printed_link(server))
    call = call_of(desk)

    for how in (signal.SIGTERM, signal.SIGKILL):
        server.end(how)
        for page in (phone, desk):
            expect(veil(page, "Forbinder igen")).to_be_visible(timeout=SOON)
        server.restart()
        is_talking(phone, desk)

    assert call_of(desk) == call_of(phone) == call
    sees_and_hears(phone, desk)


def test_microphone_and_camera_go_off_and_on(desk: Page, phone: Page, server: Server) -> None:
    talk(desk, phone, printed_link(server))

    press(desk, "Mikrofon fra")
    expect(phone.get_by_text("Mette Holm har slået mikrofonen fra")).to_be_visible(timeout=LONG)
    press(desk, "Kamera fra")
    expect(phone.get_by_text("Mette Holm sender ikke billede lige nu")).to_be_visible()
    expect(phone.locator(".call-remote").first).to_be_hidden()
    assert desk.evaluate(TURNED), "a camera that is off came on when it was turned"
    is_silent_and_dark(phone)

    press(desk, "Mikrofon fra")
    press(desk, "Kamera fra")
    is_talking(phone)
    expect(phone.get_by_text("Mette Holm har slået mikrofonen fra")).to_be_hidden()
    sees_and_hears(phone)
    shows_plan_b(phone, desk)
