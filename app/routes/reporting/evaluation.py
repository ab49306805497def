"""The evaluation report's pages, whoever's it is: figures of a period, people's words, and its saved versions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from litestar import Response

from app.clinic.errors import Conflict, Invalid
from app.clinic.reporting import editions, evaluation
from app.clinic.reporting.case import continued
from app.clinic.reporting.evaluation import EvaluationReport, facts, kept_in, read_words
from app.clinic.reporting.figures import Filter
from app.clinic.reporting.tables import Edition
from app.routes.reporting.documents import ReportScope, differences, number_in, period_of
from app.routes.reporting.evaluation_words import lines, written
from app.web.forms import read_form, read_query
from app.web.html import Asked, page, see_other

PATH = "evaluation"
KIND: editions.Kind = "evaluation"
_MAX_READ = 50_000


async def _begun(place: ReportScope, wanted: Filter, words: Mapping[str, str]) -> EvaluationReport:
    """The report as it stands: the figures of the period, and these words."""
    case = continued(await place.basis(wanted), await editions.latest(place.scope, "business_case"))
    return EvaluationReport(wanted.since, wanted.until, facts(await place.told(wanted, case.outcomes)), dict(words))


async def _page(
    request: Asked,
    place: ReportScope,
    report: EvaluationReport,
    began_from: int,
    *,
    status: int = 200,
    error: Invalid | None = None,
    theirs: Mapping[str, str] | None = None,
) -> Response[Any]:
    return page(
        request,
        "reporting/evaluation.html",
        status=status,
        place=place,
        doc=PATH,
        report=report,
        parts=written(report),
        editions=await editions.all_of(place.scope, KIND),
        began_from=began_from,
        error=error,
        theirs=theirs,
        longest=evaluation.MAX_WORDS_LENGTH,
    )


def _words(last: Edition | None) -> dict[str, str]:
    return kept_in(last).words if last else {}


async def show(request: Asked, place: ReportScope) -> Response[Any]:
    """The figures as they are now, and the words saved last, to be written on."""
    last = await editions.latest(place.scope, KIND)
    report = await _begun(place, period_of(request, place, last), _words(last))
    return await _page(request, place, report, last.number if last else 0)


async def keep(request: Asked, place: ReportScope, now: datetime) -> Response[Any]:
    """Save a version; what can't be saved comes back as it was written, with the reason."""
    form = await read_form(request, longest=_MAX_READ)
    began_from = number_in(form["began_from"])
    last = await editions.latest(place.scope, KIND)
    report = await _begun(place, period_of(request, place, last), form)
    try:
        report = EvaluationReport(report.since, report.until, report.facts, read_words(form))
        number = await evaluation.keep(place.scope, began_from, report, place.author, now)
    except Invalid as error:
        return await _page(request, place, report, began_from, status=422, error=error)
    except Conflict:
        return await _page(request, place, report, last.number if last else 0, status=409, theirs=_words(last))
    return see_other(place.address(f"{PATH}/versions/{number}"), request)


async def version(request: Asked, place: ReportScope, number: int) -> Response[Any]:
    """A saved version as it was, to be printed, and what differs from another."""
    edition = await editions.numbered(place.scope, KIND, number)
    report, differs = kept_in(edition), None
    if other := number_in(read_query(request)["with"]):
        differs = differences(lines(kept_in(await editions.numbered(place.scope, KIND, other))), lines(report))
    return page(
        request,
        "reporting/evaluation_version.html",
        place=place,
        doc=PATH,
        edition=edition,
        editions=await editions.all_of(place.scope, KIND),
        parts=written(report),
        other=other,
        differs=differs,
    )
