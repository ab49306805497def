"""`make bench-relay`: one real call through ours and MediaRelay, many synthetic ones through ours, Janus and pion.

Prints the tables, and as the last line one JSON object with the figures that docs/relay.md sets targets for and the
names of those missed. CPU is a share of one core. Compare figures within a run; on a busy machine only the ratios mean
something.
"""

import argparse
import asyncio
import json
import math
from collections.abc import Callable
from typing import Any

import uvloop

from bench import relay_call, relay_load
from bench.relay_call import Result as Call
from bench.relay_load import Load

COMPARED = 30
"""Calls at which the relays are compared."""


def call_figures(ours: Call, theirs: Call) -> dict[str, object]:
    """Of the real call; MediaRelay is compared by CPU per frame."""
    return {
        "cpu_per_call": round(ours.cpu / 100, 4),
        "cpu_of_media_relay": round(ours.cpu_per_frame / theirs.cpu_per_frame, 4),
        "cheaper_than_media_relay": round(theirs.cpu_per_frame / ours.cpu_per_frame, 2),
        "fps": round(min(ours.fps), 1),
        "heard": ours.heard,
        "codecs_loaded": ours.codecs,
    }


def load_figures(loads: list[Load]) -> dict[str, object]:
    """Of the synthetic ones; null where there was nothing to compare with. Relays are compared by CPU per packet."""
    mine = [each for each in loads if each.relay == "ours"]
    level, most = min(mine, key=lambda each: abs(each.calls - COMPARED)), mine[-1]
    same = {each.relay: each for each in loads if each.calls == level.calls}
    found: dict[str, object] = {"calls_compared": level.calls}
    for name in ("janus", "pion"):
        other = same.get(name)
        found[f"cpu_vs_{name}"] = round(level.packet_us / other.packet_us, 3) if other is not None else None
        found[f"{name}_delivered"] = round(other.delivered, 5) if other is not None else None
    return found | {
        "calls": most.calls,
        "cpu": round(most.cpu, 3),
        "calls_per_core": math.floor(most.calls / most.cpu),
        "added_latency_ms_p95": round(most.p95, 2),
        "delivered": round(most.delivered, 5),
        "call_over_the_limit": most.refusal,
    }


TARGETS: dict[str, Callable[[Any], bool]] = {
    "cpu_per_call": lambda found: found < 0.12,
    "cpu_of_media_relay": lambda found: found <= 0.15,
    "cheaper_than_media_relay": lambda found: found >= 6,
    "fps": lambda found: found >= 25,
    "heard": bool,
    "codecs_loaded": lambda found: not found,
    "cpu_vs_janus": lambda found: found is None or found <= 1.0,
    "cpu_vs_pion": lambda found: found is None or found <= 1.3,
    "cpu": lambda found: found <= 0.75,
    "added_latency_ms_p95": lambda found: found <= 10,
    "delivered": lambda found: found >= 0.999,
    "call_over_the_limit": bool,
}
"""What docs/relay.md promises."""


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--call-seconds", type=float, default=20.0)
    parser.add_argument("--calls", default="10,30,50")
    parser.add_argument("--seconds", type=float, default=12.0)
    chosen = parser.parse_args()
    print("One call of two Chromium pages, 640x480:")
    ours, theirs = asyncio.run(relay_call.compare(chosen.call_seconds))
    print("Synthetic calls, 340 packets a second each, the relay on one core and the load on another:")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        loads = runner.run(relay_load.run([int(each) for each in chosen.calls.split(",")], chosen.seconds))
    found = call_figures(ours, theirs) | load_figures(loads)
    print(json.dumps({**found, "missed": [name for name, holds in TARGETS.items() if not holds(found[name])]}))


if __name__ == "__main__":
    main()
