"""The booking dialog over HTTP: known patients, unmet requirements, new patients and passants, undo."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from app.clinic.booking.tables import Appointment
from app.clinic.messages.tables import Message
from app.clinic.people import patients
from app.clinic.people.tables import Guardian, Patient
from tests.cast import Cast
from tests.conftest import Browser
from tests.waiting.agreed import appointment

HTMX = {"HX-Request": "true"}
PANEL = {"HX-Request": "true", "HX-Target": "div#panel"}


def _four(cast: Cast, **values: Any) -> dict[str, Any]:
    known = {"patient": str(cast.patient.id), "type": str(cast.video_type.id), "staff": str(cast.doctor.id)}
    return known | {"starts_at": "2026-11-24T10:15"} | values


async def _only() -> Appointment:
    [booked] = await Appointment.objects()
    return booked


async def test_four_fields_and_one_submit_book(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.secretary)
    answer = await browser.post("/bookings", _four(cast), headers=HTMX)
    booked = await _only()
    assert booked.starts_at.isoformat() == "2026-11-24T09:15:00+00:00"
    assert "Jens Hansen er booket i dag kl. 10.15" in answer.text
    assert f"/desk/appointments/{booked.id}/cancellation" in answer.text
    assert json.loads(answer.headers["HX-Trigger"])["close-dialog"]


async def test_undo_leaves_no_message(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.secretary)
    await browser.post("/bookings", _four(cast), headers=HTMX)
    undone = await browser.post(f"/desk/appointments/{(await _only()).id}/cancellation", headers=HTMX)
    assert "hører ikke noget" in undone.text
    assert (await _only()).state == "cancelled"
    assert await Message.count() == 0


async def test_without_javascript_the_form_leads_back_to_the_desk(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.secretary)
    form = await browser.get(f"/bookings/new?patient={cast.patient.id}")
    assert "<html" in form.text
    assert "Jens Hansen" in form.text
    answer = await browser.post("/bookings", _four(cast, starts_at="", other_time="2026-11-24T10:40"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk")


async def test_typed_words_choose_the_only_one_who_fits(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.secretary)
    await browser.post("/bookings", _four(cast, patient="", q="birthe"))
    assert (await _only()).patient == cast.second_patient.id


async def test_several_who_fit_are_offered(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.secretary)
    answer = await browser.post("/bookings", _four(cast, patient="", q="an"), headers=PANEL)
    assert answer.status_code == 422
    assert f'value="{cast.patient.id}"' in answer.text
    assert f'value="{cast.passant.id}"' in answer.text
    nobody = await browser.post("/bookings", _four(cast, patient="", q="zzz"), headers=PANEL)
    assert "vælg patienten" in nobody.text
    assert await Appointment.count() == 0


async def test_now_sends_the_link_at_once(browser: Browser, cast: Cast, now: datetime) -> None:
    await browser.sign_in(cast.doctor)
    answer = await browser.post("/bookings", _four(cast, starts_at="now"), headers=HTMX)
    assert "Linket er på vej til Jens Hansen" in answer.text
    booked = await _only()
    assert (booked.origin, booked.starts_at) == ("instant", now)
    assert {row["purpose"] for row in await Message.select(Message.purpose)} == {"instant"}


async def test_unmet_requirement_offers_the_clinic_instead(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.secretary)
    asked = {"asked": str(cast.patient.id), "eid": "own", "phone": "20 12 34 56"}
    checks = await browser.post("/bookings/checks", _four(cast, **asked), headers=HTMX)
    assert "Ingen telefon eller tablet" in checks.text
    assert "Book i klinikken i stedet" in checks.text
    refused = await browser.post("/bookings", _four(cast, **asked), headers=PANEL)
    assert refused.status_code == 422
    answer = await browser.post("/bookings", _four(cast, **asked, in_person="yes"), headers=HTMX)
    assert "i klinikken" in answer.text
    assert (await _only()).mode == "in_person"


async def test_answers_about_one_patient_are_never_taken_for_another(browser: Browser, cast: Cast) -> None:
    """The dialog's questions were shown for the child; then Jens was chosen."""
    await browser.sign_in(cast.secretary)
    left_over = {
        "asked": str(cast.child.id),
        "phone": "31 22 33 44",
        "eid": "guardian",
        "guardian": str(cast.guardian.id),
    }
    await browser.post("/bookings", _four(cast, **left_over))
    kept = await Patient.objects().get(Patient.id == cast.patient.id)
    assert kept is not None
    assert (kept.phone, kept.eid, kept.has_device) == ("+4520123456", "own", True)
    assert (await _only()).guardian is None


async def test_unconfirmed_phone_comes_back_with_its_field(browser: Browser, cast: Cast) -> None:
    await Patient.update({Patient.phone_confirmed_at: None}).where(Patient.id == cast.patient.id)
    await browser.sign_in(cast.secretary)
    answer = await browser.post("/bookings", _four(cast), headers=PANEL)
    assert answer.status_code == 422
    assert 'id="phone-error"' in answer.text
    confirmed = {"asked": str(cast.patient.id), "has_device": "yes", "phone": "20123456", "phone_confirmed": "yes"}
    await browser.post("/bookings", _four(cast, **confirmed))
    assert await Appointment.count() == 1


@pytest.mark.parametrize("time", ["", "2020-01-01T10:00", "kl. ti"])
async def test_a_time_that_can_not_be_booked_names_its_field(browser: Browser, cast: Cast, time: str) -> None:
    await browser.sign_in(cast.secretary)
    answer = await browser.post("/bookings", _four(cast, starts_at="", other_time=time), headers=PANEL)
    assert answer.status_code == 422
    assert 'id="starts_at-error"' in answer.text
    assert 'name="despite_overlap"' not in answer.text


async def test_a_taken_time_can_be_insisted_on(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.secretary)
    await browser.post("/bookings", _four(cast))
    other = {"patient": str(cast.second_patient.id)}
    taken = await browser.post("/bookings", _four(cast, **other), headers=PANEL)
    assert 'name="despite_overlap"' in taken.text
    await browser.post("/bookings", _four(cast, **other, despite_overlap="yes"))
    assert await Appointment.count() == 2


async def test_cancelling_and_taking_it_back(browser: Browser, cast: Cast, now: datetime) -> None:
    booked = await appointment(cast, cast.patient, now + timedelta(hours=2))
    await Message(clinic=cast.clinic.id, about=str(booked.id), purpose="confirmation", channel="sms",
                  recipient="+4520123456", body_encrypted="", state="sent").save()  # fmt: skip
    await browser.sign_in(cast.secretary)
    cancelled = await browser.post(f"/desk/appointments/{booked.id}/cancellation", headers=HTMX)
    assert f"/desk/appointments/{booked.id}/restoration" in cancelled.text
    await browser.post(f"/desk/appointments/{booked.id}/restoration", headers=HTMX)
    assert (await _only()).state == "booked"
    again = await browser.post(f"/desk/appointments/{booked.id}/restoration", headers=HTMX)
    assert again.status_code == 410


async def test_moving_an_appointment(browser: Browser, cast: Cast, now: datetime) -> None:
    booked = await appointment(cast, cast.patient, now + timedelta(hours=2))
    await browser.sign_in(cast.secretary)
    assert "Jens Hansen" in (await browser.get(f"/desk/appointments/{booked.id}/move")).text
    wrong = await browser.post(f"/desk/appointments/{booked.id}/move", {"starts_at": ""}, headers=PANEL)
    assert wrong.status_code == 422
    moved = await browser.post(f"/desk/appointments/{booked.id}/move", {"other_time": "2026-11-25T09:00"}, headers=HTMX)
    assert "Flyttet til i morgen kl. 09.00" in moved.text
    assert (await browser.get(f"/desk/appointments/{booked.id}/move")).status_code == 410


async def test_an_appointment_is_handed_to_a_colleague(browser: Browser, cast: Cast, now: datetime) -> None:
    booked = await appointment(cast, cast.patient, now + timedelta(hours=2))
    await browser.sign_in(cast.secretary)
    path, colleague = f"/desk/appointments/{booked.id}/move", str(cast.colleague.id)
    assert f'value="{cast.doctor.id}" selected' in (await browser.get(path)).text
    offered = (await browser.get(f"{path}?staff={colleague}")).text
    assert f'value="{colleague}" selected' in offered
    assert 'value="2026-11-24T11:00" checked' in offered, "the same time, when the colleague is free"
    foreign = {"staff": str(cast.outsider.id), "starts_at": "2026-11-24T11:00"}
    assert (await browser.post(path, foreign, headers=HTMX)).status_code == 404
    await browser.post(path, {"staff": colleague, "starts_at": "2026-11-24T11:00"}, headers=HTMX)
    moved = await Appointment.objects().get(Appointment.state == "booked")
    assert moved is not None
    assert (moved.staff, moved.starts_at) == (cast.colleague.id, booked.starts_at)


async def test_what_was_booked_with_somebody_out_of_use_goes_to_another(
    browser: Browser, cast: Cast, now: datetime
) -> None:
    booked = await appointment(cast, cast.patient, now + timedelta(hours=2))
    await browser.sign_in(cast.superuser)
    told = await browser.post(f"/team/{cast.doctor.id}/retirement")
    calendar = f"/calendar?view=week&day=2026-11-24&staff={cast.doctor.id}"
    assert calendar.replace("&", "&amp;") in told.text
    shown = (await browser.get(calendar)).text
    assert "Jens Hansen" in shown and "Mette Holm" in shown and "Arbejder her ikke længere" in shown
    path = f"/desk/appointments/{booked.id}/move"
    assert f'value="{cast.doctor.id}"' not in (await browser.get(path)).text
    assert (await browser.post(path, {"starts_at": "2026-11-24T12:00"}, headers=HTMX)).status_code == 404
    moved = {"staff": str(cast.superuser.id), "starts_at": "2026-11-24T12:00"}
    assert (await browser.post(path, moved, headers=HTMX)).status_code == 200


async def test_a_new_link_replaces_the_old(browser: Browser, cast: Cast, now: datetime) -> None:
    booked = await appointment(cast, cast.patient, now + timedelta(hours=2))
    await browser.sign_in(cast.secretary)
    answer = await browser.post(f"/desk/appointments/{booked.id}/link", headers=HTMX)
    assert "nyt link" in answer.text
    assert await Message.exists().where(Message.about == str(booked.id))


async def test_patients_are_found_by_name_cpr_and_phone_without_it_in_an_address(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.secretary)
    for words in ("jens", "251248-9996", "20 12 34 56", "2512489996"):
        found = await browser.post("/patients/matches", {"q": words}, headers=HTMX)
        assert f'data-value="{cast.patient.id}"' in found.text, words
        assert "9996" not in found.text
    assert "Grethe" not in (await browser.post("/patients/matches", {"q": "grethe"}, headers=HTMX)).text
    assert "Jens Hansen" in (await browser.post("/patients/matches", {"q": "jens"})).text


def _new(**values: str) -> dict[str, str]:
    known = {"kind": "registered", "name": "Bo Friis", "born": "12.05.1954", "phone": "29 12 12 12", "eid": "own"}
    return known | values


async def test_a_new_patient_is_added_inside_the_dialog(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.secretary)
    answer = await browser.post("/patients", _new(), headers=PANEL)
    [added] = await patients.find(cast.clinic.id, "Bo Friis")
    assert f'name="patient" value="{added.id}"' in answer.text
    assert (added.phone, added.birth_date.isoformat(), added.registration) == (
        "+4529121212",
        "1954-05-12",
        "registered",
    )
    assert (
        (await browser.post("/patients", _new(name="Ib Friis")))
        .headers["Location"]
        .startswith("/bookings/new?patient=")
    )


@pytest.mark.parametrize(("kind", "is_test"), [("treatment", False), ("test", True)])
async def test_passants_are_for_treatment_or_test(browser: Browser, cast: Cast, kind: str, is_test: bool) -> None:
    await browser.sign_in(cast.doctor)
    await browser.post("/patients", _new(kind=kind))
    [added] = await patients.find(cast.clinic.id, "Bo Friis")
    assert (added.registration, added.is_test) == ("passant", is_test)


async def test_who_has_outgrown_a_guardian_is_shown_to_be(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.secretary)
    dialog = f"/bookings/new?patient={cast.child.id}"
    assert "er fyldt 15" not in (await browser.get(dialog)).text
    await Patient.update({Patient.birth_date: date(2011, 1, 1)}).where(Patient.id == cast.child.id)
    assert "er fyldt 15" in (await browser.get(dialog)).text


async def test_a_child_comes_with_a_guardian(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.doctor)
    child = _new(name="Liv Friis", born="01022019", phone="", eid="guardian")
    missing = await browser.post("/patients", child, headers=PANEL)
    assert 'id="guardian_name-error"' in missing.text
    child |= {"guardian_name": "Bo Friis", "guardian_relation": "far", "guardian_phone": "29121212"}
    await browser.post("/patients", child)
    [added] = await patients.find(cast.clinic.id, "Liv Friis")
    guardian = await Guardian.objects().get(Guardian.patient == added.id)
    assert guardian is not None
    assert (guardian.relation, guardian.phone, added.eid) == ("far", "+4529121212", "guardian")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"born": ""}, "born"),
        ({"born": "99.99.1954"}, "born"),
        ({"born": "123"}, "born"),
        ({"born": "251248-9996"}, "born"),
        ({"phone": "12"}, "phone"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(
    browser: Browser, cast: Cast, values: dict[str, str], field: str
) -> None:
    await browser.sign_in(cast.doctor)
    answer = await browser.post("/patients", _new(**values), headers=PANEL)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert await patients.find(cast.clinic.id, "Bo Friis") == []
