"""The patient's own pages: one large button for every state, the checklist, the device test, and who may see them."""

from datetime import timedelta
from uuid import uuid4

import pytest

from app.clinic.booking import device_tests, preparation
from app.clinic.booking.device_tests import DeviceReport
from app.clinic.booking.tables import Appointment
from app.clinic.people.tables import PatientDevice
from app.clinic.waiting import queue
from app.clinic.waiting.next_step import decide
from app.clinic.waiting.tables import Place
from tests.booking.test_join_links import agree
from tests.cast import Cast
from tests.conftest import Browser


@pytest.fixture
async def appointment(browser: Browser, cast: Cast) -> Appointment:
    await browser.use_device_of(cast.patient)
    return await agree(cast, browser.clock.now + timedelta(hours=2))


@pytest.fixture
def path(appointment: Appointment) -> str:
    return f"/appointments/{appointment.id}"


def test_one_step_for_every_state() -> None:
    assert decide("early", False, None) == "test"
    assert decide("open", False, None) == "join"
    assert decide("early", True, None) == "back"
    assert decide("cancelled", False, None) == "cancelled"


async def test_before_the_day_the_button_is_the_device_test(browser: Browser, path: str) -> None:
    answer = await browser.get(path)
    assert f'href="{path}/device-test"' in answer.text
    assert f'action="{path}/place"' not in answer.text


async def test_after_a_good_test_the_patient_is_ready(browser: Browser, appointment: Appointment, path: str) -> None:
    await device_tests.record(appointment, None, DeviceReport("ok", "ok", "ok"), browser.clock.now)
    answer = await browser.get(path)
    assert 'class="ready"' in answer.text
    assert 'data-opens-in="6300"' in answer.text


async def test_the_button_becomes_the_door_by_itself(browser: Browser, path: str) -> None:
    browser.clock.forward(minutes=105)
    answer = await browser.get(path, headers={"HX-Request": "true"})
    assert f'action="{path}/place"' in answer.text
    assert "<html" not in answer.text


async def test_too_early_is_told_when(browser: Browser, path: str) -> None:
    answer = await browser.post(f"{path}/place")
    assert answer.headers["location"] == path
    assert not await Place.exists()
    assert "10.45" in (await browser.get(path)).text


@pytest.mark.parametrize("state", ["cancelled", "done"])
async def test_an_appointment_that_is_over_says_so(
    browser: Browser, appointment: Appointment, path: str, state: str
) -> None:
    await Appointment.update({Appointment.state: state}).where(Appointment.id == appointment.id)
    answer = await browser.get(path)
    assert answer.status_code == 200
    assert "device-test" not in answer.text
    assert "checklist" not in answer.text


async def test_a_moved_appointment_leads_to_the_new_time(
    browser: Browser, cast: Cast, appointment: Appointment, path: str
) -> None:
    new = await agree(cast, appointment.starts_at + timedelta(days=1))
    appointment.state, appointment.moved_to = "moved", new.id
    await appointment.save()
    assert f'href="/appointments/{new.id}"' in (await browser.get(path)).text


async def test_ticks_come_one_by_one_as_json(browser: Browser, appointment: Appointment, path: str) -> None:
    said = {"item": "paper", "done": True, "said_at": browser.clock.now.isoformat()}
    answer = await browser.post(f"{path}/preparation", json=said)
    assert answer.status_code == 204
    assert [each.line.item for each in await preparation.ticks(appointment) if each.done] == ["paper"]
    for nonsense in ({**said, "item": "shoes"}, {**said, "more": 1}, {**said, "said_at": "2026-11-24T08:00:00"}):
        assert (await browser.post(f"{path}/preparation", json=nonsense)).status_code == 422


async def test_ticks_come_as_a_form_without_javascript(browser: Browser, appointment: Appointment, path: str) -> None:
    answer = await browser.post(f"{path}/preparation", {"room": "yes", "paper": "yes"})
    assert answer.headers["location"] == path
    done = [each.line.item for each in await preparation.ticks(appointment) if each.done]
    assert done == ["room", "paper"]


async def test_the_next_step_is_read_aloud_when_it_changes(browser: Browser, path: str) -> None:
    assert '<next-step class="stack" role="status"' in (await browser.get(path)).text


async def test_the_page_carries_what_the_phone_keeps_and_no_more(browser: Browser, cast: Cast, path: str) -> None:
    text = (await browser.get(path)).text
    kept = text.split("data-keep='", 1)[1].split("'", 1)[0]
    assert "+4566112233" in kept
    assert cast.patient.name not in kept


async def test_trouble_in_the_device_test_is_kept_and_answered_with_remedies(
    browser: Browser, appointment: Appointment, path: str
) -> None:
    verdicts = {"camera": "denied", "microphone": "ok", "loudspeaker": "failed", "detail": "camera: denied"}
    agent = {
        "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E1 Safari/604.1"
    }
    answer = await browser.post(f"{path}/device-test", verdicts, headers=agent)
    assert answer.headers["location"] == f"{path}/device-test"
    page = await browser.get(f"{path}/device-test", headers=agent)
    assert "AA" in page.text
    assert "tel:+4566112233" in page.text
    newest = (await device_tests.latest([appointment.id]))[appointment.id]
    assert newest.browser == "Safari, iPhone/iPad"


async def test_a_good_device_test_leads_back_ready(browser: Browser, path: str) -> None:
    verdicts = {"camera": "ok", "microphone": "ok", "loudspeaker": "ok", "detail": ""}
    answer = await browser.post(f"{path}/device-test", verdicts)
    assert answer.headers["location"] == path
    assert (await browser.post(f"{path}/device-test", {**verdicts, "camera": "great"})).status_code == 422


async def test_my_appointments_are_the_coming_ones(browser: Browser, cast: Cast, path: str) -> None:
    past = await agree(cast, browser.clock.now - timedelta(days=1))
    answer = await browser.get("/appointments")
    assert path in answer.text
    assert str(past.id) not in answer.text


@pytest.mark.parametrize("page", ["", "/device-test"])
async def test_another_patient_finds_nothing(browser: Browser, cast: Cast, path: str, page: str) -> None:
    await browser.use_device_of(cast.second_patient)
    assert (await browser.get(path + page)).status_code == 404
    assert (await browser.post(f"{path}/place")).status_code == 404
    assert (await browser.post(f"{path}/preparation", {"room": "yes"})).status_code == 404
    assert (await browser.get(f"/appointments/{uuid4()}")).status_code == 404


@pytest.mark.parametrize("page", ["/appointments", "/waiting", "/install"])
async def test_the_date_of_birth_comes_before_every_page(browser: Browser, cast: Cast, page: str) -> None:
    assert (await browser.get(page)).headers["location"] == "/kode?device=unknown"
    await browser.use_device_of(cast.patient, confirmed=False)
    answer = await browser.get(page)
    assert answer.headers["location"].startswith("/confirmation?next=")
    asked = await browser.get(answer.headers["location"])
    assert asked.status_code == 200
    born = {"day": "25", "month": "12", "year": "1948", "next": page}
    assert (await browser.post("/confirmation", {**born, "day": "1"})).status_code == 422
    assert (await browser.post("/confirmation", born)).headers["location"] == page


async def test_confirmation_leads_to_our_own_pages_only(browser: Browser, cast: Cast) -> None:
    await browser.use_device_of(cast.patient, confirmed=False)
    born = {"day": "25", "month": "12", "year": "1948", "next": "//evil.example"}
    assert (await browser.post("/confirmation", born)).headers["location"] == "/appointments"


async def test_forgetting_ends_the_device(browser: Browser, cast: Cast, appointment: Appointment) -> None:
    answer = await browser.post("/forgetting")
    assert answer.headers["location"] == "/"
    assert answer.headers["clear-site-data"] == '"storage"'
    devices = await PatientDevice.objects()
    assert all(device.revoked_at for device in devices)


async def test_entering_again_keeps_the_place(browser: Browser, appointment: Appointment, path: str) -> None:
    browser.clock.forward(minutes=110)
    await browser.post(f"{path}/place")
    first = await queue.standing_place(appointment.patient)
    await browser.post(f"{path}/place")
    assert await Place.count() == 1
    assert first is not None
    assert f'href="{queue.page_of(first.id)}"' in (await browser.get(path)).text
