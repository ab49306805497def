"""A region's or the nation's business case and evaluation report, out of figures that tell of no small group."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from app.clinic.calls.service_codes import NATIONAL
from app.clinic.learning import basis, editions, outside
from app.clinic.learning.basis import Basis
from app.clinic.learning.business_case import Party
from app.clinic.learning.case import Outcome
from app.clinic.learning.evaluation import Told
from app.clinic.learning.figures import Figures, Filter, whole_months
from app.clinic.people import regions
from app.html import Asked
from app.i18n import _, local
from app.routes.document_routes import case_routes, report_routes
from app.routes.documents import Place
from app.routes.region.account import evaluator_of


async def _place(request: Asked, now: datetime) -> Place:
    who, today = evaluator_of(request), local(now).date()
    theirs = outside.regions_for(who, today)
    own = regions.name_on(who.region, today) if who.region else ""
    asked = request.query_params.get("region", "")
    region = asked if asked in theirs else ""
    name = region or own

    async def found(wanted: Filter) -> tuple[Figures, Filter]:
        figures, really = await outside.of_asked(who, name, wanted, today)
        return figures, _whole(really)

    async def gathered(wanted: Filter) -> Basis:
        figures, months = await found(wanted)
        return basis.of_figures(
            figures, months, NATIONAL, await basis.clinics_in(regions.merged_into(name) if name else [])
        )

    async def told(wanted: Filter, outcomes: Mapping[Party, Outcome]) -> Told:
        return Told((await found(wanted))[0], outcomes)

    return Place(
        scope=editions.of_region(name),
        name=name or _("The whole country"),
        author=who.name,
        root="/region",
        layout="region/base.html",
        party="society",
        latest=outside.last_day(today),
        chosen={"region": region} if region else {},
        basis=gathered,
        told=told,
        choices=[("", own or _("The whole country")), *((each, each) for each in theirs if each != own)]
        if len(theirs) > 1
        else [],
    )


def _whole(wanted: Filter) -> Filter:
    """From the first day of the first whole month to the last day of the last."""
    first, last = whole_months(wanted.since, wanted.until)
    after = date(last.year + last.month // 12, last.month % 12 + 1, 1)
    return Filter(first, max(first, after - timedelta(days=1)))


handlers = [*case_routes("", _place), *report_routes("", _place)]
