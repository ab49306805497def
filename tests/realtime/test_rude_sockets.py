"""Sockets that only talk, and sockets by the hundred: what they cost the server, and how soon they are gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from app.budgets import Budget
from app.crowds import Crowd
from app.realtime import socket as sockets
from app.realtime import wire
from app.settings import Settings
from tests.cast import Cast
from tests.conftest import Clock
from tests.realtime.serving import PING, Serving, serving, until
from tests.realtime.test_socket import device_cookie, staff_cookie


@pytest.fixture
async def served(settings: Settings, clock: Clock, cast: Cast) -> AsyncIterator[Serving]:
    async with serving(settings, clock) as running:
        yield running


async def test_a_flood_of_pings_ends_the_connection(served: Serving, cast: Cast, now: datetime) -> None:
    async with served.line("/desk/live", cookie=await staff_cookie(cast, now)) as line:
        with suppress(ConnectionClosed):
            for number in range(200):
                await line.wire.ping(str(number))
        assert await line.closed() == 4429


def sides(served: Serving) -> list[Any]:
    """The server's ends of the sockets there are."""
    return [each for each in served.server.server_state.connections if isinstance(each, wire.Wire)]


async def test_who_is_refused_and_reads_nothing_is_gone_in_a_moment(
    served: Serving, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "REFUSED_WITHIN_S", 0.3)
    for origin in (None, "https://elsewhere.example"):
        async with served.rude(origin=origin) as stranger:
            flooding = asyncio.create_task(stranger.flood(PING, 60))
            (side,) = sides(served)
            await until(lambda: not sides(served))
            assert side._last_frames <= wire._MAX_LAST_FRAMES + wire._LAST_PIECE // len(PING), (
                "what is said after the goodbye is not even read"
            )
            assert side._transport.get_write_buffer_size() == 0
            await flooding


async def test_a_goodbye_is_not_put_off(
    served: Serving, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "CLOSE_WITHIN_S", 0.3)
    async with served.rude(headers=f"Cookie: {await device_cookie(cast.patient, now)}\r\n") as slow:
        await until(lambda: len(served.live._open) == 1)
        (side,) = sides(served)
        side.close(1012)
        for _ in range(3):
            side.pause_writing()
            side.resume_writing()
        side.pause_writing()
        flooding = asyncio.create_task(slow.flood(PING, 60))
        await until(lambda: not sides(served) and not served.live._open)
        await flooding


async def test_nothing_is_read_while_nothing_can_be_written(served: Serving, cast: Cast, now: datetime) -> None:
    async with served.line("/desk/live", cookie=await staff_cookie(cast, now)) as line:
        await until(lambda: len(served.live._open) == 1)
        (side,), (connection,) = sides(served), served.live._open
        line.wire.transport.pause_reading()
        for _ in range(40):
            connection.waiting.append(b'{"type":"%s"}' % (b"x" * 200_000))
        connection.nudge("queue")
        await until(lambda: side.is_full)
        await line.say({"type": "subscribe", "topics": ["nothing"]})
        await asyncio.sleep(0)
        assert not side._transport.is_reading()
        line.wire.transport.resume_reading()
        assert (await line.hear("refused"))["what"] == "nothing"


async def test_so_many_sockets_of_an_address_are_let_in_and_no_more(
    served: Serving, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served.live, "known", Crowd(Budget("", "", 0, address=2)))
    headers = f"Cookie: {await device_cookie(cast.patient, now)}\r\nX-Forwarded-For: "
    async with AsyncExitStack() as home:

        async def came(said: str, source: str = "127.0.0.1") -> bool:
            before = len(served.live._open)
            await home.enter_async_context(served.rude(headers=headers + said + "\r\n", source=source))
            await until(lambda: not len(served.live.strangers))
            await until(lambda: not len(served.live.tasks))
            return len(served.live._open) > before

        assert [await came(f"2001:db8::{each}") for each in (1, 2, 3)] == [True, True, False]
        assert await came("2001:db8:0:1::1"), "another network of theirs"
        assert await came("192.0.2.1")
        assert [await came(f"203.0.113.{each}", "127.0.0.2") for each in (1, 2, 3)] == [True, True, False], (
            "whoever is no proxy speaks for itself"
        )
    await until(lambda: not len(served.live.known))


async def test_strangers_sockets_of_an_address_are_refused_at_once(
    served: Serving, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served.live, "strangers", Crowd(Budget("", "", 0, address=2, installation=3)))
    async with AsyncExitStack() as crowd:

        async def came(source: str) -> int:
            return (await crowd.enter_async_context(served.rude(source=source))).status

        assert [await came("127.0.0.2") for _ in range(3)] == [101, 101, 429]
        assert [await came("127.0.0.3") for _ in range(2)] == [101, 429]
        assert not len(served.entrance.crowd), "a socket is no HTTP connection any more"
    await until(lambda: not len(served.live.strangers) and not sides(served))
