"""A fake SMS gateway at its wire: a tiny HTTP server that answers as it is told to and remembers what it was asked."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class FakeGateway:
    """Answers every POST with the next of `answers` (status, body, further headers), then with 202."""

    answers: list[tuple[int, bytes, str]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    silent: bool = False
    before_answer: Callable[[], Awaitable[object]] | None = None
    hangs_up: bool = False
    port: int = 0
    conversations: list[asyncio.Task[Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address messages are posted to."""
        return f"http://127.0.0.1:{self.port}/mobile/single"

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, one answer, and good-bye."""
        task = asyncio.current_task()
        assert task is not None
        self.conversations.append(task)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = json.loads(await reader.readexactly(int(headers["content-length"])))
        assert head[0].startswith("POST /mobile/single ")
        self.asked.append(body)
        self.headers.append(headers)
        if self.before_answer is not None:
            await self.before_answer()
        if self.silent:
            await reader.read()
        elif not self.hangs_up:
            writer.write(self._answer(body))
        writer.close()
        await writer.wait_closed()

    def _answer(self, body: dict[str, Any]) -> bytes:
        accepted = json.dumps({"msg_id": f"gw-{len(self.asked)}", "recipient": body["recipient"]}).encode()
        status, content, headers = self.answers.pop(0) if self.answers else (202, accepted, "")
        head = f"HTTP/1.1 {status} Whatever\r\nContent-Type: application/json\r\n{headers}"
        return f"{head}Content-Length: {len(content)}\r\nConnection: close\r\n\r\n".encode() + content


@asynccontextmanager
async def fake_gateway() -> AsyncIterator[FakeGateway]:
    """A gateway listening on a free port of this machine."""
    gateway = FakeGateway()
    server = await asyncio.start_server(gateway.converse, "127.0.0.1", 0)
    gateway.port = server.sockets[0].getsockname()[1]
    try:
        yield gateway
    finally:
        server.close()
        await asyncio.gather(*gateway.conversations)
