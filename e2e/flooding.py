"""Whoever floods a server, in a process of their own: `python -m e2e.flooding KIND PORT SECONDS ORIGIN COOKIE`.

Each comes from loopback addresses of its own (127.x.y.z), which no proxy speaks for. First it goes on until it is
refused, which is no flood yet: then it says so, waits for a line, floods, and prints how its tries were answered.
"""

import asyncio
import itertools
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

PING = b"\x89\x80\0\0\0\0"
HERE = f"127.{20 + os.getpid() % 200}.0.1"
BORN = {"day": "1", "month": "1", "year": "1950"}
REFUSED = ("429", "cut", "full", "ConnectionResetError", "BrokenPipeError", "IncompleteReadError")
CLUMSY = (ConnectionError, asyncio.IncompleteReadError, TimeoutError, OSError)


def addresses(number: int) -> Iterator[str]:
    """So many, again and again."""
    return itertools.cycle(f"{HERE[:-3]}1.{each + 1}" for each in range(number))


@dataclass
class Flood:
    """One attacker, who goes on until `ends`."""

    port: int
    ends: float
    origin: str
    cookie: str
    is_first: bool = True
    told: Counter[str] = field(default_factory=Counter)

    @property
    def goes_on(self) -> bool:
        if self.is_first and sum(self.told[word] for word in REFUSED) > 2:
            return False
        return asyncio.get_running_loop().time() < self.ends

    def handshake(self, origin: str, path: str, cookie: str) -> bytes:
        """What asks for a socket."""
        key = "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n"
        about = f"Upgrade: websocket\r\nConnection: Upgrade\r\n{key}Origin: {origin}\r\nCookie: {cookie}\r\n"
        return f"GET {path} HTTP/1.1\r\nHost: x\r\n{about}\r\n".encode()

    @asynccontextmanager
    async def line(self, source: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(source, 0), limit=16_384)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()

    async def many(self, number: int, one: Callable[[], Awaitable[None]], pause_s: float = 0) -> None:
        """So many at once, each over and over, with a pause between."""

        async def again() -> None:
            while self.goes_on:
                try:
                    await one()
                    await asyncio.sleep(pause_s)
                except CLUMSY as error:
                    self.told[type(error).__name__] += 1
                    await asyncio.sleep(0.05)

        everybody = [asyncio.create_task(again()) for _ in range(number)]
        while self.goes_on:
            await asyncio.wait(everybody, timeout=0.05)
        for each in everybody:
            each.cancel()
        await asyncio.gather(*everybody, return_exceptions=True)

    async def ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: str) -> dict[str, str]:
        """Send one request and read the answer, of whose headers the cookies are told."""
        writer.write(request.encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        self.told[head.split()[1]] += 1
        lines = [line.partition(": ")[::2] for line in head.lower().split("\r\n")[1:]]
        length = next((int(value) for name, value in lines if name == "content-length"), 0)
        while length:
            length -= len(await reader.read(min(length, 65_536)))
        kept = (line.partition(": ")[2] for line in head.split("\r\n") if line.lower().startswith("set-cookie"))
        return {name: value.partition(";")[0] for name, _, value in (cookie.partition("=") for cookie in kept)}

    def get(self, path: str) -> str:
        return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"

    def post(self, path: str, token: str, **form: str) -> str:
        body = urlencode({"_csrf_token": token, **form})
        kind = "Content-Type: application/x-www-form-urlencoded\r\n"
        about = f"{kind}Cookie: csrftoken={token}; {self.cookie}\r\nContent-Length: {len(body)}\r\n"
        return f"POST {path} HTTP/1.1\r\nHost: x\r\n{about}\r\n{body}"

    async def forms(self, path: str, sources: Iterator[str], **form: str) -> None:
        """Send this form again and again, from everywhere."""
        async with self.line("127.0.0.1") as (reader, writer):
            token = (await self.ask(reader, writer, self.get("/login"))).get("csrftoken", "")

        async def one() -> None:
            async with self.line(next(sources)) as (reader, writer):
                await self.ask(reader, writer, self.post(path, token, **form))

        await self.many(30, one)

    # -- the kinds -------------------------------------------------------------------------------------------------

    async def connections(self) -> None:
        """Hundreds that say half a request and stay."""

        async def one() -> None:
            async with self.line(HERE) as (reader, writer):
                writer.write(b"GET / HTTP/1.1\r\nX: ")
                self.told["cut" if not await reader.read(1) else "answered"] += 1

        await self.many(300, one, pause_s=0.2)

    async def arrivals(self) -> None:
        """One request on each of many."""

        async def one() -> None:
            async with self.line(HERE) as (reader, writer):
                await self.ask(reader, writer, self.get("/nothing"))

        await self.many(20, one)

    async def requests(self) -> None:
        """As many as are answered."""

        async def one() -> None:
            async with self.line(HERE) as (reader, writer):
                while self.goes_on:
                    await self.ask(reader, writer, self.get("/nothing"))

        await self.many(100, one)

    async def _socket(self, what: bytes, origin: str, path: str, cookie: str) -> None:
        """One that says this without end and reads nothing more, until it is cut."""
        async with self.line(HERE) as (reader, writer):
            writer.write(self.handshake(origin, path, cookie))
            self.told[(await reader.readuntil(b"\r\n")).decode().split()[1]] += 1
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            while self.goes_on and not writer.transport.is_closing():
                writer.write(what * 1000)
                await writer.drain()

    async def strangers(self) -> None:
        await self.many(100, lambda: self._socket(PING, "https://elsewhere.example", "/live", ""))

    async def sockets(self) -> None:
        """Of one session, and quiet."""

        async def one() -> None:
            async with self.line(HERE) as (reader, writer):
                writer.write(self.handshake(self.origin, "/desk/live", self.cookie))
                while await reader.read(16_384):
                    pass
                self.told["4429"] += 1

        await self.many(60, one, pause_s=0.1)

    async def frames(self) -> None:
        await self.many(8, lambda: self._socket(PING, self.origin, "/desk/live", self.cookie))

    async def line_tests(self) -> None:
        text = b'{"type":"line_offer","connection":"a","sdp":"v=0"}'
        frame = b"\x81" + bytes([0x80 | len(text)]) + bytes(4) + text

        async def one() -> None:
            async with self.line(HERE) as (reader, writer):
                writer.write(self.handshake(self.origin, "/desk/live", self.cookie))
                await reader.readuntil(b"\r\n\r\n")
                writer.write(frame * 40)
                for _ in range(40):
                    said = await reader.readuntil(b"}")
                    self.told["full" if b"full" in said else "offered"] += 1

        await self.many(8, one, pause_s=1)

    async def sign_ins(self) -> None:
        await self.forms("/login", addresses(1), email="sara@nordby.example", password="wrong one, and wrong")

    async def accounts(self) -> None:
        await self.forms("/login", addresses(100), email="mette@nordby.example", password="wrong one, and wrong")

    async def links(self) -> None:
        await self.forms("/j/nobodys", addresses(1), **BORN)

    async def codes(self) -> None:
        await self.forms("/kode", addresses(1), code="AAAABBBB", **BORN)

    async def _door(self, sources: Iterator[str], phone: str) -> None:
        clinic = "/k/laegehuset-nordby"
        await self.forms(f"{clinic}/door", sources, phone=phone, next=f"{clinic}/booking", **BORN)

    async def doors(self) -> None:
        await self._door(addresses(1), "no phone")

    async def door_codes(self) -> None:
        await self._door(addresses(20), "20123456")

    async def guests(self) -> None:
        await self.forms("/g/nobodys", addresses(1))

    async def feeds(self) -> None:
        address = f"/calendar/{'0' * 8}-0000-4000-8000-{'0' * 12}/wrong/naervaer.ics"
        sources = addresses(1)

        async def one() -> None:
            async with self.line(next(sources)) as (reader, writer):
                await self.ask(reader, writer, self.get(address))

        await self.many(30, one)


async def main() -> None:
    """Flood, and tell."""
    kind, port, seconds, origin, cookie = sys.argv[1:]
    loop = asyncio.get_running_loop()
    flood = Flood(int(port), loop.time() + 30, origin, cookie)
    await getattr(flood, kind)()
    print(flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    flood.is_first, flood.ends = False, loop.time() + float(seconds)
    flood.told.clear()
    await getattr(flood, kind)()
    print(dict(flood.told), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
