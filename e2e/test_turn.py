"""Calls from networks without UDP: by coturn over TCP and over TLS, which leads to our relay and nowhere else."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from e2e.conftest import AS_ROOT, CHROMIUM, FAKE_MEDIA, QUIET, Visitors
from e2e.coturn import Coturn, coturn
from e2e.media import sees_and_hears
from e2e.server import Server
from e2e.steps import LONG, button, code, is_talking, printed_link, talk
from e2e.test_third_parties import ANE, invite, sees

pytestmark = pytest.mark.media

ONLY_BY = """(() => {
  const Real = RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    constructor({ iceServers = [], ...options }) {
      super({ ...options, iceServers: iceServers.map(only), iceTransportPolicy: "relay" });
    }
    setConfiguration({ iceServers = [], ...options }) {
      super.setConfiguration({ ...options, iceServers: iceServers.map(only) });
    }
  };
  const only = (server) => ({ ...server, urls: server.urls.filter((url) => url.startsWith(SCHEME)) });
})()"""
CANNOT_SEAL = "delete window.RTCRtpScriptTransform"
GATHERED = """async ({ urls, username, credential }) => {
  const pc = new RTCPeerConnection({ iceServers: [{ urls, username, credential }], iceTransportPolicy: "relay" });
  const refused = new Promise((resolve) => (pc.onicecandidateerror = (event) => resolve(event.errorCode)));
  const found = new Promise((resolve) => (pc.onicecandidate = (event) => event.candidate && resolve("relay")));
  pc.createDataChannel("any");
  await pc.setLocalDescription();
  return Promise.race([refused, found]);
}"""
PATH = """async () => {
  const pc = document.querySelector("call-stage").session.connection.peerConnection;
  const stats = await pc.getStats();
  for (const entry of stats.values()) {
    if (entry.type !== "transport" || !entry.selectedCandidatePairId) continue;
    const local = stats.get(stats.get(entry.selectedCandidatePairId).localCandidateId);
    return [local.candidateType, local.relayProtocol];
  }
}"""


@pytest.fixture
def turn(tmp_path: Path) -> Iterator[Coturn]:
    with coturn(tmp_path) as running:
        yield running


@pytest.fixture
def server(turn: Coturn, tmp_path: Path) -> Iterator[Server]:
    """A server that tells its pages of that coturn."""
    extra = {**turn.settings, "LOG_FORMAT": "json"}
    started = Server(tmp_path, extra=extra)
    started.start()
    yield started
    started.end()


@pytest.fixture
def trusting(playwright: Playwright, turn: Coturn) -> Iterator[Browser]:
    """A Chromium that trusts this coturn's key, as it would one that is certified."""
    known = f"--ignore-certificate-errors-spki-list={turn.key_hash}"
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*AS_ROOT, *QUIET, *FAKE_MEDIA, known])
    yield browser
    browser.close()


def only_by(context: BrowserContext, scheme: str) -> BrowserContext:
    """A visitor whose network lets nothing else through."""
    context.add_init_script(ONLY_BY.replace("SCHEME", json.dumps(f"{scheme}:")))
    return context


def is_in_the_clear(page: Page) -> None:
    """The page says that somebody's browser can't encrypt all the way."""
    expect(page.locator(".call-seal[data-sealed=clear]")).to_be_visible(timeout=LONG)


def test_three_by_tls_tcp_and_udp_with_encryption_and_without(
    visitors: Visitors, trusting: Browser, firefox: Browser, server: Server, turn: Coturn
) -> None:
    phone = only_by(visitors.open("Pixel 7", browser=trusting), "turns").new_page()
    desk = only_by(visitors.open(), "turn").new_page()
    talk(desk, phone, printed_link(server))
    assert phone.evaluate(PATH) == ["relay", "tls"]
    assert desk.evaluate(PATH) == ["relay", "tcp"]
    assert code(desk) == code(phone) != ""
    sees_and_hears(phone, desk)

    elsewhere = visitors.open(browser=firefox)
    elsewhere.add_init_script(CANNOT_SEAL)
    guest = elsewhere.new_page()
    guest.goto(invite(desk))
    button(guest, "Gå ind").click()
    button(desk, f"Luk ind: {ANE}").click()
    for page in (desk, phone):
        button(page, "Tal videre alligevel").click()
    for page in (desk, phone, guest):
        is_in_the_clear(page)
        sees(page, 2)
    is_talking(desk, phone, guest)
    sees_and_hears(guest, phone, desk, rate=20)

    answering = [line for line in server.printed.splitlines() if "TURN server answers" in line]
    for page, url in ((desk, turn.tcp), (phone, turn.tls)):
        assert any(url in line for line in answering), "the look at start"
        old = {"urls": [url], "username": "1700000000:somebody", "credential": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="}
        assert page.evaluate(GATHERED, old) == 401
