"""Get started, the publishing kit and the preview of the patient's pages, through the real application."""

import re
from datetime import datetime, timedelta

import pytest

from app.clinic.booking import publishing
from app.clinic.booking.tables import Appointment, DeviceTest, EquipmentTest
from app.clinic.calls import call as calls
from app.clinic.calls.access import call_for
from app.clinic.learning import get_started
from app.clinic.messages.tables import Message
from app.clinic.people import clinics, start_marks
from app.clinic.people.tables import Patient, PatientDevice
from app.clinic.waiting import queue
from app.clinic.waiting.tables import Place
from app.demo.settings import decide
from tests.cast import Cast, who
from tests.conftest import Browser


@pytest.fixture
async def desk(browser: Browser, cast: Cast) -> Browser:
    """The superuser's browser, in English."""
    browser.http.cookies.set("lang", "en")
    await browser.sign_in(cast.superuser)
    return browser


async def _done(cast: Cast, now: datetime) -> set[str]:
    return set((await get_started.progress(await clinics.clinic_of(cast.clinic.id), now)).done)


async def _appointment(cast: Cast, patient: Patient, now: datetime) -> Appointment:
    appointment = Appointment(
        clinic=cast.clinic.id,
        patient=patient.id,
        staff=cast.doctor.id,
        type=cast.video_type.id,
        mode="video",
        starts_at=now,
        is_test=patient.is_test,
    )
    await appointment.save()
    return appointment


async def _hold(cast: Cast, patient: Patient, now: datetime) -> None:
    """A call that was answered and ended."""
    appointment = await _appointment(cast, patient, now)
    place = await queue.enter(patient, appointment, now=now)
    ringing = await calls.call_in(place.id, who(cast.doctor), now)
    call = await call_for(who(cast.doctor), ringing.id)
    await calls.answer(call, now)
    await calls.hang_up(call, who(cast.doctor), now)


async def test_a_clinic_begins_with_what_is_true_of_it(cast: Cast, now: datetime) -> None:
    """Colleagues sign in already; both types of the cast have one colour."""
    assert await _done(cast, now) == {"colleagues"}


async def test_settings_tick_their_lines(desk: Browser, cast: Cast, now: datetime) -> None:
    await desk.post(
        "/settings",
        {
            "name": "Nordby",
            "region": "Region Syddanmark",
            "provider_number": "012345",
            "plan_b_phone": "66112233",
            "address": "Havnen 1",
            "early_minutes": "15",
        },
    )
    await decide(cast.clinic.id, now)
    colour = {"name": "Konsultation", "mode": "in_person", "minutes": "15", "colour": "sand"}
    await desk.post(f"/settings/types/{cast.in_person_type.id}", colour)
    assert await _done(cast, now) == {
        "details",
        "colleagues",
        "types",
        "online",
        "calendar",
        "support",
        "policy",
        "hours",
    }


async def test_a_test_call_is_not_a_consultation(cast: Cast, now: datetime) -> None:
    await _hold(cast, cast.passant, now)
    assert {"test_call", "held"} & await _done(cast, now) == {"test_call"}
    await _hold(cast, cast.patient, now)
    assert "held" in await _done(cast, now)


async def test_a_routine_is_ten_calls_in_a_month(cast: Cast, now: datetime) -> None:
    for number in range(get_started.OFTEN):
        assert "often" not in await _done(cast, now + timedelta(days=number))
        await _hold(cast, cast.patient, now + timedelta(days=number))
    assert "often" in await _done(cast, now + timedelta(days=10))
    assert "often" not in await _done(cast, now + timedelta(days=60))


async def test_tests_of_devices_and_desks_tick_theirs(cast: Cast, now: datetime) -> None:
    appointment = await _appointment(cast, cast.patient, now)
    await DeviceTest(appointment=appointment.id, camera="ok").save()
    await EquipmentTest(
        clinic=cast.clinic.id, staff=cast.doctor.id, camera="ok", microphone="ok", loudspeaker="ok", line="good"
    ).save()
    assert {"tried", "equipment"} <= await _done(cast, now)
    other = await get_started.progress(cast.other_clinic, now)
    assert not {"tried", "equipment"} & other.done


async def test_the_list_stands_on_the_superusers_desk_until_put_away(desk: Browser, cast: Cast) -> None:
    assert "Get started with video: 1 of" in (await desk.get("/desk")).text
    page = (await desk.get("/get-started")).text
    assert page.count('class="done"') == 1 and "Set up video in the clinic" in page
    await desk.post("/get-started/no_open")
    assert "open" in await _done(cast, desk.clock.now)
    await desk.post("/get-started/finished")
    assert "Get started with video" not in (await desk.get("/desk")).text
    assert (await desk.get("/get-started")).status_code == 200
    assert (await desk.post("/get-started/held")).status_code == 404
    await desk.sign_in(cast.doctor)
    assert "Get started with video" not in (await desk.get("/desk")).text


async def test_the_kit_speaks_with_the_clinics_own_data(desk: Browser, cast: Cast) -> None:
    page = (await desk.get("/kit")).text
    assert "http://testserver.local/k/laegehuset-nordby" in page and "66 11 22 33" in page
    assert "Follow-up on depression" in page and page.count("<copy-button") == 7
    assert '<svg role="img"' in page
    await desk.post("/kit/publication")
    assert "published" in await _done(cast, desk.clock.now)
    assert "You have told your patients" in (await desk.get("/kit")).text


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("name", ["Lægehuset Nordby", "Lægerne Christiansen, Østergaard & Kjærsgaard-Sørensen I/S"])
async def test_every_text_is_filled_and_the_sms_is_one_sms(cast: Cast, language: str, name: str) -> None:
    clinic = await clinics.clinic_of(cast.clinic.id)
    clinic.name = name
    texts = {text.channel: text for text in await publishing.kit_of(clinic, language)}
    assert set(texts) == {"website", "email", "sms", "facebook", "screen", "answering", "leaflet"}
    assert not [text for text in texts.values() if re.search(r"[{}]", text.body)]
    assert texts["sms"].segments == 1
    assert texts["sms"].body.splitlines()[0] == publishing.page_address(clinic)
    assert name in texts["website"].body


async def test_leaflet_and_door_sign_are_pages_to_print(desk: Browser) -> None:
    leaflet = (await desk.get("/kit/leaflet?lang=da")).text
    assert "data-prints" in leaflet and "Sådan foregår det" in leaflet and "<svg" in leaflet
    sign = (await desk.get("/kit/door-sign?lang=da")).text
    assert "Videokonsultation – forstyr ikke" in sign


async def _traces() -> list[int]:
    tables = (Patient, Appointment, Place, PatientDevice, Message)
    return [await table.count() for table in tables]


@pytest.mark.parametrize(
    ("shown", "words"),
    [("appointment", "Mette Holm"), ("device-test", "camera"), ("waiting", "You are in the waiting room")],
)
async def test_a_preview_shows_the_patients_page_and_leaves_nothing(
    desk: Browser, cast: Cast, shown: str, words: str
) -> None:
    await desk.sign_in(cast.doctor)
    before = await _traces()
    answer = await desk.get(f"/preview/{shown}")
    assert answer.status_code == 200 and words in answer.text
    assert "As the patient sees it" in answer.text
    assert "form-action 'none'" in answer.headers["content-security-policy"]
    assert "htmx.min.js" not in answer.text and "js/patient/" not in answer.text
    assert await _traces() == before
    assert "previewed" in await start_marks.marks(cast.clinic.id)
    assert (await desk.get("/desk")).status_code == 200


async def test_an_unknown_preview_is_not_found(desk: Browser) -> None:
    assert (await desk.get("/preview/questionnaire")).status_code == 404
