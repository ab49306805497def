"""A small detour for a call's packets: `python -m e2e.shim PORT HOST RELAY_PORT` holds each of them back for a while.

Commands come as lines of JSON, `{"delay": ms, "beat": ms}`: with a beat, packets on the way down leave together, so
many ms apart, as from a Wi-Fi that sleeps. Every line is answered with what was imposed since the one before.
"""

import asyncio
import json
import socket
import sys
from collections.abc import Callable
from itertools import pairwise
from math import ceil
from statistics import fmean, median
from typing import Any, cast

Address = tuple[str, int]
SETTLING = 3
MARK = 36
"""The mark on what the shim itself sends."""
STUN_FIRST, RTP_FIRST, RTCP_TYPES = range(4), range(128, 192), range(192, 224)


class Way:
    """One direction: in order, each datagram after its delay."""

    def __init__(self) -> None:
        self.delay = self.beat = 0.0
        self._last = 0.0
        self._held: list[float] = []
        self._by_size: dict[int, list[float]] = {}

    def carry(self, data: bytes, send: Callable[[bytes], None]) -> None:
        """Send it later."""
        loop = asyncio.get_running_loop()
        came = loop.time()
        due = came + self.delay
        # a moment apart: timers due at the same time go off in any order
        self._last = max(self._last + 1e-5, ceil(due / self.beat) * self.beat if self.beat else due)
        loop.call_at(self._last, self._go, data, send, came)

    def _go(self, data: bytes, send: Callable[[bytes], None], came: float) -> None:
        held = asyncio.get_running_loop().time() - came
        if data[0] in STUN_FIRST:
            self._held.append(held)
        elif data[0] in RTP_FIRST and data[1] not in RTCP_TYPES:
            self._by_size.setdefault(len(data), []).append(held)
        send(data)

    def report(self) -> dict[str, Any]:
        """Median delay of connectivity checks in ms, and by size of media packets the mean change between two.

        Browsers smooth jitter over sixteen packets, so the first ones are left out.
        """
        changes = {
            size: fmean(abs(one - other) for one, other in pairwise(held[len(held) // SETTLING :])) * 1000
            for size, held in self._by_size.items()
            if len(held) > 50
        }
        middle = median(self._held) * 1000 if self._held else 0.0
        self._held, self._by_size = [], {}
        return {"delay": middle, "changes": changes}


class Detour(asyncio.DatagramProtocol):
    """The near side: where browsers send. Each gets a socket of its own towards the relay."""

    def __init__(self, relay: Address) -> None:
        self.up, self.down = Way(), Way()
        self._relay = relay
        self._near: asyncio.DatagramTransport
        self._far: dict[Address, asyncio.DatagramTransport] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._near = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if (far := self._far.get(addr)) is not None:
            self.up.carry(data, far.sendto)
        else:
            asyncio.get_running_loop().create_task(self._first(data, addr))

    async def _first(self, data: bytes, browser: Address) -> None:
        back = _Back(lambda answer: self.down.carry(answer, lambda late: self._near.sendto(late, browser)))
        loop = asyncio.get_running_loop()
        far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        far.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, MARK)
        far.setblocking(False)
        far.connect(self._relay)
        self._far[browser], _ = await loop.create_datagram_endpoint(lambda: back, sock=far)
        self.datagram_received(data, browser)


class _Back(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._take(data)


async def main(port: int, relay: Address) -> None:
    """Carry until the commands end."""
    loop = asyncio.get_running_loop()
    detour = Detour(relay)
    await loop.create_datagram_endpoint(lambda: detour, local_addr=("127.0.0.1", port))
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    print("{}", flush=True)
    while line := await commands.readline():
        wanted = json.loads(line)
        print(json.dumps({"up": detour.up.report(), "down": detour.down.report()}), flush=True)
        detour.up.delay = detour.down.delay = wanted["delay"] / 1000
        detour.down.beat = wanted["beat"] / 1000


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), (sys.argv[2], int(sys.argv[3]))))
