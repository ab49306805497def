"""uvicorn's HTTP connection with deadlines, and a place for each address in the crowd of them.

uvicorn waits for ever for the rest of a head, a body, or a reader. Here each step has its deadline, and nothing that
comes in drips puts it off; an address has only so many connections, and all together leave some descriptors over.
"""

import asyncio
import resource
import time
from functools import partial
from typing import Any, cast

import h11
import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

from app.budgets import ANSWER, ARRIVALS, BODY, CLOSE, CONNECTIONS, HEADERS, MIN_READ, SPARE_DESCRIPTORS, Deadline
from app.crowds import Crowd, Pace, Proxies

_TELL_EVERY_S = 60.0
_MAX_DESCRIPTORS = 65_536

log = structlog.get_logger()


class Entrance:
    """What a process' HTTP connections share."""

    def __init__(self, trusted_proxies: str) -> None:
        self.proxies = Proxies(trusted_proxies)
        self.crowd = Crowd(CONNECTIONS)
        self._pace = Pace(ARRIVALS)
        self.descriptors = _raise_descriptors() - SPARE_DESCRIPTORS
        self._told_at = float("-inf")

    def protocol(self) -> Any:
        """Create the protocol of a connection; uvicorn's `http`."""
        return partial(Prompt, self)

    def lets_in(self, address: str, connections: int) -> bool:
        """Whether one more comes in from there; empty: from a proxy."""
        if self.is_short(connections) or (address and not self._pace.may_address(address, time.monotonic())):
            return False
        return self.crowd.enter(address)

    def is_short(self, connections: int) -> bool:
        """Whether connections have used up the file descriptors; logged once a minute."""
        if connections <= self.descriptors:
            return False
        if time.monotonic() - self._told_at > _TELL_EVERY_S:
            self._told_at = time.monotonic()
            log.error("descriptors run short", connections=connections)
        return True


def _raise_descriptors() -> int:
    """Raise the limit of file descriptors as far as the system allows, and return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MAX_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _MAX_DESCRIPTORS)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return max(soft, wanted)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


class Prompt(H11Protocol):
    """One connection. Each step has a deadline from its beginning, which arriving bytes do not extend."""

    def __init__(self, entrance: Entrance, **uvicorns: Any) -> None:
        super().__init__(**uvicorns)
        self._entrance = entrance
        self._address: str | None = None
        self._step: Deadline | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._unread = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accept the connection or close it at once, before anything is read."""
        super().connection_made(cast(asyncio.Transport, transport))  # uvloop's are none by their class
        peer = self.client[0] if self.client else ""
        address = "" if self._entrance.proxies.speaks(peer) else peer
        if not self._entrance.lets_in(address, len(self.connections)):
            self.transport.abort()
            return
        self._address = address
        self._look()

    def data_received(self, data: bytes) -> None:
        """Read part of a request."""
        super().data_received(data)
        self._look()

    def pause_writing(self) -> None:
        """The buffers are full: somebody is to read."""
        super().pause_writing()
        self._look()

    def resume_writing(self) -> None:
        """The client has read."""
        super().resume_writing()
        self._look()

    def on_response_complete(self) -> None:
        """The next request may come."""
        super().on_response_complete()
        self._look()

    def timeout_keep_alive_handler(self) -> None:
        """No further request came in time."""
        super().timeout_keep_alive_handler()
        self._look()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """The socket has a budget and deadlines of its own."""
        self._leave()
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """Either side has closed the connection."""
        self._leave()
        super().connection_lost(exc)

    def _look(self) -> None:
        """Start the deadline of the connection's step, if that has changed."""
        step = self._next() if self._address is not None else None
        if step is self._step:
            return
        self._step = step
        if self._timer is not None:
            self._timer.cancel()
        self._unread = self.transport.get_write_buffer_size()
        self._timer = self.loop.call_later(step.seconds, self._out_of_time, step) if step else None

    def _out_of_time(self, step: Deadline) -> None:
        """Close the connection, unless it is a slow reader that still makes progress."""
        unread = self.transport.get_write_buffer_size()
        if step is not ANSWER or self._unread - unread < MIN_READ:
            self.transport.abort()
            return
        self._unread = unread
        self._timer = self.loop.call_later(step.seconds, self._out_of_time, step)

    def _next(self) -> Deadline | None:
        if self.transport.is_closing():
            return CLOSE
        if self.flow.write_paused:
            return ANSWER
        if self.conn.their_state is h11.SEND_BODY:
            return BODY
        is_answered = self.cycle is None or self.cycle.response_complete
        return HEADERS if is_answered and self.timeout_keep_alive_task is None else None

    def _leave(self) -> None:
        if self._address is not None:
            self._entrance.crowd.leave(self._address)
        self._address = None
        self._look()
