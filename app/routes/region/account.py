"""Signing in and out of the pages of figures, and opening an invitation to them."""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.errors import Invalid, SlowDown
from app.clinic.people import evaluators, invitations
from app.clinic.people.sessions import MAX_AGE
from app.clinic.people.tables import Evaluator
from app.clinic.people.who import EvaluatorWho
from app.web.errors import status_of, told_to_wait
from app.web.forms import read_form
from app.web.guards import address_of, session_cookie
from app.web.html import Asked, page, see_other

FIGURES = "/region"


def evaluator_of(request: Asked) -> EvaluatorWho:
    """Who asks; the router's guard has let evaluators only pass."""
    assert isinstance(request.user, EvaluatorWho)
    return request.user


@get("/login")
async def show_sign_in(request: Asked) -> Response[Any]:
    """The sign-in page; whoever is signed in already goes on."""
    if isinstance(request.user, EvaluatorWho):
        return see_other(FIGURES)
    return page(request, "region/sign_in.html", email="", error=None)


@post("/login")
async def sign_in(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Sign in; a wrong pair brings the form back filled in."""
    form = await read_form(request)
    try:
        secret = await evaluators.sign_in(form["email"], form["password"], address_of(request), now)
    except (Invalid, SlowDown) as error:
        shown = page(request, "region/sign_in.html", status=status_of(error), email=form["email"], error=error)
        return told_to_wait(shown, error)
    return _signed_in(request, secret)


def _signed_in(request: Asked, secret: str) -> Response[Any]:
    answer = see_other(FIGURES)
    lasts = int(MAX_AGE.total_seconds())
    answer.set_cookie(session_cookie(request.app.state.settings, "evaluator", secret, lasts))
    return answer


@post("/logout")
async def sign_out(request: Asked) -> Response[Any]:
    """End this browser's session."""
    if isinstance(request.user, EvaluatorWho):
        await evaluators.sign_out(request.user.session)
    answer = see_other(f"{FIGURES}/login")
    answer.set_cookie(session_cookie(request.app.state.settings, "evaluator", "", 0))
    return answer


@get("/invitation/{token:str}")
async def show_invitation(request: Asked, token: FromPath[str], now: NamedDependency[datetime]) -> Response[Any]:
    """Whom the invitation is for, and a field for the password."""
    return await _invitation(request, token, now)


@post("/invitation/{token:str}")
async def accept_invitation(request: Asked, token: FromPath[str], now: NamedDependency[datetime]) -> Response[Any]:
    """Set the password and go to the figures."""
    form = await read_form(request)
    try:
        evaluator = await invitations.accept(Evaluator, token, form["password"], now)
    except Invalid as error:
        return await _invitation(request, token, now, error)
    return _signed_in(request, await evaluators.open_session(evaluator, now))


async def _invitation(request: Asked, token: str, now: datetime, error: Invalid | None = None) -> Response[Any]:
    evaluator = await invitations.find(Evaluator, token, now)
    status = 422 if error else 200
    return page(request, "region/invitation.html", status=status, evaluator=evaluator, error=error)
