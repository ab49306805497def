"""Synthetic calls through our relay, Janus and pion, on one core each, with the load made on another.

`python -m bench.relay_load [--calls 10,30,50] [--seconds 10] [--only ours|janus|pion]` prints, for every number of
calls, CPU as a share of one core, what was delivered, and the added latency; then what the call over our limit is told.
A call is two parties with 340 packets a second together. Compare within a run.
"""

import argparse
import asyncio
import heapq
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import uvloop

from app.realtime.relay import RelayFull, RelayProxy
from bench.caller import AUDIO_EVERY, PACKETS_PER_SECOND, VIDEO_EVERY, Caller, cpu_seconds
from bench.janus import Janus
from bench.pion import Pion

WARM_UP = 2.0
DRAIN = 0.3
KEEP_ALIVE = 2.5


@dataclass(frozen=True)
class Load:
    """What one run showed: `cpu` a share of one core, `packet_us` its microseconds for each packet delivered,
    `delivered` a share of all that was sent, `pace` of all that should have been; latencies in milliseconds."""

    relay: str
    calls: int
    cpu: float
    packet_us: float
    pace: float
    delivered: float
    p50: float
    p95: float
    own_cpu: float
    refusal: str


class Target(Protocol):
    """What callers are put into."""

    pid: int

    async def answer(self, call: int, party: str, offer: str) -> str:
        """Answer a caller's offer."""

    async def refusal(self, call: int) -> str:
        """What one call too many is told; empty where there is no limit."""

    async def stop(self) -> None:
        """End."""


class Ours:
    """Our relay, in its own process as the product runs it."""

    def __init__(self, relay: RelayProxy) -> None:
        self._relay = relay
        assert relay.pid is not None
        self.pid = relay.pid

    @classmethod
    async def start(cls, cpu: int | None, calls: int) -> "Ours":
        relay = RelayProxy("127.0.0.1", 0, ["127.0.0.1"], max_rooms=calls)
        await relay.start()
        if cpu is not None and relay.pid is not None:
            os.sched_setaffinity(relay.pid, {cpu})
        return cls(relay)

    async def answer(self, call: int, party: str, offer: str) -> str:
        member = await self._relay.join(str(call), party, _Nobody())
        return await member.negotiate(offer, restart=False)

    async def refusal(self, call: int) -> str:
        try:
            await self._relay.join(str(call), "0", _Nobody())
        except RelayFull as error:
            return str(error)
        return ""

    async def stop(self) -> None:
        await self._relay.stop()


class _Nobody:
    def on_slots(self, slots: dict[str, str | None], unseated: int) -> None:
        return

    def on_state(self, state: str) -> None:
        return

    def on_pictures(self, reach: bool) -> None:
        return

    def on_figures(self, figures: object) -> None:
        return


class Theirs:
    """Another relay, which sends every caller their own packets back."""

    def __init__(self, server: Janus | Pion) -> None:
        self._server = server
        self.pid = server.pid

    @classmethod
    async def start(cls, kind: type[Janus | Pion], cpu: int | None) -> "Theirs":
        server = kind(cpu)
        await server.start()
        return cls(server)

    async def answer(self, call: int, party: str, offer: str) -> str:
        return await self._server.answer(offer)

    async def refusal(self, call: int) -> str:
        return ""

    async def stop(self) -> None:
        await self._server.stop()


async def play(callers: list[Caller], seconds: float) -> None:
    """Let everybody talk for `seconds`, each in their own time."""
    loop = asyncio.get_running_loop()
    due: list[tuple[float, int, float, str]] = []
    began = loop.time()
    for index in range(len(callers)):
        phase = index / len(callers)
        due.append((began + phase * AUDIO_EVERY, index, AUDIO_EVERY, "speak"))
        due.append((began + phase * VIDEO_EVERY, index, VIDEO_EVERY, "show"))
        due.append((began + phase, index, 1.0, "report"))
        due.append((began + phase * KEEP_ALIVE, index, KEEP_ALIVE, "check"))
    heapq.heapify(due)
    while (now := loop.time()) < began + seconds:
        while due[0][0] <= now:
            at, index, every, what = due[0]
            getattr(callers[index], what)()
            heapq.heapreplace(due, (at + every, index, every, what))
        await asyncio.sleep(max(0.0, due[0][0] - loop.time()))


async def measure(name: str, target: Target, calls: int, seconds: float) -> Load:
    """Put `calls` calls into `target` and count."""
    callers: list[Caller] = []
    for index in range(2 * calls):
        caller = Caller(index, callers)
        callers.append(caller)
        await caller.connect(await target.answer(index // 2, str(index % 2), caller.offer()))
    await play(callers, WARM_UP)
    await asyncio.sleep(DRAIN)
    for caller in callers:
        caller.latencies.clear()
        caller.received = caller.audio.count = caller.video.count = 0
    cpu, own, began = cpu_seconds(target.pid), time.process_time(), time.perf_counter()
    await play(callers, seconds)
    took = time.perf_counter() - began
    used, own_used = cpu_seconds(target.pid) - cpu, time.process_time() - own
    await asyncio.sleep(DRAIN)
    refusal = await target.refusal(calls)
    sent = sum(each.audio.count + each.video.count for each in callers)
    received = sum(each.received for each in callers)
    latencies = sorted(value for each in callers for value in each.latencies)
    for caller in callers:
        await caller.close()
    p50, p95 = (1000 * latencies[int(len(latencies) * share)] for share in (0.5, 0.95))
    pace = sent / (2 * calls * seconds * PACKETS_PER_SECOND)
    return Load(
        name, calls, used / took, 1e6 * used / received, pace, received / sent, p50, p95, own_used / took, refusal
    )


def skipped() -> dict[str, str]:
    """Whom there is no comparing with here, and why."""
    found = {}
    if not Janus.is_installed():
        found["janus"] = "skipped: apt-get install janus"
    if not Pion.is_installed():
        found["pion"] = "skipped: apt-get install golang-go golang-github-pion-webrtc.v3-dev"
    return found


async def run(calls: list[int], seconds: float, only: str | None = None) -> list[Load]:
    """Ours and, where they are installed, Janus and pion, alternating so that a noisy minute hits all."""
    cores = sorted(os.sched_getaffinity(0))
    relay_core = cores[0] if len(cores) > 1 else None
    if relay_core is not None:
        os.sched_setaffinity(0, set(cores[1:]))
    for name, why in skipped().items():
        print(f"{name:6}{why}")
    found: list[Load] = []
    for number in calls:
        starters: dict[str, Callable[[], Awaitable[Target]]] = {
            "ours": partial(Ours.start, relay_core, number),
            "janus": partial(Theirs.start, Janus, relay_core),
            "pion": partial(Theirs.start, Pion, relay_core),
        }
        for name in [each for each in starters if each not in skipped()] if only is None else [only]:
            target = await starters[name]()
            try:
                found.append(await measure(name, target, number, seconds))
            finally:
                await target.stop()
            _print_row(found[-1])
    if relay_core is not None:
        os.sched_setaffinity(0, set(cores))
    return found


def _print_row(load: Load) -> None:
    print(
        f"{load.relay:6}{load.calls:4d} calls {load.cpu:6.2f} core {load.packet_us:6.1f} µs a packet"
        f" {100 * load.delivered:8.3f} % delivered {load.p50:6.1f} ms p50 {load.p95:6.1f} ms p95"
        f"   (the load: {load.own_cpu:.2f} core, {100 * load.pace:.0f} % of its pace)",
        flush=True,
    )
    if load.refusal:
        print(f"{load.relay:6}call {load.calls + 1} is refused: {load.refusal}", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", default="10,30,50")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--only", choices=("ours", "janus", "pion"))
    chosen = parser.parse_args()
    numbers = [int(each) for each in chosen.calls.split(",")]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(numbers, chosen.seconds, chosen.only))


if __name__ == "__main__":
    main()
