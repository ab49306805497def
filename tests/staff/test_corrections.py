"""Correcting a patient from the desk, the list and the booking, and the guardian who was missing."""

import json
from datetime import date, datetime, timedelta

from app.clinic.booking import join_links, notices
from app.clinic.booking.tables import Appointment
from app.clinic.people import devices, patients
from app.clinic.people.tables import Guardian, Patient
from tests.booking.test_join_links import agree
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


async def test_forgetting_all_phones_ends_devices_and_links_of_this_patient_only(
    browser: Browser, cast: Cast, now: datetime
) -> None:
    booked = await agree(cast, now + timedelta(days=1))
    link = await join_links.issue(booked, now)
    _device, secret = await devices.remember(cast.patient, now, confirmed=True)
    _device, others = await devices.remember(cast.second_patient, now, confirmed=True)
    await browser.sign_in(cast.secretary)
    shown = await browser.get(f"/patients/{cast.patient.id}/correction?back=patients")
    assert f'action="/patients/{cast.patient.id}/forgetting"' in shown.text
    answer = await browser.post(f"/patients/{cast.patient.id}/forgetting", {"back": "patients"})
    assert "Alle telefoner for Jens Hansen er glemt." in answer.text
    assert set(await devices.who_all([secret, others], now)) == {others}
    assert (await join_links.open_link(link.url.rpartition("/")[2], now)).state == "revoked"


async def test_another_date_of_birth_forgets_the_phones_another_name_does_not(
    browser: Browser, cast: Cast, now: datetime
) -> None:
    _device, secret = await devices.remember(cast.child, now, confirmed=True)
    await browser.sign_in(cast.secretary)
    await browser.post(f"/patients/{cast.child.id}/correction", _fields(name="Alma Bo"))
    assert await devices.who(secret, now)
    await browser.post(f"/patients/{cast.child.id}/correction", _fields(born="04.05.2017"))
    assert await devices.who(secret, now) is None


async def test_a_removed_guardian_is_reached_and_let_in_no_more(browser: Browser, cast: Cast, now: datetime) -> None:
    booked = await agree(cast, now + timedelta(days=1))
    await Appointment.update({Appointment.patient: cast.child.id, Appointment.guardian: cast.guardian.id}).where(
        Appointment.id == booked.id
    )
    _device, secret = await devices.remember(cast.child, now, confirmed=True)
    await browser.sign_in(cast.secretary)
    foreign = await browser.post(f"/patients/{cast.patient.id}/guardians/{cast.guardian.id}/removal")
    assert foreign.status_code == 404
    answer = await browser.post(
        f"/patients/{cast.child.id}/guardians/{cast.guardian.id}/removal", {"back": "desk"}, headers=HTMX
    )
    assert "Karen Lind er ikke længere værge for Alma Lind" in answer.text
    assert await devices.who(secret, now) is None
    child = await Patient.objects().get(Patient.id == cast.child.id)
    kept = await Appointment.objects().get(Appointment.id == booked.id)
    assert child is not None and kept is not None
    assert await notices.ways_to(child, now, kept) == []
    assert not await patients.at_the_door(cast.clinic.id, "+4531223344", date(2017, 5, 3), now.date())


async def test_staff_correct_a_cpr_number_that_made_somebody_born_in_the_future(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.secretary)
    address = f"/patients/{cast.patient.id}/correction"
    assert "Ret CPR-nummeret" in (await browser.get(address)).text
    ahead = await browser.post(address, _fields(name="Jens Hansen", cpr="010150-5123"), headers=PANEL)
    assert ahead.status_code == 422 and "2050" in ahead.text and 'value="010150-5123"' in ahead.text
    taken = await browser.post(
        f"/patients/{cast.second_patient.id}/correction", _fields(cpr="251248-9996"), headers=PANEL
    )
    assert taken.status_code == 422 and "Jens Hansen står allerede på listen" in taken.text
    await browser.post(address, _fields(name="Jens Hansen", cpr="010150-1123"), headers=PANEL)
    [kept] = await patients.find(cast.clinic.id, "010150-1123")
    assert (kept.id, kept.birth_date) == (cast.patient.id, date(1950, 1, 1))


async def test_a_replacement_number_asks_for_the_date_of_birth_in_a_field_of_its_own(
    browser: Browser, cast: Cast
) -> None:
    await browser.sign_in(cast.secretary)
    fields = {"kind": "registered", "name": "Ali Demir", "born": "010150-5AB2", "phone": "20 99 88 77"}
    asked = await browser.post("/patients", fields, headers=PANEL)
    assert asked.status_code == 422 and 'name="birth_date"' in asked.text and 'value="010150-5AB2"' in asked.text
    added = await browser.post("/patients", fields | {"birth_date": "1. januar 1950"}, headers=PANEL)
    assert added.status_code == 200
    [kept] = await patients.find(cast.clinic.id, "010150-5ab2")
    assert kept.birth_date == date(1950, 1, 1)
