"""Whom to call when something fails: everybody reads it, superusers keep the list (A9)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.errors import ClinicError, Invalid
from app.clinic.messages.phones import read_phone, show_phone
from app.clinic.people import support
from app.clinic.people.support import Contact
from app.clinic.people.tables import SupportContact
from app.routes.staff.settings.clinic import clinic_of, is_saved, saved
from app.web.forms import Form, read_form
from app.web.html import Asked, page
from app.web.once import once


@get("/settings/support")
async def show_contacts(request: Asked) -> Response[Any]:
    """The list, each contact to be changed, and an empty one."""
    return await _page(request, Form({"kind": "region"}))


@get("/settings/support/{contact_id:uuid}")
async def show_contact(request: Asked, contact_id: FromPath[UUID]) -> Response[Any]:
    """One contact to be changed."""
    known = await support.contact_for(clinic_of(request).id, contact_id)
    form = {"kind": known.kind, "name": known.name, "email": known.email, "hours": known.hours}
    return await _page(request, Form({**form, "phone": show_phone(known.phone) if known.phone else ""}), known=known)


async def _page(
    request: Asked, form: Form, *, known: SupportContact | None = None, error: ClinicError | None = None
) -> Response[Any]:
    clinic = clinic_of(request)
    return page(
        request,
        "staff/settings/support.html",
        status=422 if error else 200,
        form=form,
        known=known,
        error=error,
        contacts=await support.contacts(clinic.id),
        offered=await support.offered(clinic),
        saved=is_saved(request),
    )


@post("/settings/support")
@once()
async def add_contact(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Add a contact."""
    return await _write(request, now, None)


@post("/settings/support/{contact_id:uuid}")
async def change_contact(request: Asked, contact_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Save one contact."""
    return await _write(request, now, await support.contact_for(clinic_of(request).id, contact_id))


async def _write(request: Asked, now: datetime, known: SupportContact | None) -> Response[Any]:
    form = await read_form(request)
    try:
        phone = read_phone(form["phone"]) if form["phone"] else ""
        contact = Contact(form["kind"], form["name"], phone, form["email"], form["hours"])
        await support.write(clinic_of(request).id, contact, now, known)
    except Invalid as error:
        return await _page(request, form, known=known, error=error)
    return saved(request, "/settings/support")


@post("/settings/support/{contact_id:uuid}/removal")
async def remove_contact(request: Asked, contact_id: FromPath[UUID]) -> Response[Any]:
    """Remove a contact."""
    await support.remove(await support.contact_for(clinic_of(request).id, contact_id))
    return saved(request, "/settings/support")
