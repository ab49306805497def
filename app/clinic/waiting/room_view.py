"""The open consultation as the desk shows it (D2, D3): open or closed, who answers for it, whom closing concerns."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.clinic.people.tables import Staff
from app.clinic.waiting.room import room_of
from app.clinic.waiting.tables import WAITING, Place, WaitingRoom


@dataclass(frozen=True, slots=True)
class RoomView:
    """The room's state; the counts say whom each way of closing concerns, and who has read the word to all.

    `places` is how many may wait without an appointment, 0 for as many as come.
    """

    is_open: bool
    opened_at: datetime | None
    responsible: UUID | None
    responsible_name: str
    announcement: str
    announced_at: datetime | None
    waiting_open: int
    waiting_booked: int
    have_read: int
    places: int = 0

    @property
    def waiting(self) -> int:
        """How many wait in all."""
        return self.waiting_open + self.waiting_booked


async def room_view(clinic: UUID) -> RoomView:
    """The clinic's room, counted rather than read: there may be thousands in it."""
    room: WaitingRoom = await room_of(clinic)
    responsible: Staff | None = room.responsible if room.responsible and room.responsible.id else None
    waiting = (Place.clinic == clinic) & (Place.state == WAITING)
    everybody = await Place.count().where(waiting)
    booked = await Place.count().where(waiting, Place.appointment.is_not_null()) if everybody else 0
    have_read = 0
    if everybody and room.announced_at is not None:
        have_read = await Place.count().where(waiting, Place.announcement_read_at >= room.announced_at)
    return RoomView(
        is_open=room.is_open,
        opened_at=room.opened_at,
        responsible=responsible.id if responsible else None,
        responsible_name=responsible.name if responsible else "",
        announcement=room.announcement,
        announced_at=room.announced_at,
        waiting_open=everybody - booked,
        waiting_booked=booked,
        have_read=have_read,
        places=room.places if room.is_open else 0,
    )
