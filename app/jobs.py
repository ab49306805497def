"""What happens by itself: a table of jobs, each one call into the domain, in supervised loops.

A job that fails is logged and tried again at its next turn; it never stops the loop. Jobs claim what they do by
conditional updates, so several processes may run them at once. A job with a bell is also run as soon as it rings.
"""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

import structlog

FINISH_WITHIN_S = 3

log = structlog.get_logger()

Clock = Callable[[], datetime]
Work = Callable[[datetime], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Job:
    """`work` is awaited with the present time every `every` seconds, and at once when `bell` is set."""

    name: str
    every: float
    work: Callable[[datetime], Awaitable[object]]
    bell: asyncio.Event = field(default_factory=asyncio.Event)


async def _nothing(_now: datetime) -> None:
    """Do nothing: the default for `before`."""


async def _repeat(job: Job, clock: Clock, before: Work, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        job.bell.clear()
        try:
            now = clock()
            await before(now)
            await job.work(now)
        except Exception:
            log.exception("job failed", job=job.name)
        with suppress(TimeoutError):
            if not stopping.is_set():
                await asyncio.wait_for(job.bell.wait(), job.every)


@asynccontextmanager
async def running(jobs: Sequence[Job], clock: Clock, before: Work = _nothing) -> AsyncIterator[None]:
    """Run every job while inside, each time after `before`. At the end each may finish what it is at; one that takes
    long is cancelled."""
    stopping = asyncio.Event()
    tasks = [
        asyncio.create_task(
            _repeat(job, clock, before, stopping), name=f"job-{job.name}", context=contextvars.Context()
        )
        for job in jobs
    ]
    try:
        yield
    finally:
        stopping.set()
        for job in jobs:
            job.bell.set()
        _done, late = await asyncio.wait(tasks, timeout=FINISH_WITHIN_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
