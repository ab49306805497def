"""TURN for closed networks: credentials as coturn reads them, settings that are checked, servers that are asked."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

import pytest

from app.realtime import turn
from app.realtime.turn import TurnWatch, does_answer, servers_for
from app.settings import SettingError, Settings
from tests.cast import Cast
from tests.conftest import Clock
from tests.realtime.serving import serving
from tests.realtime.test_socket import staff_cookie

URL, SECRET = "turn:127.0.0.1:3478?transport=tcp", "sixteen characters or more"


def test_credentials_expire_in_ten_minutes_and_name_nobody(settings: Settings, now: datetime) -> None:
    (server,) = servers_for(replace(settings, turn_urls=(URL,), turn_secret=SECRET), "staff:abc", now)
    expiry, _, name = server.username.partition(":")
    assert int(expiry) == int(now.timestamp()) + 600
    assert "abc" not in name and "staff" not in name
    expected = hmac.new(SECRET.encode(), server.username.encode(), hashlib.sha1).digest()
    assert server.credential == base64.b64encode(expected).decode()
    assert servers_for(settings, "staff:abc", now) == []


@pytest.mark.parametrize(
    "values",
    [
        {"TURN_URLS": "https://turn.example.dk", "TURN_SECRET": SECRET},
        {"TURN_URLS": URL, "TURN_SECRET": "short"},
        {"TURN_URLS": URL},
    ],
)
def test_faulty_settings_are_named(values: dict[str, str]) -> None:
    with pytest.raises(SettingError, match="TURN_"):
        Settings.from_environment({"SECRET_KEY": "x" * 40, **values})


async def test_a_page_is_told_over_its_socket(settings: Settings, clock: Clock, cast: Cast, now: datetime) -> None:
    cookie = await staff_cookie(cast, now)
    known = replace(settings, turn_urls=(URL,), turn_secret=SECRET)
    async with serving(known, clock) as served, served.line("/desk/live", cookie=cookie) as line:
        await line.say({"type": "servers"})
        (server,) = (await line.hear("servers"))["servers"]
        assert server["urls"] == [URL]


@pytest.fixture
async def stun() -> AsyncIterator[int]:
    """A server that answers binding requests over TCP and UDP, as coturn would; answers its port."""

    def answer(request: bytes) -> bytes:
        return b"\x01\x01" + request[2:]

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(await reader.readexactly(20)))
        await writer.drain()
        writer.close()

    class Echo(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, address: object) -> None:
            self.transport.sendto(answer(data), address)  # type: ignore[attr-defined]

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = int(server.sockets[0].getsockname()[1])
    datagrams, _echo = await asyncio.get_running_loop().create_datagram_endpoint(Echo, ("127.0.0.1", port))
    yield port
    datagrams.close()
    server.close()
    await server.wait_closed()


async def test_a_server_that_answers_is_known_by_it(stun: int) -> None:
    assert await does_answer(f"turn:127.0.0.1:{stun}?transport=tcp")
    assert await does_answer(f"turn:127.0.0.1:{stun}?transport=udp")
    assert not await does_answer(f"turns:127.0.0.1:{stun}")


async def test_silence_is_said_once_and_so_is_the_return(
    stun: int, settings: Settings, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(turn.log, "info", lambda words, **_fields: said.append("answers"))
    monkeypatch.setattr(turn.log, "warning", lambda words, **_fields: said.append("silent"))
    watch = TurnWatch(replace(settings, turn_urls=(f"turn:127.0.0.1:{stun}?transport=tcp",)))
    await watch.look(now)
    await watch.look(now)
    monkeypatch.setattr(turn, "does_answer", _no)
    await watch.look(now)
    await watch.look(now)
    monkeypatch.undo()
    assert said == ["answers", "silent"]


async def _no(_url: str) -> bool:
    return False
