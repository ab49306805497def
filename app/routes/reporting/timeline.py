"""A programme's time line for a server-rendered picture: where its months, its milestones and today lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.clinic.learning.book import month_of
from app.clinic.learning.practice_tables import Milestone, Programme

WIDTH, HEIGHT, LEFT, RIGHT, AXIS = 720, 96, 16, 704, 48
_MAX_LABELS = 6


@dataclass(frozen=True, slots=True)
class Mark:
    """A milestone by its number in the table; `state`: reached, coming or late."""

    x: float
    number: int
    state: str
    above: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """The period's beginning and end, the milestones, the first of some months, and today when it lies inside."""

    begins: float
    ends: float
    marks: list[Mark]
    months: list[tuple[float, date]]
    today: float | None
    width: int = WIDTH
    height: int = HEIGHT
    axis: int = AXIS


def state_of(milestone: Milestone, today: date) -> str:
    """Reached, late or still to come."""
    if milestone.reached_on:
        return "reached"
    return "late" if milestone.due_on < today else "coming"


def timeline(programme: Programme, milestones: Sequence[Milestone], today: date) -> Timeline:
    """Milestones before or after the period widen the picture, so that all of the plan is seen."""
    days = [programme.since, programme.until, *(each.due_on for each in milestones)]
    first, last = min(days), max(days)
    span = max(1, (last - first).days)

    def at(day: date) -> float:
        return round(LEFT + (RIGHT - LEFT) * (day - first).days / span, 1)

    marks: list[Mark] = []
    for number, each in enumerate(milestones, 1):
        near = bool(marks) and at(each.due_on) - marks[-1].x < 24
        marks.append(Mark(at(each.due_on), number, state_of(each, today), above=near and not marks[-1].above))
    months = _months(first, last)
    every = 1 + len(months) // _MAX_LABELS
    labels = [(at(month), month) for month in months[::every]]
    inside = at(today) if first <= today <= last else None
    return Timeline(at(programme.since), at(programme.until), marks, labels, inside)


def _months(first: date, last: date) -> list[date]:
    """The first day of each month that begins in between."""
    found, month = [], month_of(first)
    while month <= last:
        if month >= first:
            found.append(month)
        month = month_of(date.fromordinal(month.toordinal() + 31))
    return found
