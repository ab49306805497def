"""What belongs to whoever is signed in: the calendar's feed, the page at the door, and the shortcut on their desk."""

from typing import Any, Literal, cast

from litestar import Response, get, post
from litestar.params import FromPath

from app.clinic.errors import NotFound
from app.clinic.people import installation, own_addresses, team
from app.i18n import _
from app.routes.staff.responses import staff_of
from app.routes.staff.settings.clinic import clinic_of, is_saved, saved
from app.web.html import Asked, page
from app.web.once import once

Kind = Literal["feed", "door"]


@get("/me")
async def show_own(request: Asked) -> Response[Any]:
    """Both addresses, and how to put the desk on the computer's desktop and in the journal system."""
    staff = await team.colleague(clinic_of(request).id, staff_of(request).id)
    feed = own_addresses.address(staff, "feed")
    return page(
        request,
        "staff/me.html",
        feed=feed,
        subscription=feed.replace("https://", "webcal://").replace("http://", "webcal://"),
        door=own_addresses.address(staff, "door"),
        waiting_room=f"{installation.base_url()}/waiting-room",
        saved=is_saved(request),
    )


@post("/me/{kind:str}")
@once()
async def renew(request: Asked, kind: FromPath[str]) -> Response[Any]:
    """A new address; the one before stops working."""
    await own_addresses.renew(staff_of(request).id, _kind(kind))
    return saved(request, "/me")


@post("/me/{kind:str}/removal")
async def stop(request: Asked, kind: FromPath[str]) -> Response[Any]:
    """End the address."""
    await own_addresses.stop(staff_of(request).id, _kind(kind))
    return saved(request, "/me")


def _kind(text: str) -> Kind:
    if text not in ("feed", "door"):
        raise NotFound(_("There is no such address."))
    return cast(Kind, text)
