"""A patient's browser says that it may be pushed, or no longer; and a phone that a push was shown."""

import re
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.errors import Invalid
from app.clinic.messages import pushes, subscriptions
from app.clinic.messages.subscriptions import PushEndpoint
from app.clinic.people.who import PatientWho
from app.i18n import _
from app.pwa.push_services import is_push_service
from app.strict_json import NotReadable, read_json
from app.web.html import Asked

ARRIVALS = r"^/push/[0-9a-f-]{36}/arrival$"
"""The worker can't read the CSRF token; the push's random id is what proves that it got it."""

RENEWAL = "/push/subscription/renewal"
"""The worker has no CSRF token here either. The device's cookie is required, which other sites' requests lack."""

_ENDPOINT = msgspec.json.Decoder(PushEndpoint)
_MAX_ENDPOINT_LENGTH = 1000
_KEYS = {"p256dh": re.compile(r"[\w-]{86,88}=*"), "auth": re.compile(r"[\w-]{22,24}=*")}


@post("/push/subscription", status_code=204)
async def subscribe(request: Asked, now: NamedDependency[datetime]) -> None:
    """Allow pushes to this browser."""
    await _take(request, now)


@post(RENEWAL, status_code=204)
async def renew(request: Asked, now: NamedDependency[datetime]) -> None:
    """Replace this device's push address, which the browser changed; the old one is removed when a push to it fails."""
    await _take(request, now)


@post("/push/subscription/removal", status_code=204)
async def unsubscribe(request: Asked) -> None:
    """Stop pushes to this browser."""
    browser = await _browser(request)
    await subscriptions.unsubscribe(cast(PatientWho, request.user), browser.endpoint)


@post("/push/{push_id:uuid}/arrival")
async def note_arrival(push_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """The worker has shown it. Nobody learns from the answer whether there is such a push."""
    await pushes.arrived(push_id, now)
    return Response(None, status_code=204)


async def _take(request: Asked, now: datetime) -> None:
    """Its address must be a push service's: we post there."""
    browser = await _browser(request)
    if not is_push_service(browser.endpoint, request.app.state.settings.push_origins):
        raise Invalid(_("This browser's notifications can't be used here."), field="endpoint")
    await subscriptions.subscribe(cast(PatientWho, request.user), browser, now)


async def _browser(request: Asked) -> PushEndpoint:
    try:
        browser = read_json(await request.body(), _ENDPOINT)
    except NotReadable:
        raise Invalid(_("This browser's notifications can't be used here."), field="endpoint") from None
    fits = all(pattern.fullmatch(getattr(browser, name)) for name, pattern in _KEYS.items())
    if not fits or len(browser.endpoint) > _MAX_ENDPOINT_LENGTH:
        raise Invalid(_("This browser's notifications can't be used here."), field="endpoint")
    return browser
