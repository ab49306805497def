"""A few days of free times as a page shows them, each with the rest of its address: to book, and to move to (B4)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby

from app.clinic.booking import self_booking
from app.clinic.booking.self_booking import OnlineType, Slot
from app.clinic.errors import NotFound
from app.clinic.people.days import day_of
from app.clinic.people.tables import Clinic, Staff
from app.i18n import _, local

DAYS_SHOWN = 4


_STAMP = "%Y%m%dT%H%MZ"


@dataclass(frozen=True, slots=True)
class FreeTime:
    """A free time as a link: `path` is the rest of its address."""

    starts_at: datetime
    person: Staff
    path: str


@dataclass(frozen=True, slots=True)
class FreeDay:
    """A day with its free times."""

    date: date
    choices: list[FreeTime]


@dataclass(frozen=True, slots=True)
class ShownTimes:
    """The days of one page of times; `later` is where the next one begins, None when there are no more."""

    days: list[FreeDay]
    later: date | None


async def times_of(offer: OnlineType, clinic: Clinic, chosen: str, first: str, now: datetime) -> ShownTimes:
    """A few days of free times from that day on, with the person chosen (an id) or with everybody."""
    people = [person for person in offer.people if not chosen or str(person.id) == chosen] or list(offer.people)
    named = {person.id: person for person in people}
    slots = await self_booking.free_slots(clinic, offer.type.mode, offer.type.minutes, list(named), now)
    later_than = day_of(first)
    days = [
        FreeDay(day, [FreeTime(slot.starts_at, named[slot.staff], _path(slot)) for slot in of_day])
        for day, of_day in groupby(slots, lambda slot: local(slot.starts_at).date())
        if later_than is None or day >= later_than
    ]
    return ShownTimes(days[:DAYS_SHOWN], days[DAYS_SHOWN].date if len(days) > DAYS_SHOWN else None)


def read_stamp(text: str) -> datetime:
    """A moment as addresses write it (20261124T0815Z); raises NotFound for anything else."""
    try:
        return datetime.strptime(text, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        raise NotFound(_("This address is cut off. Begin again from the clinic's page.")) from None


def _path(slot: Slot) -> str:
    return f"{slot.staff}/{slot.starts_at.astimezone(UTC).strftime(_STAMP)}"
