"""The outbox: what is said to whom by which channel, and whether it arrived (B7, B9)."""

from piccolo.columns import UUID, Integer, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow

from app.clinic.people.tables import Clinic, Patient
from app.clinic.rows import ForeignKey, Table


class Message(Table):
    """One SMS or e-mail. The body may hold a join link, so it is encrypted at rest.

    `state`: queued, sending, sent, delivered, failed, unknown (a time-out: maybe sent, never blindly repeated),
    shown (no carrier is set up: the outbox page is where it is read), replaced (it was sent again, or no longer holds).
    `about` is the id of what it concerns; `due_at` is when it is to be carried or, while sending, when its lease ends.
    `handed_at` is when a carrier last took it, `reported_at` when the gateway last spoke of it.
    """

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    patient = ForeignKey(Patient, null=True, default=None)
    about = Varchar(36, default="")
    purpose = Varchar(40)
    channel = Varchar(5)
    recipient = Varchar(254)
    language = Varchar(12, default="da")
    subject = Varchar(200, default="")
    body_encrypted = Text()
    state = Varchar(10, default="queued")
    why = Varchar(300, default="")
    attempts = Integer(default=0)
    carrier_id = Varchar(80, default="")
    created_at = Timestamptz(default=TimestamptzNow())
    due_at = Timestamptz(default=TimestamptzNow())
    state_at = Timestamptz(default=TimestamptzNow())
    handed_at = Timestamptz(null=True, default=None)
    reported_at = Timestamptz(null=True, default=None)


class OwnPhrase(Table):
    """What a clinic says instead of the built-in phrase, for one purpose, channel and language."""

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    purpose = Varchar(40)
    channel = Varchar(5)
    language = Varchar(12)
    subject = Varchar(200, default="")
    text = Text()
    changed_at = Timestamptz(default=TimestamptzNow())
