"""An appointment as calendars know it (RFC 5545): when and how, never who or why (B9).

The same in somebody's subscribed calendar and in the mail, so that a later one takes the place of an earlier.
"""

from datetime import datetime
from uuid import UUID

import msgspec


class CalendarEvent(msgspec.Struct, frozen=True):
    """`uid` stays over moves and `sequence` rises with each change; a `cancelled` one is to leave the calendar."""

    uid: UUID
    sequence: int
    changed_at: datetime
    starts_at: datetime
    minutes: int
    on_video: bool
    cancelled: bool = False
    location: str = ""
