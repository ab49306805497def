"""The one WebSocket under three addresses: `/live` for a patient's device, `/desk/live`, `/guest/live`.

Reads frames and hands each to its handler, one after the other; what waits for a connection is written as its line
takes it. Codes of closing are in docs/protocol.md. Who may come in, and what a frame does, is `Doors`' to know.
"""

import asyncio
from collections import deque
from http import HTTPStatus
from typing import Any, Protocol

import structlog
from websockets.http11 import Request

from app.clinic.errors import ClinicError
from app.crowds import Crowd
from app.realtime.hub import BAD_FRAME, TOO_MANY, TOO_SLOW, Connection
from app.realtime.messages import BadFrame, ClientFrame, read_frame
from app.realtime.tasks import Tasks
from app.realtime.wire import REFUSED_WITHIN_S, Wire

AT_A_TIME = 200
"""Sockets written to in one turn of the loop, so that media in the same process is never held up for long."""
_BROKEN = 1011

log = structlog.get_logger()


class Doors(Protocol):
    """What a socket needs of the live side."""

    tasks: Tasks

    def is_door(self, path: str) -> bool:
        """Whether there is a socket at this address."""

    def address_of(self, peer: str, request: Request) -> str:
        """Where it comes from; empty when a proxy does not say."""

    def may_knock(self, address: str) -> bool:
        """Whether one more may ask to come in from there now."""

    strangers: Crowd
    known: Crowd

    async def come_in(self, request: Request) -> Connection | int:
        """The connection of whoever asks, or the code to close with."""

    async def handle(self, connection: Connection, frame: ClientFrame) -> None:
        """Do what the frame says."""

    async def gone(self, connection: Connection) -> None:
        """The connection is over, and all it said is done."""

    def stopping(self) -> None:
        """The server closes its sockets: that is nobody's going away."""


class WriteScheduler:
    """Has every socket written to that something waits for: once, however much it is that came in one go."""

    def __init__(self) -> None:
        self._stirred: deque[Socket] = deque()

    def stir(self, socket: "Socket") -> None:
        """Something waits for this socket."""
        if not self._stirred:
            asyncio.get_running_loop().call_soon(self._write)
        self._stirred.append(socket)

    def _write(self) -> None:
        for _ in range(min(AT_A_TIME, len(self._stirred))):
            self._stirred.popleft().write_waiting()
        if self._stirred:
            asyncio.get_running_loop().call_soon(self._write)


class Socket(Wire):
    """A wire with somebody at its other end. There is a task only while something they said is being done."""

    __slots__ = ("_address", "_among", "_connection", "_doors", "_is_over", "_is_stirred", "_scribe", "_work")

    def __init__(self, doors: Doors, scribe: WriteScheduler, **uvicorns: Any) -> None:
        super().__init__(**uvicorns)
        self._doors, self._scribe = doors, scribe
        self._connection: Connection | None = None
        self._address = ""
        self._among: Crowd | None = None
        self._work: asyncio.Task[None] | None = None
        self._is_over = self._is_stirred = False

    def opened(self, request: Request) -> None:
        """It is accepted before it may be closed: browsers hide the code of a refused handshake."""
        if not self._doors.is_door(request.path.partition("?")[0]):
            self.refuse(HTTPStatus.NOT_FOUND)
            return
        peer = self._transport.get_extra_info("peername")
        self._address = self._doors.address_of(str(peer[0]) if peer else "", request)
        if not self._doors.may_knock(self._address) or not self._join(self._doors.strangers):
            self.refuse(HTTPStatus.TOO_MANY_REQUESTS)
        elif self.accept(request):
            self._work = self._doors.tasks.start(self._begin(request), name="socket-opens")

    def heard(self) -> None:
        """One text after the other is worked off."""
        if self._work is None:
            self._work = self._doors.tasks.start(self._work_off(), name="socket-frames")

    def drained(self) -> None:
        """What waited meanwhile is written."""
        self._write_soon()

    def stuck(self) -> None:
        """The browser does not even read: it will catch up by reconnecting."""
        self._give_up(TOO_SLOW)

    def flooded(self) -> None:
        """No page of ours says so much."""
        self._give_up(TOO_MANY)

    def lost(self) -> None:
        """What was heard is worked off first."""
        self._join(None)
        self._end()

    def shutdown(self) -> None:
        """uvicorn stops."""
        self._doors.stopping()
        super().shutdown()

    def write_waiting(self) -> None:
        """Write as much as the line takes; closing an inbox that ran over does not wait for it."""
        self._is_stirred = False
        connection = self._connection
        while connection is not None and (not self.is_full or connection.close_code == TOO_SLOW):
            message = connection.next()
            if message is None:
                return
            if isinstance(message, int):
                self.close(message)
                self._end()
                return
            self.write(message)

    def _write_soon(self) -> None:
        if not self._is_stirred and not self._is_over:
            self._is_stirred = True
            self._scribe.stir(self)

    async def _begin(self, request: Request) -> None:
        try:
            came = await self._doors.come_in(request)
        except Exception:
            log.exception("could not let a socket in")
            came = _BROKEN
        if isinstance(came, Connection):
            self._connection = came
            came.wake = self._write_soon
            if not self._is_over and not self._join(self._doors.known):
                self._give_up(TOO_MANY)
            self._write_soon()
        else:
            self.close(came, REFUSED_WITHIN_S)
        await self._work_off()

    async def _work_off(self) -> None:
        """Everything heard so far; a connection that was closed is heard no more."""
        connection = self._connection
        while connection is not None and connection.close_code is None and self.unread:
            await self._hear(connection, self.unread.pop(0))
        self.unread.clear()
        self._work = None
        self.read_on()
        if self._is_over and connection is not None:
            self._connection = None
            await self._doors.gone(connection)

    async def _hear(self, connection: Connection, text: bytes) -> None:
        try:
            await self._doors.handle(connection, read_frame(text))
        except BadFrame:
            connection.close(BAD_FRAME)
        except ClinicError:
            return
        except Exception:
            log.exception("socket frame failed")
            connection.close(_BROKEN)

    def _join(self, crowd: Crowd | None) -> bool:
        """Be counted among these, and no longer among those before; False, and nothing changes, when they are full."""
        if crowd is not None and not crowd.enter(self._address):
            return False
        if self._among is not None:
            self._among.leave(self._address)
        self._among = crowd
        return True

    def _give_up(self, code: int) -> None:
        """Whoever neither reads nor stops hears why if they do so now, and is gone in a moment."""
        if self._connection is not None:
            self._connection.close(code)
        self.close(code, REFUSED_WITHIN_S)
        self._end()

    def _end(self) -> None:
        """Nothing is said any more."""
        if self._is_over:
            return
        self._is_over = True
        if self._connection is not None:
            self._connection.wake = None
            self.heard()
