"""Thousands of browsers in one process: sockets as thin as asyncio allows, and pages fetched as htmx does.

A client keeps what it needs to measure and nothing else, so that what the bench sees is the server's doing.
"""

import asyncio
import base64
import json
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode

FIRST_PAUSE, MAX_PAUSE = 1.0, 10.0
"""How live.js comes back: see FIRST_PAUSE and MAX_PAUSE there."""


def frame_of(text: bytes, *, pong: bool = False) -> bytes:
    """A text frame, or a pong, as a browser sends it; masked with nothing, which is allowed and costs nothing here."""
    length = bytes([0x80 | len(text)]) if len(text) < 126 else bytes([0x80 | 126]) + len(text).to_bytes(2, "big")
    return (b"\x8a" if pong else b"\x81") + length + b"\0\0\0\0" + text


@dataclass(eq=False)
class Page(asyncio.Protocol):
    """One page's socket: where it connects as whom, what it says on every connect, and when it last heard a frame."""

    path: str
    cookie: str
    origin: str
    says: list[bytes]
    on_text: Callable[["Page", bytes], None] | None = None
    on_lost: Callable[["Page"], None] | None = None
    heard: int = 0
    heard_at: float = 0.0
    is_open: bool = False
    transport: asyncio.Transport | None = None
    waiting: bytes = b""
    opened: "asyncio.Future[None] | None" = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.waiting = cast(asyncio.Transport, transport), b""
        key = base64.b64encode(os.urandom(16)).decode()
        self.transport.write(
            f"GET {self.path} HTTP/1.1\r\nHost: {self.origin[7:]}\r\nOrigin: {self.origin}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Cookie: {self.cookie}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        if not self.is_open:
            head, end, rest = self.waiting.partition(b"\r\n\r\n")
            if not end:
                return
            self.waiting, self.is_open = rest, head.startswith(b"HTTP/1.1 101")
            for text in self.says if self.is_open else ():
                self.say(text)
            if self.opened and not self.opened.done():
                self.opened.set_result(None)
        self._read()

    def say(self, text: bytes) -> None:
        """Send this text, if there is a line."""
        if self.is_open and self.transport:
            self.transport.write(frame_of(text))

    def _read(self) -> None:
        while len(self.waiting) >= 2:
            length, start = self.waiting[1] & 127, 2
            if length == 126:
                length, start = int.from_bytes(self.waiting[2:4], "big"), 4
            if len(self.waiting) < start + length:
                return
            kind, text = self.waiting[0] & 15, self.waiting[start : start + length]
            self.waiting = self.waiting[start + length :]
            if kind == 9 and self.transport:
                self.transport.write(frame_of(text, pong=True))
            if kind == 1:
                self.heard, self.heard_at = self.heard + 1, time.perf_counter()
                if self.on_text:
                    self.on_text(self, text)

    def connection_lost(self, _error: Exception | None) -> None:
        self.is_open = False
        if self.on_lost:
            self.on_lost(self)

    async def connect(self, port: int) -> None:
        """Open the socket; raises OSError when nobody listens, TimeoutError when nobody answers."""
        self.opened = asyncio.get_running_loop().create_future()
        await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", port)
        async with asyncio.timeout(30):
            await self.opened

    async def come_back(self, port: int, tried: list[float]) -> float:
        """Reconnect with live.js's back-off; notes when it tried, answers when it was back."""
        pause = FIRST_PAUSE
        while True:
            await asyncio.sleep(pause * (0.5 + random.random()))
            pause = min(MAX_PAUSE, pause * 2)
            tried.append(time.perf_counter())
            try:
                await self.connect(port)
            except (OSError, TimeoutError):
                continue
            if self.is_open:
                return time.perf_counter()


@dataclass
class Fetcher:
    """Pages and fragments over kept-alive connections, as many as are needed at once."""

    port: int
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=list)

    async def get(self, path: str, cookie: str) -> tuple[int, dict[str, str], bytes]:
        """What htmx would get."""
        return await self._ask(f"GET {path} HTTP/1.1\r\nHX-Request: true\r\nCookie: {cookie}\r\n", b"")

    async def post(self, path: str, cookie: str, form: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """Send a form by htmx. The CSRF token is taken from the cookie, as the page would carry it."""
        body = urlencode(form).encode()
        token = cookie.partition("csrftoken=")[2].partition(";")[0]
        head = (
            f"POST {path} HTTP/1.1\r\nHX-Request: true\r\nCookie: {cookie}\r\nx-csrftoken: {token}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        )
        return await self._ask(head, body)

    async def csrf_cookie(self, path: str) -> str:
        """A CSRF token as the server hands it out with this page."""
        _status, headers, _body = await self.get(path, "")
        return headers["set-cookie"].partition(";")[0]

    async def _ask(self, head: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        try:
            return await self._ask_once(head, body)
        except (ConnectionError, asyncio.IncompleteReadError):
            return await self._ask_once(head, body)  # closed by the server in the very moment, as browsers know it

    async def _ask_once(self, head: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        reader, writer = await self._connection()
        writer.write(f"{head}Host: 127.0.0.1:{self.port}\r\n\r\n".encode() + body)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        text = await reader.readexactly(int(headers.get("content-length", 0)))
        self.idle.append((reader, writer))
        return int(lines[0].split()[1]), headers, text

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """One that is open still: the server closes those it has heard nothing on for five seconds."""
        while self.idle:
            reader, writer = self.idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self.port)


def subscription(*topics: str) -> bytes:
    """The frame that asks for these topics."""
    return json.dumps({"type": "subscribe", "topics": topics}).encode()


def sign_of_life(place: Any) -> bytes:
    """The frame that says the waiting page of this place is alive."""
    return json.dumps({"type": "here", "place": str(place), "visible": True}).encode()
