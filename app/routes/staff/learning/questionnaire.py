"""What patients have answered, whether they are asked, and bringing in the clinic's history."""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency

from app.clinic.errors import Invalid
from app.clinic.learning import history, questionnaire, report
from app.clinic.people import clinics
from app.routes.reporting.answers import answer_sheets
from app.routes.staff.responses import staff_of
from app.web.forms import read_form
from app.web.guards import superuser_only
from app.web.html import Asked, page, see_other
from app.web.spreadsheets import download


@get("/figures/questionnaire")
async def show_answers(request: Asked) -> Response[Any]:
    """The report, and the switch."""
    clinic = staff_of(request).clinic
    context: dict[str, Any] = {
        "answers": report.grouped(await report.of_clinic(clinic)),
        "respondents": await report.respondents(clinic),
        "fewest": report.MIN_ANSWERS,
        "asks": await questionnaire.asks(clinic),
    }
    return page(request, "staff/learning/answers.html", **context)


@get("/figures/questionnaire/xlsx")
async def download_answers(request: Asked) -> Response[Any]:
    """The report as a workbook: a sheet for each question."""
    answers = await report.of_clinic(staff_of(request).clinic)
    return download(answer_sheets(answers), "spoergeskema", "xlsx")


@post("/figures/questionnaire", guards=[superuser_only])
async def choose_asking(request: Asked) -> Response[Any]:
    """Set whether patients are asked."""
    form = await read_form(request)
    await questionnaire.choose(staff_of(request), form.ticked("asks"))
    return see_other("/figures/questionnaire", request)


@get("/figures/history", guards=[superuser_only])
async def show_history(request: Asked) -> Response[Any]:
    """How a file must look, and the field for it."""
    return page(request, "staff/learning/history.html", report=None, error=None, words=history.WORDS)


@post("/figures/history", guards=[superuser_only])
async def bring_in(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Bring the file in; the page tells what was refused and why."""
    clinic = await clinics.clinic_of(staff_of(request).clinic)
    file = (await request.form()).get("file")
    text = history.decoded(await file.read()) if isinstance(file, UploadFile) else ""
    try:
        found = await history.bring_in(text, {clinic.provider_number: clinic.id}, now, clinic.id)
    except Invalid as error:
        return page(request, "staff/learning/history.html", status=422, report=None, error=error, words=history.WORDS)
    return page(request, "staff/learning/history.html", report=found, error=None, words=history.WORDS)
