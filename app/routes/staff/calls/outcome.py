"""What came of a call: the day's list of calls, and the sheet after each."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.calls.access import call_for
from app.clinic.calls.outcome import OutcomeForm
from app.clinic.calls.tables import ENDED, Call
from app.clinic.calls.view import view
from app.clinic.errors import Conflict, Invalid
from app.clinic.learning import challenges, postcards
from app.clinic.learning.book import Postcard
from app.i18n import _
from app.routes.staff.responses import done, staff_of
from app.web.forms import read_form
from app.web.html import Asked, environment, is_htmx, page, see_other


@get("/calls")
async def show_calls(request: Asked) -> Response[Any]:
    """The sheets still to be handed in, and the latest calls, whose sheets may be corrected."""
    clinic = staff_of(request).clinic
    waiting, latest = await postcards.unfinished(clinic), await postcards.latest(clinic)
    noted = await challenges.of_calls([*waiting, *latest])
    return page(request, "staff/calls/calls.html", unfinished=waiting, latest=latest, noted=noted)


@get("/calls/{call_id:uuid}/outcome")
async def show_outcome(request: Asked, call_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """The sheet on a page of its own, to finish or to correct. Raises Conflict while the call goes on."""
    call = await call_for(request.user, call_id)
    if call.state != ENDED:
        raise Conflict(_("The call is still going. End it first, then note what came of it."))
    return await _sheet_page(request, call, await postcards.sheet_of(call), now)


async def _sheet_page(
    request: Asked, call: Call, sheet: postcards.OutcomeSheet, now: datetime, error: Invalid | None = None
) -> Response[Any]:
    status = 422 if error else 200
    return page(
        request, "staff/calls/outcome.html", status=status, call=await view(call, now), sheet=sheet, error=error
    )


@post("/calls/{call_id:uuid}/outcome")
async def note_outcome(request: Asked, call_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """What came of it, and the postcard. A mistake brings the page back filled in, where a page was sent."""
    call = await call_for(request.user, call_id)
    form = await read_form(request)
    wanted = OutcomeForm(form["outcome"], form["because"], form["note"], form["solved"], form["instead_of"])
    postcard = Postcard(form["kind"], form["picture"], form["sound"], form["longer"])
    try:
        await postcards.hand_in(call, staff_of(request), wanted, postcard, now)
    except Invalid as error:
        if is_htmx(request):
            raise
        return await _sheet_page(request, call, postcards.sheet_from(wanted, postcard), now, error)
    if form["solved"] == "new_time" and form["outcome"] != "not_completed":
        return await _book_next(request, call.patient.id)
    return see_other("/calls", request) if form["next"] == "calls" else done(request, _("Noted."))


@post("/calls/{call_id:uuid}/postponement")
async def put_off(request: Asked, call_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Hand the sheet in later."""
    await postcards.put_off(await call_for(request.user, call_id), now)
    return done(request, _("Put off. You find it under Calls."))


async def _book_next(request: Asked, patient: UUID) -> Response[Any]:
    """Not solved: a new time is one press away, on the same page."""
    address = f"/bookings/new?patient={patient}"
    if not is_htmx(request):
        return see_other(address)
    answer = done(request)
    answer.content = environment().get_template("staff/calls/_outcome_toast.html").render(address=address)
    return answer
