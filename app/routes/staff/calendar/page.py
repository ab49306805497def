"""The calendar (B6): the clinic's day or week, or one person's, with both counts, by keyboard and on paper."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.booking import plan
from app.clinic.booking.access import appointment_for, with_people
from app.clinic.people import days, team
from app.clinic.people.tables import Staff
from app.clinic.waiting.view import standing_appointments
from app.i18n import _, local
from app.routes.staff.calendar.bookings import spoken_time
from app.routes.staff.responses import dialog, staff_of
from app.routes.staff.settings.clinic import clinic_of
from app.web.forms import an_id
from app.web.html import Asked, page_or_fragment

VIEWS = ("day", "week")


@get("/calendar")
async def show_calendar(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """A day or a week, of everybody or of the person named; it fetches itself again when something is booked."""
    clinic = clinic_of(request)
    query = request.query_params
    today = local(now).date()
    day = _day(query.get("day", ""), today)
    view = query.get("view", "day") if query.get("view") in VIEWS else "day"
    staff = an_id(query["staff"], _("There is no such colleague.")) if query.get("staff") else None
    context: dict[str, Any] = {"grid": None, "overview": None}
    if view == "week" and staff is None:
        context["overview"] = await plan.overview(clinic, day)
    elif view == "week" and staff is not None:
        context["grid"] = await plan.of_week(clinic, day, staff)
    else:
        context["grid"] = await plan.of_day(clinic, day, staff)
    return page_or_fragment(
        request,
        "staff/calendar/calendar.html",
        "plan",
        **context,
        **_where(view, day, staff, today),
        members=await _members(clinic.id, staff),
        now=now,
    )


async def _members(clinic: UUID, staff: UUID | None) -> list[Staff]:
    """Whose calendars there are; the one shown is among them, also when they are out of use."""
    members = await team.members(clinic)
    if staff is None or any(each.id == staff for each in members):
        return members
    return [*members, await team.somebody(clinic, staff)]


def _day(text: str, today: date) -> date:
    return days.day_of(text) or today


def _where(view: str, day: date, staff: UUID | None, today: date) -> dict[str, Any]:
    """Return what is shown, and the addresses of the days and weeks around it."""
    step = timedelta(days=7 if view == "week" else 1)
    here = {"view": view, "day": day.isoformat(), "staff": str(staff or "")}
    week = plan.week_of(day)
    return {
        "view": view,
        "day": day,
        "today": today,
        "staff": staff,
        "first_day": week[0],
        "last_day": week[-1],
        "here": _address(here),
        "before": _address({**here, "day": (day - step).isoformat()}),
        "after": _address({**here, "day": (day + step).isoformat()}),
        "now_day": _address({**here, "day": ""}),
        "as_day": _address({**here, "view": "day"}),
        "as_week": _address({**here, "view": "week"}),
        "address": lambda **changed: _address({**here, **changed}),
    }


def _address(query: Mapping[str, str]) -> str:
    kept = {name: value for name, value in query.items() if value and (name, value) != ("view", "day")}
    return "/calendar" + (f"?{urlencode(kept)}" if kept else "")


@get("/desk/appointments/{appointment_id:uuid}")
async def show_appointment(
    request: Asked, appointment_id: FromPath[UUID], now: NamedDependency[datetime]
) -> Response[Any]:
    """One appointment: who, when, how, and what can be done with it."""
    appointment = await with_people(await appointment_for(staff_of(request), appointment_id))
    standing = await standing_appointments([appointment.id], now)
    return dialog(
        request,
        "staff/calendar/appointment.html",
        appointment=appointment,
        is_called_in=standing.get(appointment.id) == "calling",
        now=now,
        spoken_time=spoken_time,
    )
