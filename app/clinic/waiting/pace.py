"""How far behind the clinic is, as honestly as it can be known (D7): from when consultations really started today.

It is a range, never a figure that pretends to be exact, and it is not said at all when there is too little to go by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.clinic.waiting.presence import GRACE, LEASE
from app.clinic.waiting.tables import WAITING, Place

LATELY = timedelta(minutes=90)
_STARTS, _MIN_STARTS = 5, 2
_ON_TIME, _LONG, _STEP = 5, 45, 5


@dataclass(frozen=True, slots=True)
class Delay:
    """Minutes behind: between `least` and `most`, both multiples of five; without `most`, at least so many.

    Both are 0 when the clinic keeps its times.
    """

    least: int
    most: int | None

    @property
    def is_on_time(self) -> bool:
        """Whether there is nothing to wait for but one's time."""
        return self.most == 0


def delay(started_late: Sequence[int], still_late: Sequence[int]) -> Delay | None:
    """From how many minutes late the latest consultations started, and how late those are who still wait.

    None when fewer than two have started lately and nobody is overdue: then nothing is known.
    """
    overdue = max(still_late, default=0)
    if len(started_late) < _MIN_STARTS:
        return Delay(_down(overdue), None) if overdue >= _ON_TIME else None
    most = max(*started_late, overdue)
    if most < _ON_TIME:
        return Delay(0, 0)
    return Delay(_down(min(started_late)), None if most > _LONG else _up(most))


async def delay_at(clinic: UUID, now: datetime) -> Delay | None:
    """Return the clinic's delay now. Patients who came late and test calls are not counted."""
    real = (Place.clinic == clinic) & Place.appointment.is_not_null()
    started = (
        await Place.select(Place.started_at, Place.entered_at, *_OF)
        .where(real, Place.started_at > now - LATELY)
        .order_by(Place.started_at, ascending=False)
        .limit(2 * _STARTS)
    )
    present = (Place.seen_at > now - LEASE - GRACE) | Place.hidden_at.is_not_null()
    waiting = (
        await Place.select(Place.entered_at, *_OF)
        .where(real, Place.state == WAITING, Place.presence != "absent", present)
        .order_by(Place.entered_at)
        .limit(4 * _STARTS)
    )
    late = [_late(row, row["started_at"]) for row in started if _is_real(row)]
    return delay(late[:_STARTS], [_late(row, now) for row in waiting if _is_real(row)])


_OF = (Place.appointment.starts_at, Place.appointment.is_test, Place.patient.is_test)


def _is_real(row: dict[str, object]) -> bool:
    return not (row["appointment.is_test"] or row["patient.is_test"])


def _late(row: dict[str, datetime], at: datetime) -> int:
    """Whole minutes from the agreed time, or the patient's coming if that was later."""
    expected = max(row["appointment.starts_at"], row["entered_at"])
    return max(0, int((at - expected).total_seconds() // 60))


def _down(minutes: int) -> int:
    return minutes // _STEP * _STEP


def _up(minutes: int) -> int:
    return -(-minutes // _STEP) * _STEP
