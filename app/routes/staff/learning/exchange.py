"""Experience exchange: what other clinics of the region share, and what one shares oneself (F9)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.booking import types
from app.clinic.errors import Conflict, Invalid
from app.clinic.learning import exchange
from app.clinic.messages import states
from app.clinic.people import clinics
from app.i18n import _, local
from app.routes.staff.responses import staff_of
from app.routes.staff.settings.clinic import clinic_of
from app.web.forms import an_id, read_form, read_query
from app.web.guards import superuser_only
from app.web.html import Asked, page, see_other
from app.web.once import once


def title_of(kind: str, about: str) -> str:
    """What a text is about, in words."""
    if kind == "phrase":
        return states.purpose(about)
    return _("Conditions that suit video") if kind == "conditions" else about


@get("/exchange")
async def show_exchange(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Show what others share, and what the clinic can share."""
    return await _page(request, now)


async def _page(request: Asked, now: datetime, error: Invalid | Conflict | None = None) -> Response[Any]:
    clinic = clinic_of(request)
    kind = read_query(request)["kind"]
    return page(
        request,
        "staff/learning/exchange.html",
        status=422 if error else 200,
        error=error,
        region=await clinics.region_of(clinic, local(now).date()),
        kind=kind if kind in exchange.KINDS else "",
        found=await exchange.found(clinic, now, kind if kind in exchange.KINDS else ""),
        offers=await exchange.offers(clinic),
        video_types=await types.bookable(clinic.id, "video"),
        title_of=title_of,
        adopted=read_query(request)["adopted"],
    )


@post("/exchange/own/{shared_kind:str}/{piece_id:uuid}", guards=[superuser_only])
@once()
async def share(
    request: Asked, shared_kind: FromPath[str], piece_id: FromPath[UUID], now: NamedDependency[datetime]
) -> Response[Any]:
    """Let the region read it; a text with somebody's name comes back with the reason."""
    try:
        await exchange.share(clinic_of(request), shared_kind, piece_id, now)
    except Invalid as error:
        return await _page(request, now, error)
    return see_other("/exchange#own", request)


@post("/exchange/own/{shared_kind:str}/{piece_id:uuid}/withdrawal", guards=[superuser_only])
async def withdraw(
    request: Asked, shared_kind: FromPath[str], piece_id: FromPath[UUID], now: NamedDependency[datetime]
) -> Response[Any]:
    """Stop sharing the text."""
    await exchange.withdraw(clinic_of(request), shared_kind, piece_id, now)
    return see_other("/exchange#own", request)


@post("/exchange/{shared_id:uuid}/adoption", guards=[superuser_only])
@once()
async def adopt(request: Asked, shared_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Adopt the text as the clinic's own."""
    clinic, form = clinic_of(request), await read_form(request)
    shared = await exchange.shared_for(clinic, shared_id, now)
    chosen = an_id(form["type"], _("There is no such appointment type.")) if form["type"] else None
    try:
        adoption = await exchange.adopt(clinic, staff_of(request), shared, chosen, now)
    except Invalid as error:
        return await _page(request, now, error)
    return see_other(f"/exchange?adopted={adoption.id}", request)


@post("/adoptions/{adoption_id:uuid}/undo", guards=[superuser_only])
async def undo(request: Asked, adoption_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Restore the clinic's own text."""
    clinic = clinic_of(request)
    try:
        await exchange.undo(clinic, await exchange.adoption_for(clinic.id, adoption_id), now)
    except Conflict as error:
        return await _page(request, now, error)
    return see_other("/exchange", request)
