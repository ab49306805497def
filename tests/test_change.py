"""Facts are published after the commit, and not at all after a rollback."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from piccolo.engine.base import Engine
from piccolo.engine.postgres import PostgresEngine

from app.clinic.change import announce, change, each_alone, listening
from app.clinic.events import Event, RoomChanged
from app.clinic.people.tables import Clinic
from tests.cast import Cast


async def test_facts_are_published_after_the_commit(cast: Cast) -> None:
    heard: list[Event] = []
    async with listening(heard.append):
        async with change():
            announce(RoomChanged(cast.clinic.id))
            assert heard == []
        assert heard == [RoomChanged(cast.clinic.id)]


async def test_facts_of_a_failed_change_are_dropped_with_it(cast: Cast) -> None:
    heard: list[Event] = []
    async with listening(heard.append):
        with pytest.raises(ZeroDivisionError):
            async with change():
                await Clinic.update({Clinic.name: "Nyt navn"}).where(Clinic.id == cast.clinic.id)
                announce(RoomChanged(cast.clinic.id))
                raise ZeroDivisionError
    assert heard == []
    assert not await Clinic.exists().where(Clinic.name == "Nyt navn")


async def test_a_change_within_a_change_commits_with_the_outer_one(cast: Cast) -> None:
    heard: list[Event] = []
    async with listening(heard.append), change():
        async with change():
            announce(RoomChanged(cast.clinic.id))
        assert heard == []


def test_announcing_outside_a_change_is_a_mistake() -> None:
    with pytest.raises(RuntimeError):
        announce(RoomChanged(uuid4()))


async def test_one_that_fails_stops_none_of_the_others_and_leaves_nothing_half_done(cast: Cast) -> None:
    async def rename(name: str) -> str:
        async with change():
            await Clinic.update({Clinic.name: name}).where(Clinic.id == cast.clinic.id)
            return f"{name[0]} {1 / (len(name) - 1)}"

    assert await each_alone(["Ny", "A", "By"], rename) == ["N 1.0", "B 1.0"]
    assert await Clinic.exists().where(Clinic.name == "By")
    async with change():
        with pytest.raises(RuntimeError):
            await each_alone(["Ny"], rename)


async def test_a_cancelled_change_never_stops_the_next(cast: Cast, database: Engine[Any]) -> None:
    """However early a task is cancelled, BEGIN's thread included, the next change finds a clean connection, and no pool
    misses one afterwards."""

    async def rename(name: str) -> None:
        async with change():
            await Clinic.update({Clinic.name: name}).where(Clinic.id == cast.clinic.id)

    for steps in range(12):
        task = asyncio.create_task(rename("Afbrudt"))
        for _step in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await rename(f"Nyt navn {steps}")
        assert await Clinic.exists().where(Clinic.name == f"Nyt navn {steps}")
    if isinstance(database, PostgresEngine):
        assert database.pool is not None
        assert database.pool.get_idle_size() == database.pool.get_size()


async def test_a_listener_that_fails_spoils_nothing(cast: Cast) -> None:
    heard: list[Event] = []

    def fail(_event: Event) -> None:
        raise ZeroDivisionError

    async with listening(fail), listening(heard.append), change():
        announce(RoomChanged(cast.clinic.id))
    assert heard == [RoomChanged(cast.clinic.id)]
