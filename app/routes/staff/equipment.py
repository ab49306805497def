"""Trying the desk's camera, microphone, loudspeaker and line (A2), and whom to help before their appointment (C5)."""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from app.clinic.booking import device_tests, help_needed, lines
from app.clinic.people import support
from app.routes.device_reports import report_of
from app.routes.staff.responses import staff_of
from app.web.browsers import browser_of
from app.web.forms import read_form
from app.web.html import Asked, page, page_or_fragment, see_other
from app.web.once import once


@get("/equipment")
async def show_equipment(request: Asked) -> Response[Any]:
    """The test, under the newest result at the clinic and how many video calls its line carries."""
    test = await device_tests.latest_equipment(staff_of(request).clinic)
    tried = device_tests.line_of(test) if test else None
    return page(
        request,
        "staff/equipment.html",
        test=test,
        tried=tried,
        weakness=lines.weakness(tried) if tried else None,
        calls=lines.calls_at_once(tried) if tried else 0,
        most_calls=lines.MAX_CALLS,
        contacts=await support.contacts(staff_of(request).clinic),
        browser=browser_of(request.headers.get("User-Agent", "")),
    )


@post("/equipment")
@once()
async def record_equipment(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Keep the result."""
    staff = staff_of(request)
    await device_tests.record_equipment(staff.clinic, staff.id, report_of(await read_form(request), ""), now)
    return see_other("/equipment")


@get("/help-needed")
async def show_help_needed(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Show coming video appointments in trouble, with ways to help."""
    troubles = await help_needed.needing_help(staff_of(request).clinic, now)
    return page_or_fragment(request, "staff/help_needed.html", "troubles", troubles=troubles)
