"""Web push: the installation's keys, the browsers that may be pushed, and what is pushed to them (D6)."""

from piccolo.columns import UUID, Integer, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow

from app.clinic.people.tables import Clinic, Patient, PatientDevice
from app.clinic.rows import ForeignKey, Table


class PushKey(Table):
    """The one pair of keys by which push services know this installation (VAPID, RFC 8292); the row's id is 1.

    `public` is the application server key as browsers want it; the private key is sealed PEM.
    """

    id = Integer(primary_key=True, default=1)
    public = Varchar(100)
    private_sealed = Text()
    created_at = Timestamptz(default=TimestamptzNow())


class PushSubscription(Table):
    """One browser of one device that its patient allowed us to push to.

    Endpoint and keys let anybody who has them push, so they are sealed; `endpoint_hash` finds the same browser again.
    """

    id = UUID(primary_key=True)
    patient = ForeignKey(Patient)
    device = ForeignKey(PatientDevice)
    endpoint_hash = Varchar(64)
    sealed = Text()
    created_at = Timestamptz(default=TimestamptzNow())


class Push(Table):
    """One notification to one browser. It carries no words about anybody: `kind` says which of our few sentences.

    `state`: queued, sending, sent (the push service has it), failed. `about` is the id of what it concerns, `page` what
    a tap opens; `due_at` is when it is to be sent or, while sending, when its lease ends. `arrived_at` is the phone's
    own word that it was shown.
    """

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    patient = ForeignKey(Patient)
    subscription = ForeignKey(PushSubscription)
    kind = Varchar(12)
    about = Varchar(36)
    page = Varchar(100)
    language = Varchar(12)
    state = Varchar(8, default="queued")
    attempts = Integer(default=0)
    created_at = Timestamptz(default=TimestamptzNow())
    due_at = Timestamptz(default=TimestamptzNow())
    arrived_at = Timestamptz(null=True, default=None)
