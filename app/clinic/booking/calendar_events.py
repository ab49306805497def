"""What calendars outside are told of appointments: the staff's subscribed ones, and the patients' by mail.

An appointment that was moved is one event with a new time. One that was given up stays there as cancelled for a while:
most calendars keep what merely vanishes from a feed.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from piccolo.columns import Column

from app.clinic.booking.calendar import day_span
from app.clinic.booking.tables import BOOKED, CANCELLED, DONE, MOVED, NOT_HELD, Appointment
from app.clinic.messages.calendar_event import CalendarEvent

CANCELLED_SHOWN_FOR = timedelta(days=30)
_GIVEN_UP = [CANCELLED, MOVED]


def uid_of(appointment: Appointment) -> UUID:
    """The identity an appointment shares with those it was moved from."""
    uid: UUID = appointment.calendar_uid or appointment.id
    return uid


def revised(now: datetime) -> dict[Column | str, Any]:
    """What to write beside any change that calendars should take over."""
    return {Appointment.calendar_sequence: Appointment.calendar_sequence + 1, Appointment.calendar_changed_at: now}


def event_of(appointment: Appointment) -> CalendarEvent:
    """The appointment as an event."""
    return CalendarEvent(
        uid=uid_of(appointment),
        sequence=appointment.calendar_sequence,
        changed_at=appointment.calendar_changed_at or appointment.created_at,
        starts_at=appointment.starts_at,
        minutes=appointment.minutes,
        on_video=appointment.mode == "video",
        cancelled=appointment.state in _GIVEN_UP,
    )


async def of_days(clinic: UUID, staff: UUID, first: date, last: date, now: datetime) -> list[CalendarEvent]:
    """What this person's calendar is to show of these days, both included, by time; test calls are left out."""
    start, end = day_span(first)[0], day_span(last)[1]
    given_up = Appointment.state.is_in(_GIVEN_UP) & (Appointment.calendar_changed_at > now - CANCELLED_SHOWN_FOR)
    rows = await Appointment.objects().where(
        Appointment.clinic == clinic,
        Appointment.staff == staff,
        Appointment.is_test.eq(False),
        Appointment.state.is_in([BOOKED, DONE, NOT_HELD]) | given_up,
        Appointment.starts_at >= start,
        Appointment.starts_at < end,
    )
    return newest(event_of(each) for each in rows)


def newest(events: Iterable[CalendarEvent]) -> list[CalendarEvent]:
    """Of each identity the latest, by time."""
    latest: dict[UUID, CalendarEvent] = {}
    for each in sorted(events, key=lambda event: event.sequence):
        latest[each.uid] = each
    return sorted(latest.values(), key=lambda event: (event.starts_at, event.uid))
