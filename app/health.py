"""Whether this process can do its work, and what is missing when it can't: database, disk, key, relay.

It is looked at now and then by writing one row, and again when somebody asks and the last look is old. Desks are told
when what is missing changes.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime

from app.clinic.errors import Unavailable
from app.clinic.messages import key_mark
from app.clinic.messages.key_mark import OtherKey

FRESH_S = 1.0
ANSWER_WITHIN_S = 2.0


class Health:
    """One look at a time, however many ask. `changed` is called when the database's lack changed."""

    def __init__(self, is_relaying: Callable[[], bool], changed: Callable[[], object]) -> None:
        self._is_relaying, self._changed = is_relaying, changed
        self._lacks = ""
        self._looked_at = float("-inf")
        self._looking: asyncio.Task[None] | None = None

    @property
    def is_only_read(self) -> bool:
        """Whether the disk takes nothing more, as of the last look."""
        return self._lacks == "disk"

    async def missing(self, now: datetime) -> list[str]:
        """Name what is missing; a look that takes too long tells of a database that does not answer."""
        lacks = self._lacks
        if time.monotonic() - self._looked_at > FRESH_S:
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self.look(now), name="health")
            done, _late = await asyncio.wait({self._looking}, timeout=ANSWER_WITHIN_S)
            lacks = self._lacks if done else "database"
        return [*([lacks] if lacks else []), *([] if self._is_relaying() else ["relay"])]

    async def look(self, now: datetime) -> None:
        """Look now, as the job does."""
        before = self._lacks
        try:
            await key_mark.look(now)
            self._lacks = ""
        except Unavailable as error:
            self._lacks = error.lack
        except OtherKey:
            self._lacks = "key"
        self._looked_at = time.monotonic()
        if self._lacks != before:
            self._changed()

    async def stop(self) -> None:
        """Wait for a look in progress."""
        if self._looking is not None:
            await self._looking
