"""Service codes: superusers keep them with their dates and fees, everybody copies the day's (F8)."""

import re
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.calls import service_codes
from app.clinic.calls.service_codes import AgreedCode, Kind
from app.clinic.errors import Invalid
from app.clinic.people import days, texts
from app.i18n import _, local
from app.routes.staff.responses import staff_of
from app.routes.staff.settings.clinic import is_saved, saved
from app.web.forms import Form, read_form
from app.web.html import Asked, page
from app.web.once import once


def kind_words(kind: str) -> str:
    """What a code is for."""
    return {
        "video": _("Video consultation"),
        "conference": _("Video conference"),
        "phone": _("Consultation by phone"),
    }.get(kind, kind)


def words_of(code: AgreedCode) -> str:
    """The clinic's words for the code, or ours."""
    return code.words or kind_words(code.kind)


def kroner(oere: int | None) -> str:
    """The fee as it is written: 182,50."""
    return "" if oere is None else f"{oere // 100},{oere % 100:02d}"


@get("/settings/codes")
async def show_codes(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The codes with their dates, what they were before, and an empty form."""
    return await _page(request, Form({"kind": "video", "from_minutes": "0"}), now)


@get("/settings/codes/{code_id:uuid}")
async def show_code(request: Asked, code_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """One code to be corrected."""
    known = await service_codes.code_for(staff_of(request).clinic, code_id)
    written = {
        "kind": known.kind,
        "code": known.code,
        "words": known.words,
        "fee": kroner(known.fee_oere),
        "from_minutes": str(known.from_minutes),
        "valid_from": known.valid_from.isoformat() if known.valid_from else "",
        "valid_until": known.valid_until.isoformat() if known.valid_until else "",
    }
    return await _page(request, Form(written), now, known=known)


async def _page(
    request: Asked, form: Form, now: datetime, *, known: AgreedCode | None = None, error: Invalid | None = None
) -> Response[Any]:
    clinic = staff_of(request).clinic
    return page(
        request,
        "staff/settings/codes.html",
        status=422 if error else 200,
        form=form,
        known=known,
        error=error,
        codes=await service_codes.codes_of(clinic),
        history=await service_codes.history(clinic),
        today=local(now).date(),
        kinds=[(kind, kind_words(kind)) for kind in service_codes.KINDS],
        kind_words=kind_words,
        words_of=words_of,
        kroner=kroner,
        saved=is_saved(request) and error is None,
    )


@post("/settings/codes")
@once()
async def add_code(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Add a code."""
    return await _write(request, now, None)


@post("/settings/codes/{code_id:uuid}")
async def change_code(request: Asked, code_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """One code corrected; what it was stays in the history."""
    return await _write(request, now, await service_codes.code_for(staff_of(request).clinic, code_id))


async def _write(request: Asked, now: datetime, known: AgreedCode | None) -> Response[Any]:
    form = await read_form(request)
    try:
        await service_codes.write(staff_of(request), _read(form), now, known)
    except Invalid as error:
        return await _page(request, form, now, known=known, error=error)
    return saved(request, "/settings/codes")


@post("/settings/codes/{code_id:uuid}/removal")
async def remove_code(request: Asked, code_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Out of use."""
    staff = staff_of(request)
    await service_codes.remove(staff, await service_codes.code_for(staff.clinic, code_id), now)
    return saved(request, "/settings/codes")


def _read(form: Form) -> AgreedCode:
    """The form as a code; raises Invalid for what is no number or day."""
    kind: Kind = next((each for each in service_codes.KINDS if each == form["kind"]), "video")
    minutes = texts.whole_number(form["from_minutes"] or "0", 0, 240)
    if minutes is None:
        raise Invalid(_("Write a number of minutes from 0 to 240."), field="from_minutes")
    return AgreedCode(
        kind=kind,
        code=form["code"],
        words=form["words"],
        fee_oere=_oere(form["fee"]),
        valid_from=_day(form, "valid_from"),
        valid_until=_day(form, "valid_until"),
        from_minutes=minutes,
    )


def _oere(text: str) -> int | None:
    found = re.fullmatch(r"([0-9]{1,5})(?:[.,]([0-9]{0,2}))?", texts.ascii_digits(text))
    if not text:
        return None
    if found is None:
        raise Invalid(_("Write the fee in kroner, like 182,50."), field="fee")
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def _day(form: Form, name: str) -> date | None:
    return days.read(form[name], name) if form[name] else None
