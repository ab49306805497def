"""Appointments as iCalendar (RFC 5545), for calendars that subscribe and for those that get one by mail.

The time zone is told by its two yearly rules: some calendars pass over lists of dates, and would show summer an hour
off.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress

from app.clinic.messages.calendar_event import CalendarEvent
from app.i18n import COPENHAGEN, _

Zone = type[TimezoneDaylight] | type[TimezoneStandard]
_WINTER, _SUMMER = timedelta(hours=1), timedelta(hours=2)


def feed(name: str, events: Iterable[CalendarEvent], calendar_page: str) -> bytes:
    """A calendar to subscribe to; each event links to its day on the calendar page."""
    calendar = _calendar()
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", timedelta(minutes=15), parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    for each in events:
        event = _event(each, _("Video consultation") if each.on_video else _("Consultation at the clinic"))
        event.add("categories", [_("Video") if each.on_video else _("At the clinic")])
        event.add("url", f"{calendar_page}?day={each.starts_at.astimezone(COPENHAGEN).date().isoformat()}")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def attachment(told: CalendarEvent, organizer: str) -> bytes:
    """One appointment for a patient's calendar, which others may see: no clinic, no words on health.

    It is published (RFC 5546, section 3.2.1), not an invitation: nobody reads an answer to it.
    """
    calendar = _calendar()
    event = _event(told, _("Video appointment") if told.on_video else _("Appointment"))
    event.add("organizer", vCalAddress(f"mailto:{organizer}"))
    if told.location:
        event.add("location", told.location)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Naervaer//naervaer//DA")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    zone = Timezone()
    zone.add("tzid", COPENHAGEN.key)
    zone.add_component(_observance(TimezoneDaylight, "CEST", datetime(1981, 3, 29, 2), _WINTER, _SUMMER, month=3))
    zone.add_component(_observance(TimezoneStandard, "CET", datetime(1996, 10, 27, 3), _SUMMER, _WINTER, month=10))
    calendar.add_component(zone)
    return calendar


def _observance(
    kind: Zone, name: str, since: datetime, before: timedelta, after: timedelta, month: Literal[3, 10]
) -> TimezoneDaylight | TimezoneStandard:
    """Half of the year from the last Sunday of a month on; `since` is told by the clock that ends then."""
    part = kind()
    part.add("tzname", name)
    part.add("dtstart", since)
    part.add("rrule", {"freq": "yearly", "bymonth": month, "byday": "-1su"})
    part.add("tzoffsetfrom", before)
    part.add("tzoffsetto", after)
    return part


def _event(told: CalendarEvent, summary: str) -> Event:
    event = Event()
    event.add("uid", f"{told.uid}@naervaer")
    event.add("sequence", told.sequence)
    event.add("dtstamp", told.changed_at)
    event.add("last-modified", told.changed_at)
    event.add("dtstart", _on_the_clock(told.starts_at))
    event.add("dtend", _on_the_clock(told.starts_at + timedelta(minutes=told.minutes)))
    event.add("summary", summary)
    event.add("status", "CANCELLED" if told.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if told.cancelled else "OPAQUE")
    event.add("class", "PRIVATE")
    return event


def _on_the_clock(moment: datetime) -> datetime:
    """The moment in Danish time; in UTC within the hour that comes twice in autumn, which readers take differently."""
    there = moment.astimezone(COPENHAGEN)
    is_twice = there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset()
    return moment.astimezone(UTC) if is_twice else there
