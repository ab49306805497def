"""The front door, and whether the process is well."""

from typing import Any

from litestar import Response, get

from app.clinic.people.tables import Clinic
from app.web.html import Asked, page


@get("/")
async def front(request: Asked) -> Response[Any]:
    """Two doors: patients with a code or link, and staff; and the clinics' own pages."""
    clinics = await Clinic.objects().order_by(Clinic.name).limit(200)
    return page(request, "public/front.html", clinics=clinics)


@get("/health", media_type="text/plain")
async def health() -> str:
    """Answers when the process and its database do (I4)."""
    await Clinic.exists()
    return "ok\n"
