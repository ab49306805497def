"""Measurements on the patient's pages and the clinic's: typed in, refused with the form filled, seen by staff."""

from datetime import timedelta

import pytest

from app.clinic.booking import measurements
from app.clinic.booking.tables import Appointment
from tests.booking.test_join_links import agree
from tests.cast import Cast
from tests.conftest import Browser


@pytest.fixture
async def appointment(browser: Browser, cast: Cast) -> Appointment:
    await measurements.ask(cast.video_type, ["blood_pressure", "weight"])
    await browser.use_device_of(cast.patient)
    return await agree(cast, browser.clock.now + timedelta(hours=2))


async def test_what_is_typed_stands_on_the_appointment(browser: Browser, appointment: Appointment) -> None:
    path = f"/appointments/{appointment.id}"
    assert f'href="{path}/measurements"' in (await browser.get(path)).text
    typed = {"weight": "72,5", "blood_pressure": "135", "blood_pressure_second": "85"}
    answer = await browser.post(f"{path}/measurements", typed)
    assert answer.headers["location"] == path
    page = (await browser.get(path)).text
    assert "72,5 kg" in page
    assert "135/85 mmHg" in page


async def test_a_number_that_cannot_be_comes_back_to_be_corrected(browser: Browser, appointment: Appointment) -> None:
    answer = await browser.post(f"/appointments/{appointment.id}/measurements", {"weight": "725"})
    assert answer.status_code == 422
    assert 'value="725"' in answer.text
    assert "Tallet skal være mellem 1 og 400" in answer.text


async def test_a_phone_that_was_offline_sends_it_later(browser: Browser, appointment: Appointment) -> None:
    said_at = (browser.clock.now - timedelta(hours=1)).isoformat()
    path = f"/appointments/{appointment.id}/measurements"
    said = {"kind": "weight", "value": "70", "second": "", "said_at": said_at}
    assert (await browser.post(path, json=said)).status_code == 204
    assert (await browser.post(path, json={**said, "kind": "mood"})).status_code == 422
    assert (await browser.post(path, json={**said, "said_at": "2026-11-24T08:00:00"})).status_code == 422
    reading = (await measurements.of([appointment]))[appointment.id][0]
    assert reading.taken_at == browser.clock.now - timedelta(hours=1)


async def test_staff_see_it_in_the_waiting_room(browser: Browser, cast: Cast, appointment: Appointment) -> None:
    await browser.post(f"/appointments/{appointment.id}/measurements", {"weight": "72,5"})
    browser.forget()
    await browser.sign_in(cast.doctor)
    assert "Målt hjemme: Vægt 72,5 kg" in (await browser.get("/desk")).text


async def test_superusers_choose_what_is_asked_for(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.superuser)
    path = f"/settings/types/{cast.video_type.id}/preparation"
    await browser.post(path, {"temperature": "yes", "pulse": "yes", "show-measurements": "yes"})
    assert (await measurements.asked_of([cast.video_type.id]))[cast.video_type.id] == ["pulse", "temperature"]
    assert 'name="pulse" value="yes" checked' in (await browser.get(path)).text
