"""What happens by itself: a table of jobs, each one call into the domain, in supervised loops.

A job that fails is logged and tried again at its next turn; it never stops the loop. Jobs claim what they do by
conditional updates, so several processes may run them at once. A job with a bell is also run as soon as it rings.
"""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import structlog

log = structlog.get_logger()

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Job:
    """`work` is awaited with the present time every `every` seconds, and at once when `bell` is set."""

    name: str
    every: float
    work: Callable[[datetime], Awaitable[object]]
    bell: asyncio.Event = field(default_factory=asyncio.Event)


async def _repeat(job: Job, clock: Clock) -> None:
    while True:
        job.bell.clear()
        try:
            await job.work(clock())
        except Exception:
            log.exception("job failed", job=job.name)
        try:
            await asyncio.wait_for(job.bell.wait(), job.every)
        except TimeoutError:
            continue


@asynccontextmanager
async def running(jobs: Sequence[Job], clock: Clock) -> AsyncIterator[None]:
    """Run every job while inside; they are cancelled and awaited at the end."""
    tasks = [
        asyncio.create_task(_repeat(job, clock), name=f"job-{job.name}", context=contextvars.Context()) for job in jobs
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
