"""How the desk answers a form: a toast and nudges where htmx asked, back to the desk where a plain form did.

The page's live parts fetch themselves again when nudged, so an answer never has to know what the page shows.
"""

import json
from collections.abc import Sequence
from typing import Any

from litestar import Response

from app.clinic.people.who import StaffWho
from app.i18n import _
from app.web.html import Asked, csrf_token, environment, is_htmx, see_other
from app.web.html import fragment as _fragment
from app.web.html import page as _page

_NUDGES = ("nudge:queue", "nudge:call")


def staff_of(request: Asked) -> StaffWho:
    """Who asks; the router's guard has let staff only pass."""
    assert isinstance(request.user, StaffWho)
    return request.user


def done(
    request: Asked, words: str = "", *, undo: str = "", also: Sequence[str] = (), back: str = "/desk"
) -> Response[Any]:
    """It is done: said in a toast with its undo, dialogs closed and the desk's parts nudged; or back to the page."""
    if not is_htmx(request):
        return see_other(back)
    text = ""
    if words:
        known = {"words": words, "undo": undo, "csrf_token": csrf_token(request)}
        text = environment().get_template("staff/_done.html").render(known)
    events = dict.fromkeys((*also, "close-dialog", *_NUDGES), True)
    headers = {"HX-Reswap": "none", "HX-Trigger": json.dumps(events), "Cache-Control": "no-store"}
    return Response(text, status_code=200, media_type="text/html", headers=headers)


async def already(request: Asked, address: str) -> Response[Any]:
    """The same form sent once more: it is done, and nothing is made twice."""
    return done(request, _("That is done already."), back=address or "/desk")


def dialog(request: Asked, template: str, *, status: int = 200, **context: Any) -> Response[Any]:
    """A task of its own: in a dialog over the desk where htmx asked, a page otherwise. Its block is `panel`, and
    `over_desk` tells it which."""
    if not is_htmx(request):
        return _page(request, template, status=status, over_desk=False, **context)
    context["over_desk"] = True
    if not request.headers.get("HX-Target", "").endswith("panel"):
        return _fragment(request, template, "dialog", status=status, **context)
    answer = _fragment(request, template, "panel", status=status, **context)
    heading = _fragment(request, template, "heading", **context).content
    answer.content += f'<h2 id="task-title" hx-swap-oob="innerHTML">{heading}</h2>'
    return answer
