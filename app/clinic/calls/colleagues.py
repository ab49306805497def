"""Calls of a clinic's colleagues: which is about whom, and taking over a patient whom somebody else rings (D9)."""

from datetime import datetime
from uuid import UUID

from app.clinic.calls.call import call_in, take_back
from app.clinic.calls.tables import GOING_ON, Call
from app.clinic.change import change
from app.clinic.errors import Conflict
from app.clinic.people.who import StaffWho
from app.i18n import _


async def current_calls(clinic: UUID) -> dict[UUID, UUID]:
    """The call that rings or runs about each place."""
    rows = await Call.select(Call.id, Call.place).where(Call.clinic == clinic, Call.state.is_in([*GOING_ON]))
    return {row["place"]: row["id"] for row in rows}


async def take_over(call: Call, staff: StaffWho, now: datetime) -> Call:
    """Ring the patient instead of the colleague who does: both or neither, and the patient never loses the place.

    Raises TooLate when the patient has answered the colleague meanwhile, Conflict for one's own ring, or when one is in
    a call oneself.
    """
    if call.staff.id == staff.id:
        raise Conflict(_("You are ringing this patient yourself."))
    async with change():
        await take_back(call, staff, now)
        return await call_in(call.place.id, staff, now)
