"""One 640x480 call between two Chromium pages, through our relay and then through aiortc's MediaRelay.

`python -m bench.relay_call [SECONDS]` prints for each: frames decoded a second on both sides, CPU of the relaying
process in percent of one core, and the ratio of the two. Browsers and relays share the machine: compare within a run.
"""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from bench.caller import cpu_seconds

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SETTLE = 8.0


@dataclass(frozen=True)
class Result:
    """What one call showed: frames a second at `a` and `b`, CPU in percent of one core, whether codecs were loaded."""

    kind: str
    fps: tuple[float, float]
    heard: bool
    freezes: int
    cpu: float
    codecs: bool

    @property
    def cpu_per_frame(self) -> float:
        """In milliseconds, of frames decoded at either end: who shows fewer on a busy machine is not the cheaper."""
        return 10 * self.cpu / sum(self.fps)


@contextlib.contextmanager
def server(kind: str) -> Iterator[tuple[int, int]]:
    """A bench server of that kind; yields its process id and HTTP port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "bench.relay_server", kind, str(port)], cwd=ROOT)
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(10)


async def join(browser: Browser, port: int, party: str) -> Page:
    """Open the bench's page as `party`."""
    context = await browser.new_context()
    page = await context.new_page()
    page.on("pageerror", lambda error: print(f"{party}: {error}", file=sys.stderr))
    await page.goto(f"http://127.0.0.1:{port}/?party={party}")
    await page.wait_for_function("window.bench")
    return page


async def figures(page: Page) -> dict[str, Any]:
    """The page's own count."""
    found: dict[str, Any] = await page.evaluate("bench.figures()")
    return found


def has_codecs(pid: int) -> bool:
    """Whether the process has loaded any."""
    return "libavcodec" in Path(f"/proc/{pid}/maps").read_text()


async def measure(browser: Browser, kind: str, seconds: float) -> Result:
    """Hold one call and count."""
    with server(kind) as (pid, port):
        pages = [await join(browser, port, party) for party in ("a", "b")]
        for page in pages:
            await page.wait_for_function("bench.figures().then((found) => found.frames > 0)", timeout=30_000)
        await asyncio.sleep(SETTLE)
        before, cpu, began = [await figures(page) for page in pages], cpu_seconds(pid), time.monotonic()
        await asyncio.sleep(seconds)
        after, used, took = [await figures(page) for page in pages], cpu_seconds(pid) - cpu, time.monotonic() - began
        codecs = has_codecs(pid)
        for page in pages:
            await page.context.close()
    pairs = list(zip(before, after, strict=True))
    fps = [(late["frames"] - early["frames"]) / took for early, late in pairs]
    heard = all(late["energy"] > early["energy"] for early, late in pairs)
    freezes = sum(late["freezes"] - early["freezes"] for early, late in pairs)
    return Result(kind, (fps[0], fps[1]), heard, freezes, 100 * used / took, codecs)


async def compare(seconds: float) -> tuple[Result, Result]:
    """The call through ours and through MediaRelay, one after the other, as a table too."""
    arguments = [
        "--use-fake-device-for-media-stream=fps=30",
        "--use-fake-ui-for-media-stream",
        "--autoplay-policy=no-user-gesture-required",
        "--disable-background-networking",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
    ]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        results = [await measure(browser, kind, seconds) for kind in ("ours", "mediarelay")]
        await browser.close()
    print(f"{'':12}{'fps a':>8}{'fps b':>8}{'heard':>8}{'freezes':>9}{'CPU %':>8}{'ms/frame':>10}{'codecs':>8}")
    for each in results:
        print(
            f"{each.kind:12}{each.fps[0]:8.1f}{each.fps[1]:8.1f}{each.heard!s:>8}{each.freezes:9d}{each.cpu:8.1f}"
            f"{each.cpu_per_frame:10.2f}{each.codecs!s:>8}"
        )
    ours, theirs = results
    print(
        f"ours costs {ours.cpu:.1f} % of a core (to be below 12), and for a frame"
        f" {theirs.cpu_per_frame / ours.cpu_per_frame:.1f} times less than MediaRelay (to be at least 6)",
        flush=True,
    )
    return ours, theirs


def main() -> int:
    """Measure both, and say whether the targets hold."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    ours, theirs = asyncio.run(compare(seconds))
    good = ours.cpu < 12 and theirs.cpu_per_frame >= 6 * ours.cpu_per_frame and min(ours.fps) >= 25 and ours.heard
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
