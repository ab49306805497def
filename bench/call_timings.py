"""`make bench-timings`: how long a person in a call waits, in real browsers and the whole product.

A late joiner's first picture, a microphone put on again, a reload, a restarted server, a phone that changes network (in
namespaces made and removed here, so only as root), and frames a second by TURN over TCP and TLS alone. Moments are read
in the pages: of frames put on the screen, and of sound by the energy the browser counts, every 50 ms. The last line is
one JSON object: the worst of the rounds, in seconds.
"""

import argparse
import json
import math
import random
import signal
import tempfile
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from e2e.conftest import AS_ROOT, CHROMIUM, FAKE_MEDIA, QUIET, Visitors
from e2e.coturn import Coturn, coturn
from e2e.media import received
from e2e.server import Server
from e2e.shaped import FarServer, ShapedLine, may_make_namespaces
from e2e.steps import LONG, becomes_true, button, comes_back, heading, is_talking, printed_link, talk
from e2e.test_third_parties import ANE, invite
from e2e.test_turn import only_by

WATCH = """(() => {
  const now = () => performance.timeOrigin + performance.now();
  window.timings = { made: 0, frames: [], now, pc: null };
  const Real = RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    constructor(...options) {
      super(...options);
      Object.assign(timings, { made: now(), pc: this });
    }
  };
  const watched = new WeakSet();
  setInterval(() => {
    const picture = document.querySelector(".call-remote");
    if (!picture || watched.has(picture)) return;
    watched.add(picture);
    const shown = () => (timings.frames.push(now()), picture.requestVideoFrameCallback(shown));
    picture.requestVideoFrameCallback(shown);
  }, 10);
})()"""
BACK = """(since) => {
  let [gap, end, before] = [0, since, since];
  for (const at of timings.frames.filter((each) => each >= since)) {
    if (at - before > gap) [gap, end] = [at - before, at];
    before = at;
  }
  return (end - since) / 1000;
}"""
LISTEN = """() => {
  Object.assign(timings, { sounds: [], quietSince: timings.now() });
  let before = null;
  const listen = async () => {
    let energy = 0;
    for (const entry of (await timings.pc.getStats()).values()) {
      if (entry.type === "inbound-rtp") energy += entry.totalAudioEnergy ?? 0;
    }
    if (timings.sounds === null) return;
    if (before !== null && energy - before > 2e-6) timings.sounds.push((timings.quietSince = timings.now()));
    before = energy;
    setTimeout(listen, 25);
  };
  void listen();
}"""
PRESS = "() => (document.querySelector('call-stage [data-do=microphone]').click(), timings.now())"
QUIET_FOR_A_SECOND = "timings.now() - timings.quietSince > 1000"
SMOOTH = "timings.frames.filter((at) => at > timings.now() - 1000).length > 8"
CAMERA = ["--use-fake-device-for-media-stream=fps=15", *FAKE_MEDIA[1:]]
"""Half of a camera's frames: three browsers that take thirty fill two cores, and would be timed instead."""
TARGETS = {"late_joiner": 1.0, "unmute": 0.5, "reload": 2.0, "server_restart": 3.0, "network_change": 4.0}


def flows(*pages: Page) -> None:
    """The call is through, and pictures have come for a second."""
    is_talking(*pages)
    for page in pages:
        becomes_true(page, SMOOTH, LONG)


def back_after(pages: tuple[Page, ...], since: float) -> float:
    """Seconds from then to the end of the longest gap in the pictures, on the page where it ended last."""
    flows(*pages)
    return max(float(page.evaluate(BACK, since * 1000)) for page in pages)


def reload(page: Page, other: Page) -> float:
    """From the reload to a picture on the page that was loaded again."""
    page.reload()
    becomes_true(page, "timings.frames.length > 0", LONG)
    took: float = page.evaluate("(timings.frames[0] - performance.timeOrigin) / 1000")
    comes_back(page)
    flows(page, other)
    return took


def late_joiner(visitors: Visitors, desk: Page) -> float:
    """From a guest's connection being made to the first picture of another."""
    guest = watching(visitors.open().new_page())
    guest.goto(invite(desk))
    button(guest, "Gå ind").click()
    heading(guest, "Du er i venterummet").wait_for()
    button(desk, f"Luk ind: {ANE}").click()
    becomes_true(guest, "timings.frames.length > 0", LONG)
    took: float = guest.evaluate("(timings.frames[0] - timings.made) / 1000")
    button(desk, f"Fjern: {ANE}").click()
    guest.get_by_text("Du er ikke længere med i samtalen").wait_for()
    guest.context.close()
    return took


def unmute(speaker: Page, listener: Page) -> float:
    """From the press on the microphone to sound at the other, who had heard nothing for a second."""
    listener.evaluate(LISTEN)
    becomes_true(listener, "timings.sounds.length > 10", LONG)
    speaker.evaluate(PRESS)
    becomes_true(listener, QUIET_FOR_A_SECOND, LONG)
    pressed = float(speaker.evaluate(PRESS))
    becomes_true(listener, f"timings.sounds.at(-1) > {pressed}", LONG)
    heard = float(listener.evaluate(f"timings.sounds.find((at) => at > {pressed})"))
    listener.evaluate("timings.sounds = null")
    return (heard - pressed) / 1000


def chatter(path: Path) -> Path:
    """Sound for the microphone, ten bursts a second at changing pitch: what is even is suppressed as noise."""
    rate, drawn = 48_000, random.Random(1)
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, rate, 0, "NONE", ""))
        for _ in range(100):
            pitch = drawn.uniform(200, 900)
            burst = (int(12_000 * math.sin(math.tau * pitch * n / rate)) for n in range(rate // 20))
            sound.writeframes(b"".join(each.to_bytes(2, "little", signed=True) for each in burst) + bytes(rate // 10))
    return path


def server_restart(server: Server, pages: tuple[Page, ...], how: signal.Signals) -> float:
    """From the server answering again to a picture on both sides."""
    server.restart(how)
    return back_after(pages, time.time())


def network_change(line: ShapedLine, pages: tuple[Page, ...]) -> float:
    """From the phone's new address on the network to a picture on both sides."""
    since = time.time()
    line.move()
    for stands in ("> 400", "< 200"):
        becomes_true(pages[1], f"timings.now() - timings.frames.at(-1) {stands}", LONG)
    return back_after(pages, since)


def watching(page: Page) -> Page:
    """A page whose pictures and sounds are noted from its next load on."""
    page.add_init_script(WATCH)
    return page


@contextmanager
def chromium(playwright: Playwright, media: list[str], *arguments: str, path: str = CHROMIUM) -> Iterator[Browser]:
    """A browser of its own."""
    browser = playwright.chromium.launch(executable_path=path, args=[*AS_ROOT, *QUIET, *media, *arguments])
    yield browser
    browser.close()


def at_one_table(playwright: Playwright, folder: Path, rounds: int) -> dict[str, list[float]]:
    """What can be measured on one machine."""
    found: dict[str, list[float]] = {name: [] for name in list(TARGETS)[:4]}
    server = Server(folder)
    server.start()
    speaking = f"--use-file-for-fake-audio-capture={chatter(folder / 'chatter.wav')}"
    with chromium(playwright, CAMERA, speaking) as browser:
        visitors = Visitors(playwright, server, browser)
        desk, phone = watching(visitors.open().new_page()), watching(visitors.open("Pixel 7").new_page())
        talk(desk, phone, printed_link(server))
        flows(desk, phone)
        for how in (signal.SIGTERM, signal.SIGKILL):
            found["server_restart"].append(server_restart(server, (desk, phone), how))
        for _round in range(rounds):
            found["unmute"] += [unmute(phone, desk), unmute(desk, phone)]
            found["reload"] += [reload(phone, desk), reload(desk, phone)]
            found["late_joiner"].append(late_joiner(visitors, desk))
        visitors.close()
    server.end()
    return found


def across_a_line(playwright: Playwright, folder: Path, rounds: int) -> dict[str, list[float]]:
    """What needs a network of its own."""
    if not may_make_namespaces():
        print("network_change: skipped, this machine lets us make no network namespaces")
        return {}
    with ShapedLine(train=0) as line:
        server = FarServer(folder, address=line.here)
        line.relay_port = server.relay_port
        server.start()
        trusting = f"--unsafely-treat-insecure-origin-as-secure={server.url}"
        with (
            chromium(playwright, CAMERA, trusting) as here,
            chromium(playwright, CAMERA, trusting, path=line.browser_in(folder)) as there,
        ):
            visitors = Visitors(playwright, server, here)
            desk = watching(visitors.open().new_page())
            phone = watching(visitors.open("Pixel 7", browser=there).new_page())
            talk(desk, phone, printed_link(server))
            flows(desk, phone)
            found = [network_change(line, (desk, phone)) for _round in range(rounds)]
            visitors.close()
        server.end()
    return {"network_change": found}


def by_turn(playwright: Playwright, folder: Path) -> dict[str, float]:
    """Frames a second shown on the worse side when one of two has no UDP: by TCP, and by TLS."""
    with coturn(folder) as turn:
        return {f"turn_{scheme}_fps": _rate(playwright, folder, turn, scheme) for scheme in ("tcp", "tls")}


def _rate(playwright: Playwright, folder: Path, turn: Coturn, scheme: str) -> float:
    own = folder / scheme
    own.mkdir()
    server = Server(own, extra=turn.settings)
    server.start()
    with chromium(playwright, FAKE_MEDIA, f"--ignore-certificate-errors-spki-list={turn.key_hash}") as browser:
        visitors = Visitors(playwright, server, browser)
        phone = only_by(visitors.open("Pixel 7"), {"tcp": "turn", "tls": "turns"}[scheme]).new_page()
        desk = visitors.open().new_page()
        talk(desk, phone, printed_link(server))
        rate = min(received(page, rate=28, span_s=5).rate for page in (desk, phone))
        visitors.close()
    server.end()
    return round(rate, 1)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        places = [Path(folder) / name for name in ("table", "line", "turn")]
        for place in places:
            place.mkdir()
        table, line, turn = places
        found = {**at_one_table(playwright, table, rounds), **across_a_line(playwright, line, rounds)}
        print(f"{'seconds':16}{'best':>7}{'worst':>7}{'target':>8}")
        for name, times in found.items():
            print(f"{name:16}{min(times):7.2f}{max(times):7.2f}{TARGETS[name]:8.1f}", flush=True)
        rates = by_turn(playwright, turn)
    result: dict[str, Any] = {name: round(max(times), 2) for name, times in found.items()}
    print(json.dumps({"rounds": rounds, **result, **rates}))


if __name__ == "__main__":
    main()
