"""`make bench-loss`: one call over two bad lines with loss, 40 ms round trip and a rate, in namespaces of our own.

Every line is two network namespaces made and removed here (e2e/shaped.py): loss is nftables' random drop of everything
to and from the relay, both ways; delay a small detour; rate tc's token bucket on the way down. Needs root, nft and tc.
Prints beside each figure what docs/relay.md asks of it; a figure that misses it is no error. On a machine with other
work to do, run it with a priority of its own: nice alone does nothing between sessions that Linux groups by itself.
"""

import argparse
import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright

from bench.relay_call import figures
from e2e.server import free_port
from e2e.shaped import ShapedLine, may_make_namespaces

ROOT = Path(__file__).resolve().parents[1]
HALF_ROUND_TRIP_MS = 20.0
FAST_KBIT = 20_000
PATIENCE = 900
_LOSS = """
table ip line {
  chain forward {
    type filter hook forward priority 0;
    udp dport %(port)d numgen random mod 1000 < %(share)d drop
    udp sport %(port)d numgen random mod 1000 < %(share)d drop
  }
}
"""


@dataclass(frozen=True)
class Case:
    """What the lines are like: per cent lost on each leg and way, kbit/s down to the second party; and what is asked.

    Every case begins with a fresh call on clean lines, but one that `goes_on` from the case before.
    """

    name: str
    loss: float = 0.0
    down_kbit: int = FAST_KBIT
    settle: float = 5.0
    goes_on: bool = False
    asks: dict[str, tuple[str, float]] = field(default_factory=dict)


AT_LEAST, AT_MOST = "≥", "≤"
CASES = [
    Case("clean"),
    Case("2 %", 2),
    Case("5 %", 5, asks={"fps": (AT_LEAST, 28), "frozen_s": (AT_MOST, 1), "concealed_percent": (AT_MOST, 3)}),
    Case("10 %", 10, asks={"frozen_s": (AT_MOST, 1.5), "concealed_percent": (AT_MOST, 6)}),
    Case("600 kbit/s", down_kbit=600, asks={"longest_s": (AT_MOST, 0.5)}),
    Case("150 kbit/s", down_kbit=150, asks={"fps": (AT_MOST, 10), "concealed_percent": (AT_MOST, 3)}),
    Case("and back", goes_on=True, asks={"back_s": (AT_MOST, 10), "concealed_percent": (AT_MOST, 3)}),
]
RATES = 4
"""The cases from this one on are about rates."""
COLUMNS = {
    "fps": "fps",
    "frozen_s": "frozen s",
    "longest_s": "longest s",
    "concealed_percent": "concealed %",
    "back_s": "back s",
}


class Leg(ShapedLine):
    """One party's line."""

    def lose_everything(self, percent: float) -> None:
        """Drop so much of whatever goes to or comes from the relay."""
        self._inside_line("nft", "flush", "ruleset")
        if percent:
            rules = _LOSS % {"port": self.relay_port, "share": int(percent * 10)}
            self._inside_line("nft", "-f", "-", given=rules)

    def _inside_line(self, *command: str, given: str | None = None) -> None:
        whole = ["ip", "netns", "exec", self.line, *command]
        subprocess.run(whole, input=given, text=True, check=True, capture_output=True)


@contextlib.contextmanager
def legs(relay_port: int) -> Iterator[list[Leg]]:
    """Two lines that differ in their names and addresses."""
    own = os.getpid()
    made = [
        Leg(
            0,
            f"p{own}{end}",
            f"l{own}{end}",
            f"c{own}{end}"[-14:],
            f"10.214.{(own + index) % 250}",
            relay_port=relay_port,
        )
        for index, end in enumerate("ab")
    ]
    with made[0], made[1]:
        yield made


@contextlib.contextmanager
def server(relay_port: int, port: int, hosts: list[str]) -> Iterator[None]:
    """The bench's server, reachable over both lines."""
    command = [sys.executable, "-m", "bench.relay_server", "ours", str(port), *hosts]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "BENCH_RELAY_PORT": str(relay_port)}, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection((hosts[0], port), 1):
                break
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(10)


async def join(playwright: Any, leg: Leg, port: int, party: str, folder: Path) -> tuple[Any, Page]:
    """A Chromium on that line, in the call."""
    url = f"http://{leg.here}:{port}"
    where = folder / party
    where.mkdir()
    arguments = [
        "--use-fake-device-for-media-stream=fps=30", "--use-fake-ui-for-media-stream", "--no-sandbox",
        "--autoplay-policy=no-user-gesture-required", "--disable-background-networking",
        f"--unsafely-treat-insecure-origin-as-secure={url}",
    ]  # fmt: skip
    browser = await playwright.chromium.launch(executable_path=leg.browser_in(where), args=arguments)
    page = await (await browser.new_context()).new_page()
    await page.goto(f"{url}/?party={party}")
    await page.wait_for_function("window.bench")
    return browser, page


def shape(made: list[Leg], case: Case) -> None:
    """Make the lines so."""
    for index, leg in enumerate(made):
        leg.lose_everything(case.loss)
        leg.narrow(FAST_KBIT, case.down_kbit if index else FAST_KBIT)


async def measure(case: Case, made: list[Leg], pages: list[Page], seconds: float) -> dict[str, Any]:
    """Let the call settle on such lines, and count at the worse of both ends; with a rate, at the narrow one."""
    if not case.goes_on:
        shape(made, CASES[0])
        for page in pages:
            await page.reload()
        for page in pages:
            await until_seen(page, 90)
    shape(made, case)
    back = await until_seen(pages[1], 30) if case.goes_on else None
    await asyncio.sleep(case.settle)
    watched = pages[1:] if case.down_kbit != FAST_KBIT or case.goes_on else pages
    looks, began = [await look(watched)], time.monotonic()
    while (took := time.monotonic() - began) < seconds:
        await asyncio.sleep(1)
        looks.append(await look(watched))
    pairs = list(zip(looks[0], looks[-1], strict=True))
    return {
        "case": case.name,
        "fps": round(min((late["frames"] - early["frames"]) / took for early, late in pairs), 1),
        "freezes": max(late["freezes"] - early["freezes"] for early, late in pairs),
        "frozen_s": round(max(late["frozen"] - early["frozen"] for early, late in pairs), 2),
        "longest_s": round(max(_longest(early, late) for early, late in pairwise(looks)), 2),
        "concealed_percent": round(max(_concealed(early, late) for early, late in pairs), 2),
        "sound_packets": min(late["sound"] - early["sound"] for early, late in pairs),
        **({} if back is None else {"back_s": round(back, 1)}),
    }


async def look(pages: list[Page]) -> list[dict[str, Any]]:
    """What each has counted so far."""
    return [await figures(page) for page in pages]


async def until_seen(page: Page, frames: int) -> float:
    """How long until so many more pictures were seen, in seconds, or as long as anybody would wait."""
    await page.wait_for_function("window.bench")
    began, seen = time.monotonic(), (await figures(page))["frames"]
    for _ in range(PATIENCE):
        if (await figures(page))["frames"] >= seen + frames:
            break
        await asyncio.sleep(0.1)
    return time.monotonic() - began


def _longest(early: list[dict[str, Any]], late: list[dict[str, Any]]) -> float:
    """The longest freeze that ended between two looks a second apart, at either end."""
    ended = [
        (after["frozen"] - before["frozen"], after["freezes"] - before["freezes"])
        for before, after in zip(early, late, strict=True)
    ]
    return max((frozen / count for frozen, count in ended if count), default=0.0)


def cell(case: Case, row: dict[str, Any], column: str) -> str:
    """A figure, what is asked of it, and a mark when it misses that."""
    if column not in row:
        return ""
    sign, limit = case.asks.get(column, ("", 0))
    asked = f"{sign} {limit:g}" if sign else ""
    return f"{'' if holds(row[column], sign, limit) else '! '}{row[column]:.2f} {asked:6}"


def holds(figure: float, sign: str, limit: float) -> bool:
    """Whether the figure is what is asked; without a sign anything is."""
    return not sign or (figure >= limit if sign == AT_LEAST else figure <= limit)


def _concealed(early: dict[str, Any], late: dict[str, Any]) -> float:
    samples: float = late["samples"] - early["samples"]
    return 100 * float(late["concealed"] - early["concealed"]) / samples if samples else 100.0


async def run(seconds: float, cases: list[Case]) -> None:
    """One case after the other."""
    relay_port, port = free_port(), free_port()
    with (
        tempfile.TemporaryDirectory() as folder,
        legs(relay_port) as made,
        server(relay_port, port, [leg.here for leg in made]),
    ):
        for leg in made:
            leg.delay(HALF_ROUND_TRIP_MS, 0)
        async with async_playwright() as playwright:
            joined = [
                await join(playwright, leg, port, name, Path(folder)) for leg, name in zip(made, "ab", strict=True)
            ]
            pages = [page for _, page in joined]
            rows = []
            print(f"{'line':12}" + "".join(f"{heading:>16}" for heading in COLUMNS.values()), flush=True)
            for case in cases:
                rows.append(await measure(case, made, pages, seconds))
                print(f"{case.name:12}" + "".join(f"{cell(case, rows[-1], name):>16}" for name in COLUMNS), flush=True)
            for browser, _ in joined:
                await browser.close()
    asked = [holds(row[name], *case.asks[name]) for case, row in zip(cases, rows, strict=True) for name in case.asks]
    print(json.dumps({"seconds": seconds, "asked": len(asked), "held": sum(asked), "cases": rows}))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=25.0)
    parser.add_argument("--only", choices=("loss", "rate"), help="half of the cases")
    chosen = parser.parse_args()
    if not may_make_namespaces():
        sys.exit("this needs root and network namespaces")
    halves = {"loss": CASES[:RATES], "rate": CASES[RATES:]}
    asyncio.run(run(chosen.seconds, halves.get(chosen.only, CASES)))


if __name__ == "__main__":
    main()
