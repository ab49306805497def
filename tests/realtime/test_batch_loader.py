"""Asking together: a crowd costs few questions, and everybody gets their own answer."""

import asyncio

import pytest

from app.realtime.batch_loader import MAX_BATCH, BatchLoader


async def test_who_asks_meanwhile_shares_the_next_question() -> None:
    asked: list[list[int]] = []

    async def find(keys: list[int]) -> dict[int, str]:
        asked.append(keys)
        await asyncio.sleep(0)
        return {key: str(key) for key in keys if key != 13}

    together = BatchLoader(find)
    crowd = 3 * MAX_BATCH
    answers = await asyncio.gather(*(together.ask(key) for key in range(crowd)), together.ask(7))
    assert answers == [None if key == 13 else str(key) for key in range(crowd)] + ["7"]
    assert [len(keys) for keys in asked] == [MAX_BATCH, MAX_BATCH, MAX_BATCH]
    assert await together.ask(1) == "1"


async def test_a_question_that_fails_fails_for_all_who_asked_it_and_no_others() -> None:
    async def find(keys: list[str]) -> dict[str, str]:
        if "bad" in keys:
            raise ValueError
        return {key: key for key in keys}

    together = BatchLoader(find)
    answers = await asyncio.gather(together.ask("bad"), together.ask("with it"), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ValueError, ValueError]
    assert await together.ask("good") == "good"


async def test_who_stops_waiting_takes_nobodys_answer_away() -> None:
    go = asyncio.Event()

    async def find(keys: list[str]) -> dict[str, str]:
        await go.wait()
        return {key: key for key in keys}

    together = BatchLoader(find)
    first, second = (asyncio.create_task(together.ask("key")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    go.set()
    assert await second == "key"
    with pytest.raises(asyncio.CancelledError):
        await first
