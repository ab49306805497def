"""Synthetic calls through our relay and through Janus, on one core each, with the load made on another.

`python -m bench.relay_load [--calls 10,30,50] [--seconds 10] [--only ours|janus]` prints, for every number of calls,
CPU as a share of one core, what was delivered, and the added latency. A call is two parties with 340 packets a second
together. Compare within a run.
"""

import argparse
import asyncio
import heapq
import os
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import uvloop

from app.realtime.relay import RelayApart
from bench import janus
from bench.caller import AUDIO_EVERY, VIDEO_EVERY, Caller, cpu_seconds

WARM_UP = 2.0
DRAIN = 0.3
KEEP_ALIVE = 2.5


@dataclass(frozen=True)
class Load:
    """What one run showed; latencies in milliseconds, `cpu` a share of one core, `delivered` of all that was sent."""

    relay: str
    calls: int
    cpu: float
    delivered: float
    p50: float
    p95: float
    own_cpu: float


class Target(Protocol):
    """What callers are put into."""

    pid: int

    async def answer(self, call: int, party: str, offer: str) -> str:
        """Answer a caller's offer."""

    async def stop(self) -> None:
        """End."""


class Ours:
    """Our relay, in its own process as the product runs it."""

    def __init__(self, relay: RelayApart) -> None:
        self._relay = relay
        assert relay.pid is not None
        self.pid = relay.pid

    @classmethod
    async def start(cls, cpu: int | None) -> "Ours":
        relay = RelayApart("127.0.0.1", 0, ["127.0.0.1"], max_rooms=1000)
        await relay.start()
        if cpu is not None and relay.pid is not None:
            os.sched_setaffinity(relay.pid, {cpu})
        return cls(relay)

    async def answer(self, call: int, party: str, offer: str) -> str:
        member = await self._relay.join(str(call), party, _Nobody())
        return await member.negotiate(offer, restart=False)

    async def stop(self) -> None:
        await self._relay.stop()


class _Nobody:
    def on_slots(self, slots: dict[str, str | None], unseated: int) -> None:
        return

    def on_state(self, state: str) -> None:
        return

    def on_pictures(self, reach: bool) -> None:
        return


class TheirJanus:
    """Janus, each caller alone in the echo test."""

    def __init__(self, server: janus.Janus) -> None:
        self._server = server
        self.pid = server.pid

    @classmethod
    async def start(cls, cpu: int | None) -> "TheirJanus":
        server = janus.Janus(cpu)
        await server.start()
        return cls(server)

    async def answer(self, call: int, party: str, offer: str) -> str:
        return await self._server.answer(offer)

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
    sent = sum(each.audio.count + each.video.count for each in callers)
    received = sum(each.received for each in callers)
    latencies = sorted(value for each in callers for value in each.latencies)
    for caller in callers:
        await caller.close()
    p50, p95 = (1000 * latencies[int(len(latencies) * share)] for share in (0.5, 0.95))
    return Load(name, calls, used / took, received / sent, p50, p95, own_used / took)


async def run(calls: list[int], seconds: float, only: str | None = None) -> list[Load]:
    """Ours and, where it is installed, Janus, alternating so that a noisy minute hits both."""
    cores = sorted(os.sched_getaffinity(0))
    relay_core = cores[0] if len(cores) > 1 else None
    if relay_core is not None:
        os.sched_setaffinity(0, set(cores[1:]))
    starters: dict[str, Callable[[int | None], Awaitable[Target]]] = {"ours": Ours.start, "janus": TheirJanus.start}
    if not janus.is_installed():
        print("Janus is not installed (apt-get install janus): not compared", file=sys.stderr)
        del starters["janus"]
    found: list[Load] = []
    for number in calls:
        for name, start in starters.items():
            if only in (None, name):
                target = await start(relay_core)
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
        f"{load.relay:8}{load.calls:4d} calls {load.cpu:6.2f} core {100 * load.delivered:8.3f} % delivered"
        f" {load.p50:7.1f} ms p50 {load.p95:7.1f} ms p95   (the load itself: {load.own_cpu:.2f} core)",
        flush=True,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", default="10,30,50")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--only", choices=("ours", "janus"))
    chosen = parser.parse_args()
    numbers = [int(each) for each in chosen.calls.split(",")]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(numbers, chosen.seconds, chosen.only))


if __name__ == "__main__":
    main()
