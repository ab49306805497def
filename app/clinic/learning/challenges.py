"""The challenge log (F7): what went wrong with video, noted in one click, answered, and solved.

It belongs to the clinic and says nothing of patients: facts come from `facts`, and words that name the patient or hold
a CPR number are refused.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from piccolo.columns.combination import Where

from app.clinic.calls.tables import Call
from app.clinic.change import change
from app.clinic.errors import Conflict, Invalid, NotFound
from app.clinic.learning import facts
from app.clinic.learning.facts import NamedValue, SeenAtDesk
from app.clinic.learning.practice_tables import Challenge, ChallengeAnswer, ChallengeFact
from app.clinic.messages.tables import Message
from app.clinic.people import team
from app.clinic.people.tables import Staff
from app.clinic.people.who import StaffWho
from app.i18n import _

STATUSES = ("open", "answered", "solved")
SOURCES = ("call", "message", "hand")
MAX_WORDS_LENGTH, MAX_ANSWER_LENGTH = 500, 1000
_CPR_LIKE = re.compile(r"\b\d{6}[- ]?\d{4}\b")


@dataclass(frozen=True, slots=True)
class ChallengeFilter:
    """Which challenges: of this status and source (empty: all; "unsolved": open or answered), those assigned to one."""

    status: str = "unsolved"
    source: str = ""
    assigned_to: UUID | None = None


async def note_call(call: Call, staff: StaffWho, seen: SeenAtDesk, now: datetime) -> Challenge:
    """Note that this call was a challenge, in one click; a call that is noted already leads to what was noted.

    The sheet's note about the technology comes along as its words.
    """
    about = Challenge.call == call.id
    words = "" if await _tells_of_the_patient(call.outcome_note, call.id) else call.outcome_note
    new = Challenge(clinic=staff.clinic, source="call", call=call.id, words=words)
    return await _note(new, staff, await facts.of_call(call, seen), now, about)


async def note_message(message: Message, staff: StaffWho, now: datetime) -> Challenge:
    """Note that this message was a challenge; one that is noted already leads to what was noted."""
    new = Challenge(clinic=staff.clinic, source="message", message=message.id)
    return await _note(new, staff, facts.of_message(message), now, Challenge.message == message.id)


async def note(words: str, staff: StaffWho, seen: SeenAtDesk, now: datetime) -> Challenge:
    """Note one by hand; raises Invalid for words that can't stand in the log."""
    checked = await _checked(words, MAX_WORDS_LENGTH, None, required=True)
    known = [NamedValue("desk", seen.desk[:80])] if seen.desk else []
    return await _note(Challenge(clinic=staff.clinic, source="hand", words=checked), staff, known, now)


async def _note(
    new: Challenge, staff: StaffWho, known: Sequence[NamedValue], now: datetime, about: Where | None = None
) -> Challenge:
    """Keep it; it goes to the clinic's superuser, when there is just one."""
    superusers = [each for each in await team.members(staff.clinic) if each.is_superuser]
    new.assigned_to = superusers[0].id if len(superusers) == 1 else None
    new.noted_by, new.noted_at = staff.id, now
    async with change():
        # locks the row, so two clicks at once take turns on both engines
        await Staff.update({Staff.active: True}).where(Staff.id == staff.id, Staff.active.eq(True))
        same = Challenge.objects().where(about, Challenge.status != "solved").first() if about is not None else None
        if same is not None and (noted := await same) is not None:
            return noted
        await new.save()
        for place, fact in enumerate(known):
            await ChallengeFact(challenge=new.id, place=place, name=fact.name, value=fact.value).save()
    return new


async def challenge_for(staff: StaffWho, challenge_id: UUID) -> Challenge:
    """The challenge with those it names, for staff of its clinic; raises NotFound for everybody else."""
    found = await Challenge.objects(Challenge.assigned_to, Challenge.noted_by).get(Challenge.id == challenge_id)
    if found is None or found.clinic != staff.clinic:
        raise NotFound(_("There is no such challenge."))
    return found


async def listed(clinic: UUID, wanted: ChallengeFilter) -> list[Challenge]:
    """The challenges asked for, the latest first, with those they name."""
    query = Challenge.objects(Challenge.assigned_to, Challenge.noted_by).where(Challenge.clinic == clinic)
    if wanted.status == "unsolved":
        query = query.where(Challenge.status != "solved")
    elif wanted.status:
        query = query.where(Challenge.status == wanted.status)
    if wanted.source:
        query = query.where(Challenge.source == wanted.source)
    if wanted.assigned_to is not None:
        query = query.where(Challenge.assigned_to == wanted.assigned_to)
    return await query.order_by(Challenge.noted_at, ascending=False)


async def unsolved_between(clinic: UUID, begins: datetime, ends: datetime) -> list[Challenge]:
    """What was noted before the end and not solved before the beginning, the latest first."""
    return (
        await Challenge.objects(Challenge.assigned_to, Challenge.noted_by)
        .where(Challenge.clinic == clinic, Challenge.noted_at < ends)
        .where(Challenge.solved_at.is_null() | (Challenge.solved_at >= begins))
        .order_by(Challenge.noted_at, ascending=False)
    )


async def count(clinic: UUID) -> dict[str, int]:
    """Return the number of challenges by status."""
    rows = await Challenge.select(Challenge.status).where(Challenge.clinic == clinic)
    return {status: sum(1 for row in rows if row["status"] == status) for status in STATUSES}


async def facts_of(challenges: Iterable[Challenge]) -> dict[UUID, list[NamedValue]]:
    """Each challenge's facts in order."""
    ids = [each.id for each in challenges]
    found: dict[UUID, list[NamedValue]] = {each: [] for each in ids}
    if ids:
        rows = ChallengeFact.objects().where(ChallengeFact.challenge.is_in(ids))
        for row in await rows.order_by(ChallengeFact.place):
            found[row.challenge].append(NamedValue(row.name, row.value))
    return found


async def answers_of(challenge: Challenge) -> list[ChallengeAnswer]:
    """What was answered, the earliest first, with who said it."""
    return (
        await ChallengeAnswer.objects(ChallengeAnswer.staff)
        .where(ChallengeAnswer.challenge == challenge.id)
        .order_by(ChallengeAnswer.said_at)
    )


async def describe(challenge: Challenge, words: str) -> None:
    """Set the description; raise Invalid for words that may not stand in the log."""
    challenge.words = await _checked(words, MAX_WORDS_LENGTH, challenge.call)
    async with change():
        await challenge.save([Challenge.words])


async def answer(challenge: Challenge, staff: StaffWho, words: str, now: datetime) -> None:
    """Say what helps; an open challenge is answered by it."""
    checked = await _checked(words, MAX_ANSWER_LENGTH, challenge.call, required=True)
    async with change():
        await ChallengeAnswer(challenge=challenge.id, staff=staff.id, words=checked, said_at=now).save()
        await Challenge.update({Challenge.status: "answered"}).where(
            Challenge.id == challenge.id, Challenge.status == "open"
        )


async def assign(challenge: Challenge, staff_id: UUID | None) -> None:
    """Give it to a colleague, or to nobody; raises NotFound for somebody outside the clinic."""
    if staff_id is not None:
        await team.colleague(challenge.clinic, staff_id)
    async with change():
        await Challenge.update({Challenge.assigned_to: staff_id}).where(Challenge.id == challenge.id)


async def solve(challenge: Challenge, now: datetime) -> None:
    """Mark it as solved."""
    async with change():
        await Challenge.update({Challenge.status: "solved", Challenge.solved_at: now}).where(
            Challenge.id == challenge.id, Challenge.status != "solved"
        )


async def reopen(challenge: Challenge) -> None:
    """It is one again; raises Conflict when its call or message has another by now."""
    other = Challenge.exists().where(Challenge.id != challenge.id, Challenge.status != "solved")
    about = Challenge.call == challenge.call if challenge.call else Challenge.message == challenge.message
    if (challenge.call or challenge.message) and await other.where(about):
        raise Conflict(_("There is a newer challenge about the same. Go on with that one."))
    status = "answered" if await answers_of(challenge) else "open"
    async with change():
        await Challenge.update({Challenge.status: status, Challenge.solved_at: None}).where(
            Challenge.id == challenge.id
        )


async def take_back(challenge: Challenge) -> None:
    """Undo the note; raises Conflict once somebody has answered it."""
    async with change():
        if await ChallengeAnswer.exists().where(ChallengeAnswer.challenge == challenge.id):
            raise Conflict(_("Somebody has answered it already. Mark it as solved instead."))
        await Challenge.delete().where(Challenge.id == challenge.id)


async def of_calls(calls: Iterable[Call]) -> dict[UUID, UUID]:
    """The unsolved challenge of each of these calls that has one."""
    ids = [each.id for each in calls]
    if not ids:
        return {}
    rows = await Challenge.select(Challenge.id, Challenge.call).where(
        Challenge.call.is_in(ids), Challenge.status != "solved"
    )
    return {row["call"]: row["id"] for row in rows}


async def _checked(words: str, longest: int, call: UUID | None, *, required: bool = False) -> str:
    text = words.strip()
    if required and not text:
        raise Invalid(_("Write a few words."), field="words")
    if len(text) > longest:
        raise Invalid(_("That is too long. Write it shorter."), field="words")
    if await _tells_of_the_patient(text, call):
        words = _("Leave the patient out: write about the technology only, no name and no CPR number.")
        raise Invalid(words, field="words")
    return text


async def _tells_of_the_patient(text: str, call_id: UUID | None) -> bool:
    if _CPR_LIKE.search(text):
        return True
    call = await Call.objects(Call.patient).get(Call.id == call_id) if call_id else None
    return call is not None and call.patient.name.casefold() in text.casefold()


def superusers_first(staff: Iterable[Staff]) -> list[Staff]:
    """Those a challenge can be given to."""
    return sorted(staff, key=lambda each: (not each.is_superuser, each.name))
