"""What went wrong, turned into an answer in one place: a page, a toast for htmx, or problem+json for scripts."""

import errno
from typing import Any
from urllib.parse import quote

import structlog
from litestar import Response
from litestar.exceptions import HTTPException
from litestar.routes import HTTPRoute

from app.clinic.errors import (
    ClinicError,
    Conflict,
    Invalid,
    Lack,
    NotAllowed,
    NotFound,
    SlowDown,
    TooLate,
    Unavailable,
)
from app.i18n import _, use_language
from app.web.addresses import allowed
from app.web.guards import ConfirmFirst, EvaluatorSignInFirst, LinkFirst, SignInFirst
from app.web.headers import language_of
from app.web.html import Asked, environment, is_htmx, keeps_cookies, page, see_other

STATUS: dict[type[ClinicError], int] = {
    NotFound: 404,
    NotAllowed: 403,
    TooLate: 410,
    Conflict: 409,
    Invalid: 422,
    SlowDown: 429,
}

RETRY_AFTER_S: dict[Lack, int] = {"database": 5, "disk": 30}

log = structlog.get_logger()


def from_domain(request: Asked, error: ClinicError) -> Response[Any]:
    """One of the domain's own errors: its words are meant for the person."""
    return told_to_wait(_answer(request, status_of(error), error.words), error)


def status_of(error: ClinicError) -> int:
    """The status an answer with this error has."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)


def told_to_wait(answer: Response[Any], error: ClinicError) -> Response[Any]:
    """Add Retry-After when the error says when to try again."""
    if isinstance(error, SlowDown):
        answer.headers["Retry-After"] = str(error.after_s)
    return answer


def from_http(request: Asked, error: HTTPException) -> Response[Any]:
    """Litestar's errors: unknown address or method, unreadable form, missing CSRF token."""
    if error.status_code >= 500:
        return unexpected(request, error)
    if error.status_code == 403 and request.method == "POST" and not keeps_cookies(request):
        return _without_cookies(request)
    answer = _answer(request, error.status_code, "")
    if methods := (error.headers or {}).get("allow"):
        answer.headers["Allow"] = allowed(methods)
    return answer


def no_such_file(request: Asked, error: Exception) -> Response[Any]:
    """Answer 404 for a name no file can have (NUL in it, too long); other errors of the disk are our fault."""
    cause = error.__cause__
    can_be = isinstance(cause, OSError) and cause.errno != errno.ENAMETOOLONG
    return unexpected(request, error) if can_be else _answer(request, 404, "")


def _without_cookies(request: Asked) -> Response[Any]:
    """Explain that forms need cookies, on the form's own page where it has one."""
    routes = (each for each in request.app.routes if isinstance(each, HTTPRoute))
    if any(each.path_format == request.scope.get("path_template") and "GET" in each.methods for each in routes):
        return see_other(f"{request.url.path}?cookies=refused", request)
    with use_language(language_of(request.scope)):
        words = _("Your browser keeps no cookies, so we can't know you again. Allow them, or use another browser.")
    return _answer(request, 403, words)


def unexpected(request: Asked, error: Exception) -> Response[Any]:
    """Our own fault. It is logged with its trace; the person is told what was kept and what to do."""
    log.exception("request failed", path=_safe_path(request), method=request.method, exc_info=error)
    return _answer(request, 500, "")


def unavailable(request: Asked, error: Unavailable) -> Response[Any]:
    """Answer that the database is away or full; a page then reloads by itself, and a form is kept by the browser."""
    log.error("the database can't be used", lacks=error.lack, exc_info=error)
    after_s = RETRY_AFTER_S[error.lack]
    with use_language(language_of(request.scope)):
        words = _takes_nothing() if error.lack == "disk" else ""
        response = _explain(request, 503, words, again_s=after_s if request.method == "GET" else 0)
    response.headers["Retry-After"] = str(after_s)
    return response


def _takes_nothing() -> str:
    return _("Nothing new can be saved just now. What was saved before is kept. Call the clinic if it can't wait.")


def sign_in_first(request: Asked, _error: SignInFirst) -> Response[Any]:
    """Lead to the sign-in page, and back afterwards if a page was asked for."""
    wanted = request.url.path if request.method == "GET" and not is_htmx(request) else "/desk"
    return see_other(f"/login?next={quote(wanted)}", request)


def evaluator_sign_in_first(request: Asked, _error: EvaluatorSignInFirst) -> Response[Any]:
    """To the evaluators' own sign-in page."""
    return see_other("/region/login", request)


def confirm_first(request: Asked, _error: ConfirmFirst) -> Response[Any]:
    """Lead to the date of birth, and on to the page asked for afterwards."""
    wanted = request.url.path if request.method == "GET" else "/appointments"
    return see_other(f"/confirmation?next={quote(wanted)}", request)


def link_first(request: Asked, _error: LinkFirst) -> Response[Any]:
    """Lead an unknown device to the page for the code from the message."""
    return see_other("/kode?device=unknown", request)


def _safe_path(request: Asked) -> str:
    """The route's own pattern rather than the address, which may hold a secret."""
    return str(request.scope.get("path_template", ""))


def _say(status: int) -> tuple[str, str]:
    """A title, and what to do when the error brought no words of its own."""
    return {
        403: (_("You can't do that here"), _("Go back, reload the page and try once more.")),
        404: (_("We can't find that page"), _("The address may be cut off or too old.")),
        409: (_("Somebody was faster"), _("Reload the page to see how things stand now.")),
        410: (_("That is no longer possible"), _("Call the clinic if you are in doubt.")),
        429: (_("One moment"), _("Too many tries. Wait a few minutes and try again.")),
        500: (_("Something went wrong at our end"), _("What you had already saved is kept. Try again in a moment.")),
        503: (
            _("One moment"),
            _("We can't reach what is stored just now. Nothing is lost. Try again in a moment."),
        ),
    }.get(status, (_("That did not work"), _("Go back, check what you wrote and try again.")))


def _answer(request: Asked, status: int, words: str) -> Response[Any]:
    with use_language(language_of(request.scope)):
        return _explain(request, status, words)


def _explain(request: Asked, status: int, words: str, again_s: int = 0) -> Response[Any]:
    """`again_s`: after how many seconds the page loads itself anew, without any script."""
    title, advice = _say(status)
    text = words or advice
    if is_htmx(request):
        toast = environment().get_template("_error_toast.html").render(text=text)
        headers = {"HX-Retarget": "#toasts", "HX-Reswap": "beforeend", "Cache-Control": "no-store"}
        return Response(toast, status_code=status, media_type="text/html", headers=headers)
    accepted = request.headers.get("Accept", "")
    if "json" in accepted and "text/html" not in accepted:
        problem = {"title": title, "status": status, "detail": text}
        return Response(problem, status_code=status, media_type="application/problem+json")
    nowhere = {"back": None, "back_word": None, "help_text": None}
    return page(request, "error.html", status=status, title=title, text=text, again_s=again_s, **nowhere)


HANDLERS: dict[Any, Any] = {
    ClinicError: from_domain,
    HTTPException: from_http,
    SignInFirst: sign_in_first,
    EvaluatorSignInFirst: evaluator_sign_in_first,
    ConfirmFirst: confirm_first,
    LinkFirst: link_first,
    Unavailable: unavailable,
    Exception: unexpected,
}
