"""The path that works in place is the clean path: the same datagrams in, the same datagrams out, whatever they are."""

import asyncio
import random
from dataclasses import asdict
from typing import Any

import pylibsrtp
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.realtime.relay import Relay, rtcp, sdp
from app.realtime.relay.errors import Malformed
from app.realtime.relay.party import Party
from app.realtime.relay.slot import Slot
from app.realtime.relay.srtp import handle_of
from tests.relay.browser import Ears
from tests.relay.packets import VP8_DELTA, VP8_KEY, offer_text, packet

# two browsers of a kind, which share all numbers, and one that has its own
BROWSERS = {"ann": "chromium", "bo": "chromium", "cy": "firefox"}
ADDRESSES = {name: ("127.0.0.1", 5000 + index) for index, name in enumerate(BROWSERS)}
SECTIONS = {name: sdp.parse_offer(offer_text(kind)).sections for name, kind in BROWSERS.items()}
RED = bytes([0x80 | 111, 0, 0, 3, 111]) + b"oldnew"


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
            self.relay._port._by_address[ADDRESSES[name]] = line
        self.parties["cy"].restrict(muted=True, on_hold=True)

    def receive(self, datagram: bytes, name: str) -> None:
        """As the socket does."""
        self.now += 0.01
        self.relay._port._desk.put(datagram)
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


SHAPES: list[dict[str, Any]] = [
    {},
    {"extension": bytes([0x22, 1, 2, 3])},
    {"extension": bytes([0x10, 9, 0x40, 7]), "padding": 4},
]
MEDIA = st.tuples(
    st.sampled_from(list(BROWSERS)),
    st.sampled_from([0, 1, 1, 2]),
    st.sampled_from([*[1] * 20, 0, 2, 3, -1, -2, 150]),
    st.sampled_from([VP8_DELTA, VP8_KEY, VP8_KEY + bytes(900), RED, b"", b"\x90"]),
    st.sampled_from([*SHAPES[:1] * 4, *SHAPES]),
    st.sampled_from([*[0] * 20, 1, 2, 5]),
)
OTHER = st.tuples(st.sampled_from(["tick", "mute", "replay", "forge", "nack", "pli"]), st.sampled_from(list(BROWSERS)))


def _play(worlds: list[World], senders: dict[str, Sender], event: tuple[Any, ...]) -> None:
    if len(event) == 6:
        datagram, name = senders[event[0]].rtp(*event), event[0]
    else:
        what, name = event
        datagram = senders[name].last
        if what in ("nack", "pli"):
            datagram = _feedback(worlds[0], senders[name], name, what)
        elif what == "forge":
            datagram = datagram[:-1] + bytes([datagram[-1] ^ 1]) if datagram else b"\x80"
    for world in worlds:
        if event[0] == "tick":
            world.tick()
        elif event[0] == "mute":
            party = world.parties[name]
            # the one with other numbers comes and goes
            party.restrict(muted=not party.muted, on_hold=name == "cy" and not party.on_hold)
        elif datagram:
            world.receive(datagram, name)


def _feedback(world: World, sender: Sender, name: str, what: str) -> bytes:
    slot = world.parties[name].slots[1]
    if what == "pli":
        return sender.session.protect_rtcp(rtcp.picture_loss(1, slot.ssrc))
    last = slot._last_sequence
    return sender.session.protect_rtcp(rtcp.nack(1, slot.ssrc, [(last - back) & 0xFFFF for back in (3, 1, 0)]))


@settings(max_examples=40, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
@given(st.lists(st.one_of(*[MEDIA] * 9, OTHER), min_size=40, max_size=150))
def test_same_packets_in_same_packets_out(events: list[tuple[Any, ...]]) -> None:
    async def compare() -> None:
        worlds = [World(in_place=False), World(in_place=True)]
        senders = {name: Sender(name) for name in BROWSERS}
        for world in worlds:
            await world.open()
        for event in events:
            _play(worlds, senders, event)
        clean, fast = worlds
        assert fast.sent == clean.sent
        assert fast.memory() == clean.memory()
        for world in worlds:
            await world.relay.stop()

    asyncio.run(compare())


async def test_a_call_in_order_takes_the_path_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the property above would compare a path with itself."""
    world, sender = World(in_place=True), Sender("ann")
    await world.open()
    for _ in range(3):
        world.receive(sender.rtp("ann", 1, 1, VP8_KEY, {}, 0), "ann")
    camera = world.parties["bo"].slots[1]
    before = camera.packets
    monkeypatch.setattr(Slot, "forward", None)
    for _ in range(50):
        world.receive(sender.rtp("ann", 1, 1, VP8_DELTA, SHAPES[1], 0), "ann")
    assert camera.packets == before + 50
    await world.relay.stop()
