"""Programmes: pilots and roll-outs with their clinics, plan and figures, kept by those outside the clinics (F10)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.errors import Invalid
from app.clinic.learning import programmes
from app.clinic.learning.practice_tables import Programme
from app.clinic.learning.programmes import Plan
from app.clinic.people import days
from app.clinic.reporting import programme_figures
from app.clinic.reporting.figures import Figures, Filter
from app.clinic.reporting.outside import LIMIT
from app.i18n import _, local
from app.routes.region.account import evaluator_of
from app.routes.reporting.figures import shown
from app.routes.reporting.timeline import state_of, timeline
from app.web.forms import Form, an_id, read_form
from app.web.html import Asked, page, see_other
from app.web.once import once
from app.web.spreadsheets import download


def _read(form: Form) -> Plan:
    since, until = (days.read(form[name], name) for name in ("since", "until"))
    return Plan(form["name"], form["kind"], since, until, form["notes"])


@get("/programmes")
async def show_programmes(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The programmes one keeps, and beginning one."""
    return await _list_page(request, now, Form({"kind": "pilot"}))


async def _list_page(request: Asked, now: datetime, form: Form, error: Invalid | None = None) -> Response[Any]:
    found = await programmes.programmes_for(evaluator_of(request), local(now).date())
    status = 422 if error else 200
    return page(request, "region/programmes.html", status=status, programmes=found, form=form, error=error)


@post("/programmes")
@once()
async def begin(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Create a programme."""
    form = await read_form(request)
    try:
        programme = await programmes.begin(evaluator_of(request), _read(form), now)
    except Invalid as error:
        return await _list_page(request, now, form, error)
    return see_other(f"/region/programmes/{programme.id}", request)


async def programme_of(request: Asked, programme_id: UUID, now: datetime) -> Programme:
    """Return the programme; raise NotFound for one they may not see."""
    return await programmes.programme_for(evaluator_of(request), programme_id, local(now).date())


async def _figures(programme: Programme, today: date) -> tuple[Figures, Filter]:
    return await programme_figures.of_programme(programme, Filter(programme.since, programme.until), today)


@get("/programmes/{programme_id:uuid}")
async def show_programme(request: Asked, programme_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Its plan as a picture and a table, its clinics and its figures."""
    return await _page(request, await programme_of(request, programme_id, now), now)


async def _page(
    request: Asked, programme: Programme, now: datetime, form: Form | None = None, error: Invalid | None = None
) -> Response[Any]:
    today = local(now).date()
    plan = (await programmes.milestones([programme]))[programme.id]
    found, wanted = await _figures(programme, today)
    inside = await programmes.clinics_of(programme)
    return page(
        request,
        "region/programme.html",
        status=422 if error else 200,
        programme=programme,
        milestones=plan,
        line=timeline(programme, plan, today),
        state_of=state_of,
        today=today,
        shown=shown(found, wanted),
        limit=LIMIT,
        clinics=inside,
        inside={each.id for each in inside},
        candidates=await programmes.candidates(programme, today),
        form=form or Form({}),
        error=error,
    )


@post("/programmes/{programme_id:uuid}")
async def rewrite(request: Asked, programme_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Name, period and notes written anew."""
    programme, form = await programme_of(request, programme_id, now), await read_form(request)
    try:
        await programmes.rewrite(programme, _read(form))
    except Invalid as error:
        return await _page(request, programme, now, form, error)
    return see_other(f"/region/programmes/{programme_id}", request)


@post("/programmes/{programme_id:uuid}/clinics")
async def choose_clinics(request: Asked, programme_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Set which clinics take part."""
    programme, form = await programme_of(request, programme_id, now), await read_form(request)
    words = _("There is no such clinic.")
    chosen = [an_id(name.removeprefix("clinic-"), words) for name in form if name.startswith("clinic-")]
    await programmes.choose_clinics(programme, chosen, now)
    return see_other(f"/region/programmes/{programme_id}#clinics", request)


@post("/programmes/{programme_id:uuid}/milestones")
@once()
async def add_milestone(request: Asked, programme_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Add a milestone."""
    programme, form = await programme_of(request, programme_id, now), await read_form(request)
    try:
        await programmes.add_milestone(programme, form["words"], days.read(form["due_on"], "due_on"))
    except Invalid as error:
        return await _page(request, programme, now, form, error)
    return see_other(f"/region/programmes/{programme_id}#plan", request)


@post("/programmes/{programme_id:uuid}/milestones/{milestone_id:uuid}")
async def mark_milestone(
    request: Asked, programme_id: FromPath[UUID], milestone_id: FromPath[UUID], now: NamedDependency[datetime]
) -> Response[Any]:
    """Mark the milestone as reached today or not reached, or delete it."""
    programme, form = await programme_of(request, programme_id, now), await read_form(request)
    milestone = await programmes.milestone_for(programme, milestone_id)
    if form["what"] == "drop":
        await programmes.drop(milestone)
    else:
        await programmes.mark(milestone, None if milestone.reached_on else local(now).date())
    return see_other(f"/region/programmes/{programme_id}#plan", request)


@get("/programmes/{programme_id:uuid}/xlsx")
async def download_xlsx(request: Asked, programme_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """The programme's figures as a workbook."""
    programme = await programme_of(request, programme_id, now)
    found, wanted = await _figures(programme, local(now).date())
    return download(shown(found, wanted).sheets, "program", "xlsx")
