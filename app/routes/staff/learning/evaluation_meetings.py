"""The clinic's evaluation meetings: an agenda from the log and the figures, and minutes saved while one writes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.errors import Invalid
from app.clinic.learning import challenges, evaluation_meetings, facts
from app.clinic.learning.evaluation_meetings import Dates
from app.clinic.learning.practice_tables import EvaluationMeeting
from app.clinic.people import days, support, team, texts
from app.clinic.reporting import figures
from app.clinic.reporting.figures import Filter
from app.i18n import _, format_time, local
from app.routes.reporting.figures import shown
from app.routes.staff.responses import staff_of
from app.web.forms import Form, an_id, read_form
from app.web.html import Asked, page, see_other
from app.web.once import once


def question_words() -> dict[str, str]:
    """The guide's three questions, with who is there before them and worries after."""
    return {
        "present": _("Who is there?"),
        "well": _("What went well when we took up video consultations?"),
        "different": _("What could have been done differently or better in our work with video consultations?"),
        "better": _("What do we propose to improve in our work with video consultations?"),
        "worries": _("What worries us?"),
    }


@get("/evaluation-meetings")
async def show_meetings(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Meetings held and to come, and calling one."""
    dates = await evaluation_meetings.suggested(staff_of(request).clinic, local(now).date())
    return await _list_page(request, _form(dates))


async def _list_page(request: Asked, form: Form, error: Invalid | None = None) -> Response[Any]:
    found = await evaluation_meetings.meetings(staff_of(request).clinic)
    status = 422 if error else 200
    return page(
        request, "staff/learning/evaluation_meetings.html", status=status, meetings=found, form=form, error=error
    )


def _form(dates: Dates) -> Form:
    return Form({name: getattr(dates, name).isoformat() for name in ("held_on", "since", "until")})


def _dates(form: Form) -> Dates:
    return Dates(*(days.read(form[name], name) for name in ("held_on", "since", "until")))


@post("/evaluation-meetings")
@once()
async def call_meeting(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Create a meeting."""
    form = await read_form(request)
    try:
        meeting = await evaluation_meetings.call_meeting(staff_of(request), _dates(form), now)
    except Invalid as error:
        return await _list_page(request, form, error)
    return see_other(f"/evaluation-meetings/{meeting.id}", request)


@get("/evaluation-meetings/{meeting_id:uuid}")
async def show_meeting(request: Asked, meeting_id: FromPath[UUID]) -> Response[Any]:
    """The agenda and the minutes in one page, to sit around."""
    meeting = await evaluation_meetings.meeting_for(staff_of(request), meeting_id)
    return await _page(request, "staff/learning/evaluation_meeting.html", meeting)


@get("/evaluation-meetings/{meeting_id:uuid}/minutes")
async def show_minutes(request: Asked, meeting_id: FromPath[UUID]) -> Response[Any]:
    """Show the minutes for printing."""
    meeting = await evaluation_meetings.meeting_for(staff_of(request), meeting_id)
    return await _page(request, "staff/learning/minutes.html", meeting)


async def _page(
    request: Asked,
    template: str,
    meeting: EvaluationMeeting,
    form: Form | None = None,
    error: Invalid | None = None,
) -> Response[Any]:
    clinic = staff_of(request).clinic
    agenda = await evaluation_meetings.agenda(meeting)
    wanted = Filter(meeting.since, meeting.until)
    return page(
        request,
        template,
        status=422 if error else 200,
        meeting=meeting,
        questions=question_words(),
        minutes=await evaluation_meetings.minutes(meeting),
        longest=evaluation_meetings.MAX_WORDS_LENGTH,
        shown=shown(await figures.of_clinic(clinic, wanted), wanted),
        agenda=agenda,
        facts=await challenges.facts_of(agenda),
        fact_words=facts.words,
        decisions=await evaluation_meetings.decisions(meeting),
        left_over=await evaluation_meetings.left_over(meeting),
        colleagues=await team.members(clinic),
        contacts=await support.contacts(clinic),
        form=form or Form({}),
        dates=_form(Dates(meeting.held_on, meeting.since, meeting.until)),
        error=error,
    )


@post("/evaluation-meetings/{meeting_id:uuid}")
async def move_meeting(request: Asked, meeting_id: FromPath[UUID]) -> Response[Any]:
    """Other dates, for the meeting or the period."""
    meeting = await evaluation_meetings.meeting_for(staff_of(request), meeting_id)
    form = await read_form(request)
    try:
        await evaluation_meetings.move(meeting, _dates(form))
    except Invalid as error:
        return await _page(request, "staff/learning/evaluation_meeting.html", meeting, form, error)
    return see_other(f"/evaluation-meetings/{meeting_id}", request)


@post("/evaluation-meetings/{meeting_id:uuid}/notes/{question:str}")
async def write_note(
    request: Asked, meeting_id: FromPath[UUID], question: FromPath[str], now: NamedDependency[datetime]
) -> Response[Any]:
    """What the minutes say to one question, as JSON where the page saves by itself."""
    staff = staff_of(request)
    meeting = await evaluation_meetings.meeting_for(staff, meeting_id)
    form = await read_form(request, evaluation_meetings.MAX_WORDS_LENGTH + 1)
    seen = texts.whole_number(form["version"], 0, 99_999_999) or 0
    saved = await evaluation_meetings.write(meeting, staff, question, form["words"], seen, now)
    if request.headers.get("Accept") == "application/json":
        said = {
            "words": saved.words,
            "version": saved.version,
            "said": _("Saved %(time)s") % {"time": format_time(now)},
        }
        return Response(said, status_code=200, headers={"Cache-Control": "no-store"})
    return see_other(f"/evaluation-meetings/{meeting_id}#{question}", request)


@post("/evaluation-meetings/{meeting_id:uuid}/decisions")
@once()
async def decide(request: Asked, meeting_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Add a decision."""
    meeting = await evaluation_meetings.meeting_for(staff_of(request), meeting_id)
    form = await read_form(request)
    try:
        who = an_id(form["responsible"], _("There is no such colleague.")) if form["responsible"] else None
        due_on = days.read(form["due_on"], "due_on") if form["due_on"] else None
        await evaluation_meetings.decide(meeting, form["words"], who, due_on, now)
    except Invalid as error:
        return await _page(request, "staff/learning/evaluation_meeting.html", meeting, form, error)
    return see_other(f"/evaluation-meetings/{meeting_id}#decisions", request)


@post("/decisions/{decision_id:uuid}/completion")
async def mark_decision(request: Asked, decision_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Done, or not done after all; back to the meeting it was ticked at."""
    staff, form = staff_of(request), await read_form(request)
    decision = await evaluation_meetings.decision_for(staff, decision_id)
    await evaluation_meetings.mark(decision, None if decision.done_at else now)
    at = an_id(form["at"], _("There is no such meeting.")) if form["at"] else decision.meeting.id
    return see_other(f"/evaluation-meetings/{at}#decisions", request)


@post("/decisions/{decision_id:uuid}/removal")
async def drop_decision(request: Asked, decision_id: FromPath[UUID]) -> Response[Any]:
    """Delete the decision."""
    decision = await evaluation_meetings.decision_for(staff_of(request), decision_id)
    await evaluation_meetings.drop(decision)
    return see_other(f"/evaluation-meetings/{decision.meeting.id}#decisions", request)
