"""Correcting a patient from the desk, the list and the booking, and the guardian who was missing."""

import json

from app.clinic.people import patients
from app.clinic.people.tables import Guardian, Patient
from tests.cast import Cast
from tests.conftest import Browser

HTMX = {"HX-Request": "true"}
PANEL = {"HX-Request": "true", "HX-Target": "div#panel"}


def _fields(**values: str) -> dict[str, str]:
    known = {"name": "Alma Lind", "born": "03.05.2017", "phone": "31 22 33 44", "eid": "own", "back": "desk"}
    return known | values


async def test_the_dialog_knows_the_patient_and_keeps_what_is_corrected(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.secretary)
    address = f"/patients/{cast.second_patient.id}/correction"
    shown = await browser.get(address, headers=HTMX)
    assert 'value="09.02.1946"' in shown.text
    assert 'value="26 99 88 77"' in shown.text
    answer = await browser.post(address, _fields(name="Birthe Friis", born="10-02-1946", no_device="yes"), headers=HTMX)
    assert "Birthe Friis er rettet." in answer.text
    assert json.loads(answer.headers["HX-Trigger"])["close-dialog"]
    [kept] = await patients.find(cast.clinic.id, "birthe friis")
    assert (kept.birth_date.isoformat(), kept.phone, kept.has_device) == ("1946-02-10", "+4531223344", False)


async def test_the_date_of_birth_of_a_cpr_number_is_not_asked(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.secretary)
    shown = await browser.get(f"/patients/{cast.patient.id}/correction")
    assert "Følger CPR-nummeret." in shown.text
    assert 'name="born"' not in shown.text


async def test_a_missing_guardian_is_added_on_the_way_to_a_booking(browser: Browser, cast: Cast) -> None:
    await Guardian.delete().where(Guardian.patient == cast.child.id)
    await browser.sign_in(cast.secretary)
    booking = await browser.get(f"/bookings/new?patient={cast.child.id}", headers=HTMX)
    address = f"/patients/{cast.child.id}/correction"
    assert f"{address}?back=booking&amp;eid=guardian" in booking.text
    nameless = await browser.post(address, _fields(eid="guardian", back="booking"), headers=PANEL)
    assert nameless.status_code == 422
    assert 'id="guardian_name-error"' in nameless.text
    guardian = {"guardian_name": "Bo Lind", "guardian_relation": "far", "guardian_phone": "40 40 40 40"}
    added = await browser.post(address, _fields(eid="guardian", back="booking", **guardian), headers=PANEL)
    assert "Bo Lind (far)" in added.text
    assert "Værge mangler" not in added.text


async def test_the_list_shows_the_patient_as_corrected(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.secretary)
    found = await browser.post("/patients/matches", {"q": "alma"})
    assert f"/patients/{cast.child.id}/correction?back=patients" in found.text
    answer = await browser.post(f"/patients/{cast.child.id}/correction", _fields(name="Alma Bo", back="patients"))
    assert "Alma Bo er rettet." in answer.text
    wrong = await browser.post(f"/patients/{cast.child.id}/correction", _fields(phone="12", back="patients"))
    assert wrong.status_code == 422
    kept = await Patient.objects().get(Patient.id == cast.child.id)
    assert kept is not None and kept.phone == "+4531223344"


async def test_a_known_cpr_number_leads_to_its_patient(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.secretary)
    form = {"kind": "registered", "name": "Jens", "born": "251248-9996", "phone": "20123456", "eid": "own"}
    answer = await browser.post("/patients", form, headers=PANEL)
    assert answer.status_code == 422
    assert f"/patients/{cast.patient.id}/correction" in answer.text
    assert f"/bookings/new?patient={cast.patient.id}" in answer.text
