"""`make bench-relay`: one real call through ours and MediaRelay, many synthetic ones through ours and Janus.

Prints the tables, and as the last line one JSON object with the figures that docs/relay.md sets targets for. CPU is a
share of one core. Compare figures within a run; on a busy machine only the ratios mean something.
"""

import argparse
import asyncio
import json
import math

import uvloop

from bench import relay_call, relay_load
from bench.relay_load import Load

COMPARED = 30


def summary(ours: relay_call.Result, theirs: relay_call.Result, loads: list[Load]) -> dict[str, object]:
    """The figures by the names the bench promises; null where there was nothing to compare with."""
    mine = [each for each in loads if each.relay == "ours"]
    janus = {each.calls: each for each in loads if each.relay == "janus"}
    level = min(mine, key=lambda each: abs(each.calls - COMPARED))
    other = janus.get(level.calls)
    most = mine[-1]
    return {
        "cpu_per_call": round(ours.cpu / 100, 4),
        "cpu_of_media_relay": round(ours.cpu / theirs.cpu, 4),
        "cheaper_than_media_relay": round(theirs.cpu / ours.cpu, 2),
        "fps": round(min(ours.fps), 1),
        "calls_compared": level.calls,
        "cpu_vs_janus": round(level.cpu / other.cpu, 3) if other is not None else None,
        "janus_delivered": round(other.delivered, 5) if other is not None else None,
        "calls": most.calls,
        "cpu": round(most.cpu, 3),
        "calls_per_core": math.floor(most.calls / most.cpu),
        "added_latency_ms_p95": round(most.p95, 2),
        "delivered": round(most.delivered, 5),
    }


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--call-seconds", type=float, default=20.0)
    parser.add_argument("--calls", default="10,30,50")
    parser.add_argument("--seconds", type=float, default=15.0)
    chosen = parser.parse_args()
    print("One call of two Chromium pages, 640x480:")
    ours, theirs = asyncio.run(relay_call.compare(chosen.call_seconds))
    print("Synthetic calls, 340 packets a second each, the relay on one core and the load on another:")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        loads = runner.run(relay_load.run([int(each) for each in chosen.calls.split(",")], chosen.seconds))
    print(json.dumps(summary(ours, theirs, loads)))


if __name__ == "__main__":
    main()
