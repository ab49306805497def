"""A calendar feed per member of staff, for the calendar on their phone (B6). Its address holds a revocable secret.

The calendar it goes to may be anybody's cloud, so it says when and how, never who or why (B9).
"""

from datetime import datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.budgets import FEEDS
from app.clinic.booking import calendar_events
from app.clinic.booking.calendar import day_span
from app.clinic.messages.calendar_event import CalendarEvent
from app.clinic.people import installation, own_addresses, rates
from app.i18n import _, local, use_language
from app.web import ical
from app.web.guards import address_of
from app.web.headers import is_unchanged
from app.web.html import Asked

_BACK, _AHEAD = timedelta(days=14), timedelta(days=120)


@get("/calendar/{staff_id:uuid}/{secret:str}/naervaer.ics")
async def show_feed(
    request: Asked, staff_id: FromPath[UUID], secret: FromPath[str], now: NamedDependency[datetime]
) -> Response[bytes]:
    """The person's appointments from two weeks ago to four months ahead, as iCalendar (RFC 5545)."""
    address = address_of(request)
    await rates.spend(FEEDS, now, address=address)
    staff = await own_addresses.owner(staff_id, secret, "feed")
    await rates.refund(FEEDS, address=address)
    first, last = local(now - _BACK).date(), local(now + _AHEAD).date()
    events = await calendar_events.of_days(staff.clinic.id, staff.id, first, last, now)
    with use_language(staff.language):
        name = _("%(name)s at %(clinic)s") % {"name": staff.name, "clinic": staff.clinic.name}
        content = ical.feed(name, events, f"{installation.base_url()}/calendar")
    changed_at = _changed_at(events, now)
    headers = {
        "Cache-Control": "private, no-cache",
        "ETag": f'W/"{sha256(content).hexdigest()[:32]}"',
        "Last-Modified": format_datetime(changed_at, usegmt=True),
        "X-Robots-Tag": "noindex",
    }
    if is_unchanged(request.headers, headers["ETag"], changed_at):
        return Response(b"", status_code=304, headers=headers)
    return Response(content, media_type="text/calendar", headers=headers)


def _changed_at(events: list[CalendarEvent], now: datetime) -> datetime:
    """When the feed last changed, at the latest: the days it tells of change at midnight."""
    return max([day_span(local(now).date())[0], *(each.changed_at for each in events)])


handlers = [show_feed]
