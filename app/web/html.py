"""Pages and fragments: the one Jinja environment, what every template knows, and how answers are cached.

A page's blocks are its fragments: htmx asks for the same address and gets the block, everybody else the whole page.
"""

import hashlib
import secrets
from datetime import datetime
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from litestar.datastructures import State
from litestar.response import Redirect
from litestar.utils.scope.state import ScopeState
from markupsafe import Markup

from app import i18n
from app.clinic.people import installation
from app.clinic.people.who import Who

STATIC = Path(__file__).parents[2] / "static"
TEMPLATES = Path(__file__).parents[1] / "templates"

Asked = Request[Who, Any, State]


@cache
def build() -> str:
    """A short name for the present static files: it stands in their address, so they may be kept for ever."""
    seen = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            seen.update(str(path.relative_to(STATIC)).encode() + path.read_bytes())
    return seen.hexdigest()[:12]


def asset(path: str) -> str:
    """The address of a static file in the present build."""
    return f"/static/{build()}/{path}"


@cache
def icon(name: str) -> Markup:
    """An icon of the sprite, hidden from screen readers: the words beside it carry the meaning."""
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>').format(
        asset("icons.svg"), name
    )


def _said(text: str, **values: Any) -> Markup:
    """Translate the text and insert the values, escaped."""
    return _marked(i18n.language.get(), text) % values if values else _without_values(i18n.language.get(), text)


@lru_cache(16384)
def _marked(code: str, text: str) -> Markup:
    return Markup(i18n.translations(code).gettext(text))  # noqa: S704 - our own words, as the templates hold them


@lru_cache(16384)
def _without_values(code: str, text: str) -> Markup:
    return _marked(code, text) % {}


@cache
def environment() -> Environment:
    """The Jinja environment: strict about unknown names, escaping always."""
    jinja = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    cast(Any, jinja).install_gettext_callables(i18n._, i18n.ngettext, newstyle=True)
    # as Jinja's own, which translates, marks and formats each text anew at each look
    jinja.globals.update(_=_said, gettext=_said)
    jinja.globals.update(asset=asset, icon=icon, LANGUAGES=i18n.LANGUAGES, weekdays=i18n.format_weekdays)
    jinja.globals.update(is_written_leftwards=i18n.is_written_leftwards, new_secret=secrets.token_urlsafe)
    jinja.globals.update(base_url=installation.base_url)
    jinja.filters.update(
        time=i18n.format_time,
        date=i18n.format_date,
        day=i18n.format_day,
        month=i18n.format_month,
        local=i18n.local,
        iso=partial(datetime.isoformat, timespec="seconds"),
        decimal=i18n.format_decimal,
    )
    return jinja


def csrf_token(request: Asked) -> str:
    """The token this request's forms carry."""
    return str(ScopeState.from_scope(request.scope).csrf_token or "")


def keeps_cookies(request: Asked) -> bool:
    """Whether the browser sends back the cookie that every page gives it."""
    return any(name.endswith("csrftoken") for name in request.cookies)


def _everywhere(request: Asked) -> dict[str, Any]:
    """What every template knows: who asks, their clinic, the language, the address and the CSRF token.

    `in_language` is this address in another language, with what was chosen in it kept.

    `preview` names the pages of a preview (A6), where scripts stay away and nothing can be sent.
    """
    return {
        "who": request.scope.get("user"),
        "clinic": request.state.get("clinic"),
        "lang": i18n.language.get(),
        "path": request.url.path,
        "in_language": lambda code: "?" + urlencode([*_query_but_language(request), ("lang", code)]),
        "preview": request.state.get("preview", ()),
        "cookies_refused": request.query_params.get("cookies") == "refused" and not keeps_cookies(request),
        "csrf_token": csrf_token(request),
    }


def _query_but_language(request: Asked) -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]


def _answer(text: str, status: int) -> Response[str]:
    headers = {"Cache-Control": "no-store", "Vary": "HX-Request"}
    return Response(text, status_code=status, media_type="text/html", headers=headers)


def page(request: Asked, template: str, *, status: int = 200, **context: Any) -> Response[str]:
    """The whole page. It is never stored: pages know people."""
    return _answer(
        environment().get_template(template).render({**_everywhere(request), "status": status, **context}), status
    )


def fragment(request: Asked, template: str, block: str, *, status: int = 200, **context: Any) -> Response[str]:
    """One block of the page's template, for htmx to put in its place."""
    loaded = environment().get_template(template)
    prepared = loaded.new_context({**_everywhere(request), **context})
    # a template's imports run in its root, where it also takes over the blocks of what it extends
    next(loaded.root_render_func(prepared), None)
    return _answer("".join(prepared.blocks[block][0](prepared)), status)


def page_or_fragment(request: Asked, template: str, block: str, *, status: int = 200, **context: Any) -> Response[str]:
    """The block when htmx asks, the whole page otherwise."""
    if is_htmx(request):
        return fragment(request, template, block, status=status, **context)
    return page(request, template, status=status, **context)


def is_htmx(request: Asked) -> bool:
    """Whether htmx asks, and not because it restores its history."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def see_other(address: str, request: Asked | None = None) -> Response[Any]:
    """After a form: 303 to the next page; htmx is told to go there itself."""
    if request is not None and is_htmx(request):
        return Response("", status_code=200, media_type="text/html", headers={"HX-Redirect": address})
    return Redirect(address, status_code=303)
