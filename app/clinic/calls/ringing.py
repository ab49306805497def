"""A ring nobody answers: after a while the patient gets an SMS, since a phone in a pocket rings in no tab (D6)."""

from datetime import datetime, timedelta
from uuid import UUID

from app.clinic.booking import notices
from app.clinic.calls.tables import Call
from app.clinic.change import announce, change
from app.clinic.events import CallChanged
from app.clinic.messages import outbox
from app.clinic.people import installation
from app.clinic.people.tables import Clinic

TEXT_AFTER = timedelta(seconds=20)


async def text_unanswered(now: datetime) -> int:
    """Send one SMS for each ring that has gone unanswered too long; answers how many. Safe in several processes.

    It goes to the guardian who answers for the patient. Whom nothing can be sent to is not noted as texted.
    """
    late = await Call.select(Call.id).where(
        Call.state == "ringing", Call.rang_at <= now - TEXT_AFTER, Call.texted_at.is_null()
    )
    return sum([await _text(row["id"], now) for row in late])


async def _text(call_id: UUID, now: datetime) -> int:
    call = await Call.objects(Call.patient, Call.appointment).get(Call.id == call_id)
    assert call is not None
    clinic = await Clinic.objects().get(Clinic.id == call.clinic)
    assert clinic is not None
    guardian = call.appointment.guardian if call.appointment.id else None
    phone = dict(await notices.ways_to(call.patient, guardian)).get("sms")
    if phone is None:
        return 0
    async with change():
        won = (
            await Call.update({Call.texted_at: now})
            .where(Call.id == call_id, Call.state == "ringing", Call.texted_at.is_null())
            .returning(Call.id)
        )
        if won:
            values = {"link": f"{installation.base_url()}/waiting"}
            await outbox.queue(
                clinic, "your_turn", values, now,
                patient=call.patient, channels=["sms"], about=call_id, recipient=phone,
            )  # fmt: skip
            announce(CallChanged(call.clinic, call_id, call.place))
    return len(won)
