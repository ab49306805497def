"""Several persons share a phone: each gives a date of birth once, and one at a time acts."""

from datetime import timedelta

import pytest

from app.clinic.booking import join_links
from app.clinic.people import devices
from app.clinic.people.tables import Patient, PatientDevice
from tests.booking.test_join_links import agree
from tests.cast import Cast
from tests.conftest import Browser


@pytest.fixture
async def shared_phone(browser: Browser, cast: Cast) -> Browser:
    """The second patient gave their date of birth here after the first."""
    await browser.use_device_of(cast.patient)
    first = browser.http.cookies["naervaer-device"]
    await browser.use_device_of(cast.second_patient)
    browser.http.cookies.set("naervaer-device", f"{browser.http.cookies['naervaer-device']}.{first}")
    return browser


async def _acts(browser: Browser, patient: Patient) -> bool:
    return f'<p class="hero-kicker">{patient.name}' in (await browser.get("/appointments")).text


async def test_another_s_link_opens_without_asking_again(shared_phone: Browser, cast: Cast) -> None:
    appointment = await agree(cast, shared_phone.clock.now + timedelta(hours=2))
    issued = await join_links.issue(appointment, shared_phone.clock.now)
    answer = await shared_phone.get(issued.url.removeprefix("http://localhost:8000"))
    assert answer.headers["location"] == f"/appointments/{appointment.id}"
    assert await _acts(shared_phone, cast.patient)


async def test_one_chooses_who_acts(shared_phone: Browser, cast: Cast) -> None:
    assert await _acts(shared_phone, cast.second_patient)
    assert f'action="/persons/{cast.patient.id}"' in (await shared_phone.get("/appointments")).text
    await shared_phone.post(f"/persons/{cast.patient.id}")
    assert await _acts(shared_phone, cast.patient)
    await shared_phone.post(f"/persons/{cast.second_patient.id}")
    assert await _acts(shared_phone, cast.second_patient)


async def test_nobody_becomes_somebody_unknown_here(browser: Browser, cast: Cast) -> None:
    await browser.use_device_of(cast.patient)
    assert (await browser.post(f"/persons/{cast.second_patient.id}")).status_code == 404


async def test_who_never_gave_a_date_of_birth_is_not_offered(browser: Browser, cast: Cast) -> None:
    await browser.use_device_of(cast.second_patient, confirmed=False)
    unconfirmed = browser.http.cookies["naervaer-device"]
    await browser.use_device_of(cast.patient)
    browser.http.cookies.set("naervaer-device", f"{browser.http.cookies['naervaer-device']}.{unconfirmed}")
    assert "/persons/" not in (await browser.get("/appointments")).text
    assert (await browser.post(f"/persons/{cast.second_patient.id}")).status_code == 404


async def test_forgetting_one_leaves_the_other(shared_phone: Browser, cast: Cast) -> None:
    answer = await shared_phone.post("/forgetting")
    assert answer.headers["location"] == "/appointments"
    assert await _acts(shared_phone, cast.patient)
    assert "/persons/" not in (await shared_phone.get("/appointments")).text


async def test_the_installed_app_of_one_opens_for_them(shared_phone: Browser, cast: Cast) -> None:
    device = await PatientDevice.objects().get(PatientDevice.patient == cast.patient.id)
    assert device is not None
    await shared_phone.get(f"/app/{devices.handoff(device.id)}")
    assert await _acts(shared_phone, cast.patient)
