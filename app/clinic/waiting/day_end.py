"""The end of the day: nobody waits through the evening for a clinic that has gone home (D3)."""

from datetime import datetime, time
from uuid import UUID

from app.clinic.waiting import room
from app.clinic.waiting.patient_view import at_work
from app.clinic.waiting.tables import Place
from app.i18n import local

EVENING = time(18)


async def send_home(now: datetime) -> int:
    """From the evening on, and once nobody works in a clinic, tell those who are left there; answers how many."""
    if local(now).time() < EVENING:
        return 0
    sent = 0
    for clinic in await _still_waited_in():
        if not await at_work(clinic, now):
            sent += await room.end_day(clinic, now)
    return sent


async def _still_waited_in() -> list[UUID]:
    rows = await Place.select(Place.clinic).where(Place.state == "waiting").distinct()
    return [row["clinic"] for row in rows]
