"""Get started (A1), and seeing it as the patient does (A6)."""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.errors import NotFound
from app.clinic.learning import get_started
from app.clinic.people import start_marks
from app.clinic.waiting.preview import PreviewPatient, sample
from app.i18n import _
from app.routes.patient.appointments import show_appointment
from app.routes.patient.device_test import show_device_test
from app.routes.patient.waiting import show_waiting
from app.routes.staff.responses import staff_of
from app.routes.staff.settings.clinic import clinic_of, saved
from app.web.guards import superuser_only
from app.web.headers import POLICY
from app.web.html import Asked, page, see_other

PAGES = ("appointment", "device-test", "waiting")
INERT = POLICY.replace("form-action 'self'", "form-action 'none'")
_MARKABLE = ("no_open", "finished")


@get("/get-started")
async def show_get_started(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The six steps, each line with where to do it, ticked when it is done."""
    clinic = clinic_of(request)
    return page(
        request,
        "staff/get_started.html",
        steps=get_started.STEPS,
        progress=await get_started.progress(clinic, now),
        under_way=await get_started.is_under_way(clinic.id),
    )


@post("/get-started/{item:str}", guards=[superuser_only])
async def mark_started(request: Asked, item: FromPath[str], now: NamedDependency[datetime]) -> Response[Any]:
    """What no record tells: no open consultation here, or the list is put away."""
    if item not in _MARKABLE:
        raise NotFound(_("There is no such step."))
    await start_marks.mark(clinic_of(request).id, item, staff_of(request).id, now)
    return see_other("/desk") if item == "finished" else saved(request, "/get-started")


@get("/preview")
async def show_previews() -> Response[Any]:
    """The first of the patient's pages."""
    return see_other(f"/preview/{PAGES[0]}")


@get("/preview/{shown:str}")
async def show_preview(request: Asked, shown: FromPath[str], now: NamedDependency[datetime]) -> Response[Any]:
    """One of the patient's own pages, of a patient who is gone again when it is shown. Its forms lead nowhere."""
    if shown not in PAGES:
        raise NotFound(_("There is no such page to preview."))
    staff = staff_of(request)
    async with sample(staff, now, waiting=shown == "waiting") as made:
        request.scope["user"] = made.who
        request.state["preview"] = PAGES
        answer = await _page(request, shown, made, now)
    await start_marks.mark(staff.clinic, "previewed", staff.id, now)
    answer.headers["Content-Security-Policy"] = INERT
    return answer


async def _page(request: Asked, shown: str, made: PreviewPatient, now: datetime) -> Response[Any]:
    answer: Response[Any]
    if shown == "waiting":
        answer = await show_waiting.fn(request, now)
    elif shown == "device-test":
        answer = await show_device_test.fn(request, made.appointment)
    else:
        answer = await show_appointment.fn(request, made.appointment, now)
    return answer
