"""What a clinic learns together, and with others: challenges, evaluation meetings, shared texts, programmes."""

from piccolo.columns import UUID, Date, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow

from app.clinic.calls.tables import Call
from app.clinic.messages.tables import Message
from app.clinic.people.tables import Clinic, Region, Staff
from app.clinic.rows import ForeignKey, Table


class Challenge(Table):
    """Something that went wrong with video (F7). `source`: call, message or hand; `status`: open, answered or solved.

    A call or a message has one unsolved challenge at most. It stays when they are deleted: its facts are its own.
    """

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    source = Varchar(8, default="hand")
    call = ForeignKey(Call, null=True, default=None, on_delete=OnDelete.set_null)
    message = ForeignKey(Message, null=True, default=None, on_delete=OnDelete.set_null)
    words = Varchar(500, default="")
    status = Varchar(8, default="open")
    assigned_to = ForeignKey(Staff, null=True, default=None, on_delete=OnDelete.set_null)
    noted_by = ForeignKey(Staff, null=True, default=None, on_delete=OnDelete.set_null)
    noted_at = Timestamptz(default=TimestamptzNow())
    solved_at = Timestamptz(null=True, default=None)


class ChallengeFact(Table):
    """A technical fact as it stood when the challenge was noted: a known name and a short value."""

    id = UUID(primary_key=True)
    challenge = ForeignKey(Challenge)
    place = Integer(default=0)
    name = Varchar(12)
    value = Varchar(80)


class ChallengeAnswer(Table):
    """What somebody in the clinic found out about a challenge."""

    id = UUID(primary_key=True)
    challenge = ForeignKey(Challenge)
    words = Varchar(1000)
    staff = ForeignKey(Staff, null=True, default=None, on_delete=OnDelete.set_null)
    said_at = Timestamptz(default=TimestamptzNow())


class EvaluationMeeting(Table):
    """A meeting of the clinic about its use of video; its figures are those from `since` to `until`, both included."""

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    held_on = Date()
    since = Date()
    until = Date()
    called_by = ForeignKey(Staff, null=True, default=None, on_delete=OnDelete.set_null)
    called_at = Timestamptz(default=TimestamptzNow())


class MinuteNote(Table):
    """What the minutes say to one question; `version` counts how often it was saved."""

    id = UUID(primary_key=True)
    meeting = ForeignKey(EvaluationMeeting)
    question = Varchar(10)
    words = Text(default="")
    version = Integer(default=0)
    saved_at = Timestamptz(default=TimestamptzNow())
    saved_by = ForeignKey(Staff, null=True, default=None, on_delete=OnDelete.set_null)


class Decision(Table):
    """Something a meeting decided, who sees to it and by when."""

    id = UUID(primary_key=True)
    meeting = ForeignKey(EvaluationMeeting)
    words = Varchar(300)
    responsible = ForeignKey(Staff, null=True, default=None, on_delete=OnDelete.set_null)
    due_on = Date(null=True, default=None)
    written_at = Timestamptz(default=TimestamptzNow())
    done_at = Timestamptz(null=True, default=None)


class SharedText(Table):
    """A copy of a clinic's text for its region (F9). `kind`: phrase, suits (a type's) or conditions (of the policy).

    `piece` is the id of what it was copied from; `about` the phrase's purpose or the type's name.
    """

    id = UUID(primary_key=True)
    clinic = ForeignKey(Clinic)
    kind = Varchar(10)
    piece = UUID()
    about = Varchar(80, default="")
    channel = Varchar(5, default="")
    language = Varchar(12, default="")
    subject = Varchar(200, default="")
    text = Text()
    shared_at = Timestamptz(default=TimestamptzNow())
    withdrawn_at = Timestamptz(null=True, default=None)


class Adoption(Table):
    """A shared text that a clinic has adopted: where, and the text before and after, so that it can be undone."""

    id = UUID(primary_key=True)
    shared = ForeignKey(SharedText)
    clinic = ForeignKey(Clinic)
    staff = ForeignKey(Staff, null=True, default=None, on_delete=OnDelete.set_null)
    place = UUID(null=True, default=None)
    before = Text(default="")
    after = Text(default="")
    adopted_at = Timestamptz(default=TimestamptzNow())
    undone_at = Timestamptz(null=True, default=None)


class Programme(Table):
    """A pilot or a roll-out over a period (F10), of a region or, without one, the nation. `kind`: pilot, rollout."""

    id = UUID(primary_key=True)
    region = ForeignKey(Region, null=True, default=None)
    name = Varchar(120)
    kind = Varchar(8, default="pilot")
    since = Date()
    until = Date()
    notes = Text(default="")
    created_at = Timestamptz(default=TimestamptzNow())


class ProgrammeClinic(Table):
    """A clinic's part in a programme, from `joined_at` until `left_at`. Rows stay, since past figures need them."""

    id = UUID(primary_key=True)
    programme = ForeignKey(Programme)
    clinic = ForeignKey(Clinic)
    joined_at = Timestamptz(default=TimestamptzNow())
    left_at = Timestamptz(null=True, default=None)


class Milestone(Table):
    """Something a programme is to have reached by a day; `reached_on` is when it had."""

    id = UUID(primary_key=True)
    programme = ForeignKey(Programme)
    words = Varchar(200)
    due_on = Date()
    reached_on = Date(null=True, default=None)
