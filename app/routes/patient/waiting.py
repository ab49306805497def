"""The waiting room as the patient sees it: an honest state, live, until the doctor calls or the wait is over (D7)."""

from datetime import datetime, timedelta
from typing import Any, cast

from litestar import Response, get, post
from litestar.di import NamedDependency

from app.clinic.booking import join_links
from app.clinic.booking.access import appointment_for
from app.clinic.booking.tables import BOOKED, MOVED, Appointment
from app.clinic.calls.access import call_of_place
from app.clinic.errors import NotFound
from app.clinic.learning import questionnaire
from app.clinic.messages import push_keys
from app.clinic.people import devices
from app.clinic.people.who import PatientWho
from app.clinic.waiting import queue, room
from app.clinic.waiting.patient_view import has_read, patient_view
from app.clinic.waiting.presence import STANDING
from app.clinic.waiting.tables import GONE_HOME, RUNG, SERVED, WAITING, Place
from app.i18n import _
from app.routes.patient.appointments import clinic_of
from app.routes.patient.calls import call_view, place_shown
from app.web import household
from app.web.browsers import browser_of
from app.web.html import Asked, is_htmx, page, page_or_fragment, see_other
from app.web.questionnaire_cookie import with_cookie

_TOLD_FOR = timedelta(hours=12)


@get("/waiting")
async def show_waiting(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Show the place and what is known of it; without one, how the last one ended and what to do now.

    A page that shows the other of the two (`shown`) is reloaded, since no part of the answer would fit it.
    """
    who = cast(PatientWho, request.user)
    place = await queue.standing_place(who.patient) or await queue.last_place(who.patient)
    if "place" not in request.query_params and (others := await _place_of_another(request, place, now)):
        return see_other(queue.page_of(others.id), request)
    if place is None or (place.state not in STANDING and now - place.state_at > _TOLD_FOR):
        return see_other("/appointments", request)
    shown = "standing" if place.state in STANDING else "over"
    if is_htmx(request) and request.query_params.get("shown") != shown:
        return see_other(queue.page_of(place.id), request)
    if shown == "over":
        return await household.act_as_shown(request, await _over(request, who, place, now), now)
    waiting = page_or_fragment(request, "patient/waiting.html", "now", **await _seen(request, who, place, now))
    return waiting if is_htmx(request) else await household.act_as_shown(request, waiting, now)


@post("/waiting/departure")
async def leave(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Give up the place."""
    place = await place_shown(request)
    if place is None:
        return see_other("/waiting", request)
    await queue.leave(place, now)
    return see_other(queue.page_of(place.id), request)


@post("/waiting/questionnaire")
async def begin_questionnaire(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Begin the questionnaire about the call that was just held; raises NotFound without one."""
    place = await queue.last_place(cast(PatientWho, request.user).patient)
    call = await call_of_place(place.id) if place is not None else None
    if call is None:
        raise NotFound(_("There is no call to answer questions about."))
    return with_cookie(request, await questionnaire.begin_after(call, now), "/questionnaire")


@post("/waiting/reading")
async def note_reading(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The patient's page has shown what the clinic said, to somebody who looks at it."""
    place = await place_shown(request)
    if place is not None:
        await has_read(place, now)
    return see_other(queue.page_of(place.id) if place else "/waiting")


async def _place_of_another(request: Asked, own: Place | None, now: datetime) -> Place | None:
    """Return the place to show when several patients share the phone and the address names none.

    One who is called or in a call comes first, then one who waits. None when it is the acting patient's own place.
    """
    if own is not None and own.state in RUNG:
        return None
    held = [await queue.standing_place(each.patient) for each in await household.others(request, now)]
    places = sorted(filter(None, held), key=lambda place: place.state == WAITING)
    waits_too = bool(places) and places[0].state == "waiting" and own is not None and own.state == "waiting"
    return None if waits_too else next(iter(places), None)


async def _seen(request: Asked, who: PatientWho, place: Place, now: datetime) -> dict[str, Any]:
    return {
        "place": place,
        "view": await patient_view(place, now),
        "handoff": devices.handoff(who.device),
        "call": await call_view(place, now),
        "browser": browser_of(request.headers.get("User-Agent", "")),
        "push_key": (await push_keys.keys(now)).public,
    }


async def _over(request: Asked, who: PatientWho, place: Place, now: datetime) -> Response[Any]:
    """Show how it ended. A page that shows this already is left alone; one that shows something else is reloaded."""
    call = await call_of_place(place.id) if place.state == SERVED else None
    way_back, moved = await _way_back(who, place, now), await _moved(who, place)
    not_held = call is not None and call.outcome == "not_completed"
    told = "-".join((place.state, way_back, "moved" if moved else "", "not_held" if not_held else ""))
    if is_htmx(request):
        is_news = request.query_params.get("told") != told
        return see_other(queue.page_of(place.id), request) if is_news else Response("", status_code=204)
    context: dict[str, Any] = {
        "place": place,
        "told": told,
        "way_back": way_back,
        "handoff": devices.handoff(who.device),
        "moved": moved,
        "may_answer": call is not None and await questionnaire.may_begin(call, now),
        "not_held": not_held,
        "now": now,
    }
    return page(request, "patient/waiting_over.html", **context)


async def _moved(who: PatientWho, place: Place) -> Appointment | None:
    """The appointment at its new time, when it was moved while the patient waited."""
    if place.state != GONE_HOME or place.appointment is None:
        return None
    waited_for = await appointment_for(who, place.appointment)
    present = await join_links.current(waited_for.id) if waited_for.state == MOVED else waited_for
    return present if present.id != waited_for.id and present.state == BOOKED else None


async def _way_back(who: PatientWho, place: Place, now: datetime) -> str:
    """How somebody whose place is gone may get a new one now: by the appointment, by the open consultation, or not."""
    if place.state in (*STANDING, SERVED):
        return ""
    if place.appointment is not None:
        appointment = await appointment_for(who, place.appointment)
        clinic = await clinic_of(who)
        return "appointment" if queue.door(appointment, clinic.early_minutes, now) == "open" else ""
    return "open" if (await room.room_of(who.clinic)).is_open else ""
