"""The opening at the desk: open and close, undo a closing, and say whether an agreed opening is kept today."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.errors import Invalid
from app.clinic.people import team
from app.clinic.waiting import room, schedule, windows
from app.clinic.waiting.room import Closing
from app.clinic.waiting.room_view import room_view
from app.i18n import _, ngettext
from app.routes.staff.responses import done, staff_of
from app.web.forms import Form, an_id, read_form
from app.web.html import Asked, fragment


@post("/queue/openings/{window_id:uuid}")
async def answer_opening(request: Asked, window_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """The desk was asked whether to open: yes, or not today."""
    staff, opens = staff_of(request), (await read_form(request))["answer"] == "open"
    await schedule.answer(await windows.window_for(staff.clinic, window_id), staff, now, opens=opens)
    return done(request, _("The open video consultation is open") if opens else _("Not today, then"))


@post("/queue/opening")
async def change_opening(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Open, close and keep, close and send away, or take a closing back; `kind` says which."""
    staff, form = staff_of(request), await read_form(request)
    match form["kind"]:
        case "open":
            await room.open_up(staff, _responsible(form), now, places=room.read_places(form["places"]))
            return done(request, _("The open video consultation is open"))
        case "keep":
            closing = await room.close_and_keep(staff, now)
            return done(request, _kept_words(closing), undo="/queue/opening/undo")
        case "send_away":
            closing = await room.close_and_send_away(staff, now, also_booked=form.ticked("also_booked"))
            return done(request, _sent_words(closing), undo="/queue/opening/undo")
    raise Invalid(_("Choose how to close."), field="kind")


@post("/queue/opening/undo")
async def undo_closing(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The closing a moment ago was a mistake: open again, everybody back in place."""
    back = await room.take_closing_back(staff_of(request), now)
    words = ngettext(
        "Open again. One patient is back in place.", "Open again. %(num)s patients are back in place.", back
    )
    return done(request, words % {"num": back} if back else _("The open video consultation is open"))


def _responsible(form: Form) -> UUID | None:
    return an_id(form["responsible"], _("There is no such person in this clinic.")) if form["responsible"] else None


def _kept_words(closing: Closing) -> str:
    if not closing.kept:
        return _("Closed. Nobody was waiting.")
    return ngettext(
        "Closed. One patient keeps their place.", "Closed. %(num)s patients keep their place.", closing.kept
    ) % {"num": closing.kept}


def _sent_words(closing: Closing) -> str:
    words = ngettext("Closed. One patient is sent away.", "Closed. %(num)s patients are sent away.", closing.sent_away)
    return words % {"num": closing.sent_away}


@get("/queue/opening")
async def show_opening(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Show whether the open consultation is open, with the buttons to change that."""
    clinic = staff_of(request).clinic
    room, due = await room_view(clinic), await schedule.due(clinic, now)
    colleagues = await team.members(clinic)
    return fragment(request, "staff/desk/desk.html", "opening", room=room, due=due, colleagues=colleagues)
