"""Third parties from the desk (E6, G4): invite into the call at hand, let in, mute, put on hold, show out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.calls import guests
from app.clinic.calls.access import call_for
from app.clinic.calls.guests import Invitation
from app.clinic.calls.tables import Call
from app.clinic.errors import Invalid
from app.i18n import _
from app.routes.staff.responses import already, dialog, done, staff_of
from app.web.forms import Form, read_form, read_query
from app.web.html import Asked
from app.web.once import once


@get("/calls/{call_id:uuid}/guests/new")
async def show_invitation(request: Asked, call_id: FromPath[UUID]) -> Response[Any]:
    """Show the form for an invitation."""
    call = await call_for(staff_of(request), call_id)
    return _dialog(request, call, Form({"kind": read_query(request)["kind"]}))


@post("/calls/{call_id:uuid}/guests")
@once(already)
async def invite(request: Asked, call_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Send the link; what is missing brings the form back filled in."""
    call, form = await call_for(staff_of(request), call_id), await read_form(request)
    try:
        guest = await guests.invite(call, staff_of(request), Invitation(form["name"], form["kind"], form["to"]), now)
    except Invalid as error:
        return _dialog(request, call, form, error)
    return done(request, _("The link is on its way to %(name)s") % {"name": guest.name})


@post("/guests/{guest_id:uuid}/admission")
async def admit(request: Asked, guest_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Let in from the lobby."""
    await guests.admit(await guests.guest_for(staff_of(request), guest_id), now)
    return done(request)


@post("/guests/{guest_id:uuid}/silence")
async def silence(request: Asked, guest_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Mute, or let speak again; `on` says which."""
    on = (await read_form(request)).ticked("on")
    await guests.mute(await guests.guest_for(staff_of(request), guest_id), now, on=on)
    return done(request)


@post("/guests/{guest_id:uuid}/hold")
async def hold(request: Asked, guest_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Put on hold, or take back into the call; `on` says which."""
    on = (await read_form(request)).ticked("on")
    await guests.hold(await guests.guest_for(staff_of(request), guest_id), now, on=on)
    return done(request)


@post("/guests/{guest_id:uuid}/removal")
async def remove(request: Asked, guest_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Remove the guest; their link stops working."""
    guest = await guests.guest_for(staff_of(request), guest_id)
    await guests.remove(guest, now)
    return done(request, _("%(name)s is out, and the link is closed") % {"name": guest.name})


def _dialog(request: Asked, call: Call, form: Form, error: Invalid | None = None) -> Response[Any]:
    status = 422 if error else 200
    return dialog(request, "staff/calls/guest_invitation.html", status=status, call=call, form=form, error=error)
