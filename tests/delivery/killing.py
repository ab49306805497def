"""Sending many SMS while the sending process is killed again and again, against a gateway at its real wire.

The gateway reports what it accepted, as gateways do; what it never got must be sent in the end, and nothing twice.
"""

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Literal

from app.clinic.messages.tables import Message
from app.delivery import reports
from tests.conftest import BASE_URL, SECRET
from tests.delivery.gateway import FakeGateway

When = Literal["before it arrives", "before the answer", "after the answer"]
WHENS: tuple[When, ...] = ("before it arrives", "before the answer", "after the answer")
ROOT = Path(__file__).parents[2]
_PAUSE_H = 0.25
_MAX_RUNS = 40


@dataclass
class KillingGateway(FakeGateway):
    """Kills the sender at its `at`-th message, at this point of the conversation; remembers what arrived."""

    sender: int = 0
    at: int = 0
    when: When = "before the answer"
    begun: int = 0
    arrived: Counter[str] = field(default_factory=Counter)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request; the sender may not live to read the answer."""
        task = asyncio.current_task()
        assert task is not None
        self.conversations.append(task)
        self.begun += 1
        chosen = self.begun == self.at
        if chosen and self.when == "before it arrives":
            self.kill()
            writer.close()
            return
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.partition("content-length: ")[2].split("\r\n")[0])
            body = json.loads(await reader.readexactly(length))
            self.arrived[body["reference"]] += 1
            if chosen and self.when == "before the answer":
                self.kill()
            self.asked.append(body)
            writer.write(self._answer(body))
            await writer.drain()
            if chosen and self.when == "after the answer":
                self.kill()
        writer.close()

    def kill(self) -> None:
        """End the sender as a power cut would."""
        with suppress(ProcessLookupError):
            os.kill(self.sender, signal.SIGKILL)


@dataclass
class Sending:
    """How it went: what arrived how often, how often the sender was started, and what became of the messages."""

    arrived: Counter[str]
    starts: int
    states: Counter[str]


async def send_through_kills(url: str, gateway: KillingGateway, kills: Sequence[int]) -> Sending:
    """Send everything queued, killed at each of these messages (counted from each start), until all is settled."""
    ahead, reported = 0.0, set[str]()
    plan = [*zip(kills, cycle(WHENS), strict=False)]
    async with _senders() as senders:
        for starts in range(1, _MAX_RUNS):
            gateway.begun, (gateway.at, gateway.when) = 0, plan.pop(0) if plan else (0, WHENS[0])
            await _run(senders, url, gateway, ahead)
            for reference in gateway.arrived.keys() - reported:
                await reports.note(_report(reference), datetime.now(UTC) + timedelta(hours=ahead))
            reported |= gateway.arrived.keys()
            states = Counter([row["state"] for row in await Message.select(Message.state)])
            if not plan and states.keys() <= {"delivered", "sent"}:
                return Sending(gateway.arrived, starts, states)
            ahead += _PAUSE_H
    raise AssertionError(f"not settled: {states}")


@asynccontextmanager
async def _senders() -> AsyncIterator[asyncio.subprocess.Process]:
    """The process that senders are forked from."""
    here = {**os.environ, "NO_PROXY": "127.0.0.1"}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.delivery.carry", cwd=ROOT, env=here, stdin=pipe, stdout=pipe
    )
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def _run(senders: asyncio.subprocess.Process, url: str, gateway: KillingGateway, ahead: float) -> None:
    """One life of the sender; returns when it is over and the gateway has read what was on the wire."""
    assert senders.stdin is not None
    assert senders.stdout is not None
    senders.stdin.write(json.dumps((url, gateway.url, ahead, SECRET, BASE_URL)).encode() + b"\n")
    gateway.sender = int(await senders.stdout.readline())
    assert int(await senders.stdout.readline()) in (0, -signal.SIGKILL)
    await asyncio.gather(*gateway.conversations)


def _report(reference: str) -> bytes:
    event = {"reference": reference, "status": "DELIVERED"}
    return json.dumps({"event_type": "message.status.sms", "event": event}).encode()
