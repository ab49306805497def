"""What patients of many clinics answered: as a page, and as a workbook of the same tables (F4)."""

from datetime import datetime
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from app.clinic.learning.report import Answered
from app.clinic.people import regions
from app.clinic.reporting import outside_report, programme_figures
from app.clinic.reporting.outside import LIMIT
from app.i18n import _, local
from app.routes.region.account import evaluator_of
from app.routes.region.figures import AskedFigures, wanted_of
from app.routes.reporting.answers import answer_sheets
from app.routes.reporting.figures import query
from app.web.html import Asked, page
from app.web.spreadsheets import download


async def _answers(asked: AskedFigures) -> list[Answered]:
    if asked.programme is None:
        return await outside_report.of_asked(asked.who, asked.region, asked.filter, asked.today)
    return await outside_report.of_programme(asked.programme, await asked.within_region(), asked.today)


@get("/questionnaire")
async def show_answers(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The page, by the filter of the figures it was opened from."""
    asked = await wanted_of(request, now)
    own = evaluator_of(request).region
    area = asked.region or (regions.name_on(own, local(now).date()) if own else _("The whole country"))
    chosen = asked.filter
    if asked.programme is not None:
        chosen = programme_figures.within_period(chosen, programme_figures.period(asked.programme, asked.today))
    return page(
        request,
        "region/answers.html",
        answers=[[each] for each in await _answers(asked)],
        where=asked.programme.name if asked.programme else area,
        wanted=chosen,
        query=query(asked.filter, asked.region, str(asked.programme.id) if asked.programme else ""),
        limit=LIMIT,
    )


@get("/questionnaire/xlsx")
async def download_answers(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The same as a workbook: a sheet for each question."""
    return download(answer_sheets(await _answers(await wanted_of(request, now))), "spoergeskema", "xlsx")
