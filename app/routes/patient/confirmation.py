"""The date of birth on a device that knows its way but not yet its patient, and forgetting the device (H2)."""

from datetime import datetime
from typing import Any, cast

from litestar import Response, get, post
from litestar.di import NamedDependency

from app.clinic.errors import Invalid
from app.clinic.people import devices
from app.clinic.people.who import PatientWho
from app.html import Asked, page, see_other
from app.routes.forms import Form, read_form
from app.routes.guards import session_cookie
from app.routes.public.links import read_birth_date


def safe_next(address: str) -> str:
    """One of our own pages, whatever stood in the address."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/appointments"


@get("/confirmation")
async def show_confirmation(request: Asked) -> Response[Any]:
    """Ask for the date of birth; whoever gave it already goes on."""
    wanted = safe_next(request.query_params.get("next", ""))
    if cast(PatientWho, request.user).confirmed:
        return see_other(wanted)
    return page(request, "patient/confirmation.html", wanted=wanted, form=Form({}), error=None)


@post("/confirmation")
async def confirm(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Confirm the device and go on; the third wrong date takes its way in away."""
    form = await read_form(request)
    wanted = safe_next(form["next"])
    who = cast(PatientWho, request.user)
    try:
        await devices.confirm(who.device, read_birth_date(form, now), now)
    except Invalid as error:
        return page(request, "patient/confirmation.html", status=422, wanted=wanted, form=form, error=error)
    return see_other(wanted)


@post("/forgetting")
async def forget(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Forget this patient here: the phone is somebody else's, or will be. What it kept for offline goes too."""
    who = cast(PatientWho, request.user)
    await devices.revoke(who.device, now)
    request.app.state.live.cut_off(who)
    answer = see_other("/")
    answer.set_cookie(session_cookie(request.app.state.settings, "device", "", 0))
    answer.headers["Clear-Site-Data"] = '"storage"'
    return answer
