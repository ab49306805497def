"""The clinic's own figures: as a page, and as files of the same tables."""

from datetime import datetime
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from app.clinic.reporting import figures
from app.i18n import local
from app.routes.reporting.figures import ShownFigures, read, shown
from app.routes.staff.responses import staff_of
from app.web.forms import read_query
from app.web.html import Asked, page
from app.web.spreadsheets import download


async def _shown(request: Asked, now: datetime) -> ShownFigures:
    wanted = read(read_query(request), local(now).date())
    return shown(await figures.of_clinic(staff_of(request).clinic, wanted), wanted)


@get("/figures")
async def show_figures(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The page."""
    return page(request, "staff/learning/figures.html", shown=await _shown(request, now))


@get("/figures/csv")
async def download_csv(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The tables, for any program."""
    return download((await _shown(request, now)).sheets, "videomoeder", "csv")


@get("/figures/xlsx")
async def download_xlsx(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The tables as a workbook."""
    return download((await _shown(request, now)).sheets, "videomoeder", "xlsx")
