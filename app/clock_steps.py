"""Notices when the machine's clock is set, so that what runs for seconds neither ends at once nor lasts for an hour.

What people agreed on goes by the clock; leases, rings and signs of life go by how much time passed. When the clock
moved by more than passed, they move along.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

STEP = timedelta(seconds=5)
"""Smaller differences come from the clock being slewed, or a job that ran late."""

log = structlog.get_logger()


class ClockSteps:
    """`moved` is told by how much the clock was set, once for each step; `steady` is seconds that no clock moves."""

    def __init__(
        self, moved: Callable[[timedelta], Awaitable[None]], steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._moved, self._steady = moved, steady
        self._began: datetime | None = None
        self._lock = asyncio.Lock()

    async def look(self, now: datetime) -> None:
        """Look for a step; call this before anything is judged by `now`.

        Raises what `moved` raises, and then reports the same step at the next look.
        """
        async with self._lock:
            began = now - timedelta(seconds=self._steady())
            step = began - self._began if self._began else timedelta()
            if abs(step) > STEP:
                log.warning("the clock was set", by_s=round(step.total_seconds()))
                await self._moved(step)
            self._began = began
