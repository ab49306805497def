"""Reminders of video appointments, as long before as the clinic has chosen, each at most once (B7).

A day or more before, whoever has not begun to get ready is told how to in the reminder's place: one message, not two.
Whoever booked, moved or changed a time after its reminder was due has just been told of it and needs none. After an
outage only the latest reminder that is due goes out: nobody gets a day's reminders at once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app.clinic.booking import notices, readiness
from app.clinic.booking.tables import BOOKED, Appointment, Reminder, ReminderPlan
from app.clinic.change import change, each_alone
from app.clinic.errors import Invalid
from app.i18n import _

CHOICES = (7 * 1440, 2 * 1440, 1440, 4 * 60, 60, 15)
"""Minutes before an appointment that a clinic can choose among."""

USUAL = (1440, 15)
GOOD_TIME = 1440
"""Minutes before an appointment that leave time to get ready."""


def due(plan: Sequence[int], starts_at: datetime, told_at: datetime, now: datetime) -> int | None:
    """Which reminder (minutes before) is due now, if any, for an appointment the patient was last told of then."""
    if starts_at <= now:
        return None
    begun = [minutes for minutes in plan if told_at < starts_at - timedelta(minutes=minutes) <= now]
    return min(begun, default=None)


async def plan_of(clinic: UUID) -> tuple[int, ...]:
    """How many minutes before the clinic reminds, longest first; a day and a quarter of an hour unless it chose."""
    plan = await ReminderPlan.objects().get(ReminderPlan.clinic == clinic)
    return _read(plan.minutes) if plan else USUAL


async def set_plan(clinic: UUID, minutes: Sequence[int]) -> None:
    """Remind this long before from now on, or never; raises Invalid for a time that is no choice."""
    if not set(minutes) <= set(CHOICES):
        raise Invalid(_("Choose among the times shown."), field="minutes")
    kept = ",".join(str(each) for each in sorted(set(minutes), reverse=True))
    async with change():
        changed = await (
            ReminderPlan.update({ReminderPlan.minutes: kept})
            .where(ReminderPlan.clinic == clinic)
            .returning(ReminderPlan.id)
        )
        if not changed:
            await ReminderPlan(clinic=clinic, minutes=kept).save()


async def remind(now: datetime) -> int:
    """Queue every reminder that is due; answers how many. Safe in several processes."""
    plans = {row["clinic"]: _read(row["minutes"]) for row in await ReminderPlan.select()}
    coming = await Appointment.select(
        Appointment.id, Appointment.clinic, Appointment.starts_at, Appointment.created_at, Appointment.converted_at
    ).where(
        Appointment.state == BOOKED,
        Appointment.mode == "video",
        Appointment.origin == "planned",
        Appointment.starts_at > now,
        Appointment.starts_at <= now + timedelta(minutes=CHOICES[0]),
    )
    wanted = {}
    for row in coming:
        told_at = row["converted_at"] or row["created_at"]
        minutes = due(plans.get(row["clinic"], USUAL), row["starts_at"], told_at, now)
        if minutes is not None:
            wanted[row["id"]] = minutes
    said = {(row["appointment"], row["minutes"]) for row in await _said(list(wanted))}
    left = [(each, minutes) for each, minutes in wanted.items() if (each, minutes) not in said]
    return sum(await each_alone(left, lambda one: _remind_of(*one, now)))


async def _said(appointments: list[UUID]) -> list[dict[str, UUID | int]]:
    if not appointments:
        return []
    return await Reminder.select(Reminder.appointment, Reminder.minutes).where(Reminder.appointment.is_in(appointments))


async def _remind_of(appointment_id: UUID, minutes: int, now: datetime) -> int:
    """Queue one reminder, unless the appointment was changed or somebody reminded of it meanwhile."""
    async with change():
        standing = await (
            Appointment.update({Appointment.state: BOOKED})
            .where(Appointment.id == appointment_id, Appointment.state == BOOKED, Appointment.mode == "video")
            .returning(*Appointment.all_columns())
        )
        claimed = (Reminder.appointment == appointment_id) & (Reminder.minutes == minutes)
        if not standing or await Reminder.exists().where(claimed):
            return 0
        await Reminder(appointment=appointment_id, minutes=minutes, queued_at=now).save()
        appointment = Appointment(**standing[0])
        await notices.tell(appointment, await _words_for(appointment, minutes), now, hold=False)
    return 1


async def _words_for(appointment: Appointment, minutes: int) -> notices.Purpose:
    """Choose the message: how to get ready if there is time and nothing is ticked or tested yet, else a reminder."""
    if minutes < GOOD_TIME:
        return "reminder"
    ready = (await readiness.of([appointment]))[appointment.id]
    return "reminder" if ready.ticked or ready.device != "untried" else "preparation"


def _read(kept: str) -> tuple[int, ...]:
    return tuple(int(each) for each in kept.split(",") if each)
