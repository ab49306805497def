"""One WebSocket on the wire, as thin as thousands of waiting phones need it: `websockets`' protocol on a transport.

uvicorn makes one for every upgrade, in place of a task, a queue and an ASGI scope for each. It reads frames, writes
texts, asks with pings whether the other end lives, and never holds more than the transport takes: while nothing can be
written nothing is read either, and who does not read is cut off. Every frame counts, pings and pongs as well. What is
said, and by whom, is for the class that inherits it.
"""

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from http import HTTPStatus
from typing import Any, cast

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from app.buckets import Bucket
from app.budgets import CLOSE, FRAMES, REFUSED, WRITE
from app.realtime.messages import MAX_FRAME

PING_EVERY_S, PONG_WITHIN_S = 60.0, 20.0
WRITE_TIMEOUT_S, CLOSE_WITHIN_S, REFUSED_WITHIN_S = WRITE.seconds, CLOSE.seconds, REFUSED.seconds
_UNREAD, _MAX_PARTS = 8, 64
_PIECE, _LAST_PIECE = 1024, 128
"""Bytes looked at before what came of them is counted: thousands of empty frames fit in what a line brings at once."""
_MAX_LAST_FRAMES = 8
_LOST, _TOO_BIG = 1011, 1009

log = logging.getLogger("app.realtime.wire")
log.setLevel(logging.WARNING)


class Wire(asyncio.Protocol, ABC):
    """Reads and writes one socket. Nothing here awaits, and an idle one holds neither task nor queue."""

    __slots__ = (
        "_alive",
        "_allowance",
        "_deadline",
        "_everybody",
        "_is_busy",
        "_last_frames",
        "_leaving",
        "_parts",
        "_ping",
        "_protocol",
        "_transport",
        "is_full",
        "unread",
    )

    def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
        """As uvicorn calls it; `server_state.connections` are those it asks to shut down."""
        self._everybody: set[Any] = server_state.connections
        self._protocol = ServerProtocol(max_size=2 * MAX_FRAME, logger=log)
        self._transport: asyncio.Transport
        self._ping: asyncio.TimerHandle | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._leaving: asyncio.TimerHandle | None = None
        self._last_frames = 0
        self._allowance = Bucket((FRAMES.person or 0) / FRAMES.within_s, FRAMES.person or 0)
        self._is_busy = False
        self._parts: list[bytes] = []
        self._alive = True
        self.is_full = False
        self.unread: list[bytes] = []

    @abstractmethod
    def opened(self, request: Request) -> None:
        """The other end has knocked: `accept` or `refuse`."""

    @abstractmethod
    def heard(self) -> None:
        """There is one text more in `unread`; `read_on` once it is empty."""

    @abstractmethod
    def drained(self) -> None:
        """There is room again for what waits to be written."""

    @abstractmethod
    def lost(self) -> None:
        """The line is gone."""

    @abstractmethod
    def stuck(self) -> None:
        """Nothing was read of what was written for WRITE_TIMEOUT_S."""

    @abstractmethod
    def flooded(self) -> None:
        """There came more frames than anybody may send."""

    def accept(self, request: Request) -> bool:
        """Shake hands, and read nothing before `read_on`; False when theirs is no handshake."""
        self._protocol.send_response(self._protocol.accept(request))
        is_open = self._protocol.state is State.OPEN
        if is_open:
            self._is_busy = True
            self._read_or_rest()
            self._ping = asyncio.get_running_loop().call_later(PING_EVERY_S, self._ask_for_life)
        return is_open

    def refuse(self, status: HTTPStatus) -> None:
        """There is no socket at this address."""
        self._protocol.send_response(self._protocol.reject(status, ""))
        self._flush()
        self._leave_by(REFUSED_WITHIN_S)

    def write(self, text: bytes) -> None:
        """Hand a text to the transport; nothing happens on a closed line."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_text(text)
            self._flush()

    def close(self, code: int, within: float | None = None) -> None:
        """Say why, and let the other end close; who does not answer in CLOSE_WITHIN_S, or so soon, is dropped."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(code)
            self._flush(within)

    def read_on(self) -> None:
        """What was read is worked off."""
        self._is_busy = False
        self._read_or_rest()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """uvicorn hands the line over, before it repeats what was asked."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are none by their class
        self._everybody.add(self)

    def data_received(self, data: bytes) -> None:
        """Whatever comes shows that the other end lives."""
        self._alive = True
        start = 0
        while start < len(data):
            size = _PIECE if self._leaving is None else _LAST_PIECE
            self._protocol.receive_data(data[start : start + size])
            start += size
            for event in self._protocol.events_received():
                if isinstance(event, Request):
                    self.opened(event)
                elif isinstance(event, Frame):
                    self._collect(event)
            self._flush()
            if self._last_frames > _MAX_LAST_FRAMES:
                self._read_or_rest()
                return

    def pause_writing(self) -> None:
        """The transport holds all it will: wait for the reader, but not for ever."""
        self.is_full = True
        self._read_or_rest()
        if self._leaving is None:
            self._in_time()
            self._deadline = asyncio.get_running_loop().call_later(WRITE_TIMEOUT_S, self.stuck)

    def resume_writing(self) -> None:
        """The other end reads again."""
        self.is_full = False
        self._in_time()
        self._read_or_rest()
        if self._protocol.state is State.OPEN:
            self.drained()

    def connection_lost(self, _error: Exception | None) -> None:
        """By them or by us."""
        self._everybody.discard(self)
        self._in_time()
        self._ask_no_more()
        if self._leaving is not None:
            self._leaving.cancel()
        self.lost()

    def shutdown(self) -> None:
        """The server stops."""
        self.close(1012)
        self._transport.close()

    def _collect(self, frame: Frame) -> None:
        """Texts in parts are put together; pings and closing are answered by the protocol.

        The protocol counts bytes only: parts without any would never be too much.
        """
        if self._protocol.state is not State.OPEN:
            self._last_frames += 1
            return
        if frame.fin and not self._allowance.take(time.monotonic()):
            self.flooded()
            return
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        self._parts.append(bytes(frame.data))
        if frame.fin:
            self.unread.append(b"".join(self._parts))
            self._parts.clear()
            if len(self.unread) >= _UNREAD:
                self._is_busy = True
                self._read_or_rest()
            self.heard()
        elif len(self._parts) >= _MAX_PARTS:
            self._protocol.fail(_TOO_BIG)

    def _flush(self, within: float | None = None) -> None:
        """Write what the protocol has to say; nothing more once goodbye is said, but that the line closes."""
        has_left = self._leaving is not None
        for data in self._protocol.data_to_send():
            if not data:
                self._transport.close()
            elif not has_left:
                self._transport.write(data)
        if self._protocol.state in (State.CLOSING, State.CLOSED):
            self._leave_by(CLOSE_WITHIN_S if within is None else within)

    def _leave_by(self, seconds: float) -> None:
        """The line is closed by then, come what may: nothing puts this off."""
        if self._leaving is None:
            self._in_time()
            self._ask_no_more()
            self._leaving = asyncio.get_running_loop().call_later(seconds, self._transport.abort)

    def _read_or_rest(self) -> None:
        """Read while there is room both ways, and no more than a goodbye once the line closes."""
        if self._transport.is_closing():
            return
        if self._is_busy or self.is_full or self._last_frames > _MAX_LAST_FRAMES:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _ask_for_life(self) -> None:
        self._alive = False
        self._protocol.send_ping(b"")
        self._flush()
        self._ping = asyncio.get_running_loop().call_later(PONG_WITHIN_S, self._hear_of_life)

    def _hear_of_life(self) -> None:
        """Whoever said nothing since they were asked has gone without a word."""
        if self._alive:
            self._ping = asyncio.get_running_loop().call_later(PING_EVERY_S - PONG_WITHIN_S, self._ask_for_life)
        else:
            self._protocol.fail(_LOST)
            self._flush()

    def _ask_no_more(self) -> None:
        if self._ping is not None:
            self._ping.cancel()
            self._ping = None

    def _in_time(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
