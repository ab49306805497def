"""The desk: one screen with the waiting room, the open consultation and the work at hand, each part live by itself."""

from datetime import date, datetime
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from app.clinic.booking import calendar, plan, review
from app.clinic.booking.help_needed import needing_help
from app.clinic.calls import guests
from app.clinic.calls.access import call_for
from app.clinic.calls.colleagues import current_calls
from app.clinic.calls.ladder import ladder_of
from app.clinic.calls.ringing import sms_of
from app.clinic.calls.view import CallView, desk_call
from app.clinic.learning import get_started, postcards
from app.clinic.messages import outbox
from app.clinic.people import days, team
from app.clinic.people.who import StaffWho
from app.clinic.waiting import schedule
from app.clinic.waiting.view import MAX_ROWS, desk_queue, seeing_today, standing_appointments
from app.i18n import local
from app.routes.staff.responses import staff_of
from app.routes.staff.settings.clinic import clinic_of
from app.web.browsers import browser_of
from app.web.forms import read_query
from app.web.html import Asked, fragment, page, see_other


@get("/desk")
async def show_desk(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The whole desk."""
    queue = await _queue(request, now)
    context = {**queue, **await _side(request, now), "room": queue["queue"].room}
    context["due"] = await schedule.due(staff_of(request).clinic, now)
    return page(request, "staff/desk/desk.html", colleagues=await team.members(staff_of(request).clinic), **context)


@get("/waiting-room")
async def show_waiting_room() -> Response[Any]:
    """Where a journal system's link leads (A3): the waiting room on the desk, after signing in if need be."""
    return see_other("/desk#waiting-room")


@get("/desk/queue")
async def show_queue(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The waiting room, asked for again whenever something changed in it."""
    return fragment(request, "staff/desk/desk.html", "queue", **await _queue(request, now))


@get("/desk/side")
async def show_side(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The call or the day."""
    return fragment(request, "staff/desk/desk.html", "side", **await _side(request, now))


async def _queue(request: Asked, now: datetime) -> dict[str, Any]:
    mine = request.query_params.get("mine") == "1"
    everybody = request.query_params.get("everybody") == "1"
    queue = await desk_queue(staff_of(request), now, mine=mine, most=None if everybody else MAX_ROWS)
    calls = await current_calls(staff_of(request).clinic)
    is_only_read = request.app.state.health.is_only_read
    shown = {"queue": queue, "calls": calls, "mine": mine, "everybody": everybody, "now": now}
    return {**shown, "is_only_read": is_only_read}


async def _side(request: Asked, now: datetime) -> dict[str, Any]:
    staff = staff_of(request)
    call = await desk_call(staff, now)
    day = _day(read_query(request)["day"], now)
    booked = [] if call else await calendar.of_day(staff.clinic, day)
    return {
        "call": call,
        **await _ringing(staff, call, now),
        "guests": await guests.of_call(call.id) if call else [],
        "sheet": await postcards.sheet_of(await call_for(staff, call.id)) if call and call.phase == "asking" else None,
        "browser": browser_of(request.headers.get("User-Agent", "")),
        "day": day,
        "today": local(now).date(),
        "booked": booked,
        "counts": plan.count(booked),
        "started": await _started(request, now),
        "standing": await standing_appointments([each.id for each in booked], now),
        "unfinished": await postcards.count_unfinished(staff.clinic),
        "help_needed": len(await needing_help(staff.clinic, now)) if not call else 0,
        "trouble": await outbox.count_trouble(staff.clinic),
        "to_review": await review.count(staff.clinic, now),
        "now": now,
    }


async def _ringing(staff: StaffWho, call: CallView | None, now: datetime) -> dict[str, Any]:
    """How far the ring has come, and who could be rung instead: first one's own patients and those for any doctor."""
    if call is None or call.phase != "ringing":
        return {"ladder": None, "next_row": None}
    rung = await call_for(staff, call.id)
    waiting, seeing = (await desk_queue(staff, now)).present, await seeing_today(staff.clinic, now)
    own = [row for row in waiting if row.is_theirs(staff.id, staff.id, seeing)]
    return {
        "ladder": await ladder_of(rung, await sms_of(rung, now), now),
        "next_row": next(iter([*own, *waiting]), None),
    }


async def _started(request: Asked, now: datetime) -> get_started.Progress | None:
    """How far the clinic has come with getting started: for superusers, until it is done or put away."""
    if not staff_of(request).is_superuser or not await get_started.is_under_way(staff_of(request).clinic):
        return None
    so_far = await get_started.progress(clinic_of(request), now)
    return so_far if so_far.next else None


def _day(text: str, now: datetime) -> date:
    return days.day_of(text) or local(now).date()


def is_clinician(staff: StaffWho) -> bool:
    """Whether they see patients themselves, so that bookings are with them unless said otherwise."""
    return staff.role in team.CLINICIANS


handlers = [show_desk, show_waiting_room, show_queue, show_side]
