"""Patients book themselves on the clinic's page: what, when and with whom, who they are, and it is theirs (B4).

Everything chosen stands in the address, so that going back, sharing and signing in on the way lose nothing.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.booking import self_booking
from app.clinic.booking.appointments import NotSuited, TimeTaken
from app.clinic.booking.self_booking import Slot, Wish
from app.clinic.errors import ClinicError, Conflict, NotAllowed, NotFound
from app.clinic.people import patients
from app.clinic.people.tables import Clinic
from app.i18n import _
from app.routes.public.clinic import clinic_called, known_at
from app.web.forms import Form, read_form, read_query
from app.web.free_times import read_stamp, times_of
from app.web.html import Asked, page, see_other
from app.web.once import once


@get("/k/{slug:str}/booking")
async def show_types(request: Asked, slug: FromPath[str]) -> Response[Any]:
    """What can be booked here, in the clinic's order, with what suits video in words."""
    clinic = await clinic_called(request, slug)
    return page(request, "public/booking_types.html", offers=await self_booking.offers(clinic.id))


@get("/k/{slug:str}/booking/{type_id:uuid}")
async def show_times(
    request: Asked, slug: FromPath[str], type_id: FromPath[UUID], now: NamedDependency[datetime]
) -> Response[Any]:
    """The free times, with everybody or with one person."""
    clinic = await clinic_called(request, slug)
    offer = await self_booking.offer_of(clinic.id, type_id)
    chosen = read_query(request)["staff"]
    shown = await times_of(offer, clinic, chosen, read_query(request)["from"], now)
    back = f"/k/{slug}/booking/{type_id}"
    return page(request, "public/booking_times.html", offer=offer, chosen=chosen, shown=shown, back=back, now=now)


@get("/k/{slug:str}/booking/{type_id:uuid}/{staff_id:uuid}/{time:str}")
async def show_confirmation(
    request: Asked,
    slug: FromPath[str],
    type_id: FromPath[UUID],
    staff_id: FromPath[UUID],
    time: FromPath[str],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """The time chosen, to be booked by whoever is known; others say who they are first."""
    clinic = await clinic_called(request, slug)
    return await _confirm_page(request, clinic, type_id, Slot(read_stamp(time), staff_id), Form({}), now)


@post("/k/{slug:str}/booking/{type_id:uuid}/{staff_id:uuid}/{time:str}")
@once()
async def book(
    request: Asked,
    slug: FromPath[str],
    type_id: FromPath[UUID],
    staff_id: FromPath[UUID],
    time: FromPath[str],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Book it; a time that somebody else was first to leads back to those that are left."""
    clinic = await clinic_called(request, slug)
    known = known_at(request, clinic)
    if known is None:
        return see_other(f"/k/{slug}/door?next={request.url.path}")
    slot, form = Slot(read_stamp(time), staff_id), await read_form(request)
    patient = await patients.by_id(known.patient)
    wish = Wish(type_id, staff_id, slot.starts_at, form["reason"], form.ticked("has_device"))
    try:
        booked = await self_booking.book(wish, patient, clinic, now)
    except (TimeTaken, NotSuited, Conflict, NotAllowed) as error:
        return await _confirm_page(request, clinic, type_id, slot, form, now, error)
    return see_other(f"/appointments/{booked.id}")


async def _confirm_page(
    request: Asked,
    clinic: Clinic,
    type_id: UUID,
    slot: Slot,
    form: Form,
    now: datetime,
    error: ClinicError | None = None,
) -> Response[Any]:
    offer = await self_booking.offer_of(clinic.id, type_id)
    person = next((each for each in offer.people if each.id == slot.staff), None)
    if person is None:
        raise NotFound(_("This can't be booked online any more."))
    known = known_at(request, clinic)
    patient = await patients.by_id(known.patient) if known else None
    context = {"offer": offer, "person": person, "slot": slot, "known": known, "patient": patient, "form": form}
    context |= {"ends_at": slot.starts_at + timedelta(minutes=offer.type.minutes), "error": error, "now": now}
    return page(request, "public/booking_confirm.html", status=422 if error else 200, **context)
