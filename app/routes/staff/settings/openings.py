"""The open consultation's weekly windows and their history, and the desk's answer to one that asks (D2)."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.clinic.errors import Invalid
from app.clinic.people import team
from app.clinic.waiting import room, windows
from app.clinic.waiting.windows import WindowForm
from app.routes.staff.responses import staff_of
from app.routes.staff.settings.clinic import is_saved, saved
from app.web.forms import Form, read_form
from app.web.html import Asked, page
from app.web.once import once

_FIELDS = ("weekday", "clock", "responsible", "opens", "closes", "places")


@get("/settings/openings")
async def show_openings(request: Asked) -> Response[Any]:
    """The windows, a form for one more, and who opened and closed when."""
    return await _page(request, Form({"opens": "ask", "closes": "keep"}))


@post("/settings/openings")
@once()
async def add_opening(request: Asked) -> Response[Any]:
    """One window more; a mistake brings the form back filled in."""
    form = await read_form(request)
    try:
        await windows.add(staff_of(request).clinic, WindowForm(*(form[name] for name in _FIELDS)))
    except Invalid as error:
        return await _page(request, form, error)
    return saved(request, "/settings/openings")


@post("/settings/openings/{window_id:uuid}/removal")
async def remove_opening(request: Asked, window_id: FromPath[UUID]) -> Response[Any]:
    """Remove a window."""
    await windows.remove(await windows.window_for(staff_of(request).clinic, window_id))
    return saved(request, "/settings/openings")


async def _page(request: Asked, form: Form, error: Invalid | None = None) -> Response[Any]:
    clinic = staff_of(request).clinic
    return page(
        request,
        "staff/settings/openings.html",
        status=422 if error else 200,
        windows=await windows.windows(clinic),
        colleagues=await team.members(clinic),
        history=await room.history(clinic),
        form=form,
        error=error,
        saved=is_saved(request),
    )
