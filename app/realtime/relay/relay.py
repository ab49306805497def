"""The Relay: one UDP port, its rooms, and the clock that drives them.

The public face of the package: starts and stops everything, admits parties within the limits, counts.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

import structlog

from app.realtime.relay.connection import RelayContext
from app.realtime.relay.counters import Counters
from app.realtime.relay.errors import BadOffer, RelayFull
from app.realtime.relay.line_test.test import MAX_TESTS, LineListener, LineTest
from app.realtime.relay.party import Listener, Party
from app.realtime.relay.port import RelayPort
from app.realtime.relay.room import Room
from app.realtime.relay.transport import Identity
from app.realtime.tasks import Tasks

log = structlog.get_logger()

TICKER = "relay tick"
TICK = 0.03
LIVENESS_EVERY = 8
SECOND_EVERY = 33
GOODBYE = 1.0
STALL = 0.75


class Relay:
    """Forwards media between the parties of each room without decoding it (design: docs/relay.md)."""

    def __init__(
        self,
        host: str,
        port: int,
        public_hosts: Sequence[str],
        *,
        max_parties_per_room: int = 8,
        max_rooms: int = 50,
        in_place: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`host` and `port` (0: any free one) to bind; `public_hosts`: the IP addresses browsers are told to use.

        Raises ValueError when a public host is not an IP address.
        """
        self._totals = Counters()
        self._clock = clock
        self._port = RelayPort(host, port, public_hosts, self._totals, clock, in_place=in_place)
        self._tasks = Tasks()
        self._context = RelayContext(self._port, Identity(), self._tasks, self._totals, clock)
        self._max_parties = max_parties_per_room
        self._max_rooms = max_rooms
        self._rooms: dict[str, Room] = {}
        self._tests: set[LineTest] = set()
        self._lag_ms = 0

    @property
    def port(self) -> int:
        """The UDP port in use, once started."""
        return self._port.port

    @property
    def is_up(self) -> bool:
        """Whether it was started; it lives and dies with its process."""
        return len(self._tasks) > 0

    @property
    def counters(self) -> dict[str, int]:
        """Totals since start, what there is now, and how late the last second's ticks came at worst, in ms."""
        parties = sum(len(room.parties) for room in self._rooms.values())
        now = {"rooms": len(self._rooms), "parties": parties, "tests": len(self._tests)}
        now |= {"tasks": len(self._tasks), "loop_lag_ms": self._lag_ms}
        return {**self._totals.as_dict(), **now}

    async def start(self) -> None:
        """Bind the port and begin ticking; raises OSError when the port is taken."""
        self._port.open()
        self._tasks.start(self._tick_forever(), TICKER)

    async def stop(self) -> None:
        """Say goodbye to every browser, cancel every task, free the port."""
        for room in list(self._rooms.values()):
            for party in list(room.parties.values()):
                party.leave()
        for test in list(self._tests):
            test.close()
        await self._tasks.finish(GOODBYE, endless=TICKER)
        self._port.close()

    async def join(self, room_id: str, party_id: str, listener: Listener) -> Party:
        """A place in a room, made if it is new; an existing party of that id leaves. Raises RelayFull."""
        room = self._rooms.get(room_id)
        if room is None:
            if len(self._rooms) >= self._max_rooms:
                raise RelayFull("no room left on this relay")
            room = self._rooms[room_id] = Room(room_id, self._context, self._forget)
        if party_id not in room.parties and len(room.parties) >= self._max_parties:
            raise RelayFull("this room is full")
        return room.admit(party_id, listener)

    async def try_line(self, offer_sdp: str, listener: LineListener, ceiling: int) -> tuple[LineTest, str]:
        """A test of one browser's line, up to `ceiling` bit/s, and the answer to its offer. Raises RelayFull, BadOffer.

        A coroutine because a relay in a process of its own has to be asked.
        """
        if len(self._tests) >= MAX_TESTS:
            raise RelayFull("too many lines are being tried")
        test = LineTest(self._context, listener, ceiling, self._tests.discard)
        self._tests.add(test)
        try:
            return test, test.negotiate(offer_sdp)
        except BadOffer:
            test.close()
            raise

    def _forget(self, room: Room) -> None:
        if self._rooms.get(room.id) is room:
            del self._rooms[room.id]

    async def _tick_forever(self) -> None:
        turn, last, lag = 0, self._clock(), 0.0
        while True:
            await asyncio.sleep(TICK)
            turn += 1
            now = self._clock()
            lag = max(lag, now - last - TICK)
            if turn % SECOND_EVERY == 0:
                self._lag_ms, lag = int(1000 * lag), 0.0
            if now - last > STALL:
                self._forgive_silence(now)
            last = now
            for room in list(self._rooms.values()):
                self._tick(room, turn, now)

    def _forgive_silence(self, now: float) -> None:
        """We were the ones who stood still: nobody is to be called silent for it."""
        for room in self._rooms.values():
            for party in room.parties.values():
                party.forgive_silence(now)

    def _tick(self, room: Room, turn: int, now: float) -> None:
        """One room's turn; a fault in it is logged and counted, and does not stop the others."""
        try:
            room.tick(now)
            if turn % LIVENESS_EVERY == 0:
                room.tick_liveness(now)
            if turn % SECOND_EVERY == 0:
                room.tick_second(now)
        except Exception:
            self._totals.faults += 1
            log.exception("tick of a room failed")
