"""The clinic's door: phone and date of birth, a code by SMS, and for twins which of them (B4, D2).

It leads to the open consultation while that is open, and at any time back to the booking that `next` names.
"""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.budgets import DOORS
from app.clinic.errors import Invalid, NotFound
from app.clinic.messages.phones import read_phone
from app.clinic.people import rates
from app.clinic.people.tables import Clinic
from app.clinic.waiting import door_codes, room
from app.clinic.waiting.door_codes import Ask
from app.routes.public.clinic import clinic_called
from app.web import household
from app.web.forms import Form, read_birth_date, read_form, read_query
from app.web.guards import address_of
from app.web.html import Asked, page, see_other


async def _is_closed(clinic: Clinic, onwards: str) -> bool:
    """Whether the door leads to the open consultation and that is closed; the clinic's page then says whom to call."""
    return not onwards and not (await room.room_of(clinic.id)).is_open


def _onwards(slug: str, text: str) -> str:
    """Return the address to go on to if it is a booking at this clinic, else an empty text."""
    return text if re.fullmatch(rf"/k/{re.escape(slug)}/booking(/[A-Za-z0-9-]+)*", text) else ""


@get("/k/{slug:str}/door")
async def show_door(request: Asked, slug: FromPath[str]) -> Response[Any]:
    """Who are you? Phone and date of birth."""
    onwards = _onwards(slug, read_query(request)["next"])
    if await _is_closed(await clinic_called(request, slug), onwards):
        return see_other(f"/k/{slug}")
    return page(request, "public/door.html", slug=slug, form=Form({"next": onwards}), error=None)


@post("/k/{slug:str}/door")
async def ask_for_code(request: Asked, slug: FromPath[str], now: NamedDependency[datetime]) -> Response[Any]:
    """Send the code, and on to where it is typed."""
    clinic = await clinic_called(request, slug)
    form = await read_form(request)
    onwards = _onwards(slug, form["next"])
    if await _is_closed(clinic, onwards):
        return see_other(f"/k/{slug}")
    await rates.spend(DOORS, now, address=address_of(request))
    try:
        sealed = await door_codes.ask(clinic, read_phone(form["phone"]), read_birth_date(form, now), now)
    except Invalid as error:
        return page(request, "public/door.html", status=422, slug=slug, form=form, error=error)
    return see_other(f"/k/{slug}/door/{sealed}" + (f"?next={onwards}" if onwards else ""))


@get("/k/{slug:str}/door/{asked:str}")
async def show_code(
    request: Asked, slug: FromPath[str], asked: FromPath[str], now: NamedDependency[datetime]
) -> Response[Any]:
    """A field for the code."""
    clinic = await clinic_called(request, slug)
    onwards = _onwards(slug, read_query(request)["next"])
    return _code_page(request, slug, asked, await door_codes.opened(clinic, asked, now), onwards)


@post("/k/{slug:str}/door/{asked:str}")
async def use_code(
    request: Asked, slug: FromPath[str], asked: FromPath[str], now: NamedDependency[datetime]
) -> Response[Any]:
    """In by the code; siblings born on one day are asked who it is about."""
    clinic = await clinic_called(request, slug)
    ask = await door_codes.opened(clinic, asked, now)
    form = await read_form(request)
    onwards = _onwards(slug, form["next"])
    try:
        let_in = await door_codes.patients_behind(ask, form["code"], now)
    except Invalid as error:
        return _code_page(request, slug, asked, ask, onwards, error)
    chosen = [each for each in let_in if len(let_in) == 1 or str(each.id) == form["patient"]]
    if not chosen:
        return _code_page(request, slug, asked, ask, onwards, code=form["code"], choices=let_in)
    _device, secret = await door_codes.use(ask, form["code"], UUID(str(chosen[0].id)), now)
    await rates.refund(DOORS, address=address_of(request))
    return await household.put_first(request, see_other(onwards or f"/k/{slug}"), secret, now)


def _code_page(
    request: Asked,
    slug: str,
    asked: str,
    ask: Ask,
    onwards: str,
    error: Invalid | NotFound | None = None,
    code: str = "",
    choices: Any = (),
) -> Response[Any]:
    context = {"slug": slug, "asked": asked, "phone": ask.phone, "error": error, "code": code, "choices": choices}
    context["onwards"] = onwards
    return page(request, "public/door_code.html", status=422 if error else 200, **context)
