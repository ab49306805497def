"""A ring nobody answers: after a while the patient gets an SMS, since a phone in a pocket rings in no tab (D6)."""

from datetime import datetime, timedelta
from uuid import UUID

from app.clinic.calls.tables import Call
from app.clinic.change import announce, change
from app.clinic.events import CallChanged
from app.clinic.messages import outbox
from app.clinic.people import installation
from app.clinic.people.tables import Clinic, Patient

TEXT_AFTER = timedelta(seconds=20)


async def text_unanswered(now: datetime) -> int:
    """Send one SMS for each ring that has gone unanswered too long; answers how many. Safe in several processes."""
    late = await Call.select(Call.id).where(
        Call.state == "ringing", Call.rang_at <= now - TEXT_AFTER, Call.texted_at.is_null()
    )
    return sum([await _text(row["id"], now) for row in late])


async def _text(call_id: UUID, now: datetime) -> int:
    async with change():
        won = (
            await Call.update({Call.texted_at: now})
            .where(Call.id == call_id, Call.state == "ringing", Call.texted_at.is_null())
            .returning(Call.id, Call.clinic, Call.place, Call.patient)
        )
        for row in won:
            clinic = await Clinic.objects().get(Clinic.id == row["clinic"])
            patient = await Patient.objects().get(Patient.id == row["patient"])
            assert clinic is not None
            assert patient is not None
            link = f"{installation.base_url()}/waiting"
            await outbox.queue(
                clinic, "your_turn", {"link": link}, now, patient=patient, channels=("sms",), about=call_id
            )
            announce(CallChanged(row["clinic"], row["id"], row["place"]))
    return len(won)
