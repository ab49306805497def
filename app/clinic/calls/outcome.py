"""What came of a call, as staff say it right after (E10): completed or not and why, solved or not, what it replaced."""

from dataclasses import dataclass
from datetime import datetime

from app.clinic.booking.tables import Appointment
from app.clinic.calls.counted_calls import talked_s
from app.clinic.calls.reasons import reason_words
from app.clinic.calls.service_codes import Kind, suggested
from app.clinic.calls.tables import ENDED, Call
from app.clinic.change import announce, change
from app.clinic.errors import Conflict, Invalid, NotFound
from app.clinic.events import AppointmentChanged, CallChanged
from app.clinic.people.who import StaffWho
from app.i18n import _, local

OUTCOMES = ("completed", "by_phone", "not_completed")
SOLVED = ("solved", "new_time")
INSTEAD_OF = ("in_person", "phone", "email", "nothing")
_MAX_NOTE_LENGTH = 300


@dataclass(frozen=True, slots=True)
class OutcomeForm:
    """The sheet as it was sent. `reason` counts only when it was not completed, the rest only when it was."""

    outcome: str
    reason: str = ""
    note: str = ""
    solved: str = ""
    instead_of: str = ""


async def record_outcome(
    call: Call, staff: StaffWho, form: OutcomeForm, now: datetime, *, conference: bool = False
) -> None:
    """Note the outcome and its service code, over earlier ones if there are: staff may correct themselves.

    Raises Invalid naming the field, Conflict while the call is still going, NotFound for other clinics' staff.
    """
    if call.clinic != staff.clinic:
        raise NotFound(_("There is no such call."))
    form = checked(form, is_test=call.is_test)
    async with change():
        code = await _code(call, form.outcome, conference=conference)
        noted = (
            await Call.update(
                {
                    Call.outcome: form.outcome,
                    Call.not_completed_because: form.reason,
                    Call.outcome_note: form.note,
                    Call.solved: form.solved,
                    Call.instead_of: form.instead_of,
                    Call.service_code: code,
                    Call.outcome_at: now,
                }
            )
            .where(Call.id == call.id, Call.state == ENDED)
            .returning(Call.id)
        )
        if not noted:
            raise Conflict(_("The call is still going. End it first, then note what came of it."))
        announce(CallChanged(call.clinic, call.id, call.place.id))
        await _tell_appointment(call, form)


async def _code(call: Call, outcome: str, *, conference: bool) -> str:
    """The service code that fits, by the day it rang and how long they talked; none for what was not completed."""
    if outcome == "not_completed":
        return ""
    kind: Kind = "phone" if outcome == "by_phone" else "conference" if conference else "video"
    return await suggested(call.clinic, kind, local(call.rang_at).date(), (talked_s(call) or 0) // 60)


async def _tell_appointment(call: Call, form: OutcomeForm) -> None:
    """Mark the appointment as not held when its consultation was not completed, or undo that after a correction."""
    was, now_is = ("done", "not_held") if form.outcome == "not_completed" else ("not_held", "done")
    moved = (
        await Appointment.update({Appointment.state: now_is})
        .where(Appointment.id == call.appointment.id, Appointment.state == was)
        .returning(Appointment.id)
        if call.appointment.id
        else []
    )
    if moved:
        announce(AppointmentChanged(call.clinic, call.appointment.id))


def checked(form: OutcomeForm, *, is_test: bool = False) -> OutcomeForm:
    """Return the form without answers that don't belong to its outcome; raise Invalid naming a missing field.

    For a test call neither solved nor replaced is asked.
    """
    note = " ".join(form.note.split())
    if form.outcome not in OUTCOMES:
        raise Invalid(_("Choose how the consultation was held."), field="outcome")
    if len(note) > _MAX_NOTE_LENGTH:
        raise Invalid(_("Write at most 300 characters."), field="note")
    if form.outcome == "not_completed":
        if form.reason not in reason_words():
            raise Invalid(_("Choose why it was not completed."), field="because")
        return OutcomeForm(form.outcome, form.reason, note)
    if is_test:
        return OutcomeForm(form.outcome, "", note)
    if form.solved not in SOLVED:
        raise Invalid(_("Choose whether the problem is solved."), field="solved")
    if form.instead_of not in INSTEAD_OF:
        raise Invalid(_("Choose what the consultation replaced."), field="instead_of")
    return OutcomeForm(form.outcome, "", note, form.solved, form.instead_of)
