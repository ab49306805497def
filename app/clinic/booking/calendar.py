"""Times of a working day: reading what was typed, what is taken, and the next free times to suggest.

All times inside are UTC; a day begins and ends on the Danish clock.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from app.clinic.booking import hours
from app.clinic.booking.hours import Span, at
from app.clinic.booking.tables import BOOKED, DONE, NOT_HELD, Appointment
from app.clinic.errors import Invalid
from app.clinic.people import days
from app.clinic.people.tables import Clinic
from app.i18n import _, local

_LOOK_AHEAD_DAYS = 14
_NIGHT = timedelta(hours=6)


def read_time(text: str) -> datetime:
    """A local time as a form sends it (2026-11-24T10:15), in UTC; raises Invalid, field `starts_at`."""
    moment = days.moment_of(text)
    if moment is None:
        raise Invalid(_("Write a date and a time."), field="starts_at")
    return moment


def overlaps(span: Span, taken: Sequence[Span]) -> bool:
    """Whether the span overlaps one of those taken; one that starts where another ends does not."""
    return any(span[0] < end and start < span[1] for start, end in taken)


def free_times(
    work: Sequence[Span], taken: Sequence[Span], minutes: int, after: datetime, count: int, *, step: int = 5
) -> list[datetime]:
    """The next free times of this length after a moment, inside these stretches of work, every `step` minutes from the
    beginning of each."""
    length, stride = timedelta(minutes=minutes), timedelta(minutes=step)
    found: list[datetime] = []
    for opens, closes in work:
        start = opens + max(0, -((opens - after) // stride)) * stride
        while start + length <= closes and len(found) < count:
            if overlaps((start, start + length), taken):
                start += stride
            else:
                found.append(start)
                start += max(length, stride)
    return found


def day_span(day: date) -> Span:
    """Midnight to midnight on the Danish clock."""
    return at(day, time()), at(day + timedelta(days=1), time())


def working_day_began(now: datetime) -> datetime:
    """What was before this belongs to a day gone by: before midnight, and six hours ago, since a clinic may work past
    midnight."""
    return min(day_span(local(now).date())[0], now - _NIGHT)


async def of_day(clinic: UUID, day: date, staff: UUID | None = None) -> list[Appointment]:
    """The day's appointments that stand or are over (booked, done, not_held), with patient, staff and type, by time."""
    return await of_days(clinic, day, day, staff)


async def of_days(clinic: UUID, first: date, last: date, staff: UUID | None = None) -> list[Appointment]:
    """The same of several days, both included."""
    start, end = day_span(first)[0], day_span(last)[1]
    found = Appointment.objects(Appointment.patient, Appointment.staff, Appointment.type).where(
        Appointment.clinic == clinic,
        Appointment.state.is_in([BOOKED, DONE, NOT_HELD]),
        Appointment.starts_at >= start,
        Appointment.starts_at < end,
    )
    if staff is not None:
        found = found.where(Appointment.staff == staff)
    return await found.order_by(Appointment.starts_at)


async def taken_by(staff: UUID, after: datetime, until: datetime) -> list[Span]:
    """When this person is booked between two moments."""
    rows = await Appointment.select(Appointment.starts_at, Appointment.minutes).where(
        Appointment.staff == staff,
        Appointment.state == BOOKED,
        Appointment.starts_at > after - timedelta(hours=12),
        Appointment.starts_at < until,
    )
    spans = [(row["starts_at"], row["starts_at"] + timedelta(minutes=row["minutes"])) for row in rows]
    return [span for span in spans if span[1] > after]


async def suggest(clinic: UUID, staff: UUID, mode: str, minutes: int, now: datetime, count: int = 4) -> list[datetime]:
    """The person's next free times, from a quarter of an hour ahead: the patient needs a moment to get ready."""
    return await free_after(clinic, staff, mode, minutes, now + timedelta(minutes=15), count)


async def free_after(clinic: UUID, staff: UUID, mode: str, minutes: int, after: datetime, count: int) -> list[datetime]:
    """The person's next free times for this mode in their working hours, from that moment on."""
    where = await Clinic.objects().get(Clinic.id == clinic)
    assert where is not None
    first = local(after).date()
    work = await hours.spans_for(where, staff, mode, first, first + timedelta(days=_LOOK_AHEAD_DAYS))
    taken = await taken_by(staff, after, after + timedelta(days=_LOOK_AHEAD_DAYS + 1))
    return free_times(work, taken, minutes, after, count)


async def is_free(clinic: UUID, staff: UUID, mode: str, minutes: int, starts_at: datetime) -> bool:
    """Whether this very time lies in the person's working hours and is not taken."""
    return await free_after(clinic, staff, mode, minutes, starts_at, 1) == [starts_at]


async def coming(patient: UUID, now: datetime) -> list[Appointment]:
    """The patient's booked appointments from today on, with staff, by time: so that nobody is booked twice."""
    return (
        await Appointment.objects(Appointment.staff)
        .where(
            Appointment.patient == patient,
            Appointment.state == BOOKED,
            Appointment.starts_at >= day_span(local(now).date())[0],
        )
        .order_by(Appointment.starts_at)
        .limit(5)
    )


async def coming_with(staff: UUID, now: datetime) -> list[datetime]:
    """When this person's booked appointments to come begin, the next first."""
    rows = (
        await Appointment.select(Appointment.starts_at)
        .where(Appointment.staff == staff, Appointment.state == BOOKED, Appointment.starts_at >= now)
        .order_by(Appointment.starts_at)
    )
    return [row["starts_at"] for row in rows]
