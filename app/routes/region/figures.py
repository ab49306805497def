"""The figures of a region or the nation: as a page, and as files of the same tables."""

from datetime import datetime
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from app.clinic.learning import outside
from app.clinic.people import regions
from app.html import Asked, page
from app.i18n import local
from app.routes.figures import Shown, read, shown
from app.routes.region.account import evaluator_of
from app.routes.sheets import download


async def _shown(request: Asked, now: datetime) -> Shown:
    today, who = local(now).date(), evaluator_of(request)
    region = request.query_params.get("region", "")
    region = region if region in outside.regions_for(who, today) else ""
    found, wanted = await outside.of_asked(who, region, read(request.query_params, outside.last_day(today)), today)
    names = await regions.ids_of(known.name for known in regions.KNOWN)
    return shown(found, wanted, names, region)


@get("/")
async def show_figures(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The page."""
    who, today = evaluator_of(request), local(now).date()
    names, own = outside.regions_for(who, today), regions.name_on(who.region, today) if who.region else ""
    found = await _shown(request, now)
    choices = [(name, name) for name in names if name != own]
    return page(request, "region/figures.html", shown=found, regions=choices, own=own, limit=outside.LIMIT)


@get("/csv")
async def download_csv(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The tables, for any program."""
    return download((await _shown(request, now)).sheets, "videomoeder", "csv")


@get("/xlsx")
async def download_xlsx(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The tables as a workbook."""
    return download((await _shown(request, now)).sheets, "videomoeder", "xlsx")
