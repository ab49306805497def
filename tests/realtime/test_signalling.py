"""The call's room over the wire: who gets in, who is told what, and what survives losing socket, page or server."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import pytest

from app.clinic.calls import call as calls
from app.clinic.calls import quality
from app.clinic.calls.access import call_for
from app.clinic.calls.tables import Call
from app.clinic.people import sessions
from app.clinic.people.who import Who
from app.realtime import call_room, signalling
from app.realtime import live as lives
from app.realtime.relay import Party
from app.realtime.relay.wire.dtls_library import dtls
from app.settings import Settings
from tests.calls.test_call import waiting
from tests.cast import Cast, cookie_of, who
from tests.conftest import Clock
from tests.realtime.serving import Line, Serving, serving, until
from tests.realtime.test_socket import device_cookie
from tests.relay.browser import Browser, Ears
from tests.relay.packets import offer_text

OFFER = offer_text("chromium")


@dataclass
class Room:
    """A ringing call and the two who may come in."""

    served: Serving
    cast: Cast
    call: Call
    doctor: str
    patient: str

    def offer(self, connection: str = "one", *, restart: bool = False, sdp: str = OFFER) -> dict[str, Any]:
        return {"type": "offer", "call": str(self.call.id), "connection": connection, "restart": restart, "sdp": sdp}

    async def enter(self, line: Line, connection: str = "one") -> dict[str, Any]:
        await line.say(self.offer(connection))
        answer = await line.hear("answer")
        assert answer["connection"] == connection
        assert answer["sdp"].startswith("v=0")
        return await line.hear("parties")


@pytest.fixture
async def room(settings: Settings, clock: Clock, cast: Cast, now: datetime) -> AsyncIterator[Room]:
    place = await waiting(cast, now)
    call = await calls.call_in(place.id, who(cast.doctor), now)
    doctor = f"naervaer-staff={await cookie_of(cast.doctor, now)}"
    async with serving(settings, clock) as served:
        yield Room(served, cast, call, doctor, await device_cookie(cast.patient, now))


async def test_the_desk_enters_while_it_rings_and_the_patient_after_answering(room: Room, now: datetime) -> None:
    async with (
        room.served.line("/desk/live", cookie=room.doctor) as desk,
        room.served.line(cookie=room.patient) as phone,
    ):
        assert [party["you"] for party in (await room.enter(desk))["parties"]] == [True]
        await phone.say(room.offer())
        assert (await phone.hear("refused"))["why"] == "not_yet"
        await calls.answer(room.call, now)
        seen = (await room.enter(phone))["parties"]
        assert [(party["name"], party["role"], party["you"]) for party in seen] == [
            ("Mette Holm", "staff", False),
            ("Jens Hansen", "patient", True),
        ]
        assert len((await desk.hear("parties"))["parties"]) == 2


async def test_nobody_else_gets_in(room: Room, now: datetime) -> None:
    await calls.answer(room.call, now)
    colleague = f"naervaer-staff={await cookie_of(room.cast.colleague, now)}"
    outsider = f"naervaer-staff={await cookie_of(room.cast.outsider, now)}"
    other = await device_cookie(room.cast.second_patient, now)
    for path, cookie in (("/desk/live", colleague), ("/desk/live", outsider), ("/live", other)):
        async with room.served.line(path, cookie=cookie) as line:
            await line.say(room.offer())
            refused = await line.hear("refused")
            assert (refused["what"], refused["why"]) == (str(room.call.id), "unknown")
    assert len(room.served.live.signalling) == 0


async def test_an_offer_that_is_none_is_refused(room: Room) -> None:
    async with room.served.line("/desk/live", cookie=room.doctor) as desk:
        await desk.say(room.offer(sdp="v=0 nonsense"))
        assert (await desk.hear("refused"))["why"] == "bad_offer"


async def test_the_call_over_the_relays_limit_is_refused_and_may_be_tried_again(room: Room) -> None:
    others = [await room.served.relay.join(str(number), "a", Ears()) for number in range(50)]
    async with room.served.line("/desk/live", cookie=room.doctor) as desk:
        await desk.say(room.offer())
        refused = await desk.hear("refused")
        assert (refused["what"], refused["why"]) == (str(room.call.id), "full")
        others[0].leave()
        assert (await room.enter(desk))["parties"]


async def test_others_see_what_is_sent(room: Room, now: datetime) -> None:
    await calls.answer(room.call, now)
    async with (
        room.served.line("/desk/live", cookie=room.doctor) as desk,
        room.served.line(cookie=room.patient) as phone,
    ):
        await room.enter(desk)
        await room.enter(phone)
        await phone.say({"type": "media", "call": str(room.call.id), "microphone": False, "camera": True})
        async with asyncio.timeout(3):
            while True:
                parties = (await desk.hear("parties"))["parties"]
                (patient,) = [party for party in parties if party["role"] == "patient"] or [{"microphone": True}]
                if not patient["microphone"]:
                    break
        assert patient["camera"]


async def test_ending_tells_everybody_and_empties_the_room(room: Room, now: datetime) -> None:
    await calls.answer(room.call, now)
    async with (
        room.served.line("/desk/live", cookie=room.doctor) as desk,
        room.served.line(cookie=room.patient) as phone,
    ):
        await room.enter(desk)
        await room.enter(phone)
        await calls.hang_up(room.call, who(room.cast.doctor), now)
        assert await desk.hear("ended")
        assert await phone.hear("ended")
        assert len(room.served.live.signalling) == 0
        await until(lambda: room.served.relay.counters["parties"] == 0)
        await desk.say(room.offer("two"))
        assert await desk.hear("ended")


async def test_a_newer_page_of_the_same_person_replaces_the_older(room: Room) -> None:
    async with (
        room.served.line("/desk/live", cookie=room.doctor) as old,
        room.served.line("/desk/live", cookie=room.doctor) as new,
    ):
        await room.enter(old, "one")
        await room.enter(new, "two")
        assert await old.hear("replaced")
        await old.say(room.offer("one", restart=True))
        assert await old.hear("replaced")
        assert room.served.relay.counters["parties"] == 1


async def test_a_known_connection_is_restarted_over_a_new_socket(room: Room) -> None:
    async with room.served.line("/desk/live", cookie=room.doctor) as line:
        await room.enter(line)
    async with room.served.line("/desk/live", cookie=room.doctor) as line:
        await line.say(room.offer("one", restart=True))
        assert (await line.hear("answer"))["connection"] == "one"
        assert await line.hear("slots")
        assert await line.hear("parties")


async def test_an_unknown_connection_is_gone(room: Room) -> None:
    async with room.served.line("/desk/live", cookie=room.doctor) as line:
        await line.say(room.offer("from before the restart", restart=True))
        gone = await line.hear("gone")
        assert gone["connection"] == "from before the restart"
        assert await room.enter(line, "new")


async def test_a_seat_without_socket_or_media_is_given_up_but_the_call_is_not(
    room: Room, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_room, "KEEP_SEAT_S", 0.2)
    await calls.answer(room.call, now)
    async with room.served.line("/desk/live", cookie=room.doctor) as desk:
        await room.enter(desk)
        async with room.served.line(cookie=room.patient) as phone:
            await room.enter(phone)
        assert room.served.relay.counters["parties"] == 2
        async with asyncio.timeout(3):
            while not any(party["state"] == "left" for party in (await desk.hear("parties"))["parties"]):
                pass
        assert room.served.relay.counters["parties"] == 1
        assert (await call_for(who(room.cast.doctor), room.call.id)).state == "running"
        async with room.served.line(cookie=room.patient) as phone:
            await room.enter(phone, "back again")


async def test_who_signed_out_is_put_out_of_the_room(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lives, "RECHECK_S", 0.05)
    await room.served.live.start()
    async with room.served.line("/desk/live", cookie=room.doctor) as desk:
        await room.enter(desk)
        (connection,) = room.served.live._open
        await sessions.sign_out(connection.who.session)  # type: ignore[union-attr]
        assert await desk.closed() == 4401
        await until(lambda: room.served.relay.counters["parties"] == 0)
    assert (await call_for(who(room.cast.doctor), room.call.id)).state == "ringing"


async def test_who_is_cut_off_is_put_out_at_once_with_or_without_a_socket(room: Room, now: datetime) -> None:
    live, relay = room.served.live, room.served.relay
    async with room.served.line("/desk/live", cookie=room.doctor) as desk:
        await room.enter(desk)
        live.cut_off(room.cast.doctor.id)
        assert relay.counters["parties"] == 0
        assert await desk.closed() == 4401
    await calls.answer(room.call, now)
    async with room.served.line(cookie=room.patient) as phone:
        await room.enter(phone)
        (connection,) = live._open
    await until(lambda: not live._open)
    assert relay.counters["parties"] == 1
    live.cut_off(room.cast.doctor.id)
    assert relay.counters["parties"] == 1
    live.cut_off(connection.who)
    assert relay.counters["parties"] == 0
    assert len(live.signalling) == 0
    assert (await call_for(who(room.cast.doctor), room.call.id)).state == "running"


async def test_a_call_that_ends_while_somebody_comes_in_leaves_no_room(
    room: Room, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read_and_dawdle(someone: Who, call: UUID) -> Call:
        found = await call_for(someone, call)
        await calls.hang_up(found, who(room.cast.doctor), now)
        return found

    monkeypatch.setattr(signalling, "call_for", read_and_dawdle)
    async with room.served.line("/desk/live", cookie=room.doctor) as desk:
        await desk.say(room.offer())
        assert await desk.hear("ended")
    assert len(room.served.live.signalling) == 0
    assert room.served.relay.counters["parties"] == 0


async def test_who_is_cut_off_while_coming_in_gets_no_seat(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    async def read_and_dawdle(someone: Who, call: UUID) -> Call:
        found = await call_for(someone, call)
        room.served.live.cut_off(room.cast.doctor.id)
        return found

    monkeypatch.setattr(signalling, "call_for", read_and_dawdle)
    async with room.served.line("/desk/live", cookie=room.doctor) as desk:
        await desk.say(room.offer())
        assert await desk.closed() == 4401
    assert room.served.relay.counters["parties"] == 0
    assert len(room.served.live.signalling) == 0


async def test_leaving_keeps_the_call_open(room: Room, now: datetime) -> None:
    await calls.answer(room.call, now)
    async with (
        room.served.line("/desk/live", cookie=room.doctor) as desk,
        room.served.line(cookie=room.patient) as phone,
    ):
        await room.enter(desk)
        await room.enter(phone)
        await phone.say({"type": "leave", "call": str(room.call.id)})
        async with asyncio.timeout(3):
            while not any(party["state"] == "left" for party in (await desk.hear("parties"))["parties"]):
                pass
        assert (await call_for(who(room.cast.doctor), room.call.id)).state == "running"
        assert await room.enter(phone, "again")


async def test_frames_for_a_call_one_is_not_in_do_nothing(room: Room) -> None:
    async with room.served.line(cookie=room.patient) as phone:
        await phone.say({"type": "media", "call": str(room.call.id), "microphone": True, "camera": True})
        await phone.say({"type": "leave", "call": str(room.call.id)})
        await phone.say(room.offer())
        assert (await phone.hear("refused"))["why"] == "not_yet"


@dataclass
class ByWire:
    """Stands where the relay's test browser has its party: negotiates over the socket instead."""

    room: Room
    line: Line

    async def negotiate(self, sdp: str, *, restart: bool) -> str:
        await self.line.say(self.room.offer(restart=restart, sdp=sdp))
        answer: str = (await self.line.hear("answer"))["sdp"]
        return answer


async def through(room: Room, line: Line, name: str, base: int) -> Browser:
    """A browser whose media line is up, negotiated over its socket."""
    browser = Browser(name, base)
    browser.party = cast(Party, ByWire(room, line))
    await browser.open()
    await browser.negotiate()
    await browser.check()
    parameters = dtls.RTCDtlsParameters([dtls.RTCDtlsFingerprint(*browser._fingerprint)])
    await asyncio.wait_for(browser._dtls.start(parameters), 5)
    return browser


async def connected_at(room: Room) -> datetime | None:
    """When the call was noted as connected; waits a moment, since it is written in the background."""
    found: datetime | None = None
    for _ in range(100):
        found = (await Call.select(Call.connected_at).where(Call.id == room.call.id))[0]["connected_at"]
        if found is not None:
            break
        await asyncio.sleep(0.02)
    return found


async def test_the_call_is_noted_as_connected_when_both_lines_are_through(room: Room, clock: Clock) -> None:
    await calls.answer(room.call, clock.now)
    async with (
        room.served.line("/desk/live", cookie=room.doctor) as desk,
        room.served.line(cookie=room.patient) as phone,
    ):
        one = await through(room, desk, "desk", 1000)
        clock.forward(seconds=3)
        two = await through(room, phone, "phone", 2000)
        async with asyncio.timeout(5):
            while [party["state"] for party in (await desk.hear("parties"))["parties"]] != ["connected", "connected"]:
                pass
        assert await connected_at(room) == clock.now
        await two.goodbye()
        async with asyncio.timeout(5):
            while "reconnecting" not in [party["state"] for party in (await desk.hear("parties"))["parties"]]:
                pass
        assert (await call_for(who(room.cast.doctor), room.call.id)).state == "running"
        await one.goodbye()


async def test_how_lines_are_is_written_down_when_the_call_ends(room: Room, now: datetime) -> None:
    counted = {"rtt_ms": 30, "jitter_ms": 2, "loss": 0.5, "kbps_in": 900, "kbps_out": 700, "freezes": 0, "frozen_ms": 0}
    about = {"reconnects": 0, "connect_ms": 700, "device": "computer", "browser": "chromium"}
    frame = {"type": "measured", "call": str(room.call.id), **counted, **about}
    colleague = f"naervaer-staff={await cookie_of(room.cast.colleague, now)}"
    async with (
        room.served.line("/desk/live", cookie=room.doctor) as desk,
        room.served.line("/desk/live", cookie=colleague) as without_seat,
    ):
        await without_seat.say(frame)
        await room.enter(desk)
        await desk.say(frame)
        await desk.say({"type": "servers"})
        await desk.hear("servers")
        await calls.hang_up(room.call, who(room.cast.doctor), now)
        await desk.hear("ended")
    await room.served.live.stop()
    (kept,) = await quality.of_call(room.call.id)
    assert (kept.role, kept.device, len(kept.samples)) == ("staff", "computer", 1)


async def test_everybody_hears_whose_line_takes_no_pictures_until_it_does_or_they_come_anew(
    room: Room, now: datetime
) -> None:
    await calls.answer(room.call, now)

    async def pictures(line: Line) -> list[bool]:
        return [party["pictures"] for party in (await line.hear("parties"))["parties"]]

    async with (
        room.served.line("/desk/live", cookie=room.doctor) as desk,
        room.served.line(cookie=room.patient) as phone,
    ):
        await room.enter(desk)
        await room.enter(phone)
        assert await pictures(desk) == [True, True]
        patient = list(room.served.live.signalling._rooms[room.call.id].seats.values())[1]
        before = patient.listener
        assert before is not None
        before.on_pictures(False)
        assert await pictures(desk) == await pictures(phone) == [True, False]
        before.on_pictures(True)
        assert await pictures(desk) == await pictures(phone) == [True, True]
        before.on_pictures(False)
        assert await pictures(phone) == [True, False]
        await phone.say(room.offer("two"))
        assert (await phone.hear("answer"))["connection"] == "two"
        assert await pictures(phone) == [True, True]
        before.on_pictures(False)
        assert patient.pictures
