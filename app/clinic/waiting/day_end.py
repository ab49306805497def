"""The end of the day: nobody waits through the evening for a clinic that has gone home (D3)."""

from datetime import datetime, time, timedelta
from uuid import UUID

from app.clinic.waiting import room
from app.clinic.waiting.patient_view import at_work
from app.clinic.waiting.tables import WAITING, Place
from app.i18n import local

EVENING, MORNING = time(18), time(6)
PATIENCE = timedelta(hours=1)


async def send_home(now: datetime) -> int:
    """From evening to morning, and once nobody works in a clinic, tell those who are left there; answers how many.

    Nobody is left for certain before an hour has passed since the last of them came, or should have had their turn: a
    clinic may open in the evening too, and its doctors be late.
    """
    if MORNING <= local(now).time() < EVENING:
        return 0
    sent = 0
    for clinic, since in (await _waited_in()).items():
        if since <= now - PATIENCE and not await at_work(clinic, now):
            sent += await room.end_day(clinic, now)
    return sent


async def _waited_in() -> dict[UUID, datetime]:
    """The clinics where somebody waits, and when the last of them came or should have had their turn."""
    last: dict[UUID, datetime] = {}
    columns = Place.clinic, Place.entered_at, Place.appointment.starts_at
    for row in await Place.select(*columns).where(Place.state == WAITING):
        times = [row["entered_at"], row["appointment.starts_at"], last.get(row["clinic"])]
        last[row["clinic"]] = max(each for each in times if each is not None)
    return last
