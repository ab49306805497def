"""The patient's own cancelling and moving of an appointment (B10)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.booking import self_booking
from app.clinic.booking.access import appointment_for
from app.clinic.booking.self_booking import Slot
from app.clinic.booking.tables import Appointment
from app.clinic.errors import ClinicError, Conflict, Invalid, NotFound, TooLate
from app.clinic.people.clinics import clinic_of
from app.clinic.waiting import queue
from app.i18n import _
from app.web.forms import read_form, read_query
from app.web.free_times import read_stamp, times_of
from app.web.html import Asked, page, see_other


@get("/appointments/{appointment_id:uuid}/cancellation")
async def show_cancellation(
    request: Asked, appointment_id: FromPath[UUID], now: NamedDependency[datetime]
) -> Response[Any]:
    """Ask for confirmation, since others can book the time once it is cancelled."""
    appointment = await appointment_for(request.user, appointment_id)
    if not self_booking.may_cancel(appointment, now):
        return see_other(f"/appointments/{appointment_id}")
    may_move = await self_booking.may_move(appointment, now)
    return page(request, "patient/cancellation.html", appointment=appointment, may_move=may_move, now=now)


@post("/appointments/{appointment_id:uuid}/cancellation")
async def cancel(request: Asked, appointment_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Cancel; the clinic sees it and the patient gets a message. If it is too late the page says why."""
    appointment = await appointment_for(request.user, appointment_id)
    if self_booking.may_cancel(appointment, now):
        await queue.cancel(appointment, now, by_patient=True)
    return see_other(f"/appointments/{appointment_id}")


@get("/appointments/{appointment_id:uuid}/move")
async def show_move(request: Asked, appointment_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """The free times it can be moved to."""
    appointment = await appointment_for(request.user, appointment_id)
    if not await self_booking.may_move(appointment, now):
        return see_other(f"/appointments/{appointment_id}")
    return await _times_page(request, appointment, now)


@post("/appointments/{appointment_id:uuid}/move")
async def move(request: Asked, appointment_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Move to the chosen time; if it was taken meanwhile, show the times that are left."""
    appointment = await appointment_for(request.user, appointment_id)
    if not await self_booking.may_move(appointment, now):
        return see_other(f"/appointments/{appointment_id}")
    form = await read_form(request)
    staff, _separator, stamp = form["slot"].partition("/")
    try:
        slot = Slot(read_stamp(stamp), UUID(staff))
        moved = await self_booking.move(appointment, slot, await clinic_of(appointment.clinic), now)
    except TooLate:
        return see_other(f"/appointments/{appointment_id}")
    except (ValueError, Conflict, Invalid, NotFound) as error:
        words = error if isinstance(error, ClinicError) else Invalid(_("Choose a time."))
        return await _times_page(request, appointment, now, words)
    return see_other(f"/appointments/{moved.id}")


async def _times_page(
    request: Asked, appointment: Appointment, now: datetime, error: ClinicError | None = None
) -> Response[Any]:
    clinic = await clinic_of(appointment.clinic)
    offer = await self_booking.offer_of(clinic.id, appointment.type)
    chosen = str(appointment.staff) if appointment.staff in {person.id for person in offer.people} else ""
    everybody = "everybody" in request.query_params
    shown = await times_of(offer, clinic, "" if everybody else chosen, read_query(request)["from"], now)
    context = {"appointment": appointment, "offer": offer, "shown": shown, "everybody": everybody or not chosen}
    return page(request, "patient/move.html", status=422 if error else 200, error=error, now=now, **context)
