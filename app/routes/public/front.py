"""The front door."""

from typing import Any

from litestar import Response, get

from app.clinic.people import clinics
from app.web.html import Asked, page


@get("/")
async def front(request: Asked) -> Response[Any]:
    """Two doors: patients with a code or link, and staff; and the clinics' own pages."""
    return page(request, "public/front.html", clinics=await clinics.by_name(200))
