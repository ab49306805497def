"""Several persons share a phone: each gives a date of birth once, and one at a time acts."""

from datetime import timedelta

import pytest

from app.clinic.booking import join_links
from app.clinic.calls import call as calls
from app.clinic.calls.access import call_for
from app.clinic.people import devices
from app.clinic.people.tables import Patient, PatientDevice
from app.clinic.waiting import queue
from app.clinic.waiting.tables import Place
from tests.booking.test_join_links import agree
from tests.cast import Cast, who
from tests.conftest import Browser
from tests.waiting.agreed import appointment


@pytest.fixture
async def shared_phone(browser: Browser, cast: Cast) -> Browser:
    """The second patient gave their date of birth here after the first."""
    await browser.use_device_of(cast.patient)
    first = browser.http.cookies["naervaer-device"]
    await browser.use_device_of(cast.second_patient)
    browser.http.cookies.set("naervaer-device", f"{browser.http.cookies['naervaer-device']}.{first}")
    return browser


@pytest.fixture
async def place(shared_phone: Browser, cast: Cast) -> Place:
    """The first one's place, entered before the second acted."""
    appointment = await agree(cast, shared_phone.clock.now + timedelta(minutes=10))
    return await queue.enter(cast.patient, appointment, now=shared_phone.clock.now)


@pytest.fixture
async def other_place(shared_phone: Browser, cast: Cast) -> Place:
    """The second, who acts, waits too."""
    agreed = await appointment(cast, cast.second_patient, shared_phone.clock.now)
    return await queue.enter(cast.second_patient, agreed, now=shared_phone.clock.now)


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


async def test_the_waiting_page_leads_to_whoever_of_the_phone_waits(shared_phone: Browser, place: Place) -> None:
    assert (await shared_phone.get("/waiting")).headers["location"] == queue.page_of(place.id)


@pytest.mark.usefixtures("other_place")
async def test_the_link_of_a_ring_leads_to_whoever_is_rung(shared_phone: Browser, cast: Cast, place: Place) -> None:
    assert (await shared_phone.get("/waiting")).status_code == 200
    await calls.call_in(place.id, who(cast.doctor), shared_phone.clock.now)
    page = (await shared_phone.get("/waiting")).headers["location"]
    assert cast.doctor.name in (await shared_phone.get(page)).text
    assert await _acts(shared_phone, cast.patient)


async def test_an_open_waiting_page_stays_its_person_s(
    shared_phone: Browser, cast: Cast, place: Place, other_place: Place
) -> None:
    call = await calls.call_in(place.id, who(cast.doctor), shared_phone.clock.now)
    shown = await shared_phone.get(f"/waiting?shown=standing&place={place.id}", headers={"HX-Request": "true"})
    assert f'place="{place.id}"' in shown.text
    assert f'action="/waiting/answer?place={place.id}"' in shown.text
    assert await _acts(shared_phone, cast.second_patient)
    assert (await shared_phone.post(f"/waiting/answer?place={other_place.id}")).status_code == 410
    assert (await shared_phone.post(f"/waiting/answer?place={place.id}")).status_code < 400
    assert (await call_for(who(cast.doctor), call.id)).state == "running"
    await shared_phone.post(f"/waiting/call/end?place={place.id}")
    assert (await call_for(who(cast.doctor), call.id)).state == "ended"
    await shared_phone.post(f"/waiting/departure?place={other_place.id}")
    assert await queue.standing_place(cast.second_patient.id) is None


@pytest.mark.usefixtures("other_place")
async def test_a_page_about_somebody_unknown_here_does_nothing(browser: Browser, cast: Cast, place: Place) -> None:
    await calls.call_in(place.id, who(cast.doctor), browser.clock.now)
    await browser.use_device_of(cast.second_patient)
    assert (await browser.post(f"/waiting/answer?place={place.id}")).status_code == 410
    await browser.post(f"/waiting/departure?place={place.id}")
    assert await queue.standing_place(cast.second_patient.id) is not None


async def test_another_s_appointment_opens_and_they_act(shared_phone: Browser, cast: Cast, place: Place) -> None:
    shown = await shared_phone.get(f"/appointments/{place.appointment}")
    assert f'data-person="{cast.patient.id}"' in shown.text
    assert f'href="{queue.page_of(place.id)}"' in shown.text
    assert await _acts(shared_phone, cast.patient)
