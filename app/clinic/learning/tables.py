"""What is learned from the calls, without anybody's name: meetings, the tallies of them, and patients' answers."""

from piccolo.columns import UUID, BigInt, Boolean, Date, Integer, Varchar
from piccolo.columns.base import OnDelete

from app.clinic.booking.tables import Appointment
from app.clinic.calls.tables import Call
from app.clinic.people.tables import Clinic
from app.clinic.rows import ForeignKey, Table


class Meeting(Table):
    """One video meeting as figures count it; it says nothing of who met. It outlives the call it was made from.

    `region` is the clinic's on that day, since regions change; zero for none. `source`: call, booking (for a no-show),
    import, or test. `outcome`: completed, by_phone, not_completed, no_show, empty until staff have said, or caught: no
    meeting, but a device test that failed before its appointment's day (of source test). `seconds` is how
    long they talked, `minutes` the same rounded, -1 when they didn't; `waited_s` from the patient's coming, or the
    agreed time if that was later, to the ring. `picture` and `sound` are good or bad, `longer` (than usual) yes or no:
    the postcard's words (F1), empty until handed in. `measured` is how its lines were by what was counted (E8): good,
    weak, bad, or empty when nothing was.
    """

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    region = UUID()
    call = ForeignKey(Call, null=True, default=None, on_delete=OnDelete.set_null)
    appointment = ForeignKey(Appointment, null=True, default=None, on_delete=OnDelete.set_null)
    source = Varchar(8, default="call")
    held_on = Date()
    month = Date()
    kind = Varchar(12, default="consultation")
    origin = Varchar(8, default="planned")
    outcome = Varchar(15, default="")
    because = Varchar(30, default="")
    seconds = Integer(null=True, default=None)
    minutes = Integer(default=-1)
    waited_s = Integer(null=True, default=None)
    picture = Varchar(4, default="")
    sound = Varchar(4, default="")
    longer = Varchar(3, default="")
    measured = Varchar(4, default="")
    solved = Varchar(12, default="")
    instead_of = Varchar(12, default="")


class Tally(Table):
    """How many meetings of one kind a region had in a month, and the sums of what was measured.

    Written only by the database's triggers on meetings (migrations 9 and 15). The id is made of the key columns.
    """

    id = Varchar(160, primary_key=True)
    region = UUID()
    month = Date()
    kind = Varchar(12)
    origin = Varchar(8)
    outcome = Varchar(15)
    because = Varchar(30)
    minutes = Integer()
    meetings = Integer()
    seconds = BigInt()
    waits = Integer()
    waited_s = BigInt()
    picture_good = Integer()
    picture_bad = Integer()
    sound_good = Integer()
    sound_bad = Integer()
    longer = Integer()
    as_usual = Integer()
    measured_good = Integer(default=0)
    measured_weak = Integer(default=0)
    measured_bad = Integer(default=0)


class LearningChoice(Table):
    """What a clinic has chosen. Without a row its patients are asked."""

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    asks_patients = Boolean(default=True)


class QuestionnaireOffer(Table):
    """That a call's patient was offered the questionnaire, and whether it was begun. It leads to no answers."""

    id = UUID(primary_key=True)
    call = ForeignKey(Call)
    token_hash = Varchar(64, null=True, default=None)
    opened = Boolean(default=False)


class Questionnaire(Table):
    """One patient's answers, apart from who they are: the clinic, its region, the month and the kind, no more (F2).

    `secret_hash` is of the cookie that leads back to it; it is gone once the last question is reached. `reached` is the
    place of the first question not seen yet. `shown` says that the clinic's report tells of it (F4).
    """

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    region = UUID()
    month = Date()
    kind = Varchar(12)
    secret_hash = Varchar(64, null=True, default=None)
    reached = Integer(default=0)
    shown = Boolean(default=False)


class Answer(Table):
    """One choice to one question, or words alone (then `choice` is empty). A question skipped has no answer."""

    id = UUID(primary_key=True)
    questionnaire = ForeignKey(Questionnaire)
    question = Varchar(20)
    choice = Varchar(20, default="")
    words = Varchar(1000, default="")
