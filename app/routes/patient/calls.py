"""The patient answers and hangs up; and what the waiting page needs to show a call."""

from datetime import datetime
from typing import Any, cast

from litestar import Response, post
from litestar.di import NamedDependency

from app.clinic.calls import call as calls
from app.clinic.calls.access import call_of_place
from app.clinic.calls.tables import Call
from app.clinic.calls.view import CallView, view
from app.clinic.errors import TooLate
from app.clinic.people.who import PatientWho
from app.clinic.waiting import queue
from app.clinic.waiting.tables import RUNG, Place
from app.i18n import _
from app.web.forms import read_query
from app.web.html import Asked, see_other

_REFRESH = '{"nudge:place":{}}'


@post("/waiting/answer")
async def answer(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Come in. The page stays where it is: the tap that sent this also starts the sound."""
    call = await _standing_call(request)
    if call is None:
        raise TooLate(_("The clinic is not ringing any more. You still have your place."))
    await calls.answer(call, now)
    return _stay(request, call)


@post("/waiting/call/end")
async def end(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Hang up; the clinic sees it at once."""
    call = await _standing_call(request)
    if call is not None:
        await calls.hang_up(call, request.user, now)
    return _stay(request, call)


async def call_view(place: Place, now: datetime) -> CallView | None:
    """The call that this place is being called to or holds, for the waiting page; None when there is none."""
    if place.state not in RUNG:
        return None
    call = await call_of_place(place.id)
    return None if call is None else await view(call, now)


async def place_shown(request: Asked) -> Place | None:
    """The place the patient holds; None when they hold none, or another than the page that asks shows."""
    place = await queue.standing_place(cast(PatientWho, request.user).patient)
    shown = read_query(request)["place"]
    return place if place is not None and shown in ("", str(place.id)) else None


async def _standing_call(request: Asked) -> Call | None:
    place = await place_shown(request)
    if place is None or place.state not in RUNG:
        return None
    return await call_of_place(place.id)


def _stay(request: Asked, call: Call | None) -> Response[Any]:
    """Scripts and htmx get nothing to show, a plain form goes back to the waiting page."""
    if request.headers.get("HX-Request") or "text/html" not in request.headers.get("Accept", "text/html"):
        return Response("", status_code=204, headers={"HX-Trigger": _REFRESH})
    return see_other(queue.page_of(call.place.id) if call else "/waiting")
