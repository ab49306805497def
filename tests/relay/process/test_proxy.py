"""The relay in a process of its own: the same calls, the same refusals, and what happens when it dies."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.realtime.relay import BadOffer, RelayFull, RelayProxy, RelayUnavailable
from app.realtime.relay.process import proxy
from tests.relay.browser import Browser, Ears, until
from tests.relay.packets import offer_text
from tests.relay.test_call import hears


@pytest.fixture
async def apart() -> AsyncIterator[RelayProxy]:
    relay = RelayProxy("127.0.0.1", 0, ["127.0.0.1"], max_parties_per_room=2, max_rooms=1)
    await relay.start()
    yield relay
    await relay.stop()


async def test_a_call_goes_through_and_the_full_room_refuses(apart: RelayProxy) -> None:
    ann, bo = Browser("ann", 10_000), Browser("bo", 20_000)
    await ann.connect(apart)
    await bo.connect(apart)
    await until(lambda: bo.listener.slots["0"] == "ann")
    await hears(bo, ann, 1)
    await hears(ann, bo, 1)
    for room, name in (("room", "cy"), ("another", "cy")):
        with pytest.raises(RelayFull):
            await apart.join(room, name, Ears())
    with pytest.raises(BadOffer):
        await ann.party.negotiate("nonsense", restart=True)
    await ann.open()
    await ann.negotiate(restart=True)
    await ann.check()
    await hears(bo, ann, 2)
    bo.party.restrict(muted=True, on_hold=False)
    await until(lambda: ann.listener.slots["0"] is None)
    assert ann.listener.slots["1"] == "bo"
    bo.party.leave()
    await until(lambda: ann.listener.slots["1"] is None)
    assert bo.listener.states[-1] == "closed"
    await until(lambda: apart.counters["parties"] == 1)
    await ann.goodbye()
    await until(lambda: ann.listener.states[-1] == "closed")
    await bo.goodbye()


def _environment(pid: int | None) -> str:
    return Path(f"/proc/{pid}/environ").read_text()


async def test_the_process_is_told_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "DATABASE_URL", "SMS_GATEWAY_TOKEN", "TURN_SECRET"):
        monkeypatch.setenv(name, "not for the process that faces the world")
    relay = RelayProxy("127.0.0.1", 0, ["127.0.0.1"])
    await relay.start()
    told = _environment(relay.pid)
    await relay.stop()
    assert "PATH=" in told
    assert "not for the process" not in told


async def test_a_dead_process_is_told_and_replaced_on_the_same_port(apart: RelayProxy) -> None:
    before, port = apart.pid, apart.port
    ann = Browser("ann", 10_000)
    await ann.connect(apart)
    assert before is not None
    os.kill(before, signal.SIGKILL)
    await until(lambda: ann.listener.states[-1] == "closed")
    await until(lambda: apart.pid != before, patience=10)
    assert apart.port == port
    again = Browser("ann", 20_000)
    await again.connect(apart)
    await again.goodbye()
    await ann.goodbye()


async def test_a_silent_process_is_replaced(apart: RelayProxy) -> None:
    before = apart.pid
    ann = Browser("ann", 10_000)
    await ann.connect(apart)
    assert before is not None
    os.kill(before, signal.SIGSTOP)
    await until(lambda: ann.listener.states[-1] == "closed", patience=10)
    again = Browser("ann", 20_000)
    await again.connect(apart)
    assert apart.pid != before
    await again.goodbye()
    await ann.goodbye()


async def test_who_joins_while_it_is_dead_waits_for_the_next(apart: RelayProxy) -> None:
    assert apart.pid is not None
    party = await apart.join("room", "ann", listener := Ears())
    os.kill(apart.pid, signal.SIGSTOP)
    asked = asyncio.create_task(party.negotiate(offer_text("firefox"), restart=False))
    joining = asyncio.create_task(apart.join("room", "bo", joined := Ears()))
    await asyncio.sleep(0)
    os.kill(apart.pid, signal.SIGKILL)
    with pytest.raises(RelayUnavailable):
        await asked
    assert listener.states == ["closed"]
    with pytest.raises(RelayUnavailable):
        await party.negotiate(offer_text("firefox"), restart=False)
    late = await apart.join("room", "cy", Ears())
    for each in (await joining, late):
        assert (await each.negotiate(offer_text("firefox"), restart=False)).startswith("v=0")
    assert joined.states == []


async def test_a_slow_host_goes_on_trying(monkeypatch: pytest.MonkeyPatch) -> None:
    relay = RelayProxy("127.0.0.1", 0, ["127.0.0.1"])
    monkeypatch.setattr(proxy, "PATIENCE", 0.001)
    await relay.start()
    assert relay.pid is None
    monkeypatch.undo()
    await relay.join("room", "ann", Ears())
    await relay.stop()


async def test_the_process_ends_with_the_one_that_started_it(apart: RelayProxy) -> None:
    channel = apart._channel
    assert channel is not None
    await apart.stop()
    assert channel.process.returncode == 0


async def test_a_taken_port_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        relay = RelayProxy("127.0.0.1", taken.getsockname()[1], ["127.0.0.1"])
        with pytest.raises(OSError, match="in use"):
            await relay.start()


def test_a_name_is_no_public_host() -> None:
    with pytest.raises(ValueError, match="clinic"):
        RelayProxy("127.0.0.1", 0, ["clinic.example"])
