"""Floods, one for each line of the table of budgets: what they cost a bystander, the memory and the descriptors.

The server and whoever floods it are processes of their own; the bystander asks for /health one time after the other, in
the quiet and in the flood. All are measured against each other in one run.
"""

import ast
import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import perf_counter
from urllib.parse import urlencode

import pytest

from app.budgets import APPS, BUDGETS, CONNECTIONS, LATE, LINE_OFFERS, PASSWORDS, SOCKETS
from app.demo.seed import PASSWORD
from e2e.flooding import REFUSED
from e2e.server import Server

QUIET, SECONDS, TRIES = 100, 2.0, 5
MAX_TIMES, MAX_GROWTH_KIB = 3.0, 5 * 1024
MIN_QUIET_S = 0.01
"""The quiet is taken for no quieter: a busy machine alone takes that from a process now and then."""

NOT_FLOODED = (APPS, PASSWORDS, LATE, LINE_OFFERS)
"""An app's start needs its secret, and a line test's offers are flooded with the tests. That a crowd's hashing and its
late answers are bounded is held by tests/people/test_rates.py."""
FLOODS = [budget.name.replace("-", "_").replace(" ", "_") for budget in BUDGETS if budget not in NOT_FLOODED]


@dataclass
class Besieged:
    """A server, and its process as the system sees it."""

    server: Server
    cookie: str = ""

    @property
    def _proc(self) -> Path:
        assert self.server.process is not None
        return Path(f"/proc/{self.server.process.pid}")

    @property
    def memory_kib(self) -> int:
        line = next(line for line in (self._proc / "status").read_text().splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1])

    @property
    def descriptors(self) -> int:
        return len(os.listdir(self._proc / "fd"))

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)

    def flood(self, kind: str, seconds: float = SECONDS) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "e2e.flooding", kind]
        more = [str(self.server.port), str(seconds), self.server.url, self.cookie]
        return subprocess.Popen([*command, *more], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def sign_in(self) -> None:
        line = self.connect()
        line.request("GET", "/login")
        answer = line.getresponse()
        answer.read()
        token = answer.headers["Set-Cookie"].partition("csrftoken=")[2].partition(";")[0]
        form = urlencode({"_csrf_token": token, "email": "sara@nordby.example", "password": PASSWORD})
        headers = {"Cookie": f"csrftoken={token}", "Content-Type": "application/x-www-form-urlencoded"}
        line.request("POST", "/login", form, headers)
        answer = line.getresponse()
        assert answer.status == 303
        self.cookie = answer.headers["Set-Cookie"].partition(";")[0]
        line.close()


@dataclass
class Seen:
    """What the bystander lived through."""

    times: list[float]
    memory_kib: int = 0
    descriptors: int = 0

    @property
    def p99(self) -> float:
        return sorted(self.times)[int(0.99 * len(self.times))]


def look_on(besieged: Besieged, during: "subprocess.Popen[str] | None" = None) -> Seen:
    """Ask for /health QUIET times, or for as long as this goes on."""
    seen, line = Seen([]), besieged.connect()
    while during.poll() is None if during else len(seen.times) < QUIET:
        began = perf_counter()
        line.request("GET", "/health")
        answer = line.getresponse()
        answer.read()
        seen.times.append(perf_counter() - began)
        assert answer.status == 200
        seen.memory_kib = max(seen.memory_kib, besieged.memory_kib)
        seen.descriptors = max(seen.descriptors, besieged.descriptors)
    line.close()
    return seen


@pytest.fixture(scope="module")
def besieged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Besieged]:
    extra = {"HOST": "127.0.0.1", "ARGON2_MEMORY_KIB": "1024", "ARGON2_TIME_COST": "8"}
    server = Server(tmp_path_factory.mktemp("besieged"), extra=extra)
    server.start()
    there = Besieged(server)
    there.sign_in()
    yield there
    server.end()


@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood_costs_a_bystander_little(besieged: Besieged, kind: str) -> None:
    worst = []
    for _try in range(TRIES):
        with besieged.flood(kind) as attacker:
            assert attacker.stdin and attacker.stdout
            assert attacker.stdout.readline() == "\n", "refused at first"
            before, memory, quiet = besieged.descriptors, besieged.memory_kib, look_on(besieged)
            attacker.stdin.write("\n")
            attacker.stdin.flush()
            flooded = look_on(besieged, attacker)
            told = ast.literal_eval(attacker.stdout.read())
        worst.append(flooded.p99 / max(quiet.p99, MIN_QUIET_S))
        print(kind, told, f"{worst[-1]:.1f}", quiet.p99, flooded.memory_kib - memory, flooded.descriptors - before)
        if worst[-1] <= MAX_TIMES:
            break
    assert min(worst) <= MAX_TIMES, "the best of so many, as others use this machine"
    assert flooded.memory_kib - memory <= MAX_GROWTH_KIB
    assert flooded.descriptors - before <= (CONNECTIONS.address or 0) + (SOCKETS.person or 0)
    pause = Event()
    for _look in range(150):
        if besieged.descriptors <= before:
            break
        pause.wait(0.1)
    assert besieged.descriptors <= before
    assert is_refused(kind, told)


def is_refused(kind: str, told: dict[str, int]) -> bool:
    """Whether they were told to stop, as far as that is told."""
    if kind == "line_tests":
        return told["full"] > told.get("offered", 0) <= (LINE_OFFERS.person or 0)
    return bool(told.keys() & {*REFUSED, "4429"})
