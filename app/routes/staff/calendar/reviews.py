"""The list of online bookings to look through: approve, or convert with one press and the message shown (B5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.booking import notices, policy, review
from app.clinic.booking.access import appointment_for
from app.clinic.booking.notices import Rehearsed
from app.clinic.booking.review import Review
from app.i18n import _
from app.routes.staff.calendar.bookings import spoken_time
from app.routes.staff.responses import done, staff_of
from app.routes.staff.settings.clinic import clinic_of
from app.web.forms import read_form
from app.web.html import Asked, page_or_fragment


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One booking on the page, and what its patient would be told by a conversion."""

    review: Review
    conversion: list[Rehearsed]


@get("/reviews")
async def show_reviews(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """What patients booked online and nobody has looked at yet, and what they gave up themselves."""
    clinic = staff_of(request).clinic
    rows = [ReviewRow(each, await _rehearsed(each, now)) for each in await review.to_review(clinic, now)]
    return page_or_fragment(
        request,
        "staff/calendar/reviews.html",
        "reviews",
        rows=rows,
        given_up=await review.given_up(clinic, now),
        policy=await policy.policy_of(clinic_of(request)),
        spoken_time=spoken_time,
        now=now,
    )


@post("/reviews/{appointment_id:uuid}/approval")
async def approve(request: Asked, appointment_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """It is right as it is; the patient gets the confirmation."""
    await review.approve(await appointment_for(staff_of(request), appointment_id), now)
    return done(request, _("Approved. The patient gets a confirmation."), undo=_undo(appointment_id), back="/reviews")


@post("/reviews/{appointment_id:uuid}/conversion")
async def convert(request: Asked, appointment_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """To video or to the clinic, whichever it is not; the patient gets the message that was shown."""
    mode = await review.convert(await appointment_for(staff_of(request), appointment_id), now)
    words = _("It is on video now. The patient gets the link.") if mode == "video" else _("It is at the clinic now.")
    back = (await read_form(request))["back"]
    return done(request, words, undo=_undo(appointment_id), back=back if back == "/help-needed" else "/reviews")


@post("/reviews/{appointment_id:uuid}/undoing")
async def take_back(request: Asked, appointment_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Undo what was decided a moment ago."""
    await review.take_back(await appointment_for(staff_of(request), appointment_id), now)
    return done(request, _("Undone. The patient hears nothing of it."), back="/reviews")


def _undo(appointment_id: UUID) -> str:
    return f"/reviews/{appointment_id}/undoing"


async def _rehearsed(each: Review, now: datetime) -> list[Rehearsed]:
    return await notices.preview(each.appointment, await review.message_of_conversion(each.appointment), now)
