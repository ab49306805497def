"""What every answer carries: the security headers (H6), and the language the request is answered in."""

from litestar.datastructures import MutableScopeHeaders
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from app.i18n import DEFAULT, LANGUAGES, use_language

LANGUAGE_COOKIE = "lang"

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


def headers_and_language(https: bool) -> type:
    """The middleware, outside everything else so that error answers carry the headers too."""
    fixed = {**SECURITY, **({"Strict-Transport-Security": "max-age=31536000"} if https else {})}

    class HeadersAndLanguage:
        def __init__(self, app: ASGIApp) -> None:
            self.app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            asked_for = _language_in_address(scope)

            async def with_headers(message: Message) -> None:
                if message["type"] == "http.response.start":
                    headers = MutableScopeHeaders.from_message(message)
                    for name, value in fixed.items():
                        headers.setdefault(name, value)
                    if asked_for:
                        headers.add("Set-Cookie", f"{LANGUAGE_COOKIE}={asked_for}; Path=/; Max-Age=31536000; SameSite=lax")
                await send(message)

            with use_language(asked_for or _language_in_cookie(scope)):
                await self.app(scope, receive, with_headers)

    return HeadersAndLanguage


def _language_in_address(scope: Scope) -> str:
    """The language asked for with `?lang=`, kept in a cookie from then on."""
    query = dict(part.partition("=")[::2] for part in scope.get("query_string", b"").decode("latin-1").split("&"))
    return query["lang"] if query.get("lang") in LANGUAGES else ""


def _language_in_cookie(scope: Scope) -> str:
    """The kept language, else Danish: the clinics' patients are Danes first."""
    for name, value in scope.get("headers", []):
        if name == b"cookie":
            for cookie in value.decode("latin-1").split(";"):
                key, _, code = cookie.strip().partition("=")
                if key == LANGUAGE_COOKIE and code in LANGUAGES:
                    return code
    return DEFAULT
