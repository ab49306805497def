"""The waiting room under load: one process, 5,000 patients in one clinic, 200 desks; beside bare `websockets`.

`python -m bench.queue [--waiting N] [--desks N]` prints a table and, last, one JSON object. Clients and servers share
the machine: what counts are the ratios, which are all taken within one run. At the end the server is killed under the
load and started again, and everybody must find back to their places.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import resource
import signal
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import uvloop

from bench.queue_clients import Fetcher, Page, sign_of_life, subscription
from bench.queue_crowd import DESKS_PER_CLINIC, Crowd, Desk, Waiting, gather, standing
from bench.queue_process import Server, free_port, serving

STARTED = time.perf_counter()
FEW = 50
ROUNDS, JOINS, CALLS, PAUSE_S = 8, 12, 6, 0.6
FRAGMENTS = 200
TARGETS = {"memory": 2.0, "cpu": 2.0, "publish_p99": 2.5, "join_p99": 3.0, "all_back_s": 20.0}
"""Ratios to bare `websockets`; of a join, to that with few waiting; and when the last is back after a kill, in s."""


def percentile(values: Iterable[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spoken(values: list[float]) -> dict[str, float]:
    """Milliseconds at the middle and at the slow end."""
    return {"p50_ms": round(percentile(values, 0.5) * 1e3, 1), "p99_ms": round(percentile(values, 0.99) * 1e3, 1)}


async def open_all(pages: list[Page], port: int, at_once: int = 200) -> None:
    """Open the sockets, so many at a time."""
    gate = asyncio.Semaphore(at_once)

    async def one(page: Page) -> None:
        async with gate:
            await page.connect(port)

    await asyncio.gather(*(one(page) for page in pages))
    lost = sum(not page.is_open for page in pages)
    if lost:
        raise SystemExit(f"{lost} sockets did not open")


def patients_page(server: Server, patient: Waiting) -> Page:
    """A waiting page's socket."""
    says = [subscription(f"place:{patient.place}"), sign_of_life(patient.place)]
    return Page("/live", patient.cookie, server.origin, says if server.kind == "ours" else [])


def desk_page(server: Server, desk: Desk) -> Page:
    """A desk's socket."""
    says = [subscription(f"queue:{desk.clinic}")]
    return Page("/desk/live", desk.cookie, server.origin, says if server.kind == "ours" else [])


async def settle(server: Server, still_s: float = 1.0) -> None:
    """Wait until the server has stopped working off what came before."""
    for _ in range(10):
        before = server.cpu()
        await asyncio.sleep(still_s)
        if server.cpu() - before < 0.25 * still_s:
            return


async def fan_out(server: Server, everybody: list[Page]) -> dict[str, float]:
    """Memory for each socket, then what it costs to say something to everybody, and when they have heard it."""
    await open_all(everybody[:200], server.port)
    await settle(server)
    before = server.kib()
    await open_all(everybody[200:], server.port)
    await settle(server)
    memory = (server.kib() - before) / (len(everybody) - 200)
    fetcher, late, used, said = Fetcher(server.port), [], 0.0, 0
    for _round in range(ROUNDS):
        heard = [page.heard for page in everybody]
        cpu, start = server.cpu(), time.perf_counter()
        await fetcher.get("/bench/publish", "")
        async with asyncio.timeout(30):
            while any(page.heard == was for page, was in zip(everybody, heard, strict=True)):
                await asyncio.sleep(0.05)
        late += [page.heard_at - start for page in everybody]
        used, said = used + server.cpu() - cpu, said + len(everybody)
        await asyncio.sleep(PAUSE_S)
    return {"kib_per_socket": round(memory, 1), "cpu_us_per_message": round(used / said * 1e6, 1), **spoken(late)}


async def echo(server: Server, crowd: Crowd) -> dict[str, float]:
    """Bare: a patient's word to the clinic's desks, the least that a join could take."""
    desks = [desk_page(server, each) for each in crowd.desks[:DESKS_PER_CLINIC]]
    await open_all(desks, server.port)
    late: list[float] = []
    for _ in range(JOINS):
        heard, start = [desk.heard for desk in desks], time.perf_counter()
        server.pages[0].say(b"join")
        while any(desk.heard == was for desk, was in zip(desks, heard, strict=True)):
            await asyncio.sleep(0)
        late += [desk.heard_at - start for desk in desks]
    server.pages += desks
    return spoken(late)


async def fragments(life: "Life", crowd: Crowd) -> dict[str, float]:
    """What each fragment that pages ask for after a nudge costs the server while little else happens."""
    fetched = {
        "waiting": ("/waiting?shown=standing", [each.cookie for each in crowd.waiting]),
        "queue": ("/desk/queue", [each.cookie for each in crowd.desks[:DESKS_PER_CLINIC]]),
        "side": ("/desk/side", [each.cookie for each in crowd.desks[:DESKS_PER_CLINIC]]),
    }
    found = {}
    for name, (path, cookies) in fetched.items():
        used = life.server.cpu()
        for at in range(FRAGMENTS):
            status, _headers, _body = await life.fetcher.get(path, cookies[at % len(cookies)])
            if status != 200:
                raise SystemExit(f"{path} answered {status}")
        found[f"{name}_cpu_ms"] = round((life.server.cpu() - used) / FRAGMENTS * 1e3, 1)
    return found


class Life:
    """What pages do by themselves: say that they are there, and fetch what they are nudged about, when told to."""

    def __init__(self, server: Server, crowd: Crowd) -> None:
        self.server, self.fetcher = server, Fetcher(server.port)
        self.tasks: set[asyncio.Task[Any]] = set()
        self.soon: set[Page] = set()
        self.signs = [sign_of_life(each.place) for each in crowd.waiting]

    def nudged(self, page: Page, text: bytes) -> None:
        """A patient's page asks again, within the time it was given; being nudged meanwhile adds nothing."""
        frame = json.loads(text)
        if frame["type"] != "nudge" or page in self.soon:
            return
        self.soon.add(page)
        self.start(self._ask(page, random.random() * frame.get("within_ms", 0) / 1e3))

    async def _ask(self, page: Page, pause: float) -> None:
        await asyncio.sleep(pause)
        self.soon.discard(page)
        await self.fetcher.get("/waiting?shown=standing", page.cookie)

    async def beat(self, pages: list[Page]) -> None:
        """Every page says every 15 s that it lives, spread as people's pages are."""
        while True:
            for at, page in enumerate(pages):
                page.say(self.signs[at])
                if at % 50 == 49:
                    await asyncio.sleep(15 * 50 / len(pages))
            await asyncio.sleep(0.1)

    def ask_as_htmx(self, ask: Callable[[Page], Awaitable[None]]) -> Callable[[Page, bytes], None]:
        """A page's ear that asks when nudged, one question at a time: nudges meanwhile are one more question after."""
        asking: dict[Page, bool] = {}

        async def one_after_another(page: Page) -> None:
            try:
                while asking[page]:
                    asking[page] = False
                    await ask(page)
            finally:
                del asking[page]

        def nudged(page: Page, _text: bytes) -> None:
            is_idle = page not in asking
            asking[page] = True
            if is_idle:
                self.start(one_after_another(page))

        return nudged

    def start(self, work: Any) -> None:
        task = asyncio.create_task(_unless_killed(work))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def stop(self) -> None:
        for task in list(self.tasks):
            task.cancel()


async def _unless_killed(work: Awaitable[Any]) -> None:
    """Do it, or lose it with the server: the kill is part of the bench."""
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        await work


async def live(life: Life, crowd: Crowd, patients: list[Page]) -> dict[str, Any]:
    """Joins seen by the clinic's desks and call-ins seen by the patient, while everybody's page does what it does."""
    server = life.server
    desks = [desk_page(server, each) for each in crowd.desks]
    await open_all(desks, server.port)
    server.pages += desks
    await settle(server)
    for page in patients:
        page.on_text = life.nudged
    token = await life.fetcher.csrf_cookie(f"/k/{crowd.slug}")
    ours = desks[:DESKS_PER_CLINIC]
    cpu = server.cpu()
    joins = [late for at in range(JOINS) for late in await join(life, crowd, ours, token, at)]
    per_update = (server.cpu() - cpu) / len(joins)
    calls = [await call_in(life, crowd, ours[at % len(ours)], patients[at], token, at) for at in range(CALLS)]
    return {"join": {**spoken(joins), "cpu_ms_per_update": round(per_update * 1e3, 1)}, "called_in": spoken(calls)}


async def join(life: Life, crowd: Crowd, desks: list[Page], token: str, at: int) -> list[float]:
    """Somebody joins; how long until each desk has the fragment that counts them."""
    seen: dict[Page, float] = {}
    start = time.perf_counter()

    async def look(desk: Page) -> None:
        _status, _headers, body = await life.fetcher.get("/desk/queue", desk.cookie)
        if counted(body) > len(crowd.waiting) + at:
            seen.setdefault(desk, time.perf_counter() - start)
        await life.fetcher.get("/queue/opening", desk.cookie)
        await life.fetcher.get("/desk/side", desk.cookie)

    nudged = life.ask_as_htmx(look)
    for desk in desks:
        desk.on_text = nudged
    await life.fetcher.post(f"/k/{crowd.slug}/place", f"{crowd.joiners[at]}; {token}", {"reason": "Hoste"})
    async with asyncio.timeout(60):
        while len(seen) < len(desks):
            await asyncio.sleep(0.005)
    await asyncio.sleep(PAUSE_S)
    return list(seen.values())


def counted(queue: bytes) -> int:
    """How many are present, by the desk's fragment."""
    return int(queue.partition(b'id="group-present-title"')[2].partition(b'queue-count">')[2].partition(b"<")[0] or 0)


async def call_in(life: Life, crowd: Crowd, desk: Page, patient: Page, token: str, at: int) -> float:
    """A doctor calls in; how long until the patient's page has the fragment that rings. Then it is taken back."""
    seen: list[float] = []
    start = time.perf_counter()

    async def look(page: Page) -> None:
        _status, _headers, body = await life.fetcher.get("/waiting?shown=standing", page.cookie)
        if b'class="incoming"' in body or b"/waiting/answer" in body:
            seen.append(time.perf_counter() - start)

    patient.on_text = life.ask_as_htmx(look)
    cookie = f"{desk.cookie}; {token}"
    await life.fetcher.post(f"/queue/places/{crowd.waiting[at].place}/admission", cookie, {})
    async with asyncio.timeout(60):
        while not seen:
            await asyncio.sleep(0.005)
    _status, _headers, side = await life.fetcher.get("/desk/side", desk.cookie)
    call = side.partition(b'/ring-cancellation"')[0].rpartition(b"/calls/")[2].decode()
    patient.on_text = life.nudged
    await life.fetcher.post(f"/calls/{call}/ring-cancellation", cookie, {})
    await asyncio.sleep(PAUSE_S)
    return seen[0]


async def kill(life: Life, url: str) -> dict[str, Any]:
    """Kill the server under the load and start it again: how long until the last is back, and how they came."""
    server, before, tried = life.server, await standing(url), list[float]()
    os.kill(server.pid, signal.SIGKILL)
    server.process.wait()  # type: ignore[union-attr]
    killed = time.perf_counter()
    back = [asyncio.ensure_future(page.come_back(server.port, tried)) for page in server.pages]
    await server.start()
    up = time.perf_counter()
    returned = [each - killed for each in await asyncio.gather(*back)]
    seconds = [int(each - up) for each in tried if each > up]
    after = await standing(url)
    return {
        "server_back_s": round(up - killed, 1),
        "half_back_s": round(percentile(returned, 0.5), 1),
        "all_back_s": round(max(returned), 1),
        "most_tries_in_a_second": max(map(seconds.count, set(seconds))),
        "tries_each": round(len(tried) / len(back), 1),
        "places_lost": len(set(before) - set(after)),
        "order_kept": before == after,
    }


async def run(waiting: int, desks: int) -> dict[str, Any]:
    """The whole bench; answers the object printed last."""
    with tempfile.TemporaryDirectory() as scratch:
        result: dict[str, Any] = {"waiting": waiting, "desks": desks}
        for name, number in (("few", FEW), ("many", waiting)):
            folder, port = Path(scratch) / name, free_port()
            folder.mkdir()
            url = f"sqlite:///{folder / 'bench.sqlite'}"
            crowd = await gather(url, f"http://127.0.0.1:{port}", number, desks, JOINS)
            async with serving("ours", folder, port) as server:
                result[name] = await measure(server, crowd, url)
            say(name, result[name])
        async with serving("bare", folder, free_port()) as server:
            result["bare"] = await measure_bare(server, crowd)
        say("bare", result["bare"])
        return {**result, **ratios(result)}


def say(what: str, figures: dict[str, Any]) -> None:
    """A part is done."""
    print(f"{time.perf_counter() - STARTED:5.0f} s {what}: {json.dumps(figures)}", flush=True)


async def measure(server: Server, crowd: Crowd, url: str) -> dict[str, Any]:
    """Everything the product is measured by with this crowd."""
    patients = [patients_page(server, each) for each in crowd.waiting]
    server.pages += patients
    life = Life(server, crowd)
    life.start(life.beat(patients))
    try:
        if len(patients) > FEW:
            found: dict[str, Any] = {"publish": await fan_out(server, patients)}
            say("publish", found["publish"])
            found |= await live(life, crowd, patients)
            say("live", found)
            return {**found, "kill": await kill(life, url)}
        await open_all(patients, server.port)
        await settle(server)
        return {"fragments": await fragments(life, crowd), **await live(life, crowd, patients)}
    finally:
        life.stop()


async def measure_bare(server: Server, crowd: Crowd) -> dict[str, Any]:
    """What sockets alone take."""
    server.pages += [patients_page(server, each) for each in crowd.waiting]
    return {"publish": await fan_out(server, list(server.pages)), "echo": await echo(server, crowd)}


def ratios(result: dict[str, Any]) -> dict[str, Any]:
    """Ours against bare, many against few, and whether the targets are met."""
    ours, bare = result["many"]["publish"], result["bare"]["publish"]
    found = {
        "memory": ours["kib_per_socket"] / bare["kib_per_socket"],
        "cpu": ours["cpu_us_per_message"] / bare["cpu_us_per_message"],
        "publish_p99": ours["p99_ms"] / bare["p99_ms"],
        "join_p99": result["many"]["join"]["p99_ms"] / result["few"]["join"]["p99_ms"],
        "all_back_s": result["many"]["kill"]["all_back_s"],
    }
    lost = result["many"]["kill"]["places_lost"] or not result["many"]["kill"]["order_kept"]
    held = all(found[name] <= target for name, target in TARGETS.items()) and not lost
    return {"ratios": {name: round(value, 2) for name, value in found.items()}, "targets": TARGETS, "held": held}


def table(result: dict[str, Any]) -> str:
    """What was measured, to be read."""
    rows = [
        f"{group:>8} {what:<12} " + "  ".join(f"{name} {value}" for name, value in figures.items())
        for group in ("bare", "few", "many")
        for what, figures in result[group].items()
    ]
    rows += [f"{name:>14} {value:>8} (at most {TARGETS[name]})" for name, value in result["ratios"].items()]
    return "\n".join(rows)


def main() -> None:
    """Read the options, raise the limit of open files, and run."""
    parser = argparse.ArgumentParser(prog="bench.queue")
    parser.add_argument("--waiting", type=int, default=5000)
    parser.add_argument("--desks", type=int, default=200)
    options = parser.parse_args()
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    result = uvloop.run(run(options.waiting, options.desks))
    print(table(result))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
