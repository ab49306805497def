"""The desk's buttons of a call. Each answers with the nudge its page waits for, so the panel is asked for again."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.calls import call as calls
from app.clinic.calls.access import call_for
from app.clinic.calls.outcome import OutcomeForm, record_outcome
from app.clinic.people.who import StaffWho
from app.html import Asked, environment, is_htmx, see_other
from app.i18n import _
from app.routes.forms import read_form
from app.routes.staff.answers import done


@post("/calls/{call_id:uuid}/end")
async def end(request: Asked, call_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Hang up for everybody."""
    await calls.hang_up(await call_for(request.user, call_id), request.user, now)
    return done(request)


@post("/calls/{call_id:uuid}/ring-cancellation")
async def take_back(request: Asked, call_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Stop ringing; the patient keeps the place."""
    await calls.take_back(await call_for(request.user, call_id), cast(StaffWho, request.user), now)
    return done(request)


@post("/calls/{call_id:uuid}/by-phone")
async def continue_by_phone(request: Asked, call_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Plan B: the video ends, the consultation goes on by phone."""
    await calls.continue_by_phone(await call_for(request.user, call_id), cast(StaffWho, request.user), now)
    return done(request)


@post("/calls/{call_id:uuid}/ring")
async def ring_again(request: Asked, call_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Take up a call that was hung up by mistake."""
    await calls.ring_again(await call_for(request.user, call_id), cast(StaffWho, request.user), now)
    return done(request)


@post("/calls/{call_id:uuid}/outcome")
async def note_outcome(request: Asked, call_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """What came of it."""
    call = await call_for(request.user, call_id)
    form = await read_form(request)
    wanted = OutcomeForm(form["outcome"], form["because"], form["note"], form["solved"], form["instead_of"])
    await record_outcome(call, cast(StaffWho, request.user), wanted, now)
    if form["solved"] != "new_time":
        return done(request, _("Noted."))
    return await _book_next(request, call.patient.id)


async def _book_next(request: Asked, patient: UUID) -> Response[Any]:
    """Not solved: a new time is one press away, on the same page."""
    address = f"/bookings/new?patient={patient}"
    if not is_htmx(request):
        return see_other(address)
    answer = done(request)
    answer.content = environment().get_template("staff/_outcome_toast.html").render(address=address)
    return answer
