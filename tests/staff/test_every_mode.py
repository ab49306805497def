"""Booking by how it is held: on video, at the clinic, or as a conference with more parties (A4)."""

from datetime import datetime, timedelta

import pytest

from app.clinic.booking import types
from app.clinic.booking.tables import Appointment, AppointmentType
from app.clinic.booking.types import TypeForm
from app.clinic.calls import call as calls
from app.clinic.calls.access import call_for
from app.clinic.learning import postcards
from app.clinic.messages.tables import Message
from app.clinic.people.tables import Patient
from app.clinic.waiting import queue
from tests.cast import Cast, who
from tests.conftest import Browser

HTMX = {"HX-Request": "true"}


@pytest.fixture
async def conference(cast: Cast) -> AppointmentType:
    """A type held as a conference; that patients may book it is not believed."""
    form = TypeForm("Videokonference", "conference", "30", "sky", "9", True, "")
    kind = await types.write(cast.clinic.id, form)
    assert not kind.bookable_online
    return kind


def _form(cast: Cast, kind: AppointmentType, **values: str) -> dict[str, str]:
    known = {"patient": str(cast.patient.id), "type": str(kind.id), "staff": str(cast.doctor.id)}
    return known | {"starts_at": "2026-11-24T10:15"} | values


async def test_the_dialog_offers_every_type_and_begins_with_video(
    browser: Browser, cast: Cast, conference: AppointmentType
) -> None:
    await AppointmentType.update({AppointmentType.sort_key: "0"}).where(AppointmentType.id == cast.in_person_type.id)
    await browser.sign_in(cast.secretary)
    page = (await browser.get("/bookings/new")).text
    for kind in (cast.video_type, cast.in_person_type, conference):
        assert f'value="{kind.id}"' in page
    assert f'value="{cast.video_type.id}" selected' in page


async def test_a_time_at_the_clinic_asks_nothing_of_video(browser: Browser, cast: Cast) -> None:
    await Patient.update({Patient.has_device: False, Patient.phone_confirmed_at: None}, force=True)
    await browser.sign_in(cast.secretary)
    shown = await browser.post("/bookings/checks", _form(cast, cast.in_person_type), headers=HTMX)
    assert 'value="now"' not in shown.text
    assert "Video passer ikke" not in shown.text
    assert (await browser.post("/bookings", _form(cast, cast.in_person_type), headers=HTMX)).status_code == 200
    [booked] = await Appointment.objects()
    assert (booked.mode, booked.type) == ("in_person", cast.in_person_type.id)
    said = [row["purpose"] for row in await Message.select(Message.purpose)]
    assert set(said) == {"in_person_instead"}


async def test_nothing_at_the_clinic_starts_now(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.secretary)
    answer = await browser.post("/bookings", _form(cast, cast.in_person_type, starts_at="now"), headers=HTMX)
    assert answer.status_code == 422
    assert not await Appointment.exists()


async def test_a_conference_is_attended_on_video_and_shown_as_one(
    browser: Browser, cast: Cast, conference: AppointmentType, now: datetime
) -> None:
    await browser.sign_in(cast.secretary)
    await browser.post("/bookings", _form(cast, conference), headers=HTMX)
    [booked] = await Appointment.objects()
    assert booked.mode == "video"
    assert "#users" in (await browser.get("/calendar")).text
    assert "Konference" in (await browser.get(f"/desk/appointments/{booked.id}")).text
    place = await queue.enter(cast.patient, booked, now=booked.starts_at)
    held = await calls.call_in(place.id, who(cast.doctor), booked.starts_at)
    await calls.hang_up(held, who(cast.doctor), booked.starts_at + timedelta(minutes=2))
    assert (await postcards.sheet_of(await call_for(who(cast.doctor), held.id))).kind == "conference"


async def test_a_time_in_trouble_is_changed_to_the_clinic_from_the_list(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.secretary)
    await browser.post("/bookings", _form(cast, cast.video_type), headers=HTMX)
    [booked] = await Appointment.objects()
    await Message.update({Message.state: "failed"}, force=True)
    assert f"/reviews/{booked.id}/conversion" in (await browser.get("/help-needed")).text
    answer = await browser.post(f"/reviews/{booked.id}/conversion", {"back": "/help-needed"})
    assert answer.headers["location"] == "/help-needed"
    again = await Appointment.objects().get(Appointment.id == booked.id)
    assert again is not None and again.mode == "in_person"
    assert str(booked.id) not in (await browser.get("/help-needed")).text
