"""The join link and its second way in, the code: a date of birth on a new device, then the appointment (C1, C6, H2).

Every link that does not open says what happened and whom to call. Opening one never uses it up.
"""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.budgets import CODES, LINKS, Budget
from app.clinic.booking import join_links
from app.clinic.booking.join_links import LinkClosed, OpenedLink
from app.clinic.errors import Invalid
from app.clinic.people import clinics, installation, rates
from app.clinic.people.tables import Clinic
from app.i18n import _
from app.web import household
from app.web.browsers import browser_of
from app.web.forms import Form, read_birth_date, read_form
from app.web.guards import address_of
from app.web.html import Asked, page, see_other

STATUS = {"unknown": 404}
_GONE = 410
_FEW_CLINICS = 5


@get("/j/{token:str}")
async def show_link(request: Asked, token: FromPath[str], now: NamedDependency[datetime]) -> Response[Any]:
    """The appointment on a device that is known, else the date of birth, else what became of the link."""
    opened = await join_links.open_link(token, now)
    if opened.appointment is not None:
        known = await household.secret_of(request, opened.appointment.patient, now)
        if known:
            return await household.put_first(request, see_other(f"/appointments/{opened.appointment.id}"), known, now)
    if not opened.opens:
        return await closed_page(request, opened)
    return _birth_date_page(request, opened, f"/j/{token}", now)


@post("/j/{token:str}")
async def confirm_link(request: Asked, token: FromPath[str], now: NamedDependency[datetime]) -> Response[Any]:
    """Take the date of birth; a wrong one brings the form back, the third says that the link is locked."""
    await rates.spend(LINKS, now, address=address_of(request))
    form = await read_form(request)
    opened = await join_links.open_link(token, now)
    try:
        return await _confirmed(request, opened, form, LINKS, now)
    except Invalid as error:
        return _birth_date_page(request, opened, f"/j/{token}", now, form, error)
    except LinkClosed as closed:
        return await closed_page(request, closed.opened)


@get("/kode")
async def show_code(request: Asked) -> Response[Any]:
    """A field for the code from the message, and the date of birth."""
    return await _code_page(request, None)


@post("/kode")
async def confirm_code(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Code and date of birth together lead where the link would have led."""
    await rates.spend(CODES, now, address=address_of(request))
    form = await read_form(request)
    opened = await join_links.by_code(form["code"], now)
    try:
        if opened.state == "unknown":
            raise Invalid(
                _("We don't know that code. Write the eight letters and digits from the message."), field="code"
            )
        return await _confirmed(request, opened, form, CODES, now)
    except Invalid as error:
        return await _code_page(request, opened.clinic, form, error)
    except LinkClosed as closed:
        return await closed_page(request, closed.opened)


async def _code_page(
    request: Asked, clinic: Clinic | None, form: Form | None = None, error: Invalid | None = None
) -> Response[Any]:
    """The form, with the phone of the clinic the code belongs to, or of the clinics there are while they are few."""
    known = [clinic] if clinic else await clinics.by_name(_FEW_CLINICS + 1)
    is_unknown = request.query_params.get("device") == "unknown"
    context = {
        "form": form or Form({}),
        "error": error,
        "is_unknown": is_unknown,
        "clinics": known if len(known) <= _FEW_CLINICS else [],
    }
    return page(request, "public/code.html", status=422 if error else 200, **context)


async def closed_page(request: Asked, opened: OpenedLink) -> Response[Any]:
    """Say what became of the link, and what to do."""
    request.state["clinic"] = opened.clinic or await _only_clinic()
    status = STATUS.get(opened.state, _GONE)
    return page(request, "public/link_closed.html", status=status, state=opened.state)


async def _confirmed(request: Asked, opened: OpenedLink, form: Form, budget: Budget, now: datetime) -> Response[Any]:
    """Let in somebody who gives the right date of birth, and give their try back."""
    if not opened.opens:
        raise LinkClosed("", opened)
    _device, secret = await join_links.confirm(opened, read_birth_date(form, now), now)
    assert opened.appointment is not None
    await rates.refund(budget, address=address_of(request))
    return await household.put_first(request, see_other(f"/appointments/{opened.appointment.id}"), secret, now)


def _birth_date_page(
    request: Asked,
    opened: OpenedLink,
    action: str,
    now: datetime,
    form: Form | None = None,
    error: Invalid | None = None,
) -> Response[Any]:
    request.state["clinic"] = opened.clinic
    return page(
        request,
        "public/link.html",
        status=422 if error else 200,
        appointment=opened.appointment,
        moved=opened.state == "moved",
        action=action,
        form=form or Form({}),
        error=error,
        browser=browser_of(request.headers.get("User-Agent", "")),
        address=installation.base_url() + action,
        now=now,
    )


async def _only_clinic() -> Clinic | None:
    """Return the installation's clinic if it has just one, so that its phone can be shown."""
    known = await clinics.by_name(2)
    return known[0] if len(known) == 1 else None
