"""The desk's buttons of a call, each answering with the nudge its page waits for; and the sheet that follows a call."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.calls import call as calls
from app.clinic.calls.access import call_for
from app.clinic.errors import Invalid
from app.i18n import _
from app.routes.staff.responses import done, staff_of
from app.web.forms import an_id, read_form
from app.web.html import Asked


@post("/calls/{call_id:uuid}/end")
async def end(request: Asked, call_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Hang up for everybody."""
    await calls.hang_up(await call_for(request.user, call_id), request.user, now)
    return done(request)


@post("/calls/{call_id:uuid}/ring-cancellation")
async def take_back(request: Asked, call_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Stop ringing; the patient keeps the place."""
    await calls.take_back(await call_for(request.user, call_id), staff_of(request), now)
    return done(request)


@post("/calls/{call_id:uuid}/next")
async def call_next(request: Asked, call_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Leave this patient in the queue and ring the next."""
    call, form = await call_for(request.user, call_id), await read_form(request)
    if not form["place"]:
        raise Invalid(_("Choose whom to ring instead."), field="place")
    place = an_id(form["place"], _("There is no such place in the queue."))
    await calls.call_next(call, place, staff_of(request), now)
    return done(request)


@post("/calls/{call_id:uuid}/by-phone")
async def continue_by_phone(request: Asked, call_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Plan B: the video ends, the consultation goes on by phone."""
    await calls.continue_by_phone(await call_for(request.user, call_id), staff_of(request), now)
    return done(request)


@post("/calls/{call_id:uuid}/ring")
async def ring_again(request: Asked, call_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Take up a call that was hung up by mistake."""
    await calls.ring_again(await call_for(request.user, call_id), staff_of(request), now)
    return done(request)
