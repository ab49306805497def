"""The ticks on an appointment's checklist (C2): what the patient has done, kept here and seen by staff.

Ticks may come late from a phone that was offline, so each says when it was made and the newest word about a line wins.
Which lines there are is the checklist's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.clinic.booking import checklist
from app.clinic.booking.checklist import ChecklistItem
from app.clinic.booking.tables import Appointment, PreparationTick
from app.clinic.change import announce, change
from app.clinic.errors import Invalid
from app.clinic.events import AppointmentChanged
from app.i18n import _


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the checklist, and whether it is ticked."""

    line: ChecklistItem
    done: bool


async def ticks(appointment: Appointment) -> list[Tick]:
    """Every line of the appointment's checklist, in its order."""
    rows = await PreparationTick.select(PreparationTick.item).where(
        PreparationTick.appointment == appointment.id, PreparationTick.done.eq(True)
    )
    done = {row["item"] for row in rows}
    return [Tick(line, line.item in done) for line in await checklist.of(appointment)]


async def tick(appointment: Appointment, item: str, done: bool, said_at: datetime, now: datetime) -> None:
    """One line's tick or un-tick, said at `said_at` by the phone's clock (never believed to be later than `now`).

    An older word than the one we have is dropped. Raises Invalid for a line that does not exist.
    """
    if item not in {line.item for line in await checklist.of(appointment)}:
        raise Invalid(_("The checklist has no such line."), field="item")
    async with change():
        if await _say(appointment.id, item, done, min(said_at, now)):
            announce(AppointmentChanged(clinic=appointment.clinic, appointment=appointment.id))


async def tick_all(appointment: Appointment, done: Mapping[str, bool], now: datetime) -> None:
    """The whole checklist at once, as a form without JavaScript sends it."""
    lines = await checklist.of(appointment)
    async with change():
        for line in lines:
            await _say(appointment.id, line.item, done.get(line.item, False), now)
        announce(AppointmentChanged(clinic=appointment.clinic, appointment=appointment.id))


async def _say(appointment: UUID, item: str, done: bool, said_at: datetime) -> bool:
    """Store the tick if it is the newest; return whether it was. Safe when two devices first tick a line at once."""
    first = PreparationTick(appointment=appointment, item=item, done=done, said_at=said_at)
    await PreparationTick.insert(first).on_conflict(
        target=(PreparationTick.appointment, PreparationTick.item), action="DO NOTHING"
    )
    rows = await (
        PreparationTick.update({PreparationTick.done: done, PreparationTick.said_at: said_at})
        .where(
            PreparationTick.appointment == appointment, PreparationTick.item == item, PreparationTick.said_at <= said_at
        )
        .returning(PreparationTick.id)
    )
    return bool(rows)
