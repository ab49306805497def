"""What is agreed: appointment types and the hours they fit in, appointments, the links that open them, and how the
patient prepared."""

from typing import Any, Final

from piccolo.columns import UUID, Boolean, Date, Integer, Real, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow

from app.clinic.people.tables import Clinic, Guardian, Patient, PatientDevice, Staff
from app.clinic.rows import ForeignKey, Table

BOOKED: Final = "booked"
CANCELLED: Final = "cancelled"
MOVED: Final = "moved"
DONE: Final = "done"
NOT_HELD: Final = "not_held"
"""The states of an appointment."""


class AppointmentType(Table):
    """What can be booked; `mode` is video, conference or in_person. `sort_key` decides the order people see (A4).

    Patients may book a type that is `bookable_online`; `suits_video_when` tells them in words what it is good for.
    """

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    name = Varchar(80)
    mode = Varchar(12)
    minutes = Integer(default=15)
    colour = Varchar(12, default="petrol")
    sort_key = Varchar(20, default="")
    active = Boolean(default=True)
    bookable_online = Boolean(default=False)
    suits_video_when = Varchar(300, default="")


class OpeningHours(Table):
    """A stretch of a weekday (0 is Monday) when the clinic is open; minutes from midnight on the Danish clock."""

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    weekday = Integer()
    starts = Integer()
    ends = Integer()


class WorkingHours(Table):
    """A stretch of one person's week. `kind`: work (sees patients) or video (time kept for video within it, B6)."""

    id = UUID(primary_key=True)
    staff = ForeignKey(Staff)
    kind = Varchar(5, default="work")
    weekday = Integer()
    starts = Integer()
    ends = Integer()


class Absence(Table):
    """Days off, both named days included: one person's, or the whole clinic's when `staff` is null."""

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    staff = ForeignKey(Staff, null=True, default=None)
    first_day = Date()
    last_day = Date()
    words = Varchar(80, default="")


class PolicyLine(Table):
    """One line of the clinic's policy for video (A8). `kind`: criterion (which patients) or condition (what for)."""

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    kind = Varchar(10)
    words = Varchar(160)
    place = Integer(default=0)


class Appointment(Table):
    """An agreed time. `state`: booked, cancelled, moved, done, not_held. `origin`: planned, instant (straks) or open.

    It is not_held when staff said that its call was not completed. A moved appointment points at the one
    that replaced it, so its old link can tell where the patient is expected. What patients booked online waits for
    review until `reviewed_at`; what ends in `_before` is what the newest decision can be taken back to. Calendars know
    it by `calendar_uid` over all its moves (null: its own id), and by a sequence that rises when it changes for them.
    """

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    patient = ForeignKey(Patient)
    guardian = ForeignKey(Guardian, null=True, default=None)
    staff = ForeignKey(Staff)
    type = ForeignKey(AppointmentType)
    mode = Varchar(12)
    origin = Varchar(8, default="planned")
    starts_at = Timestamptz(default=TimestamptzNow())
    minutes = Integer(default=15)
    reason = Varchar(200, default="")
    state = Varchar(10, default="booked")
    is_test = Boolean(default=False)
    moved_to: ForeignKey[Any] = ForeignKey("self", null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    ended_at = Timestamptz(null=True, default=None)
    ended_by_patient = Boolean(default=False)
    booked_online = Boolean(default=False)
    reviewed_at = Timestamptz(null=True, default=None)
    reviewed_before = Timestamptz(null=True, default=None)
    converted_at = Timestamptz(null=True, default=None)
    converted_before = Timestamptz(null=True, default=None)
    mode_before = Varchar(12, default="")
    type_before = ForeignKey(AppointmentType, null=True, default=None)
    calendar_uid = UUID(null=True, default=None)
    calendar_sequence = Integer(default=0)
    calendar_changed_at = Timestamptz(null=True, default=None)


class ReminderPlan(Table):
    """How many minutes before a video appointment the clinic reminds of it, as `1440,15`; empty for never."""

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    minutes = Varchar(60, default="")


class Reminder(Table):
    """A reminder that was queued: there is one at most for each of an appointment's times."""

    id = UUID(primary_key=True)
    appointment = ForeignKey(Appointment)
    minutes = Integer()
    queued_at = Timestamptz(default=TimestamptzNow())


class JoinLink(Table):
    """One sent link: single purpose, expiring, revocable, kept hashed (H3). `code_hash` is the second way in (C6)."""

    id = UUID(primary_key=True)
    appointment = ForeignKey(Appointment)
    token_hash = Varchar(64)
    code_hash = Varchar(64)
    wrong_tries = Integer(default=0)
    locked_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(default=TimestamptzNow())


class PreparationTick(Table):
    """One ticked line of the preparation checklist (C2). The newest word wins; an unticked line keeps its row."""

    id = UUID(primary_key=True)
    appointment = ForeignKey(Appointment)
    item = Varchar(30)
    done = Boolean(default=True)
    said_at = Timestamptz(default=TimestamptzNow())


class ChecklistLine(Table):
    """A checklist line a clinic has changed for a type (C2). A built-in line with unchanged words has empty `words`."""

    id = UUID(primary_key=True)
    type = ForeignKey(AppointmentType)
    item = Varchar(30)
    place = Integer()
    words = Varchar(80, default="")
    hint = Varchar(160, default="")


class MeasurementAsked(Table):
    """A measurement the clinic asks for before appointments of a type; `kind` is one of booking.measurements' (C3)."""

    id = UUID(primary_key=True)
    type = ForeignKey(AppointmentType)
    kind = Varchar(20)


class Measurement(Table):
    """What a patient measured before an appointment: one per kind, the newest (C3). `second` is a blood pressure's."""

    id = UUID(primary_key=True)
    appointment = ForeignKey(Appointment)
    kind = Varchar(20)
    value = Real()
    second = Real(null=True, default=None)
    taken_at = Timestamptz(default=TimestamptzNow())
    entered_at = Timestamptz(default=TimestamptzNow())


class DeviceTest(Table):
    """What a patient's device could do when it was tried (C5); each verdict is ok, failed, denied or untried.

    `line` is booking.lines' verdict or untried, the figures beside it those it was judged by (milliseconds, percent,
    kbit/s). `frames` is how many pictures the camera gave, `frames_back` how many of them came back through the relay,
    `level` the loudest sound, 0 to 100.
    """

    id = UUID(primary_key=True)
    appointment = ForeignKey(Appointment)
    device = ForeignKey(PatientDevice, null=True, default=None)
    camera = Varchar(10, default="untried")
    microphone = Varchar(10, default="untried")
    loudspeaker = Varchar(10, default="untried")
    line = Varchar(12, default="untried")
    rtt_ms = Real(null=True, default=None)
    jitter_ms = Real(null=True, default=None)
    loss_up = Real(null=True, default=None)
    loss_down = Real(null=True, default=None)
    up_kbps = Integer(null=True, default=None)
    down_kbps = Integer(null=True, default=None)
    frames = Integer(null=True, default=None)
    frames_back = Integer(null=True, default=None)
    level = Integer(null=True, default=None)
    browser = Varchar(40, default="")
    detail = Text(default="")
    tested_at = Timestamptz(default=TimestamptzNow())


class EquipmentTest(Table):
    """A test of camera, microphone, loudspeaker and line at the clinic (A2); columns as in DeviceTest."""

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    staff = ForeignKey(Staff)
    camera = Varchar(10)
    microphone = Varchar(10)
    loudspeaker = Varchar(10)
    line = Varchar(12)
    rtt_ms = Real(null=True, default=None)
    jitter_ms = Real(null=True, default=None)
    loss_up = Real(null=True, default=None)
    loss_down = Real(null=True, default=None)
    up_kbps = Integer(null=True, default=None)
    down_kbps = Integer(null=True, default=None)
    tested_at = Timestamptz(default=TimestamptzNow())
