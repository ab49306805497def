"""HTTP connections of those who say half of what they want, do not read, or come by the hundred."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import structlog
import uvicorn
from litestar import Litestar

from app.budgets import Budget, Deadline
from app.crowds import Crowd, Pace
from app.web import connections
from app.web.connections import Entrance
from tests.realtime.serving import until

STRANGER, OTHER, PROXY = "127.0.0.2", "127.0.0.3", "127.0.0.1"
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LARGE = 20_000_000


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """Read all that is sent, and answer with much if that is asked for."""
    while (await receive()).get("more_body"):
        pass
    body = b"x" * (LARGE if scope["path"] == "/large" else 2)
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


@dataclass
class Served:
    port: int
    entrance: Entrance
    server: uvicorn.Server

    @asynccontextmanager
    async def line(self, source: str = STRANGER) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(source, 0))
        try:
            yield reader, writer
        finally:
            writer.transport.abort()

    @property
    def there(self) -> int:
        """How many connections the server holds."""
        return len(self.server.server_state.connections)


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        entrance = Entrance(PROXY)
        config = uvicorn.Config(answer, log_config=None, lifespan="off", http=entrance.protocol(), access_log=False)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server._serve([listener]))
        await until(lambda: server.started)
        yield Served(listener.getsockname()[1], entrance, server)
        server.should_exit = True
        await task
        assert not len(entrance.crowd)


async def is_cut(reader: asyncio.StreamReader, *, after: bytes = b"") -> bool:
    """Whether the server closes, and has not said this before."""
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        if after:
            return not await asyncio.wait_for(reader.readuntil(after), 5)
        return await asyncio.wait_for(reader.read(), 5) == b""
    return True


async def drip(writer: asyncio.StreamWriter, text: bytes) -> None:
    """A byte now and then, as long as anybody listens."""
    with suppress(ConnectionError):
        for byte in text:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.02)


HALF_SAID = {
    "nothing": (b"", b""),
    "a head": (b"GET / HTTP/1.1\r\nHost: x\r\nX: ", b"x" * 1000),
    "a second head": (GET + b"GET / HTTP/1.1\r\nX: ", b"x" * 1000),
    "a body": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", b"x" * 1000),
    "a body in chunks": (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 200),
}


@pytest.mark.parametrize("said", HALF_SAID)
async def test_who_says_half_of_it_is_waited_for_only_so_long(
    served: Served, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    step = "BODY" if "body" in said else "HEADERS"
    monkeypatch.setattr(connections, step, Deadline("", 0.3))
    at_once, in_drips = HALF_SAID[said]
    async with served.line() as (reader, writer):
        writer.write(at_once)
        if at_once.startswith(GET):
            await reader.readuntil(b"xx")
        dripping = asyncio.create_task(drip(writer, in_drips))
        assert await is_cut(reader)
        dripping.cancel()
    await until(lambda: not served.there)


async def test_who_asks_and_waits_is_not_cut(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    for step in ("HEADERS", "BODY", "ANSWER"):
        monkeypatch.setattr(connections, step, Deadline("", 0.3))
    async with served.line() as (reader, writer):
        for _ in range(3):
            writer.write(GET)
            assert b"200 OK" in await reader.readuntil(b"xx")
            await asyncio.sleep(0.4)
        writer.write(GET.replace(b"/", b"/large", 1))
        await reader.readuntil(b"\r\n\r\n")
        left = LARGE
        while left:
            more = await asyncio.wait_for(reader.read(400_000), 5)
            assert more
            left -= len(more)
            await asyncio.sleep(0.01)


async def test_an_answer_nobody_reads_is_given_up(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "ANSWER", Deadline("", 0.3))
    async with served.line() as (_reader, writer):
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(GET.replace(b"/", b"/large", 1))
        await until(lambda: served.there == 1)
        await until(lambda: not served.there)


async def test_an_address_has_so_many_connections(served: Served) -> None:
    served.entrance.crowd = Crowd(Budget("", "", 0, address=2))

    async def is_served(lines: AsyncExitStack, source: str) -> bool:
        reader, writer = await lines.enter_async_context(served.line(source))
        writer.write(GET)
        try:
            return b"200 OK" in await reader.readuntil(b"xx")
        except (ConnectionError, asyncio.IncompleteReadError):
            return False

    async with AsyncExitStack() as lines:
        assert [await is_served(lines, STRANGER) for _ in range(4)] == [True, True, False, False]
        assert await is_served(lines, OTHER)
        assert [await is_served(lines, PROXY) for _ in range(4)] == [True] * 4, "it speaks for many"
    await until(lambda: not served.there)
    async with AsyncExitStack() as lines:
        assert await is_served(lines, STRANGER)


async def test_descriptors_are_left_over_and_the_log_says_so_once(served: Served) -> None:
    served.entrance.descriptors = 3
    with structlog.testing.capture_logs() as said:
        async with AsyncExitStack() as lines:
            for _ in range(8):
                await lines.enter_async_context(served.line())
            await until(lambda: bool(said))
            await until(lambda: served.there == 3)
    assert [line["event"] for line in said] == ["descriptors run short"]
    await until(lambda: not served.there)


async def test_an_address_begins_so_many_connections(served: Served) -> None:
    served.entrance._pace = Pace(Budget("", "", 3600, address=3))

    async def is_let_in(source: str) -> bool:
        async with served.line(source) as (reader, writer):
            writer.write(GET)
            return not await is_cut(reader, after=b"xx")

    assert [await is_let_in(STRANGER) for _ in range(5)] == [True] * 3 + [False] * 2
    assert await is_let_in(OTHER)


async def test_a_network_that_asks_too_much_is_asked_to_wait(app: Litestar, cast: Any) -> None:
    app.state.pace = Pace(Budget("", "", 3600, address=3))

    async def asks(source: str, path: str = "/kode?lang=da") -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(source, 1))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver.local") as browser:
            return await browser.get(path)

    assert [(await asks("2001:db8::1")).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = await asks("2001:db8::2")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert "Vent et øjeblik" in refused.text and refused.headers["x-content-type-options"] == "nosniff"
    assert [(await asks("192.0.2.9", "/nothing")).status_code for _ in range(4)] == [404, 404, 404, 429]
    assert (await asks("2001:db8::1", "/static/none.css")).status_code == 404
    assert (await asks("192.0.2.1")).status_code == 200
    assert [(await asks(PROXY)).status_code for _ in range(5)] == [200] * 5, "a proxy that names nobody"
