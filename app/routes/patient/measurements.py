"""What the patient measured at home (C3): a form of its own, or one at a time from a phone that was offline."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.booking import measurements
from app.clinic.booking.access import appointment_for
from app.clinic.booking.measurements import KINDS, TypedValue
from app.clinic.booking.tables import Appointment
from app.clinic.errors import Invalid
from app.clinic.people import days
from app.i18n import _
from app.strict_json import NotReadable, read_json
from app.web.forms import Form, read_form
from app.web.html import Asked, page, see_other


class SentMeasurement(msgspec.Struct, forbid_unknown_fields=True):
    """One measurement as the page sends it; `said_at` by the phone's own clock, with its zone."""

    kind: str
    value: str
    second: str
    said_at: datetime


_MEASURED = msgspec.json.Decoder(SentMeasurement)


@get("/appointments/{appointment_id:uuid}/measurements")
async def show_measurements(request: Asked, appointment_id: FromPath[UUID]) -> Response[Any]:
    """The form, with what was written before."""
    appointment = await appointment_for(request.user, appointment_id)
    readings = (await measurements.of([appointment]))[appointment.id]
    form = {each.kind: each.value for each in readings} | {f"{each.kind}_second": each.second for each in readings}
    return await _measurements_page(request, appointment, Form(form))


@post("/appointments/{appointment_id:uuid}/measurements")
async def measure(request: Asked, appointment_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Keep what was measured. JSON is answered 204; a form leads back to the appointment."""
    appointment = await appointment_for(request.user, appointment_id)
    if request.content_type[0] == "application/json":
        await measurements.enter(appointment, [_read(await request.body())], now)
        return Response(None, status_code=204)
    form = await read_form(request)
    entries = [TypedValue(kind, form[kind], form[f"{kind}_second"], now) for kind in KINDS]
    try:
        await measurements.enter(appointment, entries, now)
    except Invalid as error:
        return await _measurements_page(request, appointment, form, error)
    return see_other(f"/appointments/{appointment.id}")


async def _measurements_page(
    request: Asked, appointment: Appointment, form: Form, error: Invalid | None = None
) -> Response[Any]:
    readings = (await measurements.of([appointment]))[appointment.id]
    context = {"appointment": appointment, "readings": readings, "kinds": KINDS, "form": form, "error": error}
    return page(request, "patient/measurements.html", status=422 if error else 200, **context)


def _read(body: bytes) -> TypedValue:
    try:
        said = read_json(body, _MEASURED)
    except NotReadable:
        raise Invalid(_("The measurement could not be read. Reload the page."), field="kind") from None
    if not days.is_within(said.said_at):
        raise Invalid(_("The measurement could not be read. Reload the page."), field="said_at")
    return TypedValue(said.kind, said.value, said.second, said.said_at)
