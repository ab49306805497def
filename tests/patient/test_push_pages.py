"""A patient's browser says that it may be pushed, and a phone that it was."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from app.clinic.change import change
from app.clinic.messages import push_keys, pushes, subscriptions
from app.clinic.messages.push_tables import Push, PushSubscription
from app.clinic.people.tables import Patient
from app.clinic.waiting import presence, queue
from tests.booking.test_join_links import agree
from tests.cast import Cast
from tests.conftest import Browser

PIXEL = {"endpoint": "https://fcm.googleapis.com/fcm/send/one", "p256dh": "p" * 87, "auth": "a" * 22}


async def say(browser: Browser, address: str, words: dict[str, Any]) -> int:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    await browser.get("/login")
    headers["x-csrftoken"] = browser.http.cookies["csrftoken"]
    answer = await browser.http.post(address, content=msgspec.json.encode(words), headers=headers)
    return answer.status_code


async def test_a_browser_subscribes_and_takes_it_back(browser: Browser, cast: Cast) -> None:
    await browser.use_device_of(cast.patient)
    assert await say(browser, "/push/subscription", PIXEL) == 204
    assert await subscriptions.reachable([cast.patient.id], browser.clock.now) == {cast.patient.id}
    assert await say(browser, "/push/subscription/removal", PIXEL) == 204
    assert await subscriptions.reachable([cast.patient.id], browser.clock.now) == set()


async def test_the_worker_says_a_new_address_without_any_token(browser: Browser, cast: Cast) -> None:
    renewed = msgspec.json.encode(PIXEL)
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    await browser.use_device_of(cast.patient)
    foreign = {"sec-fetch-site": "cross-site"}
    address = "/push/subscription/renewal"
    assert (await browser.http.post(address, content=renewed, headers=headers | foreign)).status_code == 403
    assert (await browser.http.post(address, content=renewed, headers=headers)).status_code == 204
    assert await subscriptions.reachable([cast.patient.id], browser.clock.now) == {cast.patient.id}
    browser.forget()
    assert (await browser.http.post(address, content=renewed, headers=headers)).status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "https://127.0.0.1/internal"},
        {"endpoint": "http://fcm.googleapis.com/fcm/send/one"},
        {"endpoint": "https://fcm.googleapis.com/" + "x" * 1000},
        {"p256dh": "short"},
        {"auth": "<script>" * 3},
        {"more": "than we ask for"},
    ],
)
async def test_what_is_no_subscription_is_refused(browser: Browser, cast: Cast, wrong: dict[str, str]) -> None:
    await browser.use_device_of(cast.patient)
    assert await say(browser, "/push/subscription", PIXEL | wrong) == 422
    assert await PushSubscription.count() == 0


async def test_a_phone_tells_that_a_push_was_shown_without_any_token(browser: Browser, cast: Cast) -> None:
    await browser.use_device_of(cast.patient)
    await say(browser, "/push/subscription", PIXEL)
    async with change():
        await pushes.notify(cast.patient, "your_turn", cast.patient.id, "/waiting", browser.clock.now)
    row = await Push.objects().first()
    assert row is not None
    browser.forget()
    assert (await browser.http.post(f"/push/{row.id}/arrival")).status_code == 204
    assert (await browser.http.post(f"/push/{cast.patient.id}/arrival")).status_code == 204
    assert (await pushes.trace(cast.patient.id, "your_turn", browser.clock.now)).arrived_at == browser.clock.now


async def test_the_waiting_page_offers_to_call_on_the_phone(browser: Browser, cast: Cast) -> None:
    await browser.use_device_of(cast.patient)
    appointment = await agree(cast, browser.clock.now + timedelta(minutes=10))
    await queue.enter(cast.patient, appointment, now=browser.clock.now)
    text = (await browser.get("/waiting")).text
    assert f'data-key="{(await push_keys.keys(browser.clock.now)).public}"' in text
    assert 'data-when="install"' not in text
    iphone = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) Version/18.4 Safari/604.1"}
    assert 'data-when="install"' in (await browser.get("/waiting", headers=iphone)).text


async def test_a_phone_that_says_no_is_told_how_it_is_called_then(browser: Browser, cast: Cast) -> None:
    await browser.use_device_of(cast.patient)
    page = f"/appointments/{(await agree(cast, browser.clock.now + timedelta(days=1))).id}?lang=en"
    told = (await browser.get(page)).text.split('data-when="failed"', 1)[1]
    assert "It could not be turned on" in told
    assert "we text you when it is your turn" in told
    await Patient.update({Patient.phone: ""}).where(Patient.id == cast.patient.id)
    assert "we text you" not in (await browser.get(page)).text


async def test_the_desk_reads_how_a_sleeping_patient_is_reached(browser: Browser, cast: Cast) -> None:
    await browser.use_device_of(cast.patient)
    appointment = await agree(cast, browser.clock.now + timedelta(minutes=10))
    place = await queue.enter(cast.patient, appointment, now=browser.clock.now)
    await presence.here(place.id, browser.clock.now, visible=False)
    browser.clock.forward(seconds=30)
    await browser.sign_in(cast.doctor)
    assert "Ikke fremme på skærmen siden 09.00, kan kun nås på SMS eller telefon" in (await browser.get("/desk")).text
    await say(browser, "/push/subscription", PIXEL)
    assert "Ikke fremme på skærmen siden 09.00, får besked på telefonen" in (await browser.get("/desk")).text
