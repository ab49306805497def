"""The clinic's business case: worked out from its figures, written by its superusers, and its saved versions."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.errors import Conflict
from app.clinic.learning import case as cases
from app.clinic.learning import editions
from app.clinic.learning.assumptions import assumptions, read
from app.clinic.learning.basis import Basis, of_clinic
from app.clinic.learning.business_case import PARTIES
from app.clinic.learning.case import Case, continued, kept_in, worked_out
from app.clinic.learning.tables import Edition
from app.html import Asked, page, see_other
from app.i18n import local
from app.routes.business_case import (
    NUMBERS,
    Row,
    lines,
    origin_words,
    party_of,
    party_words,
    rows,
    rows_back,
    section_words,
    shown,
    unit_words,
)
from app.routes.forms import read_form
from app.routes.sheets import download
from app.routes.staff.answers import staff_of
from app.routes.versions import differences, number_in, period_of

PATH = "/figures/business-case"
KIND: editions.Kind = "business_case"


def _scope(request: Asked) -> editions.Scope:
    return editions.of_clinic(staff_of(request).clinic)


async def _began(request: Asked, today: date) -> tuple[Basis, Edition | None]:
    """The figures of the period asked for, and the version to go on from."""
    last = await editions.latest(_scope(request), KIND)
    wanted = period_of(request, last, today)
    return await of_clinic(staff_of(request).clinic, wanted.since, wanted.until), last


async def _page(
    request: Asked, case: Case, form: Sequence[Row], began_from: int, *, status: int = 200, trouble: str = ""
) -> Response[Any]:
    found = await editions.all_of(_scope(request), KIND)
    return page(
        request,
        "staff/business_case.html",
        status=status,
        shown=shown(case, party_of(request.query_params.get("for", "")), form),
        parties=[(party, party_words()[party]) for party in PARTIES],
        editions=found,
        began_from=began_from,
        trouble=trouble,
        here=PATH,
        sections=section_words(),
        units=unit_words(),
        origins=origin_words(),
        **NUMBERS,
    )


@get(PATH)
async def show_business_case(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """What comes of it now, and the form of its assumptions."""
    basis, last = await _began(request, local(now).date())
    case = continued(basis, last)
    return await _page(request, case, rows(assumptions(basis), case.estimates), last.number if last else 0)


@post(PATH)
async def keep_business_case(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Save a version; what can't be saved comes back as it was written, with the reason."""
    form = await read_form(request)
    began_from = int(form["began_from"]) if form["began_from"].isdecimal() else 0
    basis, last = await _began(request, local(now).date())
    known, kept = assumptions(basis), kept_in(last).estimates if last else {}
    said, wrong = read(known, form)
    if wrong:
        case = continued(basis, last)
        back = rows_back(known, {**case.estimates, **said}, form, wrong, {})
        return await _page(request, case, back, began_from, status=422, trouble="wrong")
    case = worked_out(basis, {**kept, **said})
    try:
        number = await cases.keep(_scope(request), began_from, case, staff_of(request).name, now)
    except Conflict:
        back = rows_back(known, said, form, {}, kept)
        return await _page(request, case, back, last.number if last else 0, status=409, trouble="conflict")
    return see_other(f"{PATH}/versions/{number}", request)


async def _download(request: Asked, kind: str, now: datetime) -> Response[Any]:
    """As it is now, or of a saved version."""
    number = number_in(request, "version")
    basis, last = await _began(request, local(now).date())
    case = kept_in(await editions.numbered(_scope(request), KIND, number)) if number else continued(basis, last)
    return download(shown(case, party_of(request.query_params.get("for", ""))).sheets, "business-case", kind)


@get(f"{PATH}/csv")
async def download_csv(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Its tables, for any program."""
    return await _download(request, "csv", now)


@get(f"{PATH}/xlsx")
async def download_xlsx(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Its tables as a workbook."""
    return await _download(request, "xlsx", now)


@get(f"{PATH}/versions/{{number:int}}")
async def show_version(request: Asked, number: FromPath[int]) -> Response[Any]:
    """A saved version as it was, to be printed, and what differs from another."""
    scope = _scope(request)
    edition = await editions.numbered(scope, KIND, number)
    other = number_in(request, "with")
    case, differs = kept_in(edition), None
    if other:
        differs = differences(lines(kept_in(await editions.numbered(scope, KIND, other))), lines(case))
    return page(
        request,
        "staff/business_case_version.html",
        edition=edition,
        editions=await editions.all_of(scope, KIND),
        shown=shown(case, party_of(request.query_params.get("for", ""))),
        parties=[(party, party_words()[party]) for party in PARTIES],
        other=other,
        differs=differs,
        here=PATH,
        **NUMBERS,
    )


@post(f"{PATH}/versions/{{number:int}}/return")
async def bring_back(request: Asked, number: FromPath[int], now: NamedDependency[datetime]) -> Response[Any]:
    """Make that version the last one again; those between stay."""
    back = await editions.bring_back(_scope(request), KIND, number, staff_of(request).name, now)
    return see_other(f"{PATH}/versions/{back}", request)
