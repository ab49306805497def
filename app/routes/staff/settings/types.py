"""What can be booked, on pages for superusers: appointment types, and whom patients may book themselves (A4, A5)."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.clinic.booking import types
from app.clinic.booking.tables import AppointmentType
from app.clinic.booking.types import TypeForm
from app.clinic.errors import ClinicError, Invalid
from app.clinic.people import team, texts
from app.routes.staff.settings.clinic import clinic_of, is_saved, saved
from app.web.forms import Form, read_form
from app.web.html import Asked, page
from app.web.once import once

_NEW = Form({"mode": "video", "minutes": "15", "colour": "petrol"})


@get("/settings/types")
async def show_types(request: Asked) -> Response[Any]:
    """Every type, in the order patients see them."""
    return await _types_page(request)


async def _types_page(request: Asked, error: ClinicError | None = None) -> Response[Any]:
    kinds = await types.all_types(clinic_of(request).id)
    context = {"kinds": kinds, "error": error, "saved": is_saved(request)}
    return page(request, "staff/settings/types.html", status=422 if error else 200, **context)


@get("/settings/types/new")
async def show_new_type(request: Asked) -> Response[Any]:
    """An empty form."""
    return _type_page(request, _NEW, None)


@get("/settings/types/{type_id:uuid}")
async def show_type(request: Asked, type_id: FromPath[UUID]) -> Response[Any]:
    """One type to be changed."""
    kind = await types.any_type(clinic_of(request).id, type_id)
    form = {
        "name": kind.name,
        "mode": kind.mode,
        "minutes": str(kind.minutes),
        "colour": kind.colour,
        "sort_key": kind.sort_key,
        "bookable_online": "yes" if kind.bookable_online else "",
        "suits_video_when": kind.suits_video_when,
    }
    return _type_page(request, Form(form), kind)


def _type_page(
    request: Asked, form: Form, kind: AppointmentType | None, error: ClinicError | None = None
) -> Response[Any]:
    context = {"form": form, "kind": kind, "error": error, "colours": types.COLOURS}
    return page(request, "staff/settings/type.html", status=422 if error else 200, **context)


@post("/settings/types")
@once()
async def add_type(request: Asked) -> Response[Any]:
    """Add a type."""
    return await _write_type(request, None)


@post("/settings/types/{type_id:uuid}")
async def change_type(request: Asked, type_id: FromPath[UUID]) -> Response[Any]:
    """Save a type."""
    return await _write_type(request, await types.any_type(clinic_of(request).id, type_id))


async def _write_type(request: Asked, kind: AppointmentType | None) -> Response[Any]:
    form = await read_form(request)
    wanted = TypeForm(
        name=form["name"],
        mode=form["mode"],
        minutes=form["minutes"],
        colour=form["colour"],
        sort_key=form["sort_key"],
        bookable_online=form.ticked("bookable_online"),
        suits_video_when=form["suits_video_when"],
    )
    try:
        await types.write(clinic_of(request).id, wanted, kind)
    except Invalid as error:
        return _type_page(request, form, kind, error)
    return saved(request, "/settings/types")


@post("/settings/types/{type_id:uuid}/retirement")
async def retire_type(request: Asked, type_id: FromPath[UUID]) -> Response[Any]:
    """Take a type out of use; existing bookings stand."""
    return await _use(request, type_id, False)


@post("/settings/types/{type_id:uuid}/return")
async def bring_type_back(request: Asked, type_id: FromPath[UUID]) -> Response[Any]:
    """Take a type back into use."""
    return await _use(request, type_id, True)


async def _use(request: Asked, type_id: UUID, in_use: bool) -> Response[Any]:
    kind = await types.any_type(clinic_of(request).id, type_id)
    try:
        await types.use(kind, in_use)
    except Invalid as error:
        return await _types_page(request, error)
    return saved(request, "/settings/types")


@get("/settings/online")
async def show_online(request: Asked) -> Response[Any]:
    """Whom patients may book, and in which order."""
    clinic = clinic_of(request)
    chosen = await team.online(clinic.id)
    others = [each for each in await team.members(clinic.id) if not each.bookable_online]
    kinds = await types.online(clinic.id)
    return page(
        request, "staff/settings/online.html", chosen=chosen, others=others, kinds=kinds, saved=is_saved(request)
    )


@post("/settings/online")
async def change_online(request: Asked) -> Response[Any]:
    """Whom patients may book: the ticked ones, by the numbers written beside them."""
    form = await read_form(request)
    members = await team.members(clinic_of(request).id)
    chosen = [each for each in members if form.ticked(f"online-{each.id}")]
    chosen.sort(key=lambda each: (_number(form[f"order-{each.id}"]), each.name))
    await team.choose_online(clinic_of(request).id, [each.id for each in chosen])
    return saved(request, "/settings/online")


def _number(text: str) -> int:
    """Read the number of an order; without one, it comes after all that have one."""
    place = texts.whole_number(text, 0, 999)
    return 1000 if place is None else place
