"""Forms that make something, sent twice: the second is led to what the first made (app/clinic/people/sent_forms.py)."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Response
from litestar.datastructures import Cookie

from app.clinic.change import change
from app.clinic.people import sent_forms
from app.web.forms import OURS
from app.web.guards import now_of
from app.web.html import Asked, see_other

Handler = Callable[..., Awaitable[Response[Any]]]
Again = Callable[[Asked, str], Awaitable[Response[Any]]]


class _Kept(msgspec.Struct):
    """What is kept of the first answer: where it led, and the cookies without which nobody comes in there."""

    address: str
    cookies: list[dict[str, Any]]


class _Refused(Exception):
    """Nothing was created: the answer was the form again, or an error page."""


def once(again: Again | None = None) -> Callable[[Handler], Handler]:
    """Decorate a handler that creates something, so that the same form sent again creates nothing more.

    What the handler does and the record of the form are one transaction. `again` answers the repeated form, given the
    address the first one led to (its redirect, or `made` in `request.state`; "" without either). The handler awaits
    nothing but the database, as in any change.
    """

    def made_once(handler: Handler) -> Handler:
        @wraps(handler)
        async def answered(request: Asked, **arguments: Any) -> Response[Any]:
            fields = await request.form()
            secret = fields.get("_once")
            if not isinstance(secret, str) or not secret:
                return await handler(request=request, **arguments)
            asked = sorted((name, str(said)) for name, said in fields.multi_items() if name not in OURS)
            key = sent_forms.key_of(secret, request.url.path, urlencode(asked))
            try:
                async with change():
                    before = await sent_forms.answer_to(key, now_of(request))
                    if before is None:
                        return await _first(request, key, await handler(request=request, **arguments))
            except _Refused:
                # told anew, as the page of the first must not show what was rolled back
                return await handler(request=request, **arguments)
            return await _once_more(request, before, again or _lead_there)

        return answered

    return made_once


async def _first(request: Asked, key: str, answer: Response[Any]) -> Response[Any]:
    if (answer.status_code or 200) >= 400:
        raise _Refused
    address = getattr(answer, "url", "") or answer.headers.get("HX-Redirect") or request.state.get("made", "")
    cookies = [
        {name: getattr(each, name) for name in ("key", "value", "path", "max_age", "secure", "httponly", "samesite")}
        for each in answer.cookies
    ]
    await sent_forms.keep(key, msgspec.json.encode(_Kept(address, cookies)).decode())
    return answer


async def _once_more(request: Asked, before: str, again: Again) -> Response[Any]:
    kept = msgspec.json.decode(before, type=_Kept) if before else _Kept("", [])
    answer = await again(request, kept.address)
    for cookie in kept.cookies:
        answer.set_cookie(Cookie(**cookie))
    return answer


async def _lead_there(request: Asked, address: str) -> Response[Any]:
    return see_other(address or request.url.path, request)
