"""One write transaction at a time, and the facts announced in it.

Events are published after the commit and dropped on a rollback, so nobody ever hears of something that did not
happen. Inside a change nothing is awaited but the database.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TypeVar

import structlog

from app.clinic import database
from app.clinic.events import Event

log = structlog.get_logger()

T = TypeVar("T")
R = TypeVar("R")
Listener = Callable[[Event], None]

_announced: ContextVar[list[Event] | None] = ContextVar("announced", default=None)
_listeners: list[Listener] = []


@asynccontextmanager
async def change() -> AsyncIterator[None]:
    """Everything inside commits together or not at all; a change within a change joins the outer one."""
    if _announced.get() is not None:
        yield
        return
    events: list[Event] = []
    token = _announced.set(events)
    try:
        async with database.engine().transaction():
            yield
    finally:
        _announced.reset(token)
    for event in events:
        for listener in list(_listeners):
            try:
                listener(event)
            except Exception:
                log.exception("listener failed", fact=type(event).__name__)


def announce(event: Event) -> None:
    """Publish this fact when the surrounding change commits; raises RuntimeError outside a change."""
    events = _announced.get()
    if events is None:
        raise RuntimeError("announce() outside change()")
    events.append(event)


async def each_alone(those: Iterable[T], work: Callable[[T], Awaitable[R]]) -> list[R]:
    """Call `work` for each, every one in a change of its own, and return the results: for jobs over many clinics.

    One that fails is logged and does not stop the others. Raise RuntimeError inside a change.
    """
    if _announced.get() is not None:
        raise RuntimeError("each_alone() inside change()")
    done = []
    for each in those:
        try:
            done.append(await work(each))
        except Exception:
            log.exception("one of many failed", work=work.__qualname__)
    return done


@asynccontextmanager
async def listening(listener: Listener) -> AsyncIterator[None]:
    """Hear every published event while inside. The listener must not block."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
