"""A third party over the wire: nothing before being let in, held and muted at the relay, and put out for good."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from app.clinic.calls import call as calls
from app.clinic.calls import guests
from app.clinic.calls.guests import Invitation
from app.clinic.calls.tables import Guest
from app.settings import Settings
from tests.calls.test_call import waiting
from tests.cast import Cast, cookie_of, who
from tests.conftest import Clock
from tests.realtime.serving import Line, serving, until
from tests.realtime.test_signalling import Room
from tests.realtime.test_socket import device_cookie


@dataclass
class Third:
    """A running call's room and the interpreter invited to it, in the lobby."""

    room: Room
    guest: Guest
    cookie: str

    def line(self) -> Any:
        return self.room.served.line("/guest/live", cookie=self.cookie)


@pytest.fixture
async def third(settings: Settings, clock: Clock, cast: Cast, now: datetime) -> AsyncIterator[Third]:
    place = await waiting(cast, now)
    call = await calls.call_in(place.id, who(cast.doctor), now)
    await calls.answer(call, now)
    guest = await guests.invite(call, who(cast.doctor), Invitation("Ane Tolk", "interpreter", "22334455"), now)
    cookie = f"naervaer-guest={await guests.come(guest, '', now)}"
    doctor = f"naervaer-staff={await cookie_of(cast.doctor, now)}"
    async with serving(settings, clock) as served:
        yield Third(Room(served, cast, call, doctor, await device_cookie(cast.patient, now)), guest, cookie)


async def parties_until(line: Line, condition: Any) -> list[dict[str, Any]]:
    """What the line hears of who is in the call once it is like this."""
    async with asyncio.timeout(3):
        while True:
            parties: list[dict[str, Any]] = (await line.hear("parties"))["parties"]
            if condition(parties):
                return parties


def ane(parties: list[dict[str, Any]]) -> dict[str, Any]:
    return next((party for party in parties if party["role"] == "guest"), {"muted": None, "on_hold": None})


async def test_the_lobby_is_no_seat(third: Third, now: datetime) -> None:
    async with third.line() as line:
        await line.say({"type": "subscribe", "topics": [f"guest:{third.guest.id}"]})
        await line.say(third.room.offer())
        assert (await line.hear("refused"))["why"] == "not_yet"
        await guests.admit(third.guest, now)
        assert (await line.hear("nudge"))["topics"] == [f"guest:{third.guest.id}"]
        seen = (await third.room.enter(line))["parties"]
        assert [(party["name"], party["role"], party["kind"]) for party in seen] == [
            ("Ane Tolk", "guest", "interpreter")
        ]


async def test_nobody_gets_into_another_call_or_anothers_topic(third: Third, now: datetime) -> None:
    await guests.admit(third.guest, now)
    foreign = "00000000-0000-4000-8000-000000000000"
    async with third.line() as line:
        for topic in (f"guest:{foreign}", f"queue:{third.room.cast.clinic.id}", f"place:{third.room.call.place.id}"):
            await line.say({"type": "subscribe", "topics": [topic]})
            assert (await line.hear("refused"))["what"] == topic
        await line.say({**third.room.offer(), "call": foreign})
        assert (await line.hear("refused"))["why"] == "unknown"
    async with third.room.served.line("/desk/live", cookie=third.cookie) as line:
        assert await line.closed() == 4401


async def test_everybody_sees_who_is_muted_and_on_hold(third: Third, now: datetime) -> None:
    await guests.admit(third.guest, now)
    async with third.room.served.line("/desk/live", cookie=third.room.doctor) as desk, third.line() as line:
        await third.room.enter(desk)
        await third.room.enter(line)
        await guests.mute(third.guest, now, on=True)
        await parties_until(desk, lambda parties: ane(parties)["muted"])
        await guests.hold(third.guest, now, on=True)
        await parties_until(line, lambda parties: ane(parties)["on_hold"])
        (party,) = [each for each in _relay_parties(third) if each.id == str(third.guest.id)]
        assert party.muted and party.on_hold
        await third.room.enter(line, "a page loaded anew")
        (party,) = [each for each in _relay_parties(third) if each.id == str(third.guest.id)]
        assert party.muted and party.on_hold, "a reload frees nobody"


def _relay_parties(third: Third) -> list[Any]:
    seats = third.room.served.live.signalling._rooms[third.room.call.id].seats.values()
    return [seat.party for seat in seats if seat.party is not None]


async def test_a_removed_guest_is_put_out_and_stays_out(third: Third, now: datetime) -> None:
    await guests.admit(third.guest, now)
    async with third.room.served.line("/desk/live", cookie=third.room.doctor) as desk, third.line() as line:
        await third.room.enter(desk)
        await third.room.enter(line)
        await guests.remove(third.guest, now)
        assert await line.closed() == 4401
        assert [party["role"] for party in await parties_until(desk, lambda parties: len(parties) == 1)] == ["staff"]
        assert third.room.served.relay.counters["parties"] == 1
    async with third.line() as line:
        assert await line.closed() == 4401


async def test_another_device_with_the_link_puts_the_first_out_without_getting_in(third: Third, now: datetime) -> None:
    await guests.admit(third.guest, now)
    async with third.line() as line:
        await third.room.enter(line)
        known = await guests.find(third.guest.id)
        assert known is not None
        cookie = f"naervaer-guest={await guests.come(known, '', now)}"
        assert await line.closed() == 4401
        await until(lambda: third.room.served.relay.counters["parties"] == 0)
    async with third.room.served.line("/guest/live", cookie=cookie) as other:
        await other.say(third.room.offer())
        assert (await other.hear("refused"))["why"] == "not_yet"
