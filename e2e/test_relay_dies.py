"""The relay's own process dies or hangs, and nothing else: the same call goes on by itself, on both sides."""

import signal

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.conftest import Visitors
from e2e.media import sees_and_hears
from e2e.server import Server
from e2e.steps import JENS, LONG, answer, button, call_in, come, heading, is_talking, printed_link, sign_in, talk
from e2e.test_call_survives import call_of
from e2e.test_third_parties import ANE, invite, sees

pytestmark = pytest.mark.media

_CONNECTION = "document.querySelector('call-stage').session.connection.peerConnection"
_NOTE = f"() => {{ window.lostConnection = {_CONNECTION}; window.lostAt = performance.now(); }}"
_BACK = f"""async (patience) => {{
  const decoded = async (pc) => [...((await pc?.getStats()) ?? new Map()).values()]
    .reduce((sum, entry) => sum + (entry.type === "inbound-rtp" ? (entry.framesDecoded ?? 0) : 0), 0);
  for (const until = performance.now() + patience; performance.now() < until; ) {{
    const pc = {_CONNECTION};
    if (pc !== window.lostConnection && (await decoded(pc)) > 5) return Math.round(performance.now() - window.lostAt);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }}
  return null;
}}"""
"""After how many milliseconds frames of a connection other than the lost one were decoded here."""

_FLOWING = f"""async (patience) => {{
  const shown = async () => [...((await {_CONNECTION}?.getStats()) ?? new Map()).values()]
    .filter((entry) => entry.type === "inbound-rtp" && entry.framesDecoded > 5);
  for (const until = performance.now() + patience; performance.now() < until; ) {{
    if ((await shown()).length === 2) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }}
  return false;
}}"""
"""Whether frames of two others were decoded here."""

DEATHS = (signal.SIGKILL, signal.SIGSTOP, signal.SIGKILL)


def loses_the_relay(server: Server, how: signal.Signals, *pages: Page) -> None:
    """Pictures come again on all pages, by new connections. How soon is printed, for it is the machine's too."""
    for page in pages:
        page.evaluate(_NOTE)
    server.hurt_relay(how)
    took = [page.evaluate(_BACK, LONG) for page in pages]
    print(f"{how.name}: pictures back after {took} ms")
    assert None not in took, f"after {how.name} no picture came back"
    is_talking(*pages)


@pytest.mark.parametrize("at_the_desk", ["chromium", "firefox"])
def test_a_call_goes_on_each_time_the_relay_dies_or_hangs(
    at_the_desk: str, visitors: Visitors, firefox: Browser, chromium: Browser, server: Server
) -> None:
    browsers = (firefox, chromium) if at_the_desk == "firefox" else (chromium, firefox)
    desk = visitors.open(browser=browsers[0]).new_page()
    phone = visitors.open("Pixel 7", browser=browsers[1]).new_page()
    talk(desk, phone, printed_link(server))
    call = call_of(desk)

    for how in DEATHS:
        loses_the_relay(server, how, desk, phone)

    assert call_of(desk) == call_of(phone) == call
    sees_and_hears(phone, desk, rate=20)


def test_a_call_that_still_rings_is_answered_all_the_same(desk: Page, phone: Page, server: Server) -> None:
    sign_in(desk)
    come(phone, printed_link(server), JENS)
    call_in(desk, JENS.name)

    server.hurt_relay(signal.SIGKILL)
    answer(phone)
    is_talking(phone, desk)


def test_a_third_party_comes_in_while_the_relay_dies(
    desk: Page, phone: Page, visitors: Visitors, firefox: Browser, server: Server
) -> None:
    talk(desk, phone, printed_link(server))
    guest = visitors.open(browser=firefox).new_page()
    guest.goto(invite(desk))
    button(guest, "Gå ind").click()
    expect(heading(guest, "Du er i venterummet")).to_be_visible()

    server.hurt_relay(signal.SIGKILL)
    button(desk, f"Luk ind: {ANE}").click()
    for page in (desk, phone, guest):
        sees(page, 2)
        assert page.evaluate(_FLOWING, LONG), f"not both pictures move on {page.url}"
