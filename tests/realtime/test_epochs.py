"""How often the pages of a call are told to agree on keys anew, and by what."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest

from app.clinic.calls import call as calls
from app.realtime import call_room
from app.settings import Settings
from tests.calls.test_call import waiting
from tests.cast import Cast, cookie_of, who
from tests.conftest import Clock
from tests.realtime.serving import Line, serving
from tests.realtime.test_signalling import Room
from tests.realtime.test_socket import device_cookie


@pytest.fixture
async def room(settings: Settings, clock: Clock, cast: Cast, now: datetime) -> AsyncIterator[Room]:
    """A call that was answered."""
    place = await waiting(cast, now)
    call = await calls.call_in(place.id, who(cast.doctor), now)
    await calls.answer(call, now)
    doctor = f"naervaer-staff={await cookie_of(cast.doctor, now)}"
    async with serving(settings, clock) as served:
        yield Room(served, cast, call, doctor, await device_cookie(cast.patient, now))


async def test_epochs_are_few_whatever_a_page_says(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are agreed on anew when a page takes or loses its name, and not ten times a second."""
    monkeypatch.setattr(call_room, "MAX_EPOCHS_AT_ONCE", 3)
    monkeypatch.setattr(call_room, "EPOCH_EVERY_S", 3600)
    async with (
        room.served.line("/desk/live", cookie=room.doctor) as desk,
        room.served.line(cookie=room.patient) as phone,
    ):
        media = {"type": "media", "call": str(room.call.id), "microphone": True, "camera": True}
        began = (await room.enter(desk))["epoch"]
        await phone.say({**room.offer(), "sealing": "page"})
        for name in ("", "page", "another", "", "page") * 4:
            await phone.say({**media, "sealing": name})
        for number in range(3):
            await phone.say({**room.offer(str(number)), "sealing": f"page {number}"})
        for line in (desk, phone):
            assert (await _parties_of(line, "page 2"))["epoch"] == began + 2


async def test_an_epoch_that_was_held_back_begins_as_soon_as_it_may(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_room, "MAX_EPOCHS_AT_ONCE", 1)
    monkeypatch.setattr(call_room, "EPOCH_EVERY_S", 0.05)
    async with (
        room.served.line("/desk/live", cookie=room.doctor) as desk,
        room.served.line(cookie=room.patient) as phone,
    ):
        alone = (await room.enter(desk))["epoch"]
        for number in range(2):
            await phone.say({**room.offer(str(number)), "sealing": f"page {number}"})
        async with asyncio.timeout(5):
            while (await _parties_of(desk, "page 1"))["epoch"] == alone:
                pass


async def _parties_of(line: Line, sealing: str) -> dict[str, Any]:
    """Until somebody's page bears this name."""
    async with asyncio.timeout(5):
        while True:
            seen: dict[str, Any] = await line.hear("parties")
            if sealing in [party["sealing"] for party in seen["parties"]]:
                return seen


async def test_a_page_can_give_up_its_name_and_not_take_another_without_an_offer(room: Room) -> None:
    async with room.served.line("/desk/live", cookie=room.doctor) as desk:
        await desk.say({**room.offer(), "sealing": "page"})
        media = {"type": "media", "call": str(room.call.id), "microphone": True, "camera": True}
        for said, kept in (("page", "page"), ("", ""), ("page", "")):
            await desk.hear("parties")
            await desk.say({**media, "sealing": said})
            assert (await desk.hear("parties"))["parties"][0]["sealing"] == kept
            await desk.say(media)
