"""The clinic's outbox: what was said to whom, what became of it, and sending it again (B9, I3).

Where no carrier is set up this page is how messages are handed over, so links are shown as QR codes too.
"""

import io
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, cast
from uuid import UUID

import segno
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from markupsafe import Markup

from app import i18n
from app.clinic.errors import Invalid
from app.clinic.messages import outbox, outbox_view
from app.clinic.messages.phrases import Channel
from app.clinic.people import days
from app.clinic.people.who import StaffWho
from app.i18n import _
from app.routes.staff.responses import already
from app.settings import Settings
from app.web.forms import read_form
from app.web.html import Asked, fragment, is_htmx, page_or_fragment, see_other
from app.web.once import once

PER_PAGE = 30


@dataclass(frozen=True, slots=True)
class DayOfMessages:
    """One day's messages, newest first."""

    date: date
    messages: list[outbox_view.ReadMessage]


@get("/outbox")
async def show_outbox(
    request: Asked,
    now: NamedDependency[datetime],
    show: FromQuery[str] = "",
    before: FromQuery[datetime | None] = None,
) -> Response[Any]:
    """The clinic's messages, newest first; `show=trouble` only those somebody should look after."""
    context = await _messages(request, now, trouble=show == "trouble", before=before)
    return page_or_fragment(request, "staff/outbox.html", "outbox", **context)


@post("/outbox/{message_id:uuid}/copies", status_code=200)
@once(already)
async def send_again(request: Asked, message_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Send the message once more, by the channel asked for."""
    who = cast(StaffWho, request.user)
    message = await outbox.message_for(who, message_id)
    form = await read_form(request)
    if form["channel"] not in ("sms", "email"):
        raise Invalid(_("Choose SMS or e-mail."), field="channel")
    await outbox.send_again(message, cast(Channel, form["channel"]), now)
    if not is_htmx(request):
        return see_other("/outbox")
    said = _("The message is on its way again.")
    context = await _messages(request, now, trouble=form["show"] == "trouble", before=_moment(form["before"]))
    return fragment(request, "staff/outbox.html", "sent_again", said=said, **context)


def _moment(text: str) -> datetime | None:
    return days.moment_of(text)


async def _messages(request: Asked, now: datetime, *, trouble: bool, before: datetime | None) -> dict[str, Any]:
    """What the page shows."""
    who = cast(StaffWho, request.user)
    found = await outbox_view.read(who, now, trouble=trouble, before=before, limit=PER_PAGE + 1)
    messages = found[:PER_PAGE]
    settings = cast(Settings, request.app.state.settings)
    return {
        "days": [
            DayOfMessages(day, list(those))
            for day, those in groupby(messages, lambda message: _day(message.created_at))
        ],
        "today": _day(now),
        "trouble": trouble,
        "trouble_count": await outbox.count_trouble(who.clinic),
        "before": before,
        "older": messages[-1].created_at if len(found) > PER_PAGE else None,
        "has_sms": bool(settings.sms_gateway_url),
        "has_mail": bool(settings.smtp_url),
        "qr": qr,
    }


def _day(moment: datetime) -> date:
    return i18n.local(moment).date()


def qr(address: str, words: str) -> Markup:
    """The address as a QR code: inline SVG without style, named for screen readers."""
    drawn = io.BytesIO()
    segno.make_qr(address, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=2, svgclass="qr", lineclass="", nl=False
    )
    label = Markup(' role="img" aria-label="{}"').format(words)
    drawing = drawn.getvalue().decode().replace("<svg", f"<svg{label}", 1)
    return Markup(drawing)  # noqa: S704  segno draws it; the label is escaped
