"""The manifests: of the clinic's desk, and of one patient's app with the address it starts at.

An installed app may share neither cookies nor storage with the browser it came from, so the manifest's own address and
its `start_url` carry a hand-off secret. It leads to the patient's pages but past nothing: the date of birth is asked.
"""

from datetime import datetime
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.budgets import APPS
from app.clinic.errors import NotFound
from app.clinic.people import clinics, devices, patients, rates
from app.clinic.people.tables import PatientDevice
from app.clinic.people.who import PatientWho
from app.i18n import _, language
from app.web import household
from app.web.html import Asked, asset, see_other

_MAX_SHORT_NAME_LENGTH = 14
GROUND, PAGE = "#0b3a48", "#faf5ec"


@get("/app/{handoff:str}/app.webmanifest")
async def show_manifest(request: Asked, handoff: FromPath[str], now: NamedDependency[datetime]) -> Response[Any]:
    """The manifest, never stored: its address is a secret."""
    device = await _device(handoff, now)
    clinic = await clinics.clinic_of(device.patient.clinic)
    content = _manifest(clinic.name, f"/app/{handoff}")
    headers = {"Cache-Control": "no-store"}
    return Response(content, media_type="application/manifest+json", headers=headers)


@get("/app/{handoff:str}")
async def start(request: Asked, handoff: FromPath[str], now: NamedDependency[datetime]) -> Response[Any]:
    """Where the installed app opens, every time: on to the appointments, with the secret gone from the address.

    No app starts from another site's page: a link there never takes the place of who acts here.
    """
    device = await devices.by_handoff(handoff, now)
    if device is None:
        return see_other("/kode")
    who = request.user
    is_foreign = request.headers.get("sec-fetch-site") in ("cross-site", "same-site")
    if isinstance(who, PatientWho) and (who.patient == device.patient.id or (who.confirmed and is_foreign)):
        return see_other("/appointments")
    known = await household.secret_of(request, device.patient.id, now)
    if known:
        return await household.put_first(request, see_other("/appointments"), known, now)
    await rates.spend(APPS, now, person=(device.id,))
    patient = await patients.by_id(device.patient.id)
    _new, secret = await devices.remember(patient, now, confirmed=False, handed_from=device.handed_from or device.id)
    return await household.put_first(request, see_other("/appointments"), secret, now)


async def _device(handoff: str, now: datetime) -> PatientDevice:
    device = await devices.by_handoff(handoff, now)
    if device is None:
        raise NotFound(_("This app's way in no longer works. Use the code from your message."))
    return device


@get("/desk.webmanifest", sync_to_thread=False)
def show_desk_manifest() -> Response[Any]:
    """The manifest of the clinic's desk: a shortcut in a window of its own (A3). It holds nobody's data."""
    content = {
        "id": "/desk",
        "name": _("Nærvær for the clinic"),
        "short_name": "Nærvær",
        "description": _("Waiting room, calls and calendar for video consultations."),
        "lang": language.get(),
        "start_url": "/desk",
        "scope": "/",
        "display": "standalone",
        "theme_color": GROUND,
        "background_color": PAGE,
        "categories": ["medical", "productivity"],
        "icons": _icons(),
        "shortcuts": [
            {"name": _("Waiting room"), "url": "/waiting-room"},
            {"name": _("Calendar"), "url": "/calendar"},
        ],
    }
    return Response(content, media_type="application/manifest+json", headers={"Cache-Control": "no-cache"})


def _icons() -> list[dict[str, str]]:
    return [
        {"src": asset("images/icon-192.png"), "sizes": "192x192", "type": "image/png"},
        {"src": asset("images/icon-512.png"), "sizes": "512x512", "type": "image/png"},
        {"src": asset("images/icon-maskable-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
    ]


def _manifest(clinic: str, start_url: str) -> dict[str, Any]:
    return {
        "id": "/",
        "name": clinic,
        "short_name": clinic if len(clinic) <= _MAX_SHORT_NAME_LENGTH else "Nærvær",
        "description": _("Video consultations with your own doctor."),
        "lang": language.get(),
        "start_url": start_url,
        "scope": "/",
        "display": "standalone",
        "orientation": "any",
        "theme_color": GROUND,
        "background_color": PAGE,
        "categories": ["health", "medical"],
        "icons": _icons(),
    }
