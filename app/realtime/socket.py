"""The one WebSocket endpoint under three addresses: `/live` for a patient's device, `/desk/live`, `/guest/live`.

Reads frames and hands each to its handler; one writer empties the inbox. Codes of closing are in docs/protocol.md.
It decides no rights beyond who is asking and from which page; the domain decides the rest, topic by topic.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect, WebSocketException

from app.clinic.errors import ClinicError
from app.clinic.people.who import PatientWho, Person
from app.realtime.hub import (
    BAD_FRAME,
    BAD_ORIGIN,
    NOT_SIGNED_IN,
    TOO_MANY,
    TOO_SLOW,
    Connection,
    TooManyConnections,
)
from app.realtime.messages import BadFrame, ClientFrame, read_frame
from app.realtime.relay.limits import Bucket

FRAMES_A_SECOND, FRAMES_AT_ONCE = 10.0, 60.0
WRITE_TIMEOUT_S = 10.0
_BROKEN = 1011

Socket = WebSocket[Any, Any, Any]
WhoOf = Callable[[Socket], Awaitable[Person | None]]

log = structlog.get_logger()


async def admit(
    socket: Socket, who_of: WhoOf, origin: str, connect: Callable[[Person], Connection]
) -> Connection | None:
    """Open the socket for a known person from our own pages, else close it with the reason.

    A socket carries cookies from any page on the web, so the Origin header is what stands in for CSRF protection. It is
    accepted before it is closed: browsers hide the code of a refused handshake.
    """
    await socket.accept()
    if socket.headers.get("origin") != origin:
        await socket.close(BAD_ORIGIN)
        return None
    who = await who_of(socket)
    if who is None or (isinstance(who, PatientWho) and not who.confirmed):
        await socket.close(NOT_SIGNED_IN)
        return None
    try:
        return connect(who)
    except TooManyConnections:
        await socket.close(TOO_MANY)
        return None


async def converse(
    socket: Socket, connection: Connection, handle: Callable[[Connection, ClientFrame], Awaitable[None]]
) -> None:
    """Read and write until either side closes. Never raises for what the other side does."""
    line = _Line(socket, connection, asyncio.current_task())
    connection.wake = line.write_soon
    line.write_soon()
    try:
        await _read(socket, connection, handle)
    except asyncio.CancelledError:
        if not line.is_over or line.reader is None:
            raise
        line.reader.uncancel()
    finally:
        connection.wake = None
        if line.writer is not None:
            line.writer.cancel()
            await asyncio.gather(line.writer, return_exceptions=True)


@dataclass(eq=False, slots=True)
class _Line:
    """The socket's two directions: the task that reads, and, while something waits to be written, the one writer."""

    socket: Socket
    connection: Connection
    reader: asyncio.Task[Any] | None
    writer: asyncio.Task[None] | None = None
    is_over: bool = False

    def write_soon(self) -> None:
        """Something may wait to be written."""
        if self.writer is None and not self.is_over:
            self.writer = asyncio.create_task(self._write(), name="live-writer")

    async def _write(self) -> None:
        try:
            while (message := self.connection.next()) is not None:
                async with asyncio.timeout(WRITE_TIMEOUT_S):
                    if isinstance(message, int):
                        await self.socket.close(message)
                        return self._end()
                    await self.socket.send_text(message)
            self.writer = None
        except TimeoutError:
            await _give_up(self.socket)
            self._end()
        except (WebSocketDisconnect, WebSocketException, RuntimeError):
            self._end()

    def _end(self) -> None:
        """Nothing is written any more, so nothing is read."""
        self.is_over = True
        if self.reader is not None:
            self.reader.cancel()


async def _read(
    socket: Socket, connection: Connection, handle: Callable[[Connection, ClientFrame], Awaitable[None]]
) -> None:
    allowance = Bucket(FRAMES_A_SECOND, FRAMES_AT_ONCE)
    while True:
        try:
            text = await socket.receive_text()
        except (WebSocketDisconnect, WebSocketException, RuntimeError):
            return
        if not allowance.take(time.monotonic()):
            connection.close(TOO_MANY)
            break
        try:
            await handle(connection, read_frame(text))
        except BadFrame:
            connection.close(BAD_FRAME)
            break
        except ClinicError:
            continue
        except Exception:
            log.exception("socket frame failed")
            connection.close(_BROKEN)
            break
    await asyncio.Event().wait()


async def _give_up(socket: Socket) -> None:
    """The browser does not even read its close frame: leave it to the server to drop the line."""
    try:
        async with asyncio.timeout(1):
            await socket.close(TOO_SLOW)
    except (TimeoutError, WebSocketDisconnect, WebSocketException, RuntimeError):
        return
