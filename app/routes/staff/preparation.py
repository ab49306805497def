"""Which measurements patients are asked for before an appointment of a type, decided by superusers (C3)."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.clinic.booking import measurements, types
from app.clinic.booking.measurements import KINDS
from app.html import Asked, page, see_other
from app.routes.forms import read_form
from app.routes.staff.settings import clinic_of


@get("/settings/types/{type_id:uuid}/preparation")
async def show_preparation(request: Asked, type_id: FromPath[UUID]) -> Response[Any]:
    """The kinds of measurement, those asked for ticked."""
    kind = await types.any_type(clinic_of(request).id, type_id)
    asked = (await measurements.asked_of([kind.id]))[kind.id]
    return page(request, "staff/settings/preparation.html", kind=kind, kinds=KINDS, asked=asked)


@post("/settings/types/{type_id:uuid}/preparation")
async def change_preparation(request: Asked, type_id: FromPath[UUID]) -> Response[Any]:
    """Ask for what is ticked, and for nothing else."""
    kind = await types.any_type(clinic_of(request).id, type_id)
    form = await read_form(request)
    await measurements.ask(kind, [each for each in KINDS if form.ticked(each)])
    return see_other("/settings/types")
