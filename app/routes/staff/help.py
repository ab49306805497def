"""Whom to phone when the technique fails, as everybody at the clinic sees it."""

from typing import Any

from litestar import Response, get

from app.clinic.people import support
from app.routes.staff.settings.clinic import clinic_of
from app.web.html import Asked, page


@get("/help")
async def show_help(request: Asked) -> Response[Any]:
    """Whom to call, and what to try first."""
    return page(request, "staff/help.html", contacts=await support.contacts(clinic_of(request).id))
