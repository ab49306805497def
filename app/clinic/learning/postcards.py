"""The postcard (F1): five questions to staff after every call, filled in beforehand from what the call knows.

It goes with the outcome on one sheet (E10). A sheet put off or forgotten stands on a list until it is handed in.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.clinic.booking.tables import AppointmentType
from app.clinic.calls import guests, quality
from app.clinic.calls.counted_calls import talked_s
from app.clinic.calls.outcome import OutcomeForm, record_outcome
from app.clinic.calls.reasons import reason_words
from app.clinic.calls.tables import ENDED, Call
from app.clinic.change import announce, change
from app.clinic.errors import Conflict, Invalid
from app.clinic.events import CallChanged
from app.clinic.learning.book import Postcard, enter
from app.clinic.learning.tables import Meeting
from app.clinic.people.who import StaffWho
from app.i18n import _

KINDS = ("consultation", "conference")
GOOD_OR_BAD = ("good", "bad")
YES_OR_NO = ("yes", "no")
_LATEST = 30


@dataclass(frozen=True, slots=True)
class OutcomeSheet:
    """The one sheet's answers as they stand: what was handed in before, else what the call suggests."""

    outcome: str
    reason: str
    note: str
    solved: str
    instead_of: str
    kind: str
    picture: str
    sound: str
    longer: str

    @property
    def reasons(self) -> dict[str, str]:
        """Why it may not have been held: each key with its words."""
        return reason_words()


def suggestion(call: Call, *, joined: bool = False, measured: str = "") -> OutcomeSheet:
    """Fill in the sheet from the call.

    From whether it connected, how long it was planned to be and took, whether a third party `joined`, and how its lines
    `measured`.
    """
    reason = ""
    if call.outcome == "by_phone":
        outcome = "by_phone"
    elif call.connected_at:
        outcome = "completed"
    else:
        outcome, reason = "not_completed", "connection" if call.answered_at else "no_answer"
    talked = talked_s(call)
    planned = call.appointment.minutes * 60 if call.appointment.id else None
    longer = "yes" if talked is not None and planned is not None and talked > planned else "no"
    kind = "conference" if joined else "consultation"
    picture = "bad" if measured == "bad" else "good"
    return OutcomeSheet(outcome, reason, "", "", "", kind, picture, "good", longer)


async def sheet_of(call: Call) -> OutcomeSheet:
    """The sheet of a call loaded by `calls.access`."""
    if not call.outcome_at:
        return suggestion(call, joined=await _is_conference(call), measured=await quality.measured(call.id))
    card = await Meeting.objects().get(Meeting.call == call.id)
    said = (card.kind, card.picture, card.sound, card.longer) if card else ("consultation", "", "", "")
    return OutcomeSheet(
        call.outcome, call.not_completed_because, call.outcome_note, call.solved, call.instead_of, *said
    )


async def _is_conference(call: Call) -> bool:
    """Whether one was booked, or a third party was let in."""
    booked = call.appointment.id and await AppointmentType.exists().where(
        AppointmentType.id == call.appointment.type, AppointmentType.mode == "conference"
    )
    return bool(booked) or await guests.joined(call.id)


def sheet_from(form: OutcomeForm, card: Postcard) -> OutcomeSheet:
    """Return the sheet as sent, for the form that comes back with an error."""
    said = (form.outcome, form.reason, form.note, form.solved, form.instead_of)
    return OutcomeSheet(*said, card.kind, card.picture, card.sound, card.longer)


def checked(postcard: Postcard, outcome: str) -> Postcard:
    """The postcard with what belongs to its outcome; raises Invalid naming the field that lacks."""
    kind = postcard.kind or "consultation"
    if kind not in KINDS:
        raise Invalid(_("Choose whether it was a consultation or a conference."), field="kind")
    if outcome != "completed":
        return Postcard(kind)
    for field, value, allowed, words in (
        ("picture", postcard.picture, GOOD_OR_BAD, _("Choose how the picture was.")),
        ("sound", postcard.sound, GOOD_OR_BAD, _("Choose how the sound was.")),
        ("longer", postcard.longer, YES_OR_NO, _("Choose whether it took longer than usual.")),
    ):
        if value not in allowed:
            raise Invalid(words, field=field)
    return Postcard(kind, postcard.picture, postcard.sound, postcard.longer)


async def hand_in(call: Call, staff: StaffWho, form: OutcomeForm, postcard: Postcard, now: datetime) -> None:
    """Note the outcome and the postcard, over earlier ones. Raises what `record_outcome` does, and Invalid.

    A test call is asked for its outcome alone and counts nowhere.
    """
    async with change():
        await record_outcome(call, staff, form, now, conference=postcard.kind == "conference")
        if not call.is_test:
            await enter(call.id, checked(postcard, form.outcome))


async def put_off(call: Call, now: datetime) -> None:
    """Finish the sheet later: it leaves the desk and stays on the list. Raises Conflict unless one waits."""
    async with change():
        moved = (
            await Call.update({Call.put_off_at: now})
            .where(Call.id == call.id, Call.state == ENDED, Call.outcome_at.is_null())
            .returning(Call.id)
        )
        if not moved:
            raise Conflict(_("There is no sheet to put off: the call goes on, or its outcome is noted."))
        announce(CallChanged(call.clinic, call.id, call.place.id))


async def unfinished(clinic: UUID) -> list[Call]:
    """The clinic's calls whose sheet is not handed in, the latest first, with patient and staff."""
    return (
        await Call.objects(Call.patient, Call.staff)
        .where(Call.clinic == clinic, Call.state == ENDED, Call.outcome_at.is_null())
        .order_by(Call.ended_at, ascending=False)
    )


async def count_unfinished(clinic: UUID) -> int:
    """How many sheets wait to be handed in."""
    waiting: int = await Call.count().where(Call.clinic == clinic, Call.state == ENDED, Call.outcome_at.is_null())
    return waiting


async def latest(clinic: UUID) -> list[Call]:
    """The clinic's latest calls whose sheet is handed in, with patient and staff."""
    return (
        await Call.objects(Call.patient, Call.staff)
        .where(Call.clinic == clinic, Call.state == ENDED, Call.outcome_at.is_not_null())
        .order_by(Call.ended_at, ascending=False)
        .limit(_LATEST)
    )
