"""What a clinic learns together: its challenges, and its evaluation meetings with their minutes."""

from piccolo.columns import UUID, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from app.clinic.calls.tables import Call
from app.clinic.messages.tables import Message
from app.clinic.people.tables import Clinic, Staff


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
