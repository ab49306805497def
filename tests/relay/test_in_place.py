"""The path that works in place is the clean path: the same datagrams in, the same datagrams out, whatever they are."""

import asyncio
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.realtime.relay.down_track import DownTrack
from app.realtime.relay.wire import rtcp
from tests.relay.packets import VP8_DELTA, VP8_KEY
from tests.relay.world import BROWSERS, Sender, World

RED = bytes([0x80 | 111, 0, 0, 3, 111]) + b"oldnew"
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
OTHER = st.tuples(
    st.sampled_from(["tick", "mute", "thin", "replay", "forge", "nack", "pli"]), st.sampled_from(list(BROWSERS))
)


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
        elif event[0] == "thin":
            for slot in world.parties[name].down_tracks:
                slot.thin_out(world.now, thin=not slot._thin)
        elif datagram:
            world.receive(datagram, name)


def _feedback(world: World, sender: Sender, name: str, what: str) -> bytes:
    slot = world.parties[name].down_tracks[1]
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
    camera = world.parties["bo"].down_tracks[1]
    before = camera.packets
    monkeypatch.setattr(DownTrack, "forward", None)
    for _ in range(50):
        world.receive(sender.rtp("ann", 1, 1, VP8_DELTA, SHAPES[1], 0), "ann")
    assert camera.packets == before + 50
    await world.relay.stop()
