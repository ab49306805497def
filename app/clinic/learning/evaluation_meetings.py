"""Evaluation meetings (F7): the guide's three questions, the period's figures, the challenges, and minutes.

Minutes are saved while they are written. Two who write to the same question lose nothing: what one has that the other
has not is put below.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from app.clinic.booking.calendar import day_span
from app.clinic.change import change
from app.clinic.errors import Invalid, NotFound
from app.clinic.learning import challenges
from app.clinic.learning.practice_tables import Challenge, Decision, EvaluationMeeting, MinuteNote
from app.clinic.people import team
from app.clinic.people.who import StaffWho
from app.i18n import _

QUESTIONS = ("present", "well", "different", "better", "worries")
MAX_WORDS_LENGTH, MAX_DECISION_LENGTH = 8000, 300
_FIRST_PERIOD = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Dates:
    """When the meeting is, and the period it looks back on, both days included."""

    held_on: date
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Saved:
    """What the minutes say to a question now: `words` may hold more than was sent, a colleague's."""

    words: str
    version: int


def both(theirs: str, mine: str) -> str:
    """What a colleague saved meanwhile, and below it the lines of mine that it does not have."""
    known = {line.strip() for line in theirs.splitlines()}
    missing = [line for line in mine.splitlines() if line.strip() and line.strip() not in known]
    return "\n".join([theirs.rstrip(), *missing]).strip() if missing else theirs


async def suggested(clinic: UUID, today: date) -> Dates:
    """From the day after the last meeting's period until today; three months for the first."""
    last = (
        await EvaluationMeeting.objects()
        .where(EvaluationMeeting.clinic == clinic)
        .order_by(EvaluationMeeting.until, ascending=False)
        .first()
    )
    since = min(last.until + timedelta(days=1), today) if last else today - _FIRST_PERIOD
    return Dates(today, since, today)


async def meetings(clinic: UUID) -> list[EvaluationMeeting]:
    """The clinic's meetings, the latest first."""
    return (
        await EvaluationMeeting.objects()
        .where(EvaluationMeeting.clinic == clinic)
        .order_by(EvaluationMeeting.held_on, ascending=False)
    )


async def meeting_for(staff: StaffWho, meeting_id: UUID) -> EvaluationMeeting:
    """The meeting, for staff of its clinic; raises NotFound for everybody else."""
    found = await EvaluationMeeting.objects().get(EvaluationMeeting.id == meeting_id)
    if found is None or found.clinic != staff.clinic:
        raise NotFound(_("There is no such meeting."))
    return found


async def call_meeting(staff: StaffWho, dates: Dates, now: datetime) -> EvaluationMeeting:
    """A new meeting; raises Invalid for a period that ends before it begins."""
    _check(dates)
    meeting = EvaluationMeeting(clinic=staff.clinic, called_by=staff.id, called_at=now)
    meeting.held_on, meeting.since, meeting.until = dates.held_on, dates.since, dates.until
    async with change():
        await meeting.save()
    return meeting


async def move(meeting: EvaluationMeeting, dates: Dates) -> None:
    """Other dates; raises Invalid for a period that ends before it begins."""
    _check(dates)
    meeting.held_on, meeting.since, meeting.until = dates.held_on, dates.since, dates.until
    async with change():
        await meeting.save()


def _check(dates: Dates) -> None:
    if dates.until < dates.since:
        raise Invalid(_("The last day lies before the first."), field="until")


async def agenda(meeting: EvaluationMeeting) -> list[Challenge]:
    """The challenges that were unsolved on the meeting's day, as they still stand in the log."""
    begins, ends = day_span(meeting.held_on)
    return await challenges.unsolved_between(meeting.clinic, begins, ends)


async def minutes(meeting: EvaluationMeeting) -> dict[str, MinuteNote]:
    """What the minutes say to each question, empty ones too, with who saved it last."""
    rows = await MinuteNote.objects(MinuteNote.saved_by).where(MinuteNote.meeting == meeting.id)
    known = {row.question: row for row in rows}
    return {question: known.get(question) or MinuteNote(question=question) for question in QUESTIONS}


async def write(
    meeting: EvaluationMeeting, staff: StaffWho, question: str, words: str, seen: int, now: datetime
) -> Saved:
    """Save the minutes on a question; `seen` is the version the writer started from."""
    text = _checked(question, words)
    async with change():
        # the meeting's update makes two who save at once wait for each other on both engines
        await EvaluationMeeting.update({EvaluationMeeting.held_on: meeting.held_on}).where(
            EvaluationMeeting.id == meeting.id
        )
        row = (
            await MinuteNote.objects().where(MinuteNote.meeting == meeting.id, MinuteNote.question == question).first()
        ) or MinuteNote(meeting=meeting.id, question=question)
        kept = text if row.version == seen else both(row.words, text)
        if kept != row.words:
            row.words, row.version = kept, row.version + 1
            row.saved_at, row.saved_by = now, staff.id
            await row.save()
    return Saved(row.words, row.version)


def _checked(question: str, words: str) -> str:
    if question not in QUESTIONS:
        raise NotFound(_("There is no such question."))
    text = words.strip()
    if len(text) > MAX_WORDS_LENGTH:
        raise Invalid(_("That is too long. Write it shorter."), field=question)
    return text


async def decide(
    meeting: EvaluationMeeting, words: str, responsible: UUID | None, due_on: date | None, now: datetime
) -> None:
    """A decision more; raises Invalid for one without words, NotFound for somebody outside the clinic."""
    text = " ".join(words.split())
    if not text:
        raise Invalid(_("Write what was decided."), field="words")
    if len(text) > MAX_DECISION_LENGTH:
        raise Invalid(_("That is too long. Write it shorter."), field="words")
    if responsible is not None:
        await team.colleague(meeting.clinic, responsible)
    row = Decision(meeting=meeting.id, words=text, responsible=responsible, due_on=due_on, written_at=now)
    async with change():
        await row.save()


async def decisions(meeting: EvaluationMeeting) -> list[Decision]:
    """What the meeting decided, in that order, with who sees to it."""
    return (
        await Decision.objects(Decision.responsible).where(Decision.meeting == meeting.id).order_by(Decision.written_at)
    )


async def left_over(meeting: EvaluationMeeting) -> list[Decision]:
    """What earlier meetings decided and nobody has done yet."""
    return (
        await Decision.objects(Decision.responsible, Decision.meeting)
        .where(Decision.meeting.clinic == meeting.clinic, Decision.meeting.held_on < meeting.held_on)
        .where(Decision.done_at.is_null())
        .order_by(Decision.written_at)
    )


async def decision_for(staff: StaffWho, decision_id: UUID) -> Decision:
    """The decision with its meeting, for staff of its clinic; raises NotFound for everybody else."""
    found = await Decision.objects(Decision.meeting).get(Decision.id == decision_id)
    if found is None or found.meeting.clinic != staff.clinic:
        raise NotFound(_("There is no such decision."))
    return found


async def mark(decision: Decision, now: datetime | None) -> None:
    """Mark the decision as done at this time; None marks it as not done."""
    async with change():
        await Decision.update({Decision.done_at: now}).where(Decision.id == decision.id)


async def drop(decision: Decision) -> None:
    """Delete the decision."""
    async with change():
        await Decision.delete().where(Decision.id == decision.id)
