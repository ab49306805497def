"""What staff decide about one place: first in the queue, a note to colleagues, and taking over a colleague's ring."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.calls import colleagues
from app.clinic.calls.access import call_for
from app.clinic.errors import Invalid
from app.clinic.people import patients
from app.clinic.waiting import order
from app.clinic.waiting.access import place_for
from app.clinic.waiting.tables import Place
from app.i18n import _
from app.routes.staff.responses import dialog, done, staff_of
from app.web.forms import read_form
from app.web.html import Asked


@get("/queue/places/{place_id:uuid}/turn")
async def show_turn(request: Asked, place_id: FromPath[UUID]) -> Response[Any]:
    """The form that puts somebody first."""
    place = await place_for(staff_of(request), place_id)
    return await _dialog(request, "staff/desk/turn.html", place, place.acute_because)


@post("/queue/places/{place_id:uuid}/turn")
async def put_first(request: Asked, place_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Acute: before the others, for this reason."""
    place = await place_for(staff_of(request), place_id)
    form = await read_form(request)
    try:
        await order.put_first(place, form["because"], now)
    except Invalid as error:
        return await _dialog(request, "staff/desk/turn.html", place, form["because"], error)
    return done(request, _("First in the queue"), undo=f"/queue/places/{place_id}/turn/undo")


@post("/queue/places/{place_id:uuid}/turn/undo")
async def back_in_order(request: Asked, place_id: FromPath[UUID]) -> Response[Any]:
    """Not acute after all: back to the order of arrival."""
    await order.back_in_order(await place_for(staff_of(request), place_id))
    return done(request, _("Back in the order of arrival"))


@get("/queue/places/{place_id:uuid}/note")
async def show_note(request: Asked, place_id: FromPath[UUID]) -> Response[Any]:
    """The form for a note to colleagues."""
    place = await place_for(staff_of(request), place_id)
    return await _dialog(request, "staff/desk/note.html", place, place.note)


@post("/queue/places/{place_id:uuid}/note")
async def write_note(request: Asked, place_id: FromPath[UUID]) -> Response[Any]:
    """Note it; empty words take it away."""
    place = await place_for(staff_of(request), place_id)
    form = await read_form(request)
    try:
        await order.note(place, form["words"])
    except Invalid as error:
        return await _dialog(request, "staff/desk/note.html", place, form["words"], error)
    return done(request, _("Noted."))


@post("/calls/{call_id:uuid}/takeover")
async def take_over(request: Asked, call_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Ring a patient whom a colleague rings: the colleague's ring stops, and one's own begins."""
    staff = staff_of(request)
    await colleagues.take_over(await call_for(staff, call_id), staff, now)
    return done(request)


async def _dialog(
    request: Asked, template: str, place: Place, words: str, error: Invalid | None = None
) -> Response[Any]:
    patient = await patients.by_id(place.patient)
    context = {"place": place, "patient": patient, "words": words, "error": error}
    return dialog(request, template, status=422 if error else 200, **context)
