"""Datagrams nobody asked for: no call is disturbed."""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Callable
from itertools import count

import pytest
import structlog.testing

from app.realtime.relay import Relay
from app.realtime.relay.wire import rtcp
from tests.relay.browser import Connect, until
from tests.relay.conftest import Ticking
from tests.relay.packets import packet
from tests.relay.test_call import audio, hears

FOREIGN = ("203.0.113.9", 4711)


async def test_flood_from_strangers_and_from_a_party_disturbs_no_call(connect: Connect, relay: Relay) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    replay = ann.send_rtp(audio(ann, 1, b"once"))
    await until(lambda: bo.received(b"once"))
    relay_address = ("127.0.0.1", relay.port)
    junk = [b"", b"\x80", b"\x80" * 1600, b"\x16\xfe\xfd" + bytes(40), b"\x00\x01\x00\x00\x21\x12\xa4\x42" + bytes(12)]
    junk += [replay, packet(2), b"\xff" * 30, b"\x80\xc8" + bytes(60)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for _ in range(40):
            for data in junk:
                stranger.sendto(data, relay_address)
                ann.send_plain(data)
    await hears(bo, ann, 5)
    await hears(ann, bo, 5)
    assert sum(each.endswith(b"once") for each in bo.rtp) == 1
    counters = relay.counters
    assert counters["faults"] == 0
    assert counters["malformed"] > 0
    assert counters["srtp_rejected"] > 0
    assert counters["unknown_source"] > 0


async def test_a_fault_in_every_datagram_is_said_once_a_second(
    relay: Relay, clock: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_data: bytes, _address: object) -> None:
        raise KeyError

    monkeypatch.setattr(relay._port, "receive", fail)
    with structlog.testing.capture_logs() as said, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for count in (20, 40):
            for _ in range(20):
                stranger.sendto(b"x", ("127.0.0.1", relay.port))
            await until(lambda count=count: relay.counters["faults"] == count)  # type: ignore[misc]
            clock.ahead += 2
    assert [each["since_last_said"] for each in said if each["event"] == "datagram failed"] == [1, 20]
    relay._totals.faults = 0


async def test_a_flood_of_checks_costs_a_party_nothing_but_checks(
    connect: Connect, relay: Relay, clock: Ticking
) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    with clock.standing_still():
        for _ in range(300):
            relay._port.receive(ann.forge_check(), ann.local_address)
    assert relay.counters["limited"] >= 100
    await hears(bo, ann, 9)


async def test_a_flood_of_handshakes_is_limited_and_the_goodbye_after_it_is_heard(
    connect: Connect, relay: Relay, clock: Ticking
) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    with clock.standing_still():
        for _ in range(500):
            relay._port.receive(b"\x16\xfe\xfd" + bytes(40), ann.local_address)
    assert relay.counters["limited"] >= 380
    await hears(bo, ann, 9)
    clock.ahead += 1
    await ann.goodbye()
    await until(lambda: "ann" not in bo.listener.slots.values())


async def test_a_strangers_handshake_reaches_nobody(connect: Connect, relay: Relay) -> None:
    await connect("ann")
    before = relay.counters["unknown_source"]
    relay._port.receive(b"\x16\xfe\xfd" + bytes(40), FOREIGN)
    assert relay.counters["unknown_source"] == before + 1


async def test_a_flood_of_reports_is_limited_and_costs_no_sound(connect: Connect, relay: Relay, clock: Ticking) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    session = ann._dtls._tx_srtp
    with clock.standing_still():
        for _ in range(400):
            relay._port.receive(session.protect_rtcp(rtcp.picture_loss(1, 4242)), ann.local_address)
    assert relay.counters["limited"] >= 100
    await hears(bo, ann, 9)


async def test_one_party_cannot_take_over_the_address_of_another(connect: Connect, relay: Relay) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    address = ann.local_address
    relay._port.receive(bo.forge_check(), address)
    assert relay.counters["refused_checks"] == 1
    await hears(bo, ann, 1)


async def passes(clock: Ticking, seconds: float, each: Callable[[], object]) -> None:
    """Time passes, and something happens all the while."""
    end = clock.ahead + seconds

    def step() -> bool:
        clock.ahead += 0.03
        each()
        return clock.ahead >= end

    await until(step, patience=30)


async def test_a_forged_address_gets_two_kilobytes_and_the_call_goes_on(
    connect: Connect, relay: Relay, clock: Ticking
) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    numbers = count(100)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as victim:
        victim.bind(("127.0.0.1", 0))
        victim.setblocking(False)
        got: list[bytes] = []

        def heard() -> None:
            bo.send_rtp(audio(bo, next(numbers), bytes(500)))
            with contextlib.suppress(BlockingIOError):
                got.append(victim.recv(2048))

        relay._port.receive(ann.forge_check(), victim.getsockname())
        await passes(clock, 13, heard)
    assert 0 < sum(map(len, got)) <= 2_000
    assert len(ann.rtp) > 300
    await hears(bo, ann, 1)


async def test_who_answers_no_longer_gets_nothing_until_an_answer(
    connect: Connect, relay: Relay, clock: Ticking
) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    numbers = count(100)

    def both_talk() -> None:
        number = next(numbers)
        for each in (ann, bo):
            each.send_rtp(audio(each, number, b"x"))

    ann.deaf = True
    await passes(clock, 4, both_talk)
    assert relay.counters["unanswered"] == 0
    await passes(clock, 9, both_talk)
    assert relay.counters["unanswered"] > 0
    ann.deaf = False
    await passes(clock, 2, both_talk)
    await hears(ann, bo, next(numbers))


async def test_authentic_nonsense_is_counted_and_not_forwarded(connect: Connect, relay: Relay) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    before = relay.counters["malformed"]
    ann.send_rtp(packet(1, b"x", ssrc=ann.microphone, payload_type=99))
    ann.send_rtcp(b"\x80\xc8\x00\x01\x00\x00\x00\x01")
    ann.send_rtp(packet(1, b"x", ssrc=4242))
    await hears(bo, ann, 7)
    assert relay.counters["malformed"] == before + 2
    assert relay.counters["unknown_ssrc"] == 1


def test_relay_loads_no_codec() -> None:
    """In a process of its own, since the benchmarks and other tests may load them here."""
    names = "[n for n in sys.modules if n.split('.')[0] == 'av' or 'codecs.' in n and 'aiortc' in n]"
    script = f"import sys, app.realtime.relay; print({names})"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
