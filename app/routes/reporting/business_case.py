"""The business case's pages, whoever's it is: worked out from figures, its assumptions written, its versions kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from litestar import Response

from app.clinic.errors import Conflict
from app.clinic.reporting import case as cases
from app.clinic.reporting import editions
from app.clinic.reporting.assumptions import assumptions, read
from app.clinic.reporting.basis import Basis
from app.clinic.reporting.business_case import PARTIES
from app.clinic.reporting.case import Case, continued, kept_in, worked_out
from app.clinic.reporting.tables import Edition
from app.routes.reporting.business_case_words import (
    NUMBERS,
    AssumptionRow,
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
from app.routes.reporting.documents import ReportScope, differences, number_in, period_of
from app.web.forms import read_form, read_query
from app.web.html import Asked, page, see_other
from app.web.spreadsheets import download

PATH = "business-case"
KIND: editions.Kind = "business_case"


async def _began(request: Asked, place: ReportScope) -> tuple[Basis, Edition | None]:
    """The figures of the period asked for, and the version to go on from."""
    last = await editions.latest(place.scope, KIND)
    return await place.basis(period_of(request, place, last)), last


async def _page(
    request: Asked,
    place: ReportScope,
    case: Case,
    form: Sequence[AssumptionRow],
    began_from: int,
    *,
    status: int = 200,
    trouble: str = "",
) -> Response[Any]:
    party = party_of(read_query(request)["party"], place.party)
    return page(
        request,
        "reporting/business_case.html",
        status=status,
        place=place,
        doc=PATH,
        shown=shown(case, party, form),
        parties=[(each, party_words()[each]) for each in PARTIES],
        editions=await editions.all_of(place.scope, KIND),
        began_from=began_from,
        trouble=trouble,
        sections=section_words(),
        units=unit_words(),
        origins=origin_words(),
        **NUMBERS,
    )


async def show(request: Asked, place: ReportScope) -> Response[Any]:
    """What comes of it now, and the form of its assumptions."""
    basis, last = await _began(request, place)
    case = continued(basis, last)
    return await _page(request, place, case, rows(assumptions(basis), case.estimates), last.number if last else 0)


async def keep(request: Asked, place: ReportScope, now: datetime) -> Response[Any]:
    """Save a version; what can't be saved comes back as it was written, with the reason."""
    form = await read_form(request)
    began_from = number_in(form["began_from"])
    basis, last = await _began(request, place)
    known, kept = assumptions(basis), kept_in(last).estimates if last else {}
    said, wrong = read(known, form)
    if wrong:
        case = continued(basis, last)
        back = rows_back(known, {**case.estimates, **said}, form, wrong, {})
        return await _page(request, place, case, back, began_from, status=422, trouble="wrong")
    case = worked_out(basis, {**kept, **said})
    try:
        number = await cases.keep(place.scope, began_from, case, place.author, now)
    except Conflict:
        back = rows_back(known, said, form, {}, kept)
        return await _page(request, place, case, back, last.number if last else 0, status=409, trouble="conflict")
    return see_other(place.address(f"{PATH}/versions/{number}"), request)


async def file(request: Asked, place: ReportScope, kind: str) -> Response[Any]:
    """Its tables as a file: as it is now, or of a saved version."""
    number = number_in(read_query(request)["version"])
    if number:
        case = kept_in(await editions.numbered(place.scope, KIND, number))
    else:
        case = continued(*await _began(request, place))
    party = party_of(read_query(request)["party"], place.party)
    return download(shown(case, party).sheets, PATH, kind)


async def version(request: Asked, place: ReportScope, number: int) -> Response[Any]:
    """A saved version as it was, to be printed, and what differs from another."""
    edition = await editions.numbered(place.scope, KIND, number)
    case, differs = kept_in(edition), None
    if other := number_in(read_query(request)["with"]):
        differs = differences(lines(kept_in(await editions.numbered(place.scope, KIND, other))), lines(case))
    return page(
        request,
        "reporting/business_case_version.html",
        place=place,
        doc=PATH,
        edition=edition,
        editions=await editions.all_of(place.scope, KIND),
        shown=shown(case, party_of(read_query(request)["party"], place.party)),
        parties=[(each, party_words()[each]) for each in PARTIES],
        other=other,
        differs=differs,
        **NUMBERS,
    )
