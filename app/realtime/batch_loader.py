"""One question for all who ask the same kind of thing at once.

After a restart thousands of pages come back within seconds, each with the same three questions to the database. Whoever
asks while a question is under way shares the next one, so a crowd costs a few questions more, not thousands.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

MAX_BATCH = 200


class BatchLoader(Generic[K, V]):
    """Answers `ask` by `find`, which is told many keys and answers those it found. Owned by one event loop."""

    def __init__(self, find: Callable[[list[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._find = find
        self._asked: dict[K, asyncio.Future[V | None]] = {}
        self._finding: asyncio.Task[None] | None = None

    async def ask(self, key: K) -> V | None:
        """What was found for this key; raises what the question it was part of raised."""
        if key not in self._asked:
            self._asked[key] = asyncio.get_running_loop().create_future()
        answer = self._asked[key]
        if self._finding is None:
            # in no transaction, whoever it was that asked first
            self._finding = asyncio.create_task(self._answer_all(), name="batch", context=contextvars.Context())
        return await asyncio.shield(answer)

    async def _answer_all(self) -> None:
        try:
            while self._asked:
                now = {key: self._asked.pop(key) for key in list(self._asked)[:MAX_BATCH]}
                await self._answer(now)
        finally:
            self._finding = None

    async def _answer(self, asked: dict[K, asyncio.Future[V | None]]) -> None:
        try:
            found = await self._find(list(asked))
        except Exception as problem:
            for answer in asked.values():
                answer.set_exception(problem)
            return
        for key, answer in asked.items():
            answer.set_result(found.get(key))
