"""The patient questionnaire: one question a page, left and resumed at will. The browser's cookie is all it knows."""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.errors import Invalid
from app.clinic.learning import questionnaire
from app.clinic.learning.questions import Question, question, questions
from app.clinic.learning.tables import Questionnaire
from app.clinic.people import clinics
from app.web.guards import cookie_name
from app.web.html import Asked, page, see_other
from app.web.once import once
from app.web.questionnaire_cookie import with_cookie


async def _begun(request: Asked) -> Questionnaire | None:
    secret = request.cookies.get(cookie_name(request.app.state.settings, "questionnaire"), "")
    begun = await questionnaire.by_secret(secret)
    if begun is not None:
        request.state["clinic"] = begun.clinic
    return begun


@get("/q/{token:str}")
async def show_offer(request: Asked, token: FromPath[str], now: NamedDependency[datetime]) -> Response[Any]:
    """What is asked and why, before anything is begun; whoever has begun here goes on."""
    call = await questionnaire.call_offered(token)
    if await _begun(request) is not None:
        return see_other("/questionnaire")
    request.state["clinic"] = await clinics.clinic_of(call.clinic)
    is_open = await questionnaire.may_begin(call, now)
    return page(request, "public/questionnaire_offer.html", is_open=is_open, count=len(questions()))


@post("/q/{token:str}")
@once()
async def begin(request: Asked, token: FromPath[str], now: NamedDependency[datetime]) -> Response[Any]:
    return with_cookie(request, await questionnaire.begin(token, now), "/questionnaire")


@get("/questionnaire")
async def show_next(request: Asked) -> Response[Any]:
    """On to the first question not answered yet; without one begun here, the thanks or why there is none."""
    begun = await _begun(request)
    if begun is None:
        return page(request, "public/questionnaire_over.html", done="thanks" in request.query_params)
    following = questionnaire.next_question(begun.reached)
    return see_other(f"/questionnaire/{following.key}" if following else "/questionnaire?thanks=1")


@get("/questionnaire/{key:str}")
async def show_question(request: Asked, key: FromPath[str]) -> Response[Any]:
    """One question, with the answer given before."""
    begun, asked = await _begun(request), question(key)
    if begun is None or asked is None:
        return see_other("/questionnaire")
    choices, words = await questionnaire.said(begun.id, key)
    return _question_page(request, asked, choices, words)


@post("/questionnaire/{key:str}")
async def answer(request: Asked, key: FromPath[str]) -> Response[Any]:
    """Keep the answer and go on; what can't be chosen brings the question back."""
    begun = await _begun(request)
    if begun is None:
        return see_other("/questionnaire")
    fields = await request.form()
    choices = [str(value) for value in fields.getall("choice", [])]
    words = str(fields.get("words", "")).replace("\0", "")
    try:
        following = await questionnaire.say(begun, key, choices, words)
    except Invalid as error:
        asked = question(key)
        assert asked is not None
        return _question_page(request, asked, choices, words, error)
    if following is not None:
        return see_other(f"/questionnaire/{following.key}")
    return with_cookie(request, "", "/questionnaire?thanks=1", 0)


def _question_page(
    request: Asked, asked: Question, choices: list[str], words: str, error: Invalid | None = None
) -> Response[Any]:
    keys = [each.key for each in questions()]
    place = keys.index(asked.key)
    context: dict[str, Any] = {
        "question": asked,
        "choices": choices,
        "words": words,
        "number": place + 1,
        "count": len(keys),
        "before": keys[place - 1] if place else "",
        "error": error,
    }
    status = 422 if error else 200
    return page(request, "public/questionnaire.html", status=status, **context)
