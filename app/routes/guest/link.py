"""The link a third party got: who invites, one press, and then the lobby (E6). Opening it changes nothing (H3)."""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.budgets import GUESTS
from app.clinic.calls import guests
from app.clinic.calls.guests import OpenedGuestLink
from app.clinic.people import installation, rates
from app.clinic.people.who import GuestWho
from app.web.browsers import browser_of
from app.web.guards import address_of, cookie_name, session_cookie
from app.web.html import Asked, page, see_other

_LIFE_S = 12 * 3600
_GONE, _UNKNOWN = 410, 404


@get("/g/{token:str}")
async def show_link(request: Asked, token: FromPath[str], now: NamedDependency[datetime]) -> Response[Any]:
    """Who invites to what; on the device that went in already, the call itself."""
    opened = await guests.open_link(token, now)
    if opened.state != "open" or opened.guest is None:
        return _closed(request, opened)
    if isinstance(request.user, GuestWho) and request.user.id == opened.guest.id and opened.guest.state != "left":
        return see_other("/guest")
    request.state["clinic"] = opened.clinic
    address = f"/g/{token}"
    return page(
        request,
        "guest/link.html",
        guest=opened.guest,
        action=address,
        address=installation.base_url() + address,
        browser=browser_of(request.headers.get("User-Agent", "")),
    )


@post("/g/{token:str}")
async def come(request: Asked, token: FromPath[str], now: NamedDependency[datetime]) -> Response[Any]:
    """Into the lobby with this device."""
    address = address_of(request)
    await rates.spend(GUESTS, now, address=address)
    opened = await guests.open_link(token, now)
    if opened.state != "open" or opened.guest is None:
        return _closed(request, opened)
    settings = request.app.state.settings
    await rates.refund(GUESTS, address=address)
    secret = await guests.come(opened.guest, request.cookies.get(cookie_name(settings, "guest"), ""), now)
    answer = see_other("/guest")
    answer.set_cookie(session_cookie(settings, "guest", secret, _LIFE_S))
    return answer


def _closed(request: Asked, opened: OpenedGuestLink) -> Response[Any]:
    request.state["clinic"] = opened.clinic
    status = _UNKNOWN if opened.state == "unknown" else _GONE
    return page(request, "guest/link_closed.html", status=status, state=opened.state)
