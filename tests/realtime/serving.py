"""The socket on a real port, and a browser's side of it, for tests that need the wire itself."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
import uvicorn
from litestar import Litestar
from litestar.datastructures import State
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from app.clinic import change
from app.realtime.live import Live
from app.realtime.relay import AnyRelay, Relay
from app.settings import Settings
from app.web.connections import Entrance


async def until(condition: Callable[[], bool], *, within: float = 5.0) -> None:
    """Wait for something to become true that nothing can be awaited for."""
    async with asyncio.timeout(within):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


PING = b"\x89\x80\0\0\0\0"
"""An empty one, masked with nothing."""


def handshake(address: str, origin: str, *, path: str = "/live", headers: str = "") -> bytes:
    """What asks for a socket on the plain wire."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\nOrigin: {origin}\r\n{headers}\r\n"
    ).encode()


@dataclass
class Line:
    """One browser's socket."""

    wire: ClientConnection

    async def say(self, frame: dict[str, Any]) -> None:
        await self.wire.send(msgspec.json.encode(frame).decode())

    async def hear(self, kind: str, *, within: float = 3.0) -> dict[str, Any]:
        """The next frame of this kind; others are passed over."""
        async with asyncio.timeout(within):
            while True:
                frame: dict[str, Any] = msgspec.json.decode(await self.wire.recv())
                if frame["type"] == kind:
                    return frame

    async def hear_any(self) -> dict[str, Any]:
        """The next frame of all."""
        frame: dict[str, Any] = msgspec.json.decode(await self.wire.recv())
        return frame

    async def closed(self, *, within: float = 3.0) -> int:
        """The code the server closed with."""
        async with asyncio.timeout(within):
            try:
                while True:
                    await self.wire.recv()
            except ConnectionClosed as end:
                return end.rcvd.code if end.rcvd else 1006


@dataclass
class Rude:
    """One that only talks."""

    status: int
    writer: asyncio.StreamWriter

    async def flood(self, what: bytes, mebibytes: int) -> None:
        """Send so much of it, or until the line is cut."""
        piece = what * (65536 // len(what))
        with suppress(OSError):
            for _ in range(mebibytes * 16):
                self.writer.write(piece)
                await self.writer.drain()


@dataclass
class Serving:
    """A running server with nothing but the socket."""

    live: Live
    relay: Relay
    address: str
    origin: str
    server: uvicorn.Server
    entrance: Entrance

    @asynccontextmanager
    async def rude(
        self, *, origin: str | None = None, headers: str = "", source: str = "127.0.0.1"
    ) -> AsyncIterator[Rude]:
        """A socket whose owner reads the answer to the handshake and nothing else."""
        host, _, port = self.address.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port), local_addr=(source, 0), limit=2048)
        writer.write(handshake(self.address, self.origin if origin is None else origin, headers=headers))
        status = (await reader.readuntil(b"\r\n")).decode()
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        try:
            yield Rude(int(status.split()[1]), writer)
        finally:
            writer.transport.abort()

    @asynccontextmanager
    async def line(self, path: str = "/live", *, cookie: str = "", origin: str | None = None) -> AsyncIterator[Line]:
        """A socket as a browser opens it: with its cookies, and the page's origin unless told otherwise."""
        headers = {"Cookie": cookie} if cookie else {}
        wanted = self.origin if origin is None else origin
        address = f"ws://{self.address}{path}"
        async with connect(
            address, additional_headers=headers, origin=Origin(wanted) if wanted else None, ping_interval=None
        ) as wire:
            yield Line(wire)


@asynccontextmanager
async def serving(
    settings: Settings, clock: Callable[[], datetime], relay: AnyRelay | None = None
) -> AsyncIterator[Serving]:
    """Serve `Live` on a free port while inside, with a relay of its own unless one is given."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        settings = replace(settings, base_url=f"http://{address}")
        own = Relay("127.0.0.1", 0, ["127.0.0.1"])
        live = Live(relay or own, settings, clock)
        app = Litestar(state=State({"settings": settings, "clock": clock}), openapi_config=None)
        entrance = Entrance(settings.trusted_proxies)
        http: Any = entrance.protocol()
        config = uvicorn.Config(app, log_config=None, lifespan="off", http=http, ws=live.sockets(app))
        server = uvicorn.Server(config)
        await own.start()
        await live.start()
        task = asyncio.create_task(server._serve([listener]))
        try:
            async with change.listening(live.on_event):
                await until(lambda: server.started)
                yield Serving(live, own, address, settings.origin, server, entrance)
        finally:
            await live.stop()
            server.should_exit = True
            await task
            await own.stop()
