"""A calendar feed per member of staff, for the calendar on their phone (B6). Its address holds a revocable secret.

The calendar it goes to may be anybody's cloud, so it says when and how, never who or why (B9).
"""

from datetime import datetime, timedelta
from uuid import UUID

from icalendar import Calendar, Event
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.budgets import FEEDS
from app.clinic.booking import calendar
from app.clinic.booking.tables import Appointment
from app.clinic.people import installation, own_addresses, rates
from app.clinic.people.tables import Staff
from app.i18n import COPENHAGEN, _, local, use_language
from app.web.guards import address_of
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
    booked = await calendar.of_days(staff.clinic.id, first, last, staff.id)
    with use_language(staff.language):
        content = _feed(staff, [each for each in booked if not each.is_test], now)
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
    return Response(content, media_type="text/calendar", headers=headers)


def _feed(staff: Staff, booked: list[Appointment], now: datetime) -> bytes:
    feed = Calendar()
    feed.add("prodid", "-//Naervaer//naervaer//DA")
    feed.add("version", "2.0")
    feed.add("method", "PUBLISH")
    feed.add("x-wr-calname", _("%(name)s at %(clinic)s") % {"name": staff.name, "clinic": staff.clinic.name})
    feed.add("refresh-interval", timedelta(minutes=15), parameters={"value": "DURATION"})
    feed.add("x-published-ttl", "PT15M")
    for each in booked:
        feed.add_component(_event(each, now))
    feed.add_missing_timezones()
    written: bytes = feed.to_ical()
    return written


def _event(appointment: Appointment, now: datetime) -> Event:
    video = appointment.mode == "video"
    start = appointment.starts_at.astimezone(COPENHAGEN)
    event = Event()
    event.add("uid", f"{appointment.id}@naervaer")
    event.add("dtstamp", now)
    event.add("dtstart", start)
    event.add("dtend", start + timedelta(minutes=appointment.minutes))
    event.add("summary", _("Video consultation") if video else _("Consultation at the clinic"))
    event.add("categories", [_("Video") if video else _("At the clinic")])
    event.add("url", f"{installation.base_url()}/calendar?day={start.date().isoformat()}")
    event.add("class", "PRIVATE")
    return event


handlers = [show_feed]
