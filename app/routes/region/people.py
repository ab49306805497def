"""Who may see the figures outside the clinics; only those who see the whole country decide it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.errors import Conflict, Invalid, NotAllowed
from app.clinic.people import evaluators, regions
from app.clinic.people.evaluators import Coming
from app.i18n import _, local
from app.routes.region.account import evaluator_of
from app.web.forms import Form, read_form
from app.web.html import Asked, page, see_other
from app.web.once import once


@get("/people")
async def show_people(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Everybody with their region, and a form to invite."""
    if evaluator_of(request).region is not None:
        raise NotAllowed(_("Only those who see the whole country decide who else may come in."))
    return await _people(request, now)


async def _people(
    request: Asked, now: datetime, *, form: Form | None = None, error: object = None, invitation: str = ""
) -> Response[Any]:
    context = {"form": form or Form({}), "error": error, "invitation": invitation}
    known, names = await evaluators.everybody(), regions.names_on(local(now).date())
    return page(request, "region/people.html", status=422 if error else 200, people=known, regions=names, **context)


async def _invited_already(request: Asked, _address: str) -> Response[Any]:
    """Whoever was invited is in the list; their link is shown once only."""
    return see_other("/region/people", request)


@post("/people")
@once(_invited_already)
async def invite(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Let somebody in; the link is shown to be handed over."""
    form = await read_form(request)
    try:
        coming = Coming(form["name"], form["email"], form["region"])
        address = await evaluators.invite(coming, evaluator_of(request), now)
    except (Invalid, Conflict) as error:
        return await _people(request, now, form=form, error=error)
    return await _people(request, now, invitation=address)


@post("/people/{evaluator_id:uuid}/invitation")
@once(_invited_already)
async def invite_again(request: Asked, evaluator_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """A fresh invitation for somebody who lost theirs or forgot the password."""
    address = await evaluators.invite_again(evaluator_id, evaluator_of(request), now)
    return await _people(request, now, invitation=address)


@post("/people/{evaluator_id:uuid}/retirement")
async def retire(request: Asked, evaluator_id: FromPath[UUID]) -> Response[Any]:
    """Take an account out of use; its open pages lead to the sign-in."""
    await evaluators.retire(evaluator_id, evaluator_of(request))
    return see_other("/region/people", request)
