"""The front door, and whether the process is well."""

from typing import Any

from litestar import Response, get

from app.clinic.people import clinics
from app.web.html import Asked, page


@get("/")
async def front(request: Asked) -> Response[Any]:
    """Two doors: patients with a code or link, and staff; and the clinics' own pages."""
    return page(request, "public/front.html", clinics=await clinics.by_name(200))


@get("/health", media_type="text/plain")
async def health() -> str:
    """Answers when the process and its database do (I4)."""
    await clinics.by_name(1)
    return "ok\n"


handlers = [front, health]
