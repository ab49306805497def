"""The business case and evaluation report of a region, the nation or a programme, out of figures that tell of no small
group."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, timedelta
from typing import TypedDict

from app.clinic.calls.service_codes import NATIONAL
from app.clinic.learning import programmes
from app.clinic.learning.report import Answered
from app.clinic.people import regions
from app.clinic.people.who import EvaluatorWho
from app.clinic.reporting import basis, editions, outside, outside_report, programme_figures
from app.clinic.reporting.basis import Basis
from app.clinic.reporting.business_case import Party
from app.clinic.reporting.case import Outcome
from app.clinic.reporting.evaluation import Told
from app.clinic.reporting.figures import Figures, Filter, whole_months
from app.i18n import _, local
from app.routes.region.account import evaluator_of
from app.routes.region.programmes import programme_of
from app.routes.reporting.addresses import document_routes
from app.routes.reporting.documents import ReportScope
from app.web.forms import read_query
from app.web.html import Asked

Found = Callable[[Filter], Awaitable[tuple[Figures, Filter]]]
Answers = Callable[[Filter], Awaitable[list[Answered]]]


async def _region(request: Asked, now: datetime) -> ReportScope:
    who, today = evaluator_of(request), local(now).date()
    theirs = outside.regions_for(who, today)
    own = regions.name_on(who.region, today) if who.region else ""
    asked = read_query(request)["region"]
    region = asked if asked in theirs else ""
    name = region or own
    clinics = await basis.clinics_in(regions.merged_into(name) if name else [])
    return ReportScope(
        scope=editions.of_region(name),
        name=name or _("The whole country"),
        root="/region",
        latest=outside.last_day(today),
        chosen={"region": region} if region else {},
        choices=[("", own or _("The whole country")), *((each, each) for each in theirs if each != own)]
        if len(theirs) > 1
        else [],
        **_outside(
            who,
            lambda wanted: outside.of_asked(who, name, wanted, today),
            lambda wanted: outside_report.of_asked(who, name, wanted, today),
            clinics,
        ),
    )


async def _programme(request: Asked, now: datetime) -> ReportScope:
    who, today = evaluator_of(request), local(now).date()
    programme = await programme_of(request, request.path_params["programme_id"], now)
    period = programme_figures.period(programme, today)
    clinics = len(await programmes.clinics_of(programme))
    return ReportScope(
        scope=editions.of_programme(programme.id),
        name=programme.name,
        root=f"/region/programmes/{programme.id}",
        latest=period.until,
        first=period.since,
        chosen={},
        **_outside(
            who,
            lambda wanted: programme_figures.of_programme(programme, wanted, today),
            lambda wanted: outside_report.of_programme(programme, wanted, today),
            clinics,
        ),
    )


class _Outside(TypedDict):
    author: str
    layout: str
    party: Party
    basis: Callable[[Filter], Awaitable[Basis]]
    told: Callable[[Filter, Mapping[Party, Outcome]], Awaitable[Told]]


def _outside(who: EvaluatorWho, found: Found, answers: Answers, clinics: int) -> _Outside:
    """Return what documents outside the clinics have in common, given their figures, answers and number of clinics."""

    async def gathered(wanted: Filter) -> Basis:
        figures, really = await found(wanted)
        return basis.of_figures(figures, _whole(really), NATIONAL, clinics, await answers(wanted))

    async def told(wanted: Filter, outcomes: Mapping[Party, Outcome]) -> Told:
        return Told((await found(wanted))[0], outcomes, await answers(wanted))

    return _Outside(author=who.name, layout="region/base.html", party="society", basis=gathered, told=told)


def _whole(wanted: Filter) -> Filter:
    """From the first day of the first whole month to the last day of the last."""
    first, last = whole_months(wanted.since, wanted.until)
    after = date(last.year + last.month // 12, last.month % 12 + 1, 1)
    return Filter(first, max(first, after - timedelta(days=1)))


handlers = [*document_routes("", _region), *document_routes("/programmes/{programme_id:uuid}", _programme)]
