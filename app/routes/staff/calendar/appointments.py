"""What staff do with an appointment that stands: cancel, take that back, move it, send its link again (B10)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.booking import appointments, calendar, notices
from app.clinic.booking.access import appointment_for
from app.clinic.booking.tables import BOOKED, Appointment
from app.clinic.errors import ClinicError, Conflict, Invalid, TooLate
from app.clinic.people import patients, team
from app.clinic.waiting import queue, waiting_notices
from app.i18n import _, local
from app.routes.staff.calendar.bookings import SUGGESTIONS, person_for, spoken_time, with_chosen
from app.routes.staff.responses import already, dialog, done, staff_of
from app.web.forms import Form, an_id, read_form, read_query
from app.web.html import Asked
from app.web.once import once


@post("/desk/appointments/{appointment_id:uuid}/cancellation")
async def cancel(request: Asked, appointment_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Cancel; the patient is told once the time to undo is over."""
    appointment = await appointment_for(staff_of(request), appointment_id)
    if not await queue.cancel(appointment, now):
        return done(request, _("Undone. The patient hears nothing of it."))
    return done(request, _("Cancelled"), undo=f"/desk/appointments/{appointment_id}/restoration")


@post("/desk/appointments/{appointment_id:uuid}/restoration")
async def restore(request: Asked, appointment_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Undo the cancellation a moment ago."""
    await queue.restore(await appointment_for(staff_of(request), appointment_id), now)
    return done(request, _("The appointment stands"))


@post("/desk/appointments/{appointment_id:uuid}/link")
@once(already)
async def send_link(request: Asked, appointment_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """A fresh link for a patient who lost theirs or locked it."""
    await appointments.send_link_again(await appointment_for(staff_of(request), appointment_id), now)
    return done(request, _("A new link is on its way. The old one no longer works."))


@post("/desk/appointments/{appointment_id:uuid}/information")
@once(already)
async def inform(request: Asked, appointment_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """How to get ready, or what to expect, to a patient who needs to read it once more."""
    appointment = await appointment_for(staff_of(request), appointment_id)
    wanted: notices.Purpose = "expectations" if (await read_form(request))["about"] == "expectations" else "preparation"
    await notices.inform(appointment, wanted, now)
    return done(request, _("It is on its way to the patient."))


@post("/desk/appointments/{appointment_id:uuid}/reminder")
@once(already)
async def remind(request: Asked, appointment_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Tell a patient who has not come that the clinic waits."""
    await waiting_notices.remind(await appointment_for(staff_of(request), appointment_id), now)
    return done(request, _("The patient is told that you are waiting."))


@get("/desk/appointments/{appointment_id:uuid}/move")
async def show_move(request: Asked, appointment_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """The form that moves an appointment, with the next free times of the person it is with, or is to be (`staff`)."""
    appointment = await appointment_for(staff_of(request), appointment_id)
    return await _move_dialog(request, appointment, read_query(request), now)


@post("/desk/appointments/{appointment_id:uuid}/move")
@once(already)
async def move(request: Asked, appointment_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Move to the chosen time and person, with a message and a new link to the patient. With somebody who is out of
    use it can't stay."""
    appointment = await appointment_for(staff_of(request), appointment_id)
    form = await read_form(request)
    try:
        starts_at = calendar.read_time(form["other_time"] or form["starts_at"])
        staff = an_id(form["staff"], _("There is no such colleague.")) if form["staff"] else appointment.staff
        moved = await queue.move(appointment, starts_at, now, staff=staff, overlap=form.ticked("despite_overlap"))
    except (Invalid, Conflict) as error:
        return await _move_dialog(request, appointment, form, now, error=error, status=422)
    return done(request, _("Moved to %(time)s") % {"time": spoken_time(moved.starts_at, now)})


async def _move_dialog(
    request: Asked,
    appointment: Appointment,
    form: Form,
    now: datetime,
    *,
    error: ClinicError | None = None,
    status: int = 200,
) -> Response[Any]:
    if appointment.state != BOOKED:
        raise TooLate(_("This appointment no longer stands."))
    colleagues = await team.members(appointment.clinic)
    person = person_for(staff_of(request), colleagues, form["staff"] or str(appointment.staff))
    if person != appointment.staff and not form["starts_at"]:
        form = Form({**form, "starts_at": f"{local(appointment.starts_at):%Y-%m-%dT%H:%M}"})
    wanted = (appointment.clinic, person, appointment.mode, appointment.minutes, now)
    suggestions = await calendar.suggest(*wanted, SUGGESTIONS)
    context = {
        "appointment": appointment,
        "colleagues": colleagues,
        "person": person,
        "patient": await patients.by_id(appointment.patient),
        "form": form,
        "suggestions": await with_chosen(suggestions, form["starts_at"], *wanted),
        "error": error,
        "now": now,
        "spoken_time": spoken_time,
    }
    return dialog(request, "staff/calendar/move.html", status=status, **context)
