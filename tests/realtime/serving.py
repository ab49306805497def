"""The socket on a real port, and a browser's side of it, for tests that need the wire itself."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
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


async def until(condition: Callable[[], bool], *, within: float = 5.0) -> None:
    """Wait for something to become true that nothing can be awaited for."""
    async with asyncio.timeout(within):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


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

    async def closed(self, *, within: float = 3.0) -> int:
        """The code the server closed with."""
        async with asyncio.timeout(within):
            try:
                while True:
                    await self.wire.recv()
            except ConnectionClosed as end:
                return end.rcvd.code if end.rcvd else 1006


@dataclass
class Serving:
    """A running server with nothing but the socket."""

    live: Live
    relay: Relay
    address: str
    origin: str
    server: uvicorn.Server

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
        config = uvicorn.Config(app, log_config=None, lifespan="off", ws=live.sockets(app))
        server = uvicorn.Server(config)
        await own.start()
        await live.start()
        task = asyncio.create_task(server._serve([listener]))
        try:
            async with change.listening(live.on_event):
                await until(lambda: server.started)
                yield Serving(live, own, address, settings.origin, server)
        finally:
            await live.stop()
            server.should_exit = True
            await task
            await own.stop()
