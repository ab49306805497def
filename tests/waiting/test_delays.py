"""The SMS about a delay: to those whom neither page nor push reaches, once, and never to those who see the page."""

import asyncio
from datetime import datetime, timedelta

import pytest

from app.clinic.booking.tables import Appointment
from app.clinic.messages import outbox, subscriptions
from app.clinic.messages.subscriptions import PushEndpoint
from app.clinic.messages.tables import Message
from app.clinic.waiting import delays, queue
from app.clinic.waiting.tables import Place
from tests.cast import Cast
from tests.conftest import Browser as Visitor
from tests.messages.phones import phone_of
from tests.waiting.agreed import appointment

MINUTE = timedelta(minutes=1)
PIXEL = PushEndpoint("https://fcm.googleapis.com/fcm/send/one", "p" * 87, "a" * 22)


@pytest.fixture
async def place(cast: Cast, now: datetime) -> Place:
    """The patient has come to an appointment of this minute."""
    booked = await appointment(cast, cast.patient, now)
    return await queue.enter(cast.patient, booked, now=now)


async def texts() -> list[Message]:
    return await Message.objects().where(Message.purpose == "delay").order_by(Message.created_at)


async def test_whoever_waits_unseen_past_their_time_gets_one_sms(place: Place, now: datetime) -> None:
    assert await delays.text_unreached(now + 9 * MINUTE) == 0
    tried = await asyncio.gather(*(delays.text_unreached(now + 11 * MINUTE) for _each in range(3)))
    assert sum(tried) == 1
    [sms] = await texts()
    assert (sms.channel, sms.recipient) == ("sms", "+4520123456")
    assert "Vi er desværre forsinkede" in outbox.opened(sms).body
    assert await delays.text_unreached(now + 40 * MINUTE) == 0


async def test_whoever_sees_the_page_gets_none(place: Place, now: datetime) -> None:
    await Place.update({Place.seen_at: now + 11 * MINUTE}).where(Place.id == place.id)
    assert await delays.text_unreached(now + 11 * MINUTE) == 0


async def test_whoever_can_be_pushed_gets_none_by_itself(cast: Cast, place: Place, now: datetime) -> None:
    await subscriptions.subscribe(await phone_of(cast.patient, now), PIXEL, now)
    assert await delays.text_unreached(now + 11 * MINUTE) == 0


async def test_staff_tell_all_who_are_away_or_expected_soon(cast: Cast, place: Place, now: datetime) -> None:
    await appointment(cast, cast.second_patient, now + 30 * MINUTE)
    await appointment(cast, cast.passant, now + 120 * MINUTE)
    later = now + 5 * MINUTE
    assert await delays.away(cast.clinic.id, later) == 2
    assert await delays.text_all_away(cast.clinic.id, later) == 2
    assert await delays.text_all_away(cast.clinic.id, later + 10 * MINUTE) == 0
    assert await delays.text_unreached(later + 10 * MINUTE) == 0
    assert len(await texts()) == 2


async def test_whoever_waits_without_an_appointment_is_told_too(cast: Cast, now: datetime) -> None:
    await Place(clinic=cast.clinic.id, patient=cast.patient.id, entered_at=now, seen_at=now).save()
    assert await delays.text_all_away(cast.clinic.id, now + 5 * MINUTE) == 1
    [sms] = await texts()
    assert "Bliv i venteværelset" in outbox.opened(sms).body


async def test_the_desk_asks_for_it_in_the_dialog(browser: Visitor, cast: Cast, now: datetime) -> None:
    booked: Appointment = await appointment(cast, cast.patient, now + 20 * MINUTE)
    await browser.sign_in(cast.secretary)
    assert 'name="texts"' in (await browser.get("/queue/announcement")).text
    said = await browser.post("/queue/announcement", {"words": "Vi er forsinkede."}, headers={"HX-Request": "true"})
    assert "Alle, der venter, kan læse den nu" in said.text
    assert await texts() == []
    also = {"words": "Vi er 20 minutter forsinkede.", "texts": "yes"}
    said = await browser.post("/queue/announcement", also, headers={"HX-Request": "true"})
    assert "og én får en SMS" in said.text
    assert [sms.about for sms in await texts()] == [str(booked.id)]
