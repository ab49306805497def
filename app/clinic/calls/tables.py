"""Calls: who was in them, how they went, and what staff say came of them. Nothing of their content is kept (E11)."""

from typing import Final

from piccolo.columns import UUID, Boolean, Date, Integer, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow

from app.clinic.booking.tables import Appointment
from app.clinic.people.tables import Clinic, Patient, Staff
from app.clinic.rows import ForeignKey, Table
from app.clinic.waiting.tables import Place

RINGING: Final = "ringing"
RUNNING: Final = "running"
ENDED: Final = "ended"
UNANSWERED: Final = "unanswered"
"""The states of a call."""
GOING_ON: Final = (RINGING, RUNNING)
"""Those of a call that is not over."""


class Call(Table):
    """One consultation on video. `state`: ringing, running, ended, unanswered.

    `pushed_at`, `texted_at` and `plan_b_at` are when an unanswered ring climbed its ladder (D6), `seen_at` when the
    patient's screen showed it to somebody, `desk_seen_at` the last sign of the desk that rings.
    `outcome`: completed, by_phone, not_completed, or empty until staff have said (E10); `put_off_at` is when they chose
    to say it later. `is_test` calls count nowhere.
    """

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    place = ForeignKey(Place)
    appointment = ForeignKey(Appointment, null=True, default=None)
    patient = ForeignKey(Patient)
    staff = ForeignKey(Staff)
    origin = Varchar(8, default="planned")
    is_test = Boolean(default=False)
    state = Varchar(10, default="ringing")
    rang_at = Timestamptz(default=TimestamptzNow())
    pushed_at = Timestamptz(null=True, default=None)
    texted_at = Timestamptz(null=True, default=None)
    plan_b_at = Timestamptz(null=True, default=None)
    seen_at = Timestamptz(null=True, default=None)
    desk_seen_at = Timestamptz(null=True, default=None)
    answered_at = Timestamptz(null=True, default=None)
    connected_at = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    outcome = Varchar(15, default="")
    not_completed_because = Varchar(30, default="")
    outcome_note = Varchar(300, default="")
    solved = Varchar(12, default="")
    instead_of = Varchar(12, default="")
    service_code = Varchar(4, default="")
    outcome_at = Timestamptz(null=True, default=None)
    put_off_at = Timestamptz(null=True, default=None)


class CallQuality(Table):
    """One party's line during a call (E8): numbers, no content. `role`: staff, patient, guest.

    `device` is phone, tablet, computer or other, `browser` chromium, firefox, safari or other. `samples` and `arrivals`
    are JSON lists of calls.quality's QualitySample and Arrival; `kept_at` is when the last of them was measured.
    """

    id = UUID(primary_key=True)
    call = ForeignKey(Call)
    party = Varchar(40)
    role = Varchar(8)
    device = Varchar(8, default="")
    browser = Varchar(8, default="")
    connect_ms = Integer(null=True, default=None)
    reconnects = Integer(default=0)
    samples = Text(default="[]")
    arrivals = Text(default="[]")
    kept_at = Timestamptz(default=TimestamptzNow())


class CallingIn(Table):
    """How long after a ring began a clinic wants each rung of its ladder climbed, in seconds."""

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    push_s = Integer(default=5)
    text_s = Integer(default=20)
    phone_s = Integer(default=60)


class ServiceCode(Table):
    """A service code as entered by the clinic (F8); columns as in calls.service_codes.AgreedCode.

    Rows that were changed or removed are kept; `set_aside_at` and `set_aside_by` say when and by whom.
    """

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    kind = Varchar(12)
    code = Varchar(4)
    words = Varchar(120, default="")
    fee_oere = Integer(null=True, default=None)
    from_minutes = Integer(default=0)
    valid_from = Date(null=True, default=None)
    valid_until = Date(null=True, default=None)
    set_at = Timestamptz(default=TimestamptzNow())
    set_by = ForeignKey(Staff, null=True, default=None)
    set_aside_at = Timestamptz(null=True, default=None)
    set_aside_by = ForeignKey(Staff, null=True, default=None)


class Guest(Table):
    """A third party of one call (E6). `kind`: relative, interpreter, colleague, specialist, other.

    `state`: invited, lobby (waits to be let in), present, on_hold, left, removed. The link's token and the device's
    session are kept as keyed hashes; a link opened on another device begins in the lobby again.
    """

    id = UUID(primary_key=True)
    call = ForeignKey(Call)
    clinic = ForeignKey(Clinic)
    name = Varchar(80)
    kind = Varchar(12, default="other")
    recipient = Varchar(254)
    token_hash = Varchar(64)
    session_hash = Varchar(64, default="")
    state = Varchar(10, default="invited")
    is_muted = Boolean(default=False)
    invited_by = ForeignKey(Staff)
    invited_at = Timestamptz(default=TimestamptzNow())
    state_at = Timestamptz(default=TimestamptzNow())
    admitted_at = Timestamptz(null=True, default=None)
