"""What every answer carries: the security headers (H6), and the language the request is answered in."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from time import monotonic

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.exceptions import PermissionDeniedException
from litestar.status_codes import HTTP_429_TOO_MANY_REQUESTS
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from app.budgets import REFUSAL
from app.i18n import DEFAULT, LANGUAGES, _, use_language

LANGUAGE_COOKIE = "lang"
REFUSED_AFTER_S = REFUSAL.seconds

POLICY = "; ".join(
    (
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

SECURITY = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=()",
}


OF_DOCUMENTS = ("Cross-Origin-Opener-Policy", "Permissions-Policy")
"""What tells a browser nothing about a script, a style or a font, and is 150 bytes of a phone's first view for each."""
OF_FILES = ("content-disposition", "last-modified")
"""What the static files' router says, and a file whose address changes with it needs not."""


def headers_for(*, https: bool) -> Callable[[Message, Scope], Awaitable[None]]:
    """Litestar's before-send hook: it sees every answer, those to unknown addresses included."""
    fixed = {**SECURITY, **({"Strict-Transport-Security": "max-age=31536000"} if https else {})}

    async def add_headers(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        headers = MutableScopeHeaders.from_message(message)
        is_file = scope["path"].startswith("/static/")
        for name, value in fixed.items():
            if not (is_file and name in OF_DOCUMENTS):
                headers.setdefault(name, value)
        if is_file:
            for name in OF_FILES:
                headers.pop(name, None)
        asked_for = _language_in_address(scope)
        if asked_for:
            headers.add("Set-Cookie", f"{LANGUAGE_COOKIE}={asked_for}; Path=/; Max-Age=31536000; SameSite=lax")

    return add_headers


class SpeakTheirLanguage:
    """The middleware that answers in the language of `?lang=`, else the kept one, else Danish."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with use_language(language_of(scope)):
            await self.app(scope, receive, send)


async def refuse_slowly(message: Message, _scope: Scope) -> None:
    """Delay every 429, so that refusing does not become all the work we do. Litestar's before-send hook."""
    if message["type"] == "http.response.start" and message["status"] == HTTP_429_TOO_MANY_REQUESTS:
        await asyncio.sleep(REFUSED_AFTER_S)


class KeepPace:
    """Middleware: refuse with 429 when a network asks for more than its budget; static files are not counted."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client, state = scope.get("client"), scope["litestar_app"].state
        address = state.proxies.behind(client[0], ()) if client else ""
        if address and not scope["path"].startswith("/static/") and not state.pace.may_address(address, monotonic()):
            with use_language(language_of(scope)):
                text = _("Your network asks for too much just now. Wait a moment and try again.")
            headers = [
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"content-length", str(len(text.encode())).encode()),
                (b"retry-after", b"1"),
                (b"cache-control", b"no-store"),
            ]
            await send({"type": "http.response.start", "status": 429, "headers": headers})
            await send({"type": "http.response.body", "body": text.encode(), "more_body": False})
            return
        await self.app(scope, receive, send)


class RefuseForeignForms:
    """Middleware: refuse forms that the browser says come from another site, a subdomain's included; beside CSRF."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        changes = scope.get("method", "GET") not in ("GET", "HEAD", "OPTIONS")
        if changes and dict(scope["headers"]).get(b"sec-fetch-site") in (b"cross-site", b"same-site"):
            raise PermissionDeniedException
        await self.app(scope, receive, send)


def is_unchanged(headers: Headers, etag: str, changed_at: datetime | None = None) -> bool:
    """Whether the browser has this already and 304 will do (RFC 9110, section 13.2.2)."""
    known = headers.get("If-None-Match")
    if known is not None:
        tags = {each.strip().removeprefix("W/") for each in known.split(",")}
        return bool(tags & {"*", etag.removeprefix("W/")})
    try:
        seen_at = parsedate_to_datetime(headers.get("If-Modified-Since", ""))
    except ValueError:
        return False
    return changed_at is not None and seen_at.tzinfo is not None and changed_at.replace(microsecond=0) <= seen_at


def language_of(scope: Scope) -> str:
    """Return the language to answer this request in."""
    return _language_in_address(scope) or _language_in_cookie(scope) or DEFAULT


def _language_in_address(scope: Scope) -> str:
    query = dict(part.partition("=")[::2] for part in scope.get("query_string", b"").decode("latin-1").split("&"))
    return query["lang"] if query.get("lang") in LANGUAGES else ""


def _language_in_cookie(scope: Scope) -> str:
    for name, value in scope.get("headers", []):
        if name == b"cookie":
            for cookie in value.decode("latin-1").split(";"):
                key, _, code = cookie.strip().partition("=")
                if key == LANGUAGE_COOKIE and code in LANGUAGES:
                    return code
    return ""
