"""Requests as they arrive, before a route is looked for: addresses as people paste them, HEAD and OPTIONS.

Chat programs and mail readers take the full stop behind a link for part of it, phones write the first letter large, and
copying brings signs along that nobody sees. No address of ours ends in or holds any of these, so they are left out.
"""

from typing import Any, cast

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import LifeSpanReceive, LifeSpanScope, LifeSpanSend, Message, Receive, Scope, Send

from app.clinic.people.texts import tidy

_NEVER_LAST = " \t\n.,:;!?'\"`´»«”“’‘()[]{}<>*|\\…"
_ASKS_ALLOWED = "TRACE"
"""A method no route has: Litestar then answers 405 with the allowed methods."""


def mended(path: str) -> str:
    """Return the path without pasted extras, its first part in lower case: `/KODE.` becomes `/kode`."""
    whole = tidy(path).rstrip(_NEVER_LAST) or "/"
    first, slash, rest = whole.removeprefix("/").partition("/")
    return f"/{first.lower()}{slash}{rest}"


def allowed(methods: str) -> str:
    """An Allow header's methods, with HEAD wherever there is GET."""
    known = {each.strip() for each in methods.split(",")}
    return ", ".join(sorted(known | ({"HEAD"} if "GET" in known else set()) | {"OPTIONS"}))


class Application(Litestar):
    """Litestar with mended addresses, HEAD answered as GET without its body, and OPTIONS."""

    async def __call__(
        self, scope: Scope | LifeSpanScope, receive: Receive | LifeSpanReceive, send: Send | LifeSpanSend
    ) -> None:
        if scope["type"] != ScopeType.HTTP:
            await super().__call__(scope, receive, send)
            return
        asked = cast(dict[str, Any], scope)
        method: str = asked["method"]
        asked_by = {"HEAD": "GET", "OPTIONS": _ASKS_ALLOWED}.get(method, method)
        answering = {"HEAD": _without_body, "OPTIONS": _with_methods}.get(method, lambda said: said)
        arrived = {**asked, "path": mended(asked["path"]), "method": asked_by}
        await super().__call__(arrived, receive, answering(send))  # type: ignore[arg-type]


def _without_body(send: Send) -> Send:
    """Pass on the headers, Content-Length included, and drop the body."""
    ended = False

    async def passed(message: Message) -> None:
        nonlocal ended
        if message["type"] != "http.response.body":
            await send(message)
        elif not ended:
            ended = True
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return passed


def _with_methods(send: Send) -> Send:
    """Turn a 405 into the answer to OPTIONS: 204 with the Allow header."""
    is_known = False

    async def answered(message: Message) -> None:
        nonlocal is_known
        if message["type"] == "http.response.start" and message["status"] == 405:
            is_known = True
            kept = [each for each in message["headers"] if each[0].lower() not in (b"content-type", b"content-length")]
            message = {**message, "status": 204, "headers": kept}
        elif is_known and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return answered
