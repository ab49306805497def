"""A call from a network without UDP: relayed by Debian's coturn over TCP, which leads to our relay and nowhere else."""

import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import Page

from e2e.conftest import Visitors
from e2e.media import sees_and_hears
from e2e.server import ROOT, Server, free_port
from e2e.steps import JENS, answer, call_in, come, is_talking, printed_link, sign_in

pytestmark = pytest.mark.media

SECRET = "shared between the app and coturn"
RELAY_ONLY = """(() => {
  const Real = RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    constructor(options) { super({ ...options, iceTransportPolicy: "relay" }); }
  };
})()"""
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
def coturn(tmp_path: Path) -> Iterator[int]:
    """coturn with our configuration, on a port of its own, with the relay on loopback as its only peer."""
    port = free_port()
    text = (ROOT / "deploy" / "coturn.conf").read_text("utf-8")
    for pattern, line in {
        r"listening-port=3478": f"listening-port={port}\nlistening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nno-tls\nno-dtls",
        r"(tls-listening-port|cert|pkey)=.*": "",
        r"static-auth-secret=.*": f"static-auth-secret={SECRET}",
        r"allowed-peer-ip=.*": "allowed-peer-ip=127.0.0.1\nallow-loopback-peers\ncli-password=unused",
    }.items():
        text = re.sub(rf"^{pattern}$", line, text, flags=re.MULTILINE)
    own = f"pidfile={tmp_path}/turn.pid\nuserdb={tmp_path}/turn.db\nlog-file=stdout\n"
    (tmp_path / "turn.conf").write_text(f"{text}\n{own}")
    process = subprocess.Popen(
        ["/usr/bin/turnserver", "-c", tmp_path / "turn.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    pause = Event()
    for _attempt in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        pause.wait(0.1)
    yield port
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture
def server(coturn: int, tmp_path: Path) -> Iterator[Server]:
    """A server that tells its pages of that coturn."""
    extra = {
        "TURN_URLS": f"turn:127.0.0.1:{coturn}?transport=tcp",
        "TURN_SECRET": SECRET,
        "RELAY_PUBLIC_HOSTS": "127.0.0.1",
        "LOG_FORMAT": "json",
    }
    started = Server(tmp_path, extra=extra)
    started.start()
    yield started
    started.end()


def test_a_call_over_tcp_alone_and_no_line_with_an_old_credential(
    desk: Page, visitors: Visitors, server: Server, coturn: int
) -> None:
    closed = visitors.open("Pixel 7")
    closed.add_init_script(RELAY_ONLY)
    phone = closed.new_page()
    sign_in(desk)
    come(phone, printed_link(server), JENS)
    call_in(desk, JENS.name)
    answer(phone)
    is_talking(phone, desk)
    assert phone.evaluate(PATH) == ["relay", "tcp"]
    sees_and_hears(phone, desk, rate=20)
    assert "TURN server answers" in server.printed

    urls = [f"turn:127.0.0.1:{coturn}?transport=tcp"]
    old = {"urls": urls, "username": "1700000000:somebody", "credential": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="}
    assert desk.evaluate(GATHERED, old) == 401
