"""How to put the app on the home screen of this very phone."""

from typing import Any, cast

from litestar import Response, get

from app.clinic.people import devices
from app.clinic.people.who import PatientWho
from app.web.browsers import browser_of
from app.web.html import Asked, page


@get("/install")
async def show_install(request: Asked) -> Response[Any]:
    """The guide; the page names the manifest that carries this patient's way in, since iOS reads it from here."""
    who = cast(PatientWho, request.user)
    browser = browser_of(request.headers.get("User-Agent", ""))
    return page(request, "patient/install.html", browser=browser, handoff=devices.handoff(who.device))
