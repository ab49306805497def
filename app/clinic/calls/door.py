"""What the page at somebody's door says: whether a video consultation is under way behind it (E9)."""

from uuid import UUID

from app.clinic.calls.tables import Call


async def is_busy(staff: UUID) -> bool:
    """Whether this person rings or talks to a patient now."""
    return await Call.exists().where(Call.staff == staff, Call.state.is_in(["ringing", "running"]))
