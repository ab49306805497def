"""Finding patients as one types, and adding a patient or a passant without leaving the booking (A7, B1, C7)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.booking import access_removal
from app.clinic.change import change
from app.clinic.errors import ClinicError, Conflict, Invalid
from app.clinic.messages.phones import read_phone, show_phone
from app.clinic.people import birth_dates, days, patients
from app.clinic.people.patients import Correction, NewPatient
from app.clinic.people.tables import Guardian, Patient
from app.i18n import DEFAULT, LANGUAGES, _, local
from app.routes.staff.calendar import bookings
from app.routes.staff.responses import dialog, done, staff_of
from app.web.forms import Form, read_form, read_query
from app.web.guards import now_of
from app.web.html import Asked, fragment, is_htmx, page, see_other
from app.web.once import once

KINDS = ("registered", "treatment", "test")
BACKS = ("desk", "booking", "patients", "reviews")


@dataclass(frozen=True, slots=True)
class Guarding:
    """The guardian of a form; without a name there is none."""

    name: str
    relation: str
    phone: str


@get("/patients")
async def show_search(request: Asked) -> Response[Any]:
    """A page to search on, without JavaScript."""
    return page(request, "staff/patients.html", found=[], words="", said="")


@post("/patients/matches")
async def find(request: Asked) -> Response[Any]:
    """Patients by name, CPR number or phone. Posted, since none of these may stand in an address (facts.md)."""
    words = (await read_form(request))["q"]
    found = await patients.find(staff_of(request).clinic, words)
    if is_htmx(request):
        return fragment(request, "staff/patients.html", "options", found=found, words=words)
    return page(request, "staff/patients.html", found=found, words=words, said="")


@get("/patients/new")
async def show_new(request: Asked) -> Response[Any]:
    """The form for a new patient or passant; the query may say which kind."""
    kind = request.query_params.get("kind", "registered")
    form = Form({"kind": kind if kind in KINDS else "registered"})
    along = bookings.chosen(read_query(request))
    return dialog(request, "staff/new_patient.html", form=form, error=None, chosen=along)


async def _added_already(request: Asked, address: str) -> Response[Any]:
    """The patient is in the list: on to the booking, as the first time."""
    if not is_htmx(request):
        return see_other(address)
    return await bookings.show_form(request, Form(dict(parse_qsl(urlsplit(address).query))), now_of(request))


@post("/patients")
@once(_added_already)
async def add(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Add the person and go on to the booking with them chosen."""
    form = await read_form(request)
    try:
        patient = await _add(request, form, now)
    except (Invalid, Conflict) as error:
        along = bookings.chosen(form)
        return dialog(request, "staff/new_patient.html", status=422, form=form, error=error, chosen=along)
    return await _on_to_booking(request, patient, form, now)


@get("/patients/{patient_id:uuid}/correction")
async def show_correction(request: Asked, patient_id: FromPath[UUID]) -> Response[Any]:
    """The patient as known, to be corrected; the query may say where to go on afterwards, and that a guardian lacks."""
    patient = await patients.patient_for(request.user, patient_id)
    eid = "guardian" if request.query_params.get("eid") == "guardian" else patient.eid
    form = Form({**_known(patient, eid), **bookings.chosen(read_query(request))})
    return await _correction_form(request, patient, form, read_query(request)["back"])


@post("/patients/{patient_id:uuid}/correction")
async def correct(request: Asked, patient_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Correct the patient, add the guardian named, and go on from where staff came."""
    patient = await patients.patient_for(request.user, patient_id)
    form = await read_form(request)
    known = await patients.guardians_of(patient.id)
    try:
        new, guardian = _read_correction(form, now, known)
        async with change():
            await patients.correct(patient, new, now)
            if guardian is not None:
                await patients.keep_guardian(patient, guardian.name, guardian.relation, guardian.phone)
    except (Invalid, Conflict) as error:
        return await _correction_form(request, patient, form, form["back"], error)
    return await _corrected(request, patient, form, now, _("%(name)s is corrected.") % {"name": patient.name})


@post("/patients/{patient_id:uuid}/forgetting")
async def forget_phones(request: Asked, patient_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Take access away from every phone that acts for the patient, and from the links sent so far."""
    patient = await patients.patient_for(request.user, patient_id)
    await access_removal.forget_phones(patient, now)
    words = _("All phones of %(name)s are forgotten. Send the link to a coming appointment again.")
    return await _corrected(request, patient, await read_form(request), now, words % {"name": patient.name})


@post("/patients/{patient_id:uuid}/guardians/{guardian_id:uuid}/removal")
async def remove_guardian(
    request: Asked, patient_id: FromPath[UUID], guardian_id: FromPath[UUID], now: NamedDependency[datetime]
) -> Response[Any]:
    """A guardian answers for the patient no more (C7)."""
    patient = await patients.patient_for(request.user, patient_id)
    guardian = await access_removal.remove_guardian(patient, guardian_id, now)
    words = _("%(guardian)s is no longer a guardian of %(name)s, and all phones are forgotten.")
    names = {"guardian": guardian.name, "name": patient.name}
    return await _corrected(request, patient, await read_form(request), now, words % names)


async def _correction_form(
    request: Asked, patient: Patient, form: Form, back: str, error: ClinicError | None = None
) -> Response[Any]:
    known = await patients.guardians_of(patient.id)
    goes_back = back if back in BACKS else "desk"
    context = {"patient": patient, "form": form, "error": error, "guardians": known, "back": goes_back}
    number = patients.cpr_of(patient)
    context |= {"chosen": bookings.chosen(form), "follows_cpr": number is not None and number.birth_date is not None}
    return dialog(request, "staff/correction.html", status=422 if error else 200, **context)


async def _corrected(request: Asked, patient: Patient, form: Form, now: datetime, words: str) -> Response[Any]:
    """Where staff came from: the patients found, the booking under way, the online bookings, or the desk."""
    match form["back"]:
        case "patients":
            return page(request, "staff/patients.html", found=[patient], words=patient.name, said=words)
        case "booking":
            return await _on_to_booking(request, patient, form, now)
        case "reviews":
            return see_other("/reviews")
    return done(request, words)


async def _on_to_booking(request: Asked, patient: Patient, form: Form, now: datetime) -> Response[Any]:
    """Lead to the booking with this patient, and everything chosen earlier."""
    booking = {"patient": str(patient.id), **bookings.chosen(form)}
    address = f"/bookings/new?{urlencode(booking)}"
    if not is_htmx(request):
        return see_other(address)
    request.state["made"] = address
    return await bookings.show_form(request, Form(booking), now)


def _known(patient: Patient, eid: str) -> Form:
    """The patient as the form's fields."""
    return Form(
        {
            "name": patient.name,
            "born": f"{patient.birth_date:%d.%m.%Y}" if patient.birth_date else "",
            "phone": show_phone(patient.phone),
            "email": patient.email,
            "eid": eid,
            "language": patient.language,
            "no_device": "" if patient.has_device else "yes",
        }
    )


def _read_correction(form: Form, now: datetime, known: list[Guardian]) -> tuple[Correction, Guarding | None]:
    """What the form says; raises Invalid naming the field. A guardian must be named only where none is known."""
    born = None
    if form["born"]:
        born = _read_born(form, "born", now)
    by_guardian = form["eid"] == "guardian"
    guardian = _read_guardian(form) if form["guardian_name"] or form["guardian_phone"] or not known else None
    phone = _named("phone", read_phone, form["phone"]) if form["phone"] or not by_guardian else ""
    guardians_phones = [each.phone for each in (guardian, *known) if each and each.phone]
    correction = Correction(
        name=form["name"],
        birth_date=born,
        phone=phone or next(iter(guardians_phones), ""),
        email=form["email"],
        language=form["language"] if form["language"] in LANGUAGES else DEFAULT,
        has_device=not form.ticked("no_device"),
        eid=form["eid"] if form["eid"] in ("guardian", "none") else "own",
        cpr=form["cpr"],
    )
    return correction, guardian


async def _add(request: Asked, form: Form, now: datetime) -> Patient:
    new, guardian = _read(form, now)
    async with change():
        patient = await patients.add(staff_of(request).clinic, new, now)
        if guardian is not None:
            await patients.add_guardian(patient, guardian.name, guardian.relation or _("guardian"), guardian.phone)
    return patient


def _read(form: Form, now: datetime) -> tuple[NewPatient, Guarding | None]:
    """What the form says; raises Invalid naming the field."""
    kind = form["kind"] if form["kind"] in KINDS else "registered"
    number, born = form["born"], None
    if days.parts_of(number):
        number, born = "", _read_born(form, "born", now)
    elif form["birth_date"]:
        born = _read_born(form, "birth_date", now)
    guardian = _read_guardian(form)
    phone = _named("phone", read_phone, form["phone"]) if form["phone"] or guardian is None else ""
    new = NewPatient(
        name=form["name"],
        cpr=number,
        birth_date=born,
        phone=phone or (guardian.phone if guardian else ""),
        email=form["email"],
        language=form["language"] if form["language"] in LANGUAGES else DEFAULT,
        has_device=not form.ticked("no_device"),
        eid="guardian" if guardian else ("none" if form["eid"] == "none" else "own"),
        registration="registered" if kind == "registered" else "passant",
        is_test=kind == "test",
    )
    return new, guardian


def _read_guardian(form: Form) -> Guarding | None:
    if form["eid"] != "guardian":
        return None
    if not form["guardian_name"]:
        raise Invalid(_("Write the guardian's name."), field="guardian_name")
    phone = _named("guardian_phone", read_phone, form["guardian_phone"])
    return Guarding(form["guardian_name"], form["guardian_relation"], phone)


def _read_born(form: Form, name: str, now: datetime) -> date:
    """The date of birth in that field; raises Invalid naming it."""
    parts = days.parts_of(form[name]) or (form[name], "", "")
    born: date = _named(name, birth_dates.read, *parts, local(now).date())
    return born


def _named(field: str, read: Any, *values: Any) -> Any:
    """Call `read`, and let the Invalid it may raise name this form's field."""
    try:
        return read(*values)
    except ClinicError as error:
        raise Invalid(error.words, field=field) from None
