"""What is pushed goes to every browser of the patient, by exactly one carrier, and leaves a trace."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from app.clinic.change import change, listening
from app.clinic.events import Event, PushChanged
from app.clinic.messages import pushes, subscriptions
from app.clinic.messages.push_tables import Push
from app.clinic.messages.subscriptions import PushEndpoint
from tests.cast import Cast
from tests.messages.phones import phone_of

S = timedelta(seconds=1)


@pytest.fixture
async def about(cast: Cast, now: datetime) -> UUID:
    """Something that was pushed to both of the patient's browsers."""
    phone = await phone_of(cast.patient, now)
    for name in ("phone", "tablet"):
        browser = PushEndpoint(f"https://fcm.googleapis.com/fcm/send/{name}", "p" * 87, "a" * 22)
        await subscriptions.subscribe(phone, browser, now)
    about = uuid4()
    async with change():
        assert await pushes.notify(cast.patient, "your_turn", about, "/waiting", now) == 2
    return about


async def test_a_patient_without_a_browser_is_not_pushed(cast: Cast, now: datetime) -> None:
    async with change():
        assert await pushes.notify(cast.patient, "your_turn", uuid4(), "/waiting", now) == 0
    assert await pushes.claim(now) is None


async def test_each_push_is_taken_by_one_carrier(cast: Cast, now: datetime, about: UUID) -> None:
    taken = await asyncio.gather(*(pushes.claim(now) for _each in range(4)))
    assert len({parcel.id for parcel in taken if parcel}) == 2
    assert sum(parcel is None for parcel in taken) == 2


async def test_a_push_whose_carrier_died_is_sent_again(cast: Cast, now: datetime, about: UUID) -> None:
    first, second = await pushes.claim(now), await pushes.claim(now)
    assert first is not None and second is not None
    await pushes.sent(second)
    assert await pushes.claim(now + 59 * S) is None
    again = await pushes.claim(now + pushes.LEASE)
    assert again is not None and again.id == first.id


async def test_a_service_that_stays_away_is_given_up(cast: Cast, now: datetime, about: UUID) -> None:
    moment = now
    for _attempt in range(12):
        while (parcel := await pushes.claim(moment)) is not None:
            await pushes.again(parcel, moment)
        moment += 20 * S
    assert {row["state"] for row in await Push.select(Push.state)} == {"failed"}


async def test_the_phone_s_own_word_is_remembered_once(cast: Cast, now: datetime, about: UUID) -> None:
    parcel = await pushes.claim(now)
    assert parcel is not None
    heard: list[Event] = []
    async with listening(heard.append):
        await pushes.arrived(parcel.id, now + S)
        await pushes.arrived(parcel.id, now + 2 * S)
        await pushes.arrived(uuid4(), now + 2 * S)
    assert heard == [PushChanged(cast.clinic.id, parcel.id)]
    assert await pushes.trace(about, "your_turn", now) == pushes.Trace(sent=True, failed=False, arrived_at=now + S)


async def test_what_has_not_left_can_be_withdrawn(cast: Cast, now: datetime, about: UUID) -> None:
    parcel = await pushes.claim(now)
    async with change():
        await pushes.withdraw(about, "your_turn")
    assert await pushes.claim(now) is None
    assert [row["id"] for row in await Push.select(Push.id)] == [parcel.id if parcel else None]


async def test_old_pushes_are_forgotten(cast: Cast, now: datetime, about: UUID) -> None:
    await pushes.forget_old(now + timedelta(days=1))
    assert await pushes.was_told(about, "your_turn")
    await pushes.forget_old(now + timedelta(days=3))
    assert not await pushes.was_told(about, "your_turn")
