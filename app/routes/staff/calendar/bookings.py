"""Booking in one dialog (B1, B2, B3, B8): patient, type, staff, time and one press.

The dialog's lower part is asked for again whenever the patient, type or person changes: it shows what video requires
of this patient, and the free times.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency

from app.clinic.booking import appointments, calendar, requirements, types
from app.clinic.booking.appointments import BookingForm
from app.clinic.booking.requirements import Answers, Checked
from app.clinic.booking.tables import Appointment, AppointmentType
from app.clinic.errors import ClinicError, Conflict, Invalid
from app.clinic.people import patients, team
from app.clinic.people.tables import Guardian, Patient, Staff
from app.clinic.people.who import StaffWho
from app.i18n import _, format_day, format_time, local
from app.routes.staff.desk.page import is_clinician
from app.routes.staff.responses import already, dialog, done, staff_of
from app.web.forms import Form, an_id, read_form, read_query
from app.web.html import Asked, fragment
from app.web.once import once

SUGGESTIONS = 4
NOW = "now"
CHOICES = ("type", "staff", "starts_at", "other_time")
"""What is chosen of a booking besides the patient; it may stand in an address."""


def chosen(form: Form) -> dict[str, str]:
    """What is chosen so far, to be brought along while the patient is corrected or added."""
    return {name: form[name] for name in CHOICES if form[name]}


@dataclass(frozen=True, slots=True)
class BookingDraft:
    """A booking in progress, as the dialog shows it.

    `matches` are several patients who fit what was typed; `corrected` says that the requirements are answered otherwise
    than stored; `outgrown` is the age limit of guardians that the patient has passed, else 0.
    """

    form: Form
    types: list[AppointmentType]
    colleagues: list[Staff]
    type: AppointmentType | None
    staff: UUID
    suggestions: list[datetime]
    patient: Patient | None = None
    guardians: tuple[Guardian, ...] = ()
    checked: Checked | None = None
    coming: tuple[Appointment, ...] = ()
    matches: tuple[Patient, ...] = ()
    corrected: bool = False
    outgrown: int = 0

    @property
    def on_video(self) -> bool:
        """Whether the type chosen is attended on video."""
        return self.type is None or types.attended(self.type) == "video"

    @property
    def chosen(self) -> dict[str, str]:
        """What links away from the dialog bring along."""
        return chosen(self.form)


@get("/bookings/new")
async def show_new(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The booking dialog; the query may name patient, type, staff and time already."""
    return await show_form(request, read_query(request), now)


@post("/bookings/checks")
async def check(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The dialog's lower part for what is chosen so far. Posted, since names and phones may not stand in an address."""
    draft = await _draft(staff_of(request), await read_form(request), now)
    return fragment(request, "staff/calendar/booking.html", "checks", draft=draft, error=None, now=now)


async def show_form(
    request: Asked, form: Form, now: datetime, *, error: ClinicError | None = None, status: int = 200
) -> Response[Any]:
    """The dialog filled with this much, and what was wrong with it."""
    draft = await _draft(staff_of(request), form, now)
    return dialog(request, "staff/calendar/booking.html", status=status, draft=draft, error=error, now=now)


@post("/bookings")
@once(already)
async def book(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Book, or start now when that is the time chosen; what is wrong brings the dialog back filled in."""
    staff, form = staff_of(request), await read_form(request)
    try:
        wanted = await _read(staff, form, now)
        if form["starts_at"] == NOW and not form["other_time"] and not wanted.in_person:
            booked = await appointments.start_now(wanted, staff, now)
        else:
            booked = await appointments.book(wanted, staff, now)
    except (Invalid, Conflict) as error:
        return await show_form(request, form, now, error=error, status=422)
    return done(request, await _booked_words(booked, now), undo=_undo(booked))


def _undo(booked: Appointment) -> str:
    return "" if booked.origin == "instant" else f"/desk/appointments/{booked.id}/cancellation"


async def _booked_words(booked: Appointment, now: datetime) -> str:
    patient = await patients.by_id(booked.patient)
    values = {"name": patient.name, "time": spoken_time(booked.starts_at, now)}
    if booked.origin == "instant":
        return _("The link is on its way to %(name)s") % values
    if booked.mode == "in_person":
        return _("%(name)s is booked at the clinic %(time)s, and is told so") % values
    return _("%(name)s is booked %(time)s, and gets the link") % values


def spoken_time(moment: datetime, now: datetime) -> str:
    """Today at 10.15, tomorrow at 8.00, or the day and the time."""
    days = (local(moment).date() - local(now).date()).days
    when = {0: _("today at %(time)s"), 1: _("tomorrow at %(time)s")}.get(days, _("%(day)s at %(time)s"))
    return when % {"day": format_day(moment), "time": format_time(moment)}


async def _draft(staff: StaffWho, form: Form, now: datetime) -> BookingDraft:
    kinds = await types.bookable(staff.clinic)
    colleagues = await team.members(staff.clinic)
    usual = next((each for each in kinds if each.mode == "video"), kinds[0] if kinds else None)
    kind = next((each for each in kinds if str(each.id) == form["type"]), usual)
    person = person_for(staff, colleagues, form["staff"])
    mode, minutes = (types.attended(kind), kind.minutes) if kind else ("video", 15)
    free = await calendar.suggest(staff.clinic, person, mode, minutes, now, SUGGESTIONS)
    free = await with_chosen(free, form["starts_at"], staff.clinic, person, mode, minutes, now)
    draft = BookingDraft(form, kinds, colleagues, kind, person, free)
    if not form["patient"]:
        matches = await patients.find(staff.clinic, form["q"]) if form["q"] else []
        return replace(draft, matches=tuple(matches))
    patient = await patients.patient_for(staff, an_id(form["patient"], _("There is no such patient.")))
    guardians = await patients.guardians_of(patient.id)
    corrected = _try_on(patient, form, now)
    return replace(
        draft,
        patient=patient,
        guardians=tuple(guardians),
        checked=requirements.check(patient, guardians),
        coming=tuple(await calendar.coming(patient.id, now)),
        corrected=corrected,
        outgrown=requirements.outgrown(patient, local(now).date()),
    )


async def with_chosen(
    free: list[datetime], text: str, clinic: UUID, person: UUID, mode: str, minutes: int, now: datetime
) -> list[datetime]:
    """The suggestions with the time chosen already among them, as long as it is free with this person."""
    if not text or text == NOW:
        return free
    try:
        wanted = calendar.read_time(text)
    except Invalid:
        return free
    if wanted in free or wanted < now or not await calendar.is_free(clinic, person, mode, minutes, wanted):
        return free
    return sorted([wanted, *free])


def person_for(staff: StaffWho, colleagues: list[Staff], chosen: str) -> UUID:
    """Return whom to book with: the one chosen, else the asking clinician, else the first clinician."""
    if any(str(each.id) == chosen for each in colleagues):
        return UUID(chosen)
    return staff.id if is_clinician(staff) else colleagues[0].id


def _try_on(patient: Patient, form: Form, now: datetime) -> bool:
    """Apply the answers to the patient, unsaved, so the dialog shows them; return whether that changes anything.

    Unreadable answers are reported when the form is sent.
    """
    before = (patient.has_device, patient.eid, patient.phone)
    try:
        requirements.take_in(patient, _answers(form), now)
    except Invalid:
        return True
    return before != (patient.has_device, patient.eid, patient.phone)


def _is_asked(form: Form) -> bool:
    """Whether the questions shown were about this patient, and not about one chosen before."""
    return bool(form["patient"]) and form["asked"] == form["patient"]


def _answers(form: Form) -> Answers:
    """What was said about the patient: only if the questions were shown, since an empty tick says nothing."""
    if not _is_asked(form):
        return Answers()
    return Answers(
        has_device=form.ticked("has_device"),
        eid=form["eid"],
        phone=form["phone"],
        phone_confirmed=form.ticked("phone_confirmed"),
    )


async def _read(staff: StaffWho, form: Form, now: datetime) -> BookingForm:
    """The form as the domain takes it; raises Invalid naming the field."""
    draft = await _draft(staff, form, now)
    if draft.type is None:
        raise Invalid(_("The clinic has no appointment type yet."), field="type")
    at_once = form["starts_at"] == NOW and not form["other_time"]
    return BookingForm(
        patient=_patient(draft),
        type=draft.type.id,
        staff=draft.staff,
        starts_at=now if at_once else calendar.read_time(form["other_time"] or form["starts_at"]),
        reason=form["reason"],
        guardian=_guardian(form),
        answers=_answers(form),
        in_person=form.ticked("in_person"),
        despite_overlap=form.ticked("despite_overlap"),
    )


def _guardian(form: Form) -> UUID | None:
    return an_id(form["guardian"], _("There is no such guardian.")) if form["guardian"] and _is_asked(form) else None


def _patient(draft: BookingDraft) -> UUID:
    """The patient chosen, or the only one who fits what was typed."""
    if draft.patient is not None:
        return draft.patient.id
    if len(draft.matches) == 1:
        return draft.matches[0].id
    if draft.matches:
        raise Invalid(_("Several patients fit. Choose one."), field="patient")
    raise Invalid(_("Write a name, CPR number or phone, and choose the patient."), field="patient")
