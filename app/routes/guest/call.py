"""The guest's one page: the lobby, the call, or how it ended; live, and the same address all the way."""

from datetime import datetime
from typing import Any, cast

from litestar import Response, get, post
from litestar.di import NamedDependency

from app.clinic.calls import guests
from app.clinic.calls.access import call_for
from app.clinic.calls.view import view
from app.clinic.people.who import GuestWho
from app.web.browsers import browser_of
from app.web.html import Asked, page_or_fragment, see_other


@get("/guest")
async def show_call(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Show the lobby, the call, or how it ended."""
    who = cast(GuestWho, request.user)
    guest = await guests.as_guest(who)
    call = await view(await call_for(who, who.call), now)
    stage = "over" if call.phase not in ("ringing", "running") else guest.state
    browser = browser_of(request.headers.get("User-Agent", ""))
    context: dict[str, Any] = {"guest": guest, "call": call, "stage": stage, "browser": browser}
    return page_or_fragment(request, "guest/call.html", "now", **context)


@post("/guest/departure")
async def leave(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Go; the link in the message still leads back to the lobby."""
    await guests.leave(await guests.as_guest(cast(GuestWho, request.user)), now)
    return see_other("/guest", request)
