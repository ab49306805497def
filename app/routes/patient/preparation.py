"""The checklist's ticks: one at a time from the page (also late, from a phone that was offline), or as a whole form."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.booking import preparation
from app.clinic.booking.access import appointment_for
from app.clinic.errors import Invalid
from app.clinic.people import days
from app.i18n import _
from app.strict_json import NotReadable, read_json
from app.web.html import Asked, see_other


class SentTick(msgspec.Struct, forbid_unknown_fields=True):
    """One line's tick as the page sends it; `said_at` by the phone's own clock, with its zone."""

    item: str
    done: bool
    said_at: datetime


_TICK = msgspec.json.Decoder(SentTick)


@post("/appointments/{appointment_id:uuid}/preparation")
async def tick(request: Asked, appointment_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Keep the ticks. JSON is answered 204; a form leads back to the appointment."""
    appointment = await appointment_for(request.user, appointment_id)
    if request.content_type[0] == "application/json":
        said = _read(await request.body())
        await preparation.tick(appointment, said.item, said.done, said.said_at, now)
        return Response(None, status_code=204)
    fields = await request.form()
    await preparation.tick_all(appointment, dict.fromkeys(fields, True), now)
    return see_other(f"/appointments/{appointment.id}")


def _read(body: bytes) -> SentTick:
    try:
        said = read_json(body, _TICK)
    except NotReadable:
        raise Invalid(_("The checklist could not be read. Reload the page."), field="item") from None
    if not days.is_within(said.said_at):
        raise Invalid(_("The checklist could not be read. Reload the page."), field="said_at")
    return said
