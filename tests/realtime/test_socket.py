"""The socket on the wire: who is let in, what is refused, who hears what, and how it closes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Request

from app.clinic.calls import call as calls
from app.clinic.calls.access import call_for
from app.clinic.change import announce, change
from app.clinic.events import PlaceChanged, RoomChanged
from app.clinic.people import devices, sessions
from app.clinic.people.tables import Patient
from app.clinic.waiting.tables import Place
from app.realtime import live as lives
from app.realtime import wire
from app.realtime.hub import Connection
from app.settings import Settings
from tests.calls.test_call import waiting
from tests.cast import Cast, cookie_of, who
from tests.conftest import Clock
from tests.realtime.serving import Line, Serving, serving, until


@pytest.fixture
async def served(settings: Settings, clock: Clock, cast: Cast) -> AsyncIterator[Serving]:
    async with serving(settings, clock) as running:
        yield running


async def staff_cookie(cast: Cast, now: datetime) -> str:
    return f"naervaer-staff={await cookie_of(cast.doctor, now)}"


async def device_cookie(patient: Patient, now: datetime, *, confirmed: bool = True) -> str:
    _device, secret = await devices.remember(patient, now, confirmed=confirmed)
    return f"naervaer-device={secret}"


async def test_strangers_and_unconfirmed_devices_are_turned_away_for_good(
    served: Serving, cast: Cast, now: datetime
) -> None:
    unconfirmed = await device_cookie(cast.patient, now, confirmed=False)
    wrong_door = await staff_cookie(cast, now)
    for path, cookie in (("/live", ""), ("/desk/live", ""), ("/live", unconfirmed), ("/live", wrong_door)):
        async with served.line(path, cookie=cookie) as line:
            assert await line.closed() == 4401


async def test_on_a_shared_phone_a_page_comes_as_its_own_person(served: Serving, cast: Cast, now: datetime) -> None:
    place = await waiting(cast, now)
    acting = await device_cookie(cast.second_patient, now)
    shared = f"{acting}.{(await device_cookie(cast.patient, now)).partition('=')[2]}"
    topics = {"type": "subscribe", "topics": [f"place:{place.id}"]}
    async with served.line(cookie=shared) as line, served.line(f"/live?person={cast.patient.id}", cookie=shared) as own:
        await line.say(topics)
        assert await line.hear("refused")
        await own.say(topics)
        assert (await own.hear("nudge"))["topics"] == topics["topics"]
    async with served.line(f"/live?person={cast.child.id}", cookie=shared) as line:
        assert await line.closed() == 4401


async def test_another_sites_page_gets_no_socket(served: Serving, cast: Cast, now: datetime) -> None:
    cookie = await staff_cookie(cast, now)
    for origin in ("https://elsewhere.example", "", served.origin + ".evil.example"):
        async with served.line("/desk/live", cookie=cookie, origin=origin) as line:
            assert await line.closed() == 4403


@pytest.mark.parametrize("text", ["", "{}", '{"type":"dance"}', '{"type":"subscribe","topics":[],"x":1}'])
async def test_unknown_frames_end_the_connection(served: Serving, cast: Cast, now: datetime, text: str) -> None:
    async with served.line("/desk/live", cookie=await staff_cookie(cast, now)) as line:
        await line.wire.send(text)
        assert await line.closed() == 4400


async def test_a_flood_of_frames_ends_the_connection(served: Serving, cast: Cast, now: datetime) -> None:
    async with served.line("/desk/live", cookie=await staff_cookie(cast, now)) as line:
        for _ in range(200):
            await line.say({"type": "subscribe", "topics": []})
        assert await line.closed() == 4429


async def test_staff_hear_of_their_own_clinic_only(served: Serving, cast: Cast, now: datetime) -> None:
    foreign = f"queue:{cast.other_clinic.id}"
    other_place = Place(clinic=cast.other_clinic.id, patient=cast.other_patient.id)
    await other_place.save()
    wanted = [f"queue:{cast.clinic.id}", foreign, f"place:{other_place.id}", f"everyone:{cast.clinic.id}", "dance", ""]
    async with served.line("/desk/live", cookie=await staff_cookie(cast, now)) as line:
        await line.say({"type": "subscribe", "topics": wanted})
        refused = [(await line.hear("refused"))["what"] for _ in range(5)]
        assert refused == wanted[1:]
        async with change():
            announce(RoomChanged(cast.other_clinic.id))
            announce(RoomChanged(cast.clinic.id))
        assert (await line.hear("nudge"))["topics"] == [f"queue:{cast.clinic.id}"]


async def test_a_patient_hears_of_their_own_place_and_of_words_to_all(
    served: Serving, cast: Cast, now: datetime
) -> None:
    own, other = await waiting(cast, now), await waiting(cast, now, cast.second_patient)
    async with served.line(cookie=await device_cookie(cast.patient, now)) as line:
        wanted = [f"queue:{cast.clinic.id}", f"place:{other.id}", f"place:{own.id}"]
        await line.say({"type": "subscribe", "topics": wanted})
        assert {(await line.hear("refused"))["what"] for _ in range(2)} == {
            f"queue:{cast.clinic.id}",
            f"place:{other.id}",
        }
        async with change():
            announce(PlaceChanged(cast.clinic.id, own.id))
        assert (await line.hear("nudge"))["topics"] == [f"place:{own.id}"]
        async with change():
            announce(RoomChanged(cast.clinic.id))
        assert (await line.hear("nudge"))["topics"] == [f"place:{own.id}"]


async def test_presence_follows_the_last_open_page(served: Serving, cast: Cast, clock: Clock) -> None:
    place = await waiting(cast, clock.now)
    cookie = await device_cookie(cast.patient, clock.now)

    async def gone_at() -> datetime | None:
        row = await Place.select(Place.gone_at).where(Place.id == place.id).first()
        assert row is not None
        found: datetime | None = row["gone_at"]
        return found

    async with served.line(cookie=cookie) as first:
        await first.say({"type": "here", "place": str(place.id), "visible": True})
        async with served.line(cookie=cookie) as second:
            await second.say({"type": "here", "place": str(place.id), "visible": False})
            await second.say({"type": "subscribe", "topics": ["nothing"]})
            await second.hear("refused")
        await until(lambda: len(served.live._open) == 1 and not len(served.live.tasks))
        assert await gone_at() is None
        clock.forward(minutes=1)
    for _ in range(100):
        if await gone_at() is not None:
            break
        await asyncio.sleep(0.02)
    assert await gone_at() == clock.now
    async with served.line(cookie=cookie) as again:
        clock.forward(seconds=10)
        await again.say({"type": "here", "place": str(place.id), "visible": True})
        await again.say({"type": "subscribe", "topics": ["nothing"]})
        await again.hear("refused")
        assert await gone_at() is None


async def test_a_place_sleeps_when_none_of_its_pages_is_looked_at(served: Serving, cast: Cast, clock: Clock) -> None:
    place = await waiting(cast, clock.now)
    cookie = await device_cookie(cast.patient, clock.now)

    async def hidden_after(line: Line, **state: bool) -> datetime | None:
        await line.say({"type": "here", "place": str(place.id), **state})
        await line.say({"type": "subscribe", "topics": ["nothing"]})
        await line.hear("refused")
        row = await Place.select(Place.hidden_at).where(Place.id == place.id).first()
        assert row is not None
        found: datetime | None = row["hidden_at"]
        return found

    async with served.line(cookie=cookie) as phone, served.line(cookie=cookie) as tablet:
        assert await hidden_after(phone, visible=True) is None
        assert await hidden_after(tablet, visible=False) is None
        assert await hidden_after(phone, visible=False) == clock.now
        assert await hidden_after(tablet, visible=True) is None
        assert await hidden_after(tablet, visible=False, closing=True) == clock.now


async def test_the_patients_screen_tells_that_it_shows_the_ring(served: Serving, cast: Cast, clock: Clock) -> None:
    call = await calls.call_in((await waiting(cast, clock.now)).id, who(cast.doctor), clock.now)
    for patient, is_seen in ((cast.second_patient, False), (cast.patient, True)):
        async with served.line(cookie=await device_cookie(patient, clock.now)) as line:
            await line.say({"type": "seen", "call": str(call.id)})
            await line.say({"type": "subscribe", "topics": ["nothing"]})
            await line.hear("refused")
        assert ((await call_for(who(cast.doctor), call.id)).seen_at is not None) is is_seen


async def test_a_ring_is_held_by_its_doctors_open_desk(served: Serving, cast: Cast, clock: Clock) -> None:
    call = await calls.call_in((await waiting(cast, clock.now)).id, who(cast.doctor), clock.now)

    async def rings_after(seconds: int) -> bool:
        await served.live.hold_rings(clock.forward(seconds=seconds))
        return bool((await call_for(who(cast.doctor), call.id)).state == "ringing")

    assert await rings_after(25), "after a start every desk has a while to come back"
    async with served.line("/desk/live", cookie=await staff_cookie(cast, clock.now)):
        await until(lambda: len(served.live.hub) == 1)
        assert await rings_after(15)
        assert await rings_after(15)
    await until(lambda: len(served.live.hub) == 0)
    assert await rings_after(15)
    assert not await rings_after(5)


async def test_nobody_waits_in_somebody_elses_place(served: Serving, cast: Cast, now: datetime) -> None:
    place = await waiting(cast, now)
    async with served.line(cookie=await device_cookie(cast.second_patient, now)) as line:
        await line.say({"type": "here", "place": str(place.id), "visible": True})
        assert (await line.hear("refused"))["what"] == f"place:{place.id}"
    async with served.line("/desk/live", cookie=await staff_cookie(cast, now)) as line:
        await line.say({"type": "here", "place": str(place.id), "visible": True})
        assert (await line.hear("refused"))["what"] == f"place:{place.id}"


async def test_who_says_here_is_answered(served: Serving, cast: Cast, now: datetime) -> None:
    """A page may only promise what the server has confirmed: first news, then each sign of life."""
    place = await waiting(cast, now)
    async with served.line(cookie=await device_cookie(cast.patient, now)) as line:
        for visible in (True, True, False):
            await line.say({"type": "here", "place": str(place.id), "visible": visible})
            assert (await line.hear("heard"))["place"] == str(place.id)
    async with served.line("/desk/live", cookie=await staff_cookie(cast, now)) as line:
        await line.say({"type": "alive"})
        assert await line.hear("heard") == {"type": "heard"}


async def test_a_restart_tells_browsers_to_come_back(served: Serving, cast: Cast, now: datetime) -> None:
    async with served.line("/desk/live", cookie=await staff_cookie(cast, now)) as line:
        await line.say({"type": "subscribe", "topics": ["nothing"]})
        await line.hear("refused")
        stopping = asyncio.create_task(served.live.stop())
        assert await line.closed() == 1012
        await stopping


async def test_signing_out_closes_the_socket(
    served: Serving, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lives, "RECHECK_S", 0.05)
    await served.live.start()
    async with served.line("/desk/live", cookie=await staff_cookie(cast, now)) as line:
        await line.say({"type": "subscribe", "topics": ["nothing"]})
        await line.hear("refused")
        (connection,) = served.live._open
        await sessions.sign_out(connection.who.session)  # type: ignore[union-attr]
        assert await line.closed() == 4401


async def test_forgetting_here_closes_the_installed_app_s_socket_at_once(
    served: Serving, cast: Cast, now: datetime
) -> None:
    phone, _secret = await devices.remember(cast.patient, now, confirmed=True)
    app, secret = await devices.remember(cast.patient, now, confirmed=True, handed_from=phone.id)
    again, _secret = await devices.remember(cast.patient, now, confirmed=True, handed_from=phone.id)
    tablet = await device_cookie(cast.patient, now)
    async with served.line(cookie=f"naervaer-device={secret}") as line, served.line(cookie=tablet) as others:
        await until(lambda: len(served.live._open) == 2)
        await devices.revoke(again.id, now)
        assert await line.closed() == 4401
        await others.say({"type": "subscribe", "topics": ["nothing"]})
        await others.hear("refused")
    assert not await devices.alive([phone.id, app.id, again.id], now)


async def test_a_client_that_does_not_read_is_cut_off(
    served: Serving, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "WRITE_TIMEOUT_S", 0.2)
    cookie = await staff_cookie(cast, now)
    topics = {"type": "subscribe", "topics": [f"queue:{cast.clinic.id}"]}
    async with served.line("/desk/live", cookie=cookie) as slow:
        await until(lambda: len(served.live._open) == 1)
        (slow_side,) = served.live._open
        async with served.line("/desk/live", cookie=cookie) as quick:
            for line in (slow, quick):
                await line.say(topics)
            await until(lambda: sum(bool(connection.topics) for connection in served.live._open) == 2)
            slow.wire.transport.pause_reading()
            for _ in range(60):
                slow_side.waiting.append(b"x" * 200_000)
            slow_side.nudge("queue")
            await until(lambda: slow_side not in served.live._open, within=10)
            async with change():
                announce(RoomChanged(cast.clinic.id))
            assert await quick.hear("nudge")
            slow.wire.transport.abort()


async def test_there_is_no_socket_elsewhere(served: Serving) -> None:
    with pytest.raises(InvalidStatus, match="404"):
        async with served.line("/desk"):
            raise AssertionError


async def test_what_a_page_says_last_is_done_though_it_is_gone(served: Serving, cast: Cast, clock: Clock) -> None:
    place = await waiting(cast, clock.now)
    async with served.line(cookie=await device_cookie(cast.patient, clock.now)) as line:
        await line.say({"type": "here", "place": str(place.id), "visible": True})
        await line.say({"type": "here", "place": str(place.id), "visible": False, "closing": True})
        line.wire.transport.abort()
    await until(lambda: not served.live._open and not len(served.live.tasks))
    row = await Place.select(Place.presence, Place.hidden_at, Place.gone_at).where(Place.id == place.id).first()
    assert row == {"presence": "reconnecting", "hidden_at": None, "gone_at": clock.now}


async def test_a_frame_in_parts_is_one_frame(served: Serving, cast: Cast, now: datetime) -> None:
    async with served.line("/desk/live", cookie=await staff_cookie(cast, now)) as line:
        await line.wire.send(['{"type":"subscribe",', '"topics":["noth', 'ing"]}'])
        assert (await line.hear("refused"))["what"] == "nothing"


async def test_a_frame_in_endless_parts_ends_the_connection(served: Serving, cast: Cast, now: datetime) -> None:
    async with served.line("/desk/live", cookie=await staff_cookie(cast, now)) as line:
        with suppress(ConnectionClosed):
            await line.wire.send([""] * 1000)
        assert await line.closed() == 1009


async def test_nothing_is_read_before_somebody_is_let_in(
    served: Serving, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    come_in, may_come_in, read_before = served.live.come_in, asyncio.Event(), list[bytes]()

    async def asked(request: Request) -> Connection | int:
        await may_come_in.wait()
        read_before.extend(socket.unread)
        return await come_in(request)

    monkeypatch.setattr(served.live, "come_in", asked)
    async with served.line("/desk/live", cookie=await staff_cookie(cast, now)) as line:
        socket: Any = next(iter(served.server.server_state.connections))
        assert not socket._transport.is_reading()
        await line.say({"type": "subscribe", "topics": ["nothing"]})
        may_come_in.set()
        assert (await line.hear("refused"))["what"] == "nothing"
    assert read_before == []


async def test_a_line_that_died_without_a_word_is_dropped(
    served: Serving, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "PING_EVERY_S", 0.05)
    monkeypatch.setattr(wire, "PONG_WITHIN_S", 0.05)
    async with served.line("/desk/live", cookie=await staff_cookie(cast, now)) as line:
        await until(lambda: len(served.live._open) == 1)
        line.wire.transport.pause_reading()
        await until(lambda: not served.live._open)
        line.wire.transport.abort()


async def test_a_stopping_server_loses_nobodys_place(served: Serving, cast: Cast, clock: Clock) -> None:
    place = await waiting(cast, clock.now)
    async with served.line(cookie=await device_cookie(cast.patient, clock.now)) as line:
        await line.say({"type": "here", "place": str(place.id), "visible": True})
        await line.say({"type": "subscribe", "topics": ["nothing"]})
        await line.hear("refused")
        served.server.should_exit = True
        assert await line.closed() == 1012
    await until(lambda: not served.live._open and not len(served.live.tasks))
    assert await Place.exists().where(Place.id == place.id, Place.gone_at.is_null())
