"""Answers whether an agreed opening is kept today."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.waiting import schedule, windows
from app.i18n import _
from app.routes.staff.responses import done, staff_of
from app.web.forms import read_form
from app.web.html import Asked


@post("/queue/openings/{window_id:uuid}")
async def answer_opening(request: Asked, window_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """The desk was asked whether to open: yes, or not today."""
    staff, opens = staff_of(request), (await read_form(request))["answer"] == "open"
    await schedule.answer(await windows.window_for(staff.clinic, window_id), staff, now, opens=opens)
    return done(request, _("The open video consultation is open") if opens else _("Not today, then"))
