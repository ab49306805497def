"""The clinic's hours, on pages for superusers: opening hours, the booking pattern, each person's week, days off."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.booking import hours
from app.clinic.booking.hours import DaysOff, Stretch, Week
from app.clinic.errors import ClinicError, Invalid
from app.clinic.people import clinics, days, team
from app.clinic.people.tables import Staff
from app.i18n import _, local
from app.routes.staff.responses import staff_of
from app.routes.staff.settings.clinic import clinic_of, is_saved, saved
from app.web.forms import Form, an_id, read_form
from app.web.html import Asked, page
from app.web.once import once

_WEEK = range(7)


@get("/settings/hours")
async def show_hours(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Opening hours, the pattern, whose week differs, and days off."""
    clinic = clinic_of(request)
    written = await hours.opening(clinic.id)
    form = {**_as_fields("open", written or hours.USUAL), "pattern": clinic.booking_pattern}
    return await _hours_page(request, Form(form), now, is_usual=not written)


def _as_fields(kind: str, stretches: tuple[Stretch, ...]) -> dict[str, str]:
    return {f"{kind}-{day}": hours.written(stretches, day) for day in _WEEK}


async def _hours_page(
    request: Asked, form: Form, now: datetime, *, is_usual: bool = False, error: ClinicError | None = None
) -> Response[Any]:
    clinic = clinic_of(request)
    members = await team.members(clinic.id)
    return page(
        request,
        "staff/settings/hours.html",
        status=422 if error else 200,
        form=form,
        error=error,
        is_usual=is_usual,
        members=members,
        names={each.id: each.name for each in members},
        own=[each.id for each in members if await hours.own_week(each.id)],
        days_off=await hours.days_off(clinic.id, local(now).date()),
        today=local(now).date(),
        saved=is_saved(request),
    )


@post("/settings/hours")
async def change_hours(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Write the opening hours and the pattern anew."""
    form = await read_form(request)
    try:
        await hours.set_opening(clinic_of(request).id, _read(form, "open"))
        await clinics.choose_pattern(clinic_of(request), form["pattern"])
    except Invalid as error:
        return await _hours_page(request, form, now, error=error)
    return saved(request, "/settings/hours")


def _read(form: Form, kind: str) -> tuple[Stretch, ...]:
    return tuple(stretch for day in _WEEK for stretch in hours.read_day(day, form[f"{kind}-{day}"], kind))


@get("/settings/hours/{staff_id:uuid}")
async def show_week(request: Asked, staff_id: FromPath[UUID]) -> Response[Any]:
    """One person's week."""
    person = await team.member(staff_id, staff_of(request))
    week = await hours.own_week(person.id)
    form = Form({**_as_fields("work", week.work), **_as_fields("video", week.video)})
    return await _week_page(request, person, form)


async def _week_page(request: Asked, person: Staff, form: Form, error: ClinicError | None = None) -> Response[Any]:
    opening = await hours.opening(clinic_of(request).id) or hours.USUAL
    context = {"person": person, "form": form, "error": error, "opening": _as_fields("work", opening)}
    return page(request, "staff/settings/week.html", status=422 if error else 200, **context)


@post("/settings/hours/{staff_id:uuid}")
async def change_week(request: Asked, staff_id: FromPath[UUID]) -> Response[Any]:
    """Write one person's week anew."""
    person = await team.member(staff_id, staff_of(request))
    form = await read_form(request)
    try:
        await hours.set_week(person.id, Week(_read(form, "work"), _read(form, "video")))
    except Invalid as error:
        return await _week_page(request, person, form, error)
    return saved(request, "/settings/hours")


@post("/settings/days-off")
@once()
async def add_days_off(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Days off, for one person or for all."""
    form = await read_form(request)
    try:
        await hours.take_off(clinic_of(request).id, await _days_off(request, form))
    except Invalid as error:
        clinic = clinic_of(request)
        opening = await hours.opening(clinic.id) or hours.USUAL
        written = Form({**form, **_as_fields("open", opening), "pattern": clinic.booking_pattern})
        return await _hours_page(request, written, now, error=error)
    return saved(request, "/settings/hours")


async def _days_off(request: Asked, form: Form) -> DaysOff:
    first = days.read(form["first_day"], "first_day")
    last = days.read(form["last_day"], "last_day") if form["last_day"] else first
    person = None
    if form["staff"]:
        person = (await team.member(an_id(form["staff"], _("There is no such colleague.")), staff_of(request))).id
    return DaysOff(uuid4(), person, first, last, form["words"])


@post("/settings/days-off/{absence_id:uuid}/removal")
async def remove_days_off(request: Asked, absence_id: FromPath[UUID]) -> Response[Any]:
    """Remove days off."""
    await hours.work_after_all(clinic_of(request).id, absence_id)
    return saved(request, "/settings/hours")
