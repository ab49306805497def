"""The waiting room as the patient sees it: an honest state, live, until the doctor calls or the wait is over (D7)."""

from datetime import datetime
from typing import Any, cast

from litestar import Response, get, post
from litestar.di import NamedDependency

from app.clinic.booking.tables import Appointment
from app.clinic.people import devices
from app.clinic.people.who import PatientWho
from app.clinic.waiting import queue, room
from app.clinic.waiting.tables import Place
from app.clinic.waiting.view import patient_view
from app.html import Asked, page, page_or_fragment, see_other
from app.routes.forms import read_form

STANDING = ("waiting", "called", "in_call")


@get("/waiting")
async def show_waiting(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The place and all that is known of it; without one, how the last one ended and what to do now."""
    who = cast(PatientWho, request.user)
    place = await queue.standing_place(who.patient) or await queue.last_place(who.patient)
    if place is None:
        return see_other("/appointments", request)
    context = await _seen(who, place, now)
    return await page_or_fragment(request, "patient/waiting.html", "now", **context)


@post("/waiting/departure")
async def leave(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Give the place up, of one's own will."""
    who = cast(PatientWho, request.user)
    await read_form(request)
    place = await queue.standing_place(who.patient)
    if place is not None:
        await queue.leave(place, now)
    return see_other("/waiting", request)


async def _seen(who: PatientWho, place: Place, now: datetime) -> dict[str, Any]:
    booked = await Appointment.objects().get(Appointment.id == place.appointment) if place.appointment else None
    return {
        "place": place,
        "standing": place.state in STANDING,
        "view": await patient_view(place, now),
        "appointment": booked,
        "room": await room.room_of(who.clinic),
        "handoff": devices.handoff(who.device),
        "now": now,
    }
