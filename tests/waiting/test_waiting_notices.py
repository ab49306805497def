"""What phones are told outside a call: the room is open, it takes longer, you are expected."""

import asyncio
from datetime import datetime, timedelta

import pytest

from app.clinic.booking.tables import Appointment
from app.clinic.errors import Conflict, NotAllowed
from app.clinic.messages import subscriptions
from app.clinic.messages.push_tables import Push
from app.clinic.messages.subscriptions import PushEndpoint
from app.clinic.messages.tables import Message
from app.clinic.waiting import presence, queue, waiting_notices
from app.clinic.waiting.view import desk_queue
from tests.cast import Cast, who
from tests.messages.phones import phone_of
from tests.waiting.agreed import appointment

MINUTE = timedelta(minutes=1)
PIXEL = PushEndpoint("https://fcm.googleapis.com/fcm/send/one", "p" * 87, "a" * 22)


@pytest.fixture
async def booked(cast: Cast, now: datetime) -> Appointment:
    """The patient's phone may be pushed, and the appointment is in half an hour."""
    await subscriptions.subscribe(await phone_of(cast.patient, now), PIXEL, now)
    return await appointment(cast, cast.patient, now + 30 * MINUTE)


async def told() -> list[tuple[str, str]]:
    """What was pushed, and where it leads."""
    return [(push.kind, push.page) for push in await Push.objects().order_by(Push.created_at)]


async def test_a_phone_is_told_once_that_the_waiting_room_is_open(
    cast: Cast, now: datetime, booked: Appointment
) -> None:
    assert await waiting_notices.tell_of_open_doors(now + 14 * MINUTE) == 0
    counts = await asyncio.gather(*(waiting_notices.tell_of_open_doors(now + 15 * MINUTE) for _each in range(3)))
    assert sum(counts) == 1
    assert await told() == [("open", f"/appointments/{booked.id}")]


async def test_whoever_is_there_already_is_not_told(cast: Cast, now: datetime, booked: Appointment) -> None:
    await queue.enter(cast.patient, booked, now=now + 15 * MINUTE)
    assert await waiting_notices.tell_of_open_doors(now + 16 * MINUTE) == 0


@pytest.mark.parametrize("values", [{"state": "cancelled"}, {"mode": "in_person"}, {"origin": "instant"}])
async def test_nobody_is_called_to_what_is_not_held(
    cast: Cast, now: datetime, booked: Appointment, values: dict[str, str]
) -> None:
    await Appointment.update(values).where(Appointment.id == booked.id)  # type: ignore[arg-type]
    assert await waiting_notices.tell_of_open_doors(now + 20 * MINUTE) == 0


async def test_a_phone_that_sleeps_past_its_time_is_told_once_that_it_takes_longer(
    cast: Cast, now: datetime, booked: Appointment
) -> None:
    place = await queue.enter(cast.patient, booked, now=now + 20 * MINUTE)
    await presence.here(place.id, now + 25 * MINUTE, visible=False)
    assert await waiting_notices.tell_of_delay(now + 39 * MINUTE) == 0
    assert await waiting_notices.tell_of_delay(now + 40 * MINUTE) == 1
    assert await waiting_notices.tell_of_delay(now + 50 * MINUTE) == 0
    assert await told() == [("delayed", queue.page_of(place.id))]


async def test_whoever_looks_at_the_page_reads_it_there(cast: Cast, now: datetime, booked: Appointment) -> None:
    place = await queue.enter(cast.patient, booked, now=now + 20 * MINUTE)
    await presence.here(place.id, now + 45 * MINUTE)
    assert await waiting_notices.tell_of_delay(now + 45 * MINUTE) == 0


async def test_a_patient_who_has_not_come_is_reminded_by_every_way(
    cast: Cast, now: datetime, booked: Appointment
) -> None:
    await waiting_notices.remind(booked, now + 32 * MINUTE)
    assert await told() == [("reminder", f"/appointments/{booked.id}")]
    messages = await Message.objects().where(Message.purpose == "expected")
    assert {message.channel for message in messages} == {"sms", "email"}
    row = next(row for row in (await desk_queue(who(cast.doctor), now + 33 * MINUTE)).expected)
    assert (row.late_minutes, row.ready.reminded_at) == (3, now + 32 * MINUTE)


async def test_two_colleagues_remind_once(cast: Cast, now: datetime, booked: Appointment) -> None:
    tries = (waiting_notices.remind(booked, now + 32 * MINUTE) for _each in range(3))
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(each, Conflict) for each in results) == 2
    await waiting_notices.remind(booked, now + 34 * MINUTE)


async def test_nobody_is_reminded_before_the_door_opens_or_once_inside(
    cast: Cast, now: datetime, booked: Appointment
) -> None:
    with pytest.raises(NotAllowed):
        await waiting_notices.remind(booked, now)
    await queue.enter(cast.patient, booked, now=now + 31 * MINUTE)
    with pytest.raises(Conflict, match="just come"):
        await waiting_notices.remind(booked, now + 32 * MINUTE)
