"""The date of birth on a device that knows its way but not yet its patient; who acts on it; forgetting them (H2)."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.errors import Invalid, NotFound
from app.clinic.people import devices
from app.clinic.people.who import PatientWho
from app.i18n import _
from app.web import household
from app.web.forms import Form, read_birth_date, read_form, read_query
from app.web.html import Asked, page, see_other


def safe_next(address: str) -> str:
    """Return the address if it is one of our own pages, else the appointments."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/appointments"


@get("/confirmation")
async def show_confirmation(request: Asked) -> Response[Any]:
    """Ask for the date of birth; whoever gave it already goes on."""
    wanted = safe_next(read_query(request)["next"])
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


@post("/persons/{patient_id:uuid}")
async def change_person(request: Asked, patient_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """From now on this phone acts for another of its household, who gave their date of birth on it before."""
    secret = await household.secret_of(request, patient_id, now)
    if secret is None:
        raise NotFound(_("This person is not known on this phone. Open the link in their message."))
    return await household.put_first(request, see_other("/appointments"), secret, now)


@post("/forgetting")
async def forget(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Forget this patient here: the phone is somebody else's, or will be. What it kept for offline goes too."""
    who = cast(PatientWho, request.user)
    left = await household.others(request, now)
    await devices.revoke(who.device, now)
    answer = await household.without(request, see_other("/appointments" if left else "/"), who, now)
    answer.headers["Clear-Site-Data"] = '"storage"'
    return answer


threshold_handlers = [show_confirmation, confirm, forget]
handlers = [change_person]
