"""The publishing kit (A10), and what hangs on the wall (E9): texts to copy, a leaflet and a door sign to print."""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from app.clinic.booking import policy, publishing
from app.clinic.people import start_marks
from app.i18n import _, language
from app.routes.staff.outbox import qr
from app.routes.staff.responses import staff_of
from app.routes.staff.settings.clinic import clinic_of, is_saved, saved
from app.web.html import Asked, page


@get("/kit")
async def show_kit(request: Asked) -> Response[Any]:
    """Every text with the clinic's own data in it, and the QR code of its page."""
    clinic = clinic_of(request)
    return page(
        request,
        "staff/kit.html",
        texts=await publishing.kit_of(clinic, language.get()),
        **_address(request),
        is_published="published" in await start_marks.marks(clinic.id),
        saved=is_saved(request),
    )


def _address(request: Asked) -> dict[str, Any]:
    address = publishing.page_address(clinic_of(request))
    return {"address": address, "code": qr(address, _("QR code of the clinic's page"))}


@post("/kit/publication")
async def note_published(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Note that the clinic has told its patients, which nothing else records."""
    await start_marks.mark(clinic_of(request).id, "published", staff_of(request).id, now)
    return saved(request, "/kit")


@get("/kit/leaflet")
async def show_leaflet(request: Asked) -> Response[Any]:
    """A page to print and lay out."""
    clinic = clinic_of(request)
    texts = {text.channel: text.body for text in await publishing.kit_of(clinic, language.get())}
    known = await policy.policy_of(clinic)
    conditions = (known.conditions or policy.starter().conditions)[:10]
    context = {"how": texts["leaflet"].splitlines(), "conditions": conditions, **_address(request)}
    return page(request, "staff/leaflet.html", **context)


@get("/kit/door-sign")
async def show_door_sign(request: Asked) -> Response[Any]:
    """The sign to hang on the door."""
    return page(request, "staff/door_sign.html")
