"""The day's service codes, as they are copied or taken along to the settlement."""

from datetime import date, datetime, timedelta
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from app.clinic.calls import billing
from app.clinic.calls.billing import BillingLine
from app.clinic.people import days
from app.i18n import _, format_time, local
from app.routes.staff.responses import staff_of
from app.routes.staff.settings.codes import kroner, words_of
from app.web.forms import read_query
from app.web.html import Asked, page
from app.web.spreadsheets import Sheet, download, plain


@get("/calls/codes")
async def show_day(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """One day's consultations with their codes, to copy."""
    day = _asked_day(request, now)
    lines = await billing.of_day(staff_of(request).clinic, day)
    return page(
        request,
        "staff/calls/codes.html",
        lines=lines,
        day=day,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        today=local(now).date(),
        copied=_copied(lines),
        total=sum(line.code.fee_oere or 0 for line in lines if line.code),
        words_of=words_of,
        kroner=kroner,
    )


@get("/calls/codes/xlsx")
async def download_day(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The same lines as a workbook: of a CSV a spreadsheet reads 0125 as the number 125."""
    day = _asked_day(request, now)
    columns = (_("Time"), _("Patient"), _("With"), _("Minutes"), _("Service code"), _("What"), _("Fee, kroner"))
    rows = [
        (
            *(format_time(line.at), line.patient, line.staff, max(0, line.minutes), line.code.code),
            *(words_of(line.code), kroner(line.code.fee_oere)),
        )
        for line in await billing.of_day(staff_of(request).clinic, day)
        if line.code
    ]
    return download([Sheet(_("Service codes"), columns, rows)], f"ydelseskoder-{day.isoformat()}", "xlsx")


def _asked_day(request: Asked, now: datetime) -> date:
    return days.day_of(read_query(request)["day"]) or local(now).date()


def _copied(lines: list[BillingLine]) -> str:
    """What the copy button copies: a line for each code, with tabs, as journals and spreadsheets paste it."""
    pasted = [(format_time(line.at), line.patient, line.code.code, words_of(line.code)) for line in lines if line.code]
    return "\n".join("\t".join(str(plain(" ".join(each.split()))) for each in line) for line in pasted)


handlers = [show_day, download_day]
