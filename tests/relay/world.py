"""A relay without a network: three parties whose keys we know, and what it would send, kept."""

import random
from dataclasses import asdict
from typing import Any

import pylibsrtp

from app.realtime.relay import Relay
from app.realtime.relay.errors import Malformed
from app.realtime.relay.party import Party
from app.realtime.relay.wire import sdp
from app.realtime.relay.wire.srtp import handle_of
from tests.relay.browser import Ears
from tests.relay.packets import offer_text, packet

# two browsers of a kind, which share all numbers, and one that has its own
BROWSERS = {"ann": "chromium", "bo": "chromium", "cy": "firefox"}
ADDRESSES = {name: ("127.0.0.1", 5000 + index) for index, name in enumerate(BROWSERS)}
SECTIONS = {name: sdp.parse_offer(offer_text(kind)).sections for name, kind in BROWSERS.items()}


def _session(name: str, kind: int) -> pylibsrtp.Session:
    policy = pylibsrtp.Policy(name.encode().ljust(30, b"."), kind)
    policy.allow_repeat_tx = True  # as aiortc does
    return pylibsrtp.Session(policy)


class World:
    """A relay with three connected parties whose keys we know, and no network: what it sends is kept."""

    def __init__(self, *, in_place: bool) -> None:
        self.now = 1000.0
        self.sent: list[tuple[bytes, Any]] = []
        self.parties: dict[str, Party] = {}
        self.relay = Relay("127.0.0.1", 0, ["127.0.0.1"], in_place=in_place, clock=lambda: self.now)
        self.relay._port.send = lambda data, address: self.sent.append((bytes(data), address))  # type: ignore[method-assign]

    async def open(self) -> None:
        """Let everybody in as if their handshakes were done; numbers are random, and the same in every world."""
        random.seed(1)
        for name, kind in BROWSERS.items():
            self.parties[name] = party = await self.relay.join("room", name, Ears())
            await party.negotiate(offer_text(kind), restart=False)
            assert party._connection is not None
            line = party._connection.transport
            line._rx = _session(name, pylibsrtp.Policy.SSRC_ANY_INBOUND)
            line._tx = _session(f"to {name}", pylibsrtp.Policy.SSRC_ANY_OUTBOUND)
            line._rx_handle, line._tx_handle = handle_of(line._rx), handle_of(line._tx)
            line.ice.address = ADDRESSES[name]
            line.state = "connected"
            line._sink.on_transport("connected")
            self.relay._port._by_address[ADDRESSES[name]] = line
        self.parties["cy"].restrict(muted=True, on_hold=True)

    def receive(self, datagram: bytes, name: str) -> None:
        """As the socket does."""
        self.now += 0.01
        self.relay._port._buffer.put(datagram)
        try:
            self.relay._port._receive_from_desk(len(datagram), ADDRESSES[name])
        except Malformed:
            self.relay._totals.malformed += 1

    def tick(self) -> None:
        """Time passes."""
        self.now += 0.4
        self.relay._rooms["room"].tick(self.now)
        self.relay._rooms["room"].tick_second(self.now)

    def memory(self) -> list[object]:
        """What it remembers."""
        totals = asdict(self.relay._totals)
        return [totals, *(party.stats() for party in self.parties.values())]


class Sender:
    """What one browser sends, encrypted once for all worlds."""

    def __init__(self, name: str) -> None:
        self.session = _session(name, pylibsrtp.Policy.SSRC_ANY_OUTBOUND)
        self.sequence = {0: 65_530, 1: 100, 2: 7}
        self.last = b""

    def rtp(self, name: str, section: int, step: int, payload: bytes, shape: dict[str, Any], number: int) -> bytes:
        self.sequence[section] += step
        offered = SECTIONS[name][section]
        sequence = self.sequence[section]
        plain = packet(
            sequence, payload, timestamp=sequence * 960, ssrc=offered.ssrcs[0],
            payload_type=offered.payload_types[number % len(offered.payload_types)], **shape,
        )  # fmt: skip
        self.last = self.session.protect(plain)
        return self.last
