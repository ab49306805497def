"""How long a clinic lets a ring go unanswered before it reaches further: page, push, SMS, plan B (D6)."""

from typing import Any

from litestar import Response, get, post

from app.clinic.calls import ladder
from app.clinic.calls.ladder import Times
from app.clinic.errors import Invalid
from app.clinic.people import texts
from app.routes.staff.responses import staff_of
from app.routes.staff.settings.clinic import is_saved, saved
from app.web.forms import Form, read_form
from app.web.html import Asked, page

_FIELDS = ("push_s", "text_s", "phone_s")


@get("/settings/calling-in")
async def show_calling_in(request: Asked) -> Response[Any]:
    """The clinic's times."""
    times = await ladder.times_of(staff_of(request).clinic)
    return _page(request, Form({name: str(getattr(times, name)) for name in _FIELDS}))


@post("/settings/calling-in")
async def change_calling_in(request: Asked) -> Response[Any]:
    """Set them; a mistake brings the form back filled in."""
    form = await read_form(request)
    try:
        await ladder.choose_times(staff_of(request), Times(*(_seconds(form[name]) for name in _FIELDS)))
    except Invalid as error:
        return _page(request, form, error)
    return saved(request, "/settings/calling-in")


def _seconds(text: str) -> int:
    """Read the number; anything else becomes one that is out of range."""
    seconds = texts.whole_number(text, 0, 9999)
    return -1 if seconds is None else seconds


def _page(request: Asked, form: Form, error: Invalid | None = None) -> Response[Any]:
    context = {"form": form, "error": error, "saved": is_saved(request)}
    return page(request, "staff/settings/calling_in.html", status=422 if error else 200, **context)
