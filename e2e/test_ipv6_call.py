"""A call by IPv6: the relay stands at ::1 and nowhere else."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from e2e.media import sees_and_hears
from e2e.server import Server
from e2e.steps import printed_link, talk

REMOTE = """async () => {
  const stats = await document.querySelector("call-stage").session.connection.peerConnection.getStats();
  for (const entry of stats.values()) {
    if (entry.type !== "transport" || !entry.selectedCandidatePairId) continue;
    return stats.get(stats.get(entry.selectedCandidatePairId).remoteCandidateId).address;
  }
}"""


def has_ipv6() -> bool:
    """Whether this machine speaks it, with an address to speak from: browsers speak from none of loopback's."""
    with open("/proc/net/if_inet6") as addresses:
        names = {line.split()[-1] for line in addresses}
    return socket.has_ipv6 and "lo" in names and len(names) > 1


pytestmark = [
    pytest.mark.media,
    pytest.mark.skipif(not Path("/proc/net/if_inet6").exists() or not has_ipv6(), reason="this machine has no IPv6"),
]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path, extra={"RELAY_HOST": "::1", "RELAY_PUBLIC_HOSTS": "::1"})
    started.start()
    yield started
    started.end()


def test_two_talk_by_ipv6(desk: Page, phone: Page, server: Server) -> None:
    talk(desk, phone, printed_link(server))
    for page in (phone, desk):
        assert page.evaluate(REMOTE) == "::1"
    sees_and_hears(phone, desk)
