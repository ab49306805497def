"""The challenge log: noted in one click where it happened, answered, given to a superuser, solved (F7)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.calls.access import call_for
from app.clinic.errors import Invalid
from app.clinic.learning import challenges, facts
from app.clinic.learning.challenges import ChallengeFilter
from app.clinic.learning.facts import SeenAtDesk
from app.clinic.learning.practice_tables import Challenge
from app.clinic.messages import outbox
from app.clinic.people import support, team
from app.i18n import _
from app.routes.staff.responses import already, dialog, done, staff_of
from app.web.browsers import browser_of
from app.web.forms import Form, an_id, read_form, read_query
from app.web.html import Asked, csrf_token, environment, is_htmx, page, see_other
from app.web.once import once


@get("/challenges")
async def show_challenges(request: Asked) -> Response[Any]:
    """The log, by the filter in the address, and a form to note one by hand."""
    return await _list_page(request, Form({}))


async def _list_page(request: Asked, form: Form, error: Invalid | None = None) -> Response[Any]:
    staff = staff_of(request)
    wanted = _wanted(request)
    found = await challenges.listed(staff.clinic, wanted)
    return page(
        request,
        "staff/learning/challenges.html",
        status=422 if error else 200,
        form=form,
        error=error,
        wanted=wanted,
        mine=wanted.assigned_to is not None,
        found=found,
        facts=await challenges.facts_of(found),
        fact_words=facts.words,
        counts=await challenges.count(staff.clinic),
    )


def _wanted(request: Asked) -> ChallengeFilter:
    """Read the filter from the address, ignoring what is unreadable."""
    status, source = request.query_params.get("status", "unsolved"), read_query(request)["source"]
    return ChallengeFilter(
        status if status in ("", "unsolved", *challenges.STATUSES) else "unsolved",
        source if source in challenges.SOURCES else "",
        staff_of(request).id if request.query_params.get("mine") == "1" else None,
    )


@post("/challenges")
@once()
async def note(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Note a challenge by hand."""
    form = await read_form(request)
    try:
        noted = await challenges.note(form["words"], staff_of(request), _seen(request, form), now)
    except Invalid as error:
        return await _list_page(request, form, error)
    return see_other(f"/challenges/{noted.id}", request)


@post("/calls/{call_id:uuid}/challenges")
@once(already)
async def note_call(request: Asked, call_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Note this call as a challenge."""
    call, form = await call_for(request.user, call_id), await read_form(request)
    return _noted(request, form, await challenges.note_call(call, staff_of(request), _seen(request, form), now), now)


@post("/outbox/{message_id:uuid}/challenges")
@once(already)
async def note_message(request: Asked, message_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Note this message as a challenge."""
    staff, form = staff_of(request), await read_form(request)
    message = await outbox.message_for(staff, message_id)
    return _noted(request, form, await challenges.note_message(message, staff, now), now)


def _seen(request: Asked, form: Form) -> SeenAtDesk:
    desk = browser_of(request.headers.get("User-Agent", ""))
    return SeenAtDesk(desk.words, form["state"], form["quality"])


def _noted(request: Asked, form: Form, challenge: Challenge, now: datetime) -> Response[Any]:
    """Said in a toast, with the way to write more and, if it is new, to undo it; without htmx its own page."""
    if not is_htmx(request):
        return see_other(f"/challenges/{challenge.id}")
    answer = done(request)
    context = {"challenge": challenge, "over_desk": form["over"] == "desk", "is_new": challenge.noted_at == now}
    toast = environment().get_template("staff/learning/_challenge_toast.html")
    answer.content = toast.render(**context, csrf_token=csrf_token(request))
    return answer


@get("/challenges/{challenge_id:uuid}")
async def show_challenge(request: Asked, challenge_id: FromPath[UUID]) -> Response[Any]:
    """One challenge with its facts, answers, and what can be done."""
    return await _page(request, await challenges.challenge_for(staff_of(request), challenge_id), Form({}))


async def _page(request: Asked, challenge: Challenge, form: Form, error: Invalid | None = None) -> Response[Any]:
    clinic = staff_of(request).clinic
    return page(
        request,
        "staff/learning/challenge.html",
        status=422 if error else 200,
        challenge=challenge,
        form=form,
        error=error,
        facts=facts.words((await challenges.facts_of([challenge]))[challenge.id]),
        answers=await challenges.answers_of(challenge),
        colleagues=challenges.superusers_first(await team.members(clinic)),
        contacts=await support.contacts(clinic),
    )


@get("/challenges/{challenge_id:uuid}/words")
async def show_words(request: Asked, challenge_id: FromPath[UUID]) -> Response[Any]:
    """The form that says what happened, over the desk."""
    challenge = await challenges.challenge_for(staff_of(request), challenge_id)
    return dialog(
        request, "staff/learning/challenge_words.html", challenge=challenge, words=challenge.words, error=None
    )


@post("/challenges/{challenge_id:uuid}/words")
async def describe(request: Asked, challenge_id: FromPath[UUID]) -> Response[Any]:
    """Save the description."""
    challenge = await challenges.challenge_for(staff_of(request), challenge_id)
    form = await read_form(request)
    try:
        await challenges.describe(challenge, form["words"])
    except Invalid as error:
        if form["from"] == "page":
            return await _page(request, challenge, form, error)
        context = {"challenge": challenge, "words": form["words"], "error": error}
        return dialog(request, "staff/learning/challenge_words.html", status=422, **context)
    return done(request, _("Saved"), back=f"/challenges/{challenge_id}")


@post("/challenges/{challenge_id:uuid}/answers")
@once()
async def answer(request: Asked, challenge_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Save an answer."""
    staff = staff_of(request)
    challenge, form = await challenges.challenge_for(staff, challenge_id), await read_form(request)
    try:
        await challenges.answer(challenge, staff, form["answer"], now)
    except Invalid as error:
        return await _page(request, challenge, form, Invalid(error.words, field="answer"))
    return see_other(f"/challenges/{challenge_id}", request)


@post("/challenges/{challenge_id:uuid}/assignment")
async def assign(request: Asked, challenge_id: FromPath[UUID]) -> Response[Any]:
    """To a colleague, or to nobody."""
    challenge, form = await challenges.challenge_for(staff_of(request), challenge_id), await read_form(request)
    chosen = an_id(form["staff"], _("There is no such colleague.")) if form["staff"] else None
    await challenges.assign(challenge, chosen)
    return see_other(f"/challenges/{challenge_id}", request)


@post("/challenges/{challenge_id:uuid}/solution")
async def solve(request: Asked, challenge_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Solved."""
    await challenges.solve(await challenges.challenge_for(staff_of(request), challenge_id), now)
    return await _back(request, challenge_id)


@post("/challenges/{challenge_id:uuid}/reopening")
async def reopen(request: Asked, challenge_id: FromPath[UUID]) -> Response[Any]:
    """Mark it as unsolved."""
    await challenges.reopen(await challenges.challenge_for(staff_of(request), challenge_id))
    return await _back(request, challenge_id)


async def _back(request: Asked, challenge_id: UUID) -> Response[Any]:
    """To the meeting that asked, or the challenge's own page."""
    meeting = (await read_form(request))["meeting"]
    words = _("There is no such meeting.")
    address = f"/evaluation-meetings/{an_id(meeting, words)}#challenges" if meeting else f"/challenges/{challenge_id}"
    return see_other(address, request)


@post("/challenges/{challenge_id:uuid}/removal")
async def take_back(request: Asked, challenge_id: FromPath[UUID]) -> Response[Any]:
    """Delete a challenge noted by mistake."""
    await challenges.take_back(await challenges.challenge_for(staff_of(request), challenge_id))
    return done(request, _("Taken out of the log again."), back="/challenges")
