"""A call as a page shows it: what the desk's panel and the patient's screen need, and nothing more."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from app.clinic.booking import measurements
from app.clinic.booking.measurements import Reading
from app.clinic.booking.tables import Appointment
from app.clinic.calls.counted_calls import talked_s
from app.clinic.calls.service_codes import KINDS as CODE_KINDS
from app.clinic.calls.service_codes import AgreedCode, codes_of, suggestion
from app.clinic.calls.tables import ENDED, GOING_ON, RINGING, RUNNING, Call
from app.clinic.people.tables import Clinic
from app.clinic.people.who import StaffWho
from app.i18n import local


@dataclass(frozen=True, slots=True)
class CallView:
    """A call for a template. `waiting_s` counts from the ring, `talk_s` from the answer; both are whole seconds.

    `phase`: ringing, running, asking (over, and staff have not said what came of it), over.
    """

    id: UUID
    place: UUID
    phase: Literal["ringing", "running", "asking", "over"]
    patient_name: str
    patient_phone: str
    staff_id: UUID
    staff_name: str
    clinic_name: str
    plan_b_phone: str
    reason: str
    is_test: bool
    waiting_s: int
    talk_s: int
    outcome: str
    reason_not_held: str
    solved: str
    instead_of: str
    note: str
    service_code: str
    was_answered: bool
    readings: tuple[Reading, ...] = ()
    codes: tuple[AgreedCode, ...] = ()


async def view(call: Call, now: datetime) -> CallView:
    """The view of a call loaded by `calls.access`."""
    clinic = await Clinic.objects().get(Clinic.id == call.clinic)
    assert clinic is not None
    waiting_s = int((now - call.rang_at).total_seconds())
    until = call.ended_at or now
    return CallView(
        id=call.id,
        place=call.place.id,
        phase=_phase(call),
        patient_name=call.patient.name,
        patient_phone=call.patient.phone,
        staff_id=call.staff.id,
        staff_name=call.staff.name,
        clinic_name=clinic.name,
        plan_b_phone=clinic.plan_b_phone,
        reason=call.place.reason,
        is_test=call.is_test,
        waiting_s=max(0, waiting_s),
        talk_s=max(0, int((until - call.answered_at).total_seconds())) if call.answered_at else 0,
        outcome=call.outcome,
        reason_not_held=call.not_completed_because,
        solved=call.solved,
        instead_of=call.instead_of,
        note=call.outcome_note,
        service_code=call.service_code,
        was_answered=call.answered_at is not None,
        readings=await _readings(call),
        codes=await _codes(call) if call.state == ENDED and not call.is_test else (),
    )


async def _readings(call: Call) -> tuple[Reading, ...]:
    """What the patient measured before the appointment (C3); a place without one has nothing."""
    appointment = await Appointment.objects().get(Appointment.id == getattr(call.appointment, "id", call.appointment))
    return tuple((await measurements.of([appointment]))[appointment.id]) if appointment is not None else ()


async def _codes(call: Call) -> tuple[AgreedCode, ...]:
    """The service code the call would get of each kind it may have been (F8)."""
    known, day = await codes_of(call.clinic), local(call.rang_at).date()
    fitting = (suggestion(known, kind, day, (talked_s(call) or 0) // 60) for kind in CODE_KINDS)
    return tuple(code for code in fitting if code)


async def desk_call(staff: StaffWho, now: datetime) -> CallView | None:
    """What stands on this person's desk: the call they ring or hold, else their latest whose sheet waits."""
    query = Call.objects(Call.patient, Call.staff, Call.place, Call.appointment).where(
        Call.staff == staff.id, Call.clinic == staff.clinic
    )
    call = await query.where(Call.state.is_in([*GOING_ON])).first()
    if call is None:
        call = (
            await Call.objects(Call.patient, Call.staff, Call.place, Call.appointment)
            .where(Call.staff == staff.id, Call.clinic == staff.clinic)
            .where(Call.state == ENDED, Call.outcome_at.is_null(), Call.put_off_at.is_null())
            .order_by(Call.ended_at, ascending=False)
            .first()
        )
    return None if call is None else await view(call, now)


def _phase(call: Call) -> Literal["ringing", "running", "asking", "over"]:
    if call.state == RINGING:
        return "ringing"
    if call.state == RUNNING:
        return "running"
    return "asking" if call.state == ENDED and call.outcome_at is None else "over"


async def is_busy(staff: UUID) -> bool:
    """Whether this person rings or talks to a patient now; all that the page at their door says (E9)."""
    return await Call.exists().where(Call.staff == staff, Call.state.is_in([*GOING_ON]))
