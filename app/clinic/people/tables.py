"""Who there is: clinics and their regions, staff, evaluators, patients with guardians, and the sessions that prove it.

Patients who are not registered with the clinic (passants) live in the same table: a consultation does not care,
statistics and rights do. CPR numbers are kept encrypted, and found again by a keyed hash (H4).
"""

from piccolo.columns import UUID, Boolean, Date, Integer, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow

from app.clinic.rows import ForeignKey, Table


class Region(Table):
    """A Danish region; regions carry a period of validity, so history still reports as it was (facts.md)."""

    id = UUID(primary_key=True)
    name = Varchar(80)
    valid_from = Date(null=True, default=None)
    valid_until = Date(null=True, default=None)


class Clinic(Table):
    """A practice. `provider_number` (ydernummer) is its unique key in the field, `slug` its public page's address.

    `languages` are those spoken with patients, `offer` says in words when and to whom video is offered (A8).
    `booking_pattern` is spread (video at any time) or blocks (video where time is kept for it, B6). `logo` names the
    present picture in `clinic_logo`, empty when there is none.
    """

    id = UUID(primary_key=True)
    region = ForeignKey(Region, null=True, default=None)
    name = Varchar(120)
    slug = Varchar(80)
    provider_number = Varchar(12)
    plan_b_phone = Varchar(20)
    email = Varchar(254, default="")
    address = Varchar(200, default="")
    early_minutes = Integer(default=15)
    created_at = Timestamptz(default=TimestamptzNow())
    languages = Varchar(120, default="")
    offer = Varchar(500, default="")
    booking_pattern = Varchar(8, default="spread")
    logo = Varchar(16, default="")


class ClinicLogo(Table):
    """A clinic's logo as base64, apart from the clinic, which every page asks for."""

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    media_type = Varchar(20)
    content = Text()


class SupportContact(Table):
    """Whom the clinic calls when something fails (A9). `kind`: region (its data consultants), vendor or other."""

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    kind = Varchar(8)
    name = Varchar(120)
    phone = Varchar(20, default="")
    email = Varchar(254, default="")
    hours = Varchar(120, default="")
    created_at = Timestamptz(default=TimestamptzNow())


class Staff(Table):
    """Somebody working in a clinic. `role` is doctor, nurse or secretary; a superuser owns the clinic's settings.

    Patients may book those who are `bookable_online`, shown by `online_order` and then by name (A5). The addresses of
    their calendar feed and their door page follow from these versions: none at 0 or below, and each higher number
    makes the earlier address stop working.
    """

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    name = Varchar(120)
    role = Varchar(20)
    is_superuser = Boolean(default=False)
    email = Varchar(254)
    password_hash = Varchar(200, default="")
    invitation_hash = Varchar(64, null=True, default=None)
    invitation_expires_at = Timestamptz(null=True, default=None)
    language = Varchar(12, default="da")
    active = Boolean(default=True)
    created_at = Timestamptz(default=TimestamptzNow())
    bookable_online = Boolean(default=False)
    online_order = Integer(default=0)
    feed_version = Integer(default=0)
    door_version = Integer(default=0)


class StartedMark(Table):
    """Something the clinic has done once, of what "get started" asks and no other record tells (A1)."""

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    item = Varchar(30)
    staff = ForeignKey(Staff, null=True, default=None)
    marked_at = Timestamptz(default=TimestamptzNow())


class StaffSession(Table):
    """A signed-in browser at the desk. Its id is the hash of the cookie; a login always makes a new row."""

    id = Varchar(64, primary_key=True)
    staff = ForeignKey(Staff)
    created_at = Timestamptz(default=TimestamptzNow())
    seen_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(default=TimestamptzNow())


class Evaluator(Table):
    """Somebody outside the clinics who sees figures and nobody's name: a region's data consultant, or without a
    region one who sees the whole country."""

    id = UUID(primary_key=True)
    name = Varchar(120)
    email = Varchar(254)
    region = ForeignKey(Region, null=True, default=None)
    password_hash = Varchar(200, default="")
    invitation_hash = Varchar(64, null=True, default=None)
    invitation_expires_at = Timestamptz(null=True, default=None)
    active = Boolean(default=True)
    created_at = Timestamptz(default=TimestamptzNow())


class EvaluatorSession(Table):
    """An evaluator's signed-in browser. Its id is the hash of the cookie."""

    id = Varchar(64, primary_key=True)
    evaluator = ForeignKey(Evaluator)
    seen_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(default=TimestamptzNow())


class Patient(Table):
    """A patient of one clinic. `registration` is registered or passant; `is_test` marks test calls' passants (A7).

    `name_folded` is the name as searches compare it, since SQLite folds only English letters. `eid` is own, guardian or
    none (B2). `phone` is E.164 and counts for plan B once `phone_confirmed_at` is set (B3).
    """

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    name = Varchar(120)
    name_folded = Varchar(120)
    cpr_encrypted = Text(default="")
    cpr_index = Varchar(64, null=True, default=None)
    birth_date = Date(null=True, default=None)
    phone = Varchar(20, default="")
    phone_confirmed_at = Timestamptz(null=True, default=None)
    email = Varchar(254, default="")
    language = Varchar(12, default="da")
    has_device = Boolean(default=True)
    eid = Varchar(10, default="own")
    registration = Varchar(12, default="registered")
    is_test = Boolean(default=False)
    created_at = Timestamptz(default=TimestamptzNow())


class Guardian(Table):
    """A grown-up who answers for a patient, "logged in for the child" (C7)."""

    id = UUID(primary_key=True)
    patient = ForeignKey(Patient)
    name = Varchar(120)
    relation = Varchar(40)
    phone = Varchar(20, default="")
    email = Varchar(254, default="")


class PatientDevice(Table):
    """A patient's phone or tablet that knows its way back. Its id is the hash of the cookie.

    `confirmed_at` is set by the date of birth (H2); without it the device sees nothing about the patient.
    `handoff_hash` is the hash of the secret that carries the identity into the installed app; `handed_from` is the
    device whose hand-off made this one, and whose wrong dates are counted.
    """

    id = Varchar(64, primary_key=True)
    patient = ForeignKey(Patient)
    handoff_hash = Varchar(64)
    handed_from = Varchar(64, default="")
    confirmed_at = Timestamptz(null=True, default=None)
    wrong_tries = Integer(default=0)
    created_at = Timestamptz(default=TimestamptzNow())
    seen_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(default=TimestamptzNow())
    revoked_at = Timestamptz(null=True, default=None)


class SmsCode(Table):
    """A six-digit code sent by SMS to somebody who wants in from the clinic's page (D2). Kept hashed."""

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    patient = ForeignKey(Patient, null=True, default=None)
    code_hash = Varchar(64)
    tries = Integer(default=0)
    created_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(default=TimestamptzNow())
    used_at = Timestamptz(null=True, default=None)


class RateBucket(Table):
    """How often something was tried in the present window; the key never holds the address or name itself (H6)."""

    id = Varchar(64, primary_key=True)
    used = Integer(default=0)
    resets_at = Timestamptz(default=TimestamptzNow())


class InstallationMark(Table):
    """The one row (id 1) that says which key the database was made with, by a keyed hash of a constant.

    `looked_at` is when it was last seen to take what is written.
    """

    id = Integer(primary_key=True, default=1)
    key_mark = Varchar(64)
    made_at = Timestamptz(default=TimestamptzNow())
    looked_at = Timestamptz(null=True, default=None)


class SentForm(Table):
    """A form that created something, so that sending it again leads there instead of creating another.

    The id is the hash of the form's secret and of what was written in it; `answer`, sealed, says where it led.
    """

    id = Varchar(64, primary_key=True)
    answer = Text(default="")
    sent_at = Timestamptz(default=TimestamptzNow())
