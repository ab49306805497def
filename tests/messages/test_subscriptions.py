"""Whose browsers may be pushed, and the keys by which push services know us."""

import asyncio
from datetime import datetime, timedelta

from app.clinic.messages import push_keys, subscriptions
from app.clinic.messages.push_tables import PushKey, PushSubscription
from app.clinic.messages.subscriptions import PushEndpoint
from app.clinic.people import devices
from tests.cast import Cast
from tests.messages.phones import phone_of

PIXEL = PushEndpoint("https://fcm.googleapis.com/fcm/send/one", "p" * 87, "a" * 22)


async def test_a_subscribed_phone_is_reachable_and_an_unsubscribed_one_is_not(cast: Cast, now: datetime) -> None:
    phone = await phone_of(cast.patient, now)
    await subscriptions.subscribe(phone, PIXEL, now)
    asked = [cast.patient.id, cast.second_patient.id]
    assert await subscriptions.reachable(asked, now) == {cast.patient.id}
    assert [each.browser for each in await subscriptions.of(cast.patient.id, now)] == [PIXEL]
    await subscriptions.unsubscribe(phone, PIXEL.endpoint)
    assert await subscriptions.reachable(asked, now) == set()


async def test_the_same_browser_is_there_once_with_its_newest_keys(cast: Cast, now: datetime) -> None:
    phone = await phone_of(cast.patient, now)
    await subscriptions.subscribe(phone, PIXEL, now)
    renewed = PushEndpoint(PIXEL.endpoint, "q" * 87, "b" * 22)
    await subscriptions.subscribe(phone, renewed, now)
    assert [each.browser for each in await subscriptions.of(cast.patient.id, now)] == [renewed]


async def test_a_phone_that_changes_hands_is_pushed_for_its_new_patient_alone(cast: Cast, now: datetime) -> None:
    await subscriptions.subscribe(await phone_of(cast.patient, now), PIXEL, now)
    await subscriptions.subscribe(await phone_of(cast.second_patient, now), PIXEL, now)
    reachable = await subscriptions.reachable([cast.patient.id, cast.second_patient.id], now)
    assert reachable == {cast.second_patient.id}


async def test_a_forgotten_or_expired_device_is_not_pushed(cast: Cast, now: datetime) -> None:
    phone = await phone_of(cast.patient, now)
    await subscriptions.subscribe(phone, PIXEL, now)
    assert await subscriptions.reachable([cast.patient.id], now + devices.LIFE) == set()
    await devices.revoke(phone.device, now)
    assert await subscriptions.reachable([cast.patient.id], now) == set()


async def test_old_browsers_make_way_for_new_ones(cast: Cast, now: datetime) -> None:
    phone = await phone_of(cast.patient, now)
    for number in range(subscriptions.MAX_PER_PATIENT + 2):
        browser = PushEndpoint(f"{PIXEL.endpoint}{number}", PIXEL.p256dh, PIXEL.auth)
        await subscriptions.subscribe(phone, browser, now + timedelta(days=number))
    kept = {each.browser.endpoint[-1] for each in await subscriptions.of(cast.patient.id, now)}
    assert kept == {"2", "3", "4", "5", "6", "7", "8", "9"}


async def test_nothing_of_a_subscription_is_readable_in_the_database(cast: Cast, now: datetime) -> None:
    await subscriptions.subscribe(await phone_of(cast.patient, now), PIXEL, now)
    row = await PushSubscription.select().first()
    assert PIXEL.endpoint not in str(row)
    assert PIXEL.auth not in str(row)


async def test_keys_are_made_once_also_by_several_at_once(cast: Cast, now: datetime) -> None:
    first, *others = await asyncio.gather(*(push_keys.keys(now) for _each in range(4)))
    assert all(each == first for each in others)
    assert await PushKey.count() == 1
    assert b"PRIVATE KEY" in first.private
    assert "PRIVATE" not in str(await PushKey.select().first())
