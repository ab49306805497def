"""The clinic's one waiting room and the places in its one queue (D1). A place is the server's, not the tab's (D5)."""

from typing import Final

from piccolo.columns import UUID, Boolean, Date, Integer, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow

from app.clinic.booking.tables import Appointment
from app.clinic.people.tables import Clinic, Patient, Staff
from app.clinic.rows import ForeignKey, Table

WAITING: Final = "waiting"
CALLED: Final = "called"
IN_CALL: Final = "in_call"
SERVED: Final = "served"
LEFT: Final = "left"
SENT_AWAY: Final = "sent_away"
GONE_HOME: Final = "gone_home"
"""The states of a place."""
RUNG: Final = (CALLED, IN_CALL)
"""The states in which the doctor has called the patient."""


class OpeningWindow(Table):
    """A weekly time at which the open consultation is open (D2): a weekday (0 is Monday) and minutes from midnight.

    `opens`: auto (by itself) or ask (the desks ask). `closes`: keep or send_away. `places`: how many may wait without
    an appointment, 0 for as many as come.
    """

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    weekday = Integer()
    starts = Integer()
    ends = Integer()
    responsible = ForeignKey(Staff, null=True, default=None)
    opens = Varchar(4, default="ask")
    closes = Varchar(9, default="keep")
    places = Integer(default=0)
    active = Boolean(default=True)


class WindowDay(Table):
    """What was done about a window on one day; `step`: reminded, asked, opened, closed, passed (not today)."""

    id = UUID(primary_key=True)
    span = ForeignKey(OpeningWindow)
    day = Date()
    step = Varchar(8)


class Opening(Table):
    """One time the open consultation was open: who opened and closed it (nobody: the schedule), and how."""

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    opened_at = Timestamptz(default=TimestamptzNow())
    opened_by = ForeignKey(Staff, null=True, default=None)
    closed_at = Timestamptz(null=True, default=None)
    closed_by = ForeignKey(Staff, null=True, default=None)
    closing = Varchar(9, default="")
    sent_away = Integer(default=0)


class WaitingRoom(Table):
    """Whether the open consultation takes people, who answers for it today, and the clinic's word to all waiting.

    `span` is the window that opened it, if one did; `places` how many may wait without an appointment, 0 for no limit.
    """

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    is_open = Boolean(default=False)
    opened_at = Timestamptz(null=True, default=None)
    closed_at = Timestamptz(null=True, default=None)
    responsible = ForeignKey(Staff, null=True, default=None)
    announcement = Varchar(300, default="")
    announced_at = Timestamptz(null=True, default=None)
    span = ForeignKey(OpeningWindow, null=True, default=None)
    places = Integer(default=0)


class Place(Table):
    """One patient's place in the queue, kept in the order of `entered_at`, the acute ones first.

    `state`: waiting, called (the doctor rings), in_call, served, left, sent_away (the room was closed), gone_home.
    `staff` is the doctor hoped for, `called_by` the one who got the patient. `seen_at` is the last heartbeat
    of an open page, `hidden_at` since when nobody looks at it, `gone_at` when the last line was lost: together they say
    here, asleep, reconnecting or absent, and `presence` is what the desks were last told of it. `appointment` is null
    for somebody who came to the open consultation. `started_at` is when the patient first answered a call; `acute_at`
    when staff put them before the others, and `acute_because` why. `note` is for staff only.
    """

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    patient = ForeignKey(Patient)
    appointment = ForeignKey(Appointment, null=True, default=None)
    staff = ForeignKey(Staff, null=True, default=None)
    reason = Varchar(200, default="")
    state = Varchar(10, default="waiting")
    entered_at = Timestamptz(default=TimestamptzNow())
    state_at = Timestamptz(default=TimestamptzNow())
    seen_at = Timestamptz(default=TimestamptzNow())
    hidden_at = Timestamptz(null=True, default=None)
    gone_at = Timestamptz(null=True, default=None)
    presence = Varchar(12, default="here")
    called_by = ForeignKey(Staff, null=True, default=None)
    word = Varchar(300, default="")
    word_at = Timestamptz(null=True, default=None)
    word_read_at = Timestamptz(null=True, default=None)
    announcement_read_at = Timestamptz(null=True, default=None)
    started_at = Timestamptz(null=True, default=None)
    acute_at = Timestamptz(null=True, default=None)
    acute_because = Varchar(120, default="")
    note = Varchar(300, default="")
