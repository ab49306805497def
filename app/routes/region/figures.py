"""The figures of a region, the nation or a programme: as a page, and as files of the same tables."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from app.clinic.learning import programmes
from app.clinic.learning.practice_tables import Programme
from app.clinic.people import regions
from app.clinic.people.who import EvaluatorWho
from app.clinic.reporting import outside, programme_figures
from app.clinic.reporting.figures import Filter
from app.i18n import local
from app.routes.region.account import evaluator_of
from app.routes.reporting.figures import ShownFigures, read, shown
from app.web.forms import read_query
from app.web.html import Asked, page
from app.web.spreadsheets import download


@dataclass(frozen=True, slots=True)
class AskedFigures:
    """What the address asks for; a region or programme that is not theirs to see is none."""

    who: EvaluatorWho
    today: date
    filter: Filter
    region: str
    programme: Programme | None

    async def within_region(self) -> Filter:
        """The filter, of the chosen region's meetings where one is chosen."""
        return await outside.asked(self.who, self.region, self.filter, self.today) if self.region else self.filter


async def wanted_of(request: Asked, now: datetime) -> AskedFigures:
    """The filter of the address, with the region or the programme it names."""
    today, who = local(now).date(), evaluator_of(request)
    region, chosen = (request.query_params.get(name, "") for name in ("region", "programme"))
    region = region if region in outside.regions_for(who, today) else ""
    theirs = {str(each.id): each for each in await programmes.programmes_for(who, today)} if chosen else {}
    programme = theirs.get(chosen)
    first = programme.since if programme else None
    return AskedFigures(who, today, read(read_query(request), outside.last_day(today), first), region, programme)


async def _shown(request: Asked, now: datetime) -> ShownFigures:
    asked = await wanted_of(request, now)
    if asked.programme is None:
        found, really = await outside.of_asked(asked.who, asked.region, asked.filter, asked.today)
    else:
        there = (
            await outside.asked(asked.who, asked.region, asked.filter, asked.today) if asked.region else asked.filter
        )
        found, really = await programme_figures.of_programme(asked.programme, there, asked.today)
    names = await regions.ids_of(known.name for known in regions.KNOWN)
    return shown(found, really, names, asked.region, str(asked.programme.id) if asked.programme else "")


@get("/")
async def show_figures(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The page."""
    who, today = evaluator_of(request), local(now).date()
    own = regions.name_on(who.region, today) if who.region else ""
    kept = {str(each.id): each.name for each in await programmes.programmes_for(who, today)}
    return page(
        request,
        "region/figures.html",
        shown=await _shown(request, now),
        regions=[(name, name) for name in outside.regions_for(who, today) if name != own],
        own=own,
        programmes=kept,
        limit=outside.LIMIT,
    )


@get("/csv")
async def download_csv(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The tables, for any program."""
    return download((await _shown(request, now)).sheets, "videomoeder", "csv")


@get("/xlsx")
async def download_xlsx(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The tables as a workbook."""
    return download((await _shown(request, now)).sheets, "videomoeder", "xlsx")
