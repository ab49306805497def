"""Signing in and out, and opening an invitation."""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.errors import Invalid, SlowDown
from app.clinic.people import clinics, invitations, sessions
from app.clinic.people.tables import Staff
from app.clinic.people.who import StaffWho
from app.web.errors import status_of, told_to_wait
from app.web.forms import read_form
from app.web.guards import address_of, session_cookie
from app.web.html import Asked, page, see_other


def safe_next(address: str) -> str:
    """Return the address if it is one of our own pages, else the desk."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/desk"


@get("/login")
async def show_sign_in(request: Asked) -> Response[Any]:
    """The sign-in page; whoever is signed in already goes on."""
    wanted = safe_next(request.query_params.get("next", "/desk"))
    if isinstance(request.user, StaffWho):
        return see_other(wanted)
    return page(request, "staff/sign_in.html", wanted=wanted, email="", error=None)


@post("/login")
async def sign_in(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Sign in; a wrong pair brings the form back filled in."""
    form = await read_form(request)
    wanted = safe_next(form["next"])
    address = address_of(request)
    try:
        _staff, secret = await sessions.sign_in(form["email"], form["password"], address, now)
    except (Invalid, SlowDown) as error:
        context = {"wanted": wanted, "email": form["email"], "error": error}
        return told_to_wait(page(request, "staff/sign_in.html", status=status_of(error), **context), error)
    return _signed_in(request, wanted, secret)


def _signed_in(request: Asked, address: str, secret: str) -> Response[Any]:
    answer = see_other(address)
    settings = request.app.state.settings
    answer.set_cookie(session_cookie(settings, "staff", secret, int(sessions.MAX_AGE.total_seconds())))
    return answer


@post("/logout")
async def sign_out(request: Asked) -> Response[Any]:
    """End this browser's session."""
    if isinstance(request.user, StaffWho):
        await sessions.sign_out(request.user.session)
        request.app.state.live.cut_off(request.user)
    answer = see_other("/login")
    answer.set_cookie(session_cookie(request.app.state.settings, "staff", "", 0))
    return answer


@get("/invitation/{token:str}")
async def show_invitation(request: Asked, token: FromPath[str], now: NamedDependency[datetime]) -> Response[Any]:
    """Whom the invitation is for, and a field for the password."""
    return await _invitation(request, token, now)


@post("/invitation/{token:str}")
async def accept_invitation(request: Asked, token: FromPath[str], now: NamedDependency[datetime]) -> Response[Any]:
    """Set the password and go to the desk."""
    form = await read_form(request)
    try:
        staff = await invitations.accept(Staff, token, form["password"], now)
    except Invalid as error:
        return await _invitation(request, token, now, error)
    return _signed_in(request, "/desk", await sessions.open_session(staff, now))


async def _invitation(request: Asked, token: str, now: datetime, error: Invalid | None = None) -> Response[Any]:
    staff = await invitations.find(Staff, token, now)
    request.state["clinic"] = await clinics.clinic_of(staff.clinic)
    return page(request, "staff/invitation.html", status=422 if error else 200, staff=staff, error=error)
