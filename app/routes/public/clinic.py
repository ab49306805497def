"""A clinic's own page: when it is open, the way into the open consultation, booking, what suits video (A1, B4, D2)."""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.booking import hours, policy, self_booking
from app.clinic.booking.hours import Stretch
from app.clinic.errors import ClinicError, NotAllowed
from app.clinic.people import clinics, patients
from app.clinic.people.tables import Clinic
from app.clinic.people.who import PatientWho
from app.clinic.waiting import queue, room, schedule, windows
from app.web.forms import Form, read_form
from app.web.html import Asked, page, see_other


async def clinic_called(request: Asked, slug: str) -> Clinic:
    """The clinic of this address, made known to the page; raises NotFound."""
    request.state["clinic"] = clinic = await clinics.by_slug(slug)
    return clinic


def known_at(request: Asked, clinic: Clinic) -> PatientWho | None:
    """The patient of this clinic whose confirmed device asks."""
    who = request.user
    return who if isinstance(who, PatientWho) and who.confirmed and who.clinic == clinic.id else None


@get("/k/{slug:str}/logo/{name:str}")
async def show_logo(slug: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """Return the clinic's logo. Its name follows from its content, so it may be cached for ever.

    It was uploaded, so headers make sure that no browser runs it as anything but a picture.
    """
    media_type, content = await clinics.logo_of(slug, name)
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": "inline",
    }
    return Response(content, media_type=media_type, headers=headers)


@get("/k/{slug:str}")
async def show_clinic(request: Asked, slug: FromPath[str], now: NamedDependency[datetime]) -> Response[Any]:
    """Open or closed, and what to do in either case; a known patient enters from here."""
    return await _clinic_page(request, await clinic_called(request, slug), Form({}), now)


@post("/k/{slug:str}/place")
async def enter(request: Asked, slug: FromPath[str], now: NamedDependency[datetime]) -> Response[Any]:
    """Join the queue of the open consultation; an unknown patient is asked who they are at the door.

    When it is closed the page says so; when it is full the form comes back filled in.
    """
    clinic = await clinic_called(request, slug)
    known = known_at(request, clinic)
    if known is None or not (await room.room_of(clinic.id)).is_open:
        return see_other(f"/k/{slug}" if known else f"/k/{slug}/door")
    form = await read_form(request)
    patient = await patients.by_id(known.patient)
    try:
        place = await queue.enter(patient, None, reason=form["reason"], now=now)
    except NotAllowed as error:
        return await _clinic_page(request, clinic, form, now, error)
    return see_other(queue.page_of(place.id))


async def _clinic_page(
    request: Asked, clinic: Clinic, form: Form, now: datetime, error: ClinicError | None = None
) -> Response[Any]:
    known = known_at(request, clinic)
    state = await room.room_of(clinic.id)
    weekly = [Stretch(each.weekday, each.starts, each.ends) for each in await windows.windows(clinic.id)]
    return page(
        request,
        "public/clinic.html",
        status=403 if error else 200,
        room=state,
        known=known,
        place=await queue.standing_place(known.patient) if known else None,
        policy=await policy.policy_of(clinic),
        takes_bookings=bool(await self_booking.offers(clinic.id)),
        opening=hours.grouped(await hours.opening(clinic.id)),
        weekly=hours.grouped(sorted(weekly)),
        opens_at=None if state.is_open else await schedule.next_opening(clinic.id, now),
        form=form,
        error=error,
        now=now,
    )
