"""What the figures know of a period, gathered once for the business case and kept with each saved version of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from app.clinic.calls import service_codes
from app.clinic.calls.service_codes import KINDS, suggestion
from app.clinic.learning import report
from app.clinic.learning.report import Answered
from app.clinic.learning.tables import Meeting
from app.clinic.people import regions
from app.clinic.people.tables import Clinic
from app.clinic.reporting import figures
from app.clinic.reporting.business_case import CodePeriod
from app.clinic.reporting.figures import Figures, Filter

_MIN_DAYS = 28


@dataclass(frozen=True, slots=True)
class Part:
    """So many of so many."""

    count: int = 0
    total: int = 0


NOTHING = Part()


@dataclass(frozen=True, slots=True)
class Basis:
    """Counts of a period. `days` are those the meetings spread over: from the first one's month, at least four weeks.

    `replaced` are the completed meetings staff said of what they replaced, `in_person` those that replaced a visit.
    """

    since: date
    until: date
    days: int
    clinics: int
    completed: int
    by_phone: int
    not_completed: int
    no_show: int
    conferences: int
    mean_seconds: float | None
    in_person: int
    replaced: int
    transport_time: Part
    transport_money: Part
    waiting: Part
    codes: list[CodePeriod]

    @property
    def tried(self) -> int:
        """Meetings that were called, whatever came of them."""
        return self.completed + self.by_phone + self.not_completed


async def of_clinic(clinic: UUID, since: date, until: date) -> Basis:
    """The clinic's own. What patients answered is taken whole, since so few answer."""
    found = await figures.of_clinic(clinic, Filter(since, until))
    replaced = await said_of_completed("instead_of", clinic, since, until)
    visits = Part(replaced.get("in_person", 0), sum(replaced.values()))
    codes, answers = await service_codes.codes_of(clinic), await report.of_clinic(clinic)
    return of_figures(found, Filter(since, until), codes, 1, answers, visits)


def of_figures(
    found: Figures,
    wanted: Filter,
    codes: Sequence[service_codes.AgreedCode],
    clinics: int,
    answers: Sequence[Answered],
    visits: Part = NOTHING,
) -> Basis:
    """What these figures and answers tell; of several clinics they do not tell what meetings replaced."""
    first = max(wanted.since, found.trend[0][0][0]) if found.trend else wanted.since
    days = max(_MIN_DAYS, (wanted.until - first).days + 1)
    return Basis(
        since=wanted.since,
        until=wanted.until,
        days=days,
        clinics=clinics,
        completed=found.outcomes.get("completed", 0),
        by_phone=found.outcomes.get("by_phone", 0),
        not_completed=found.outcomes.get("not_completed", 0),
        no_show=found.outcomes.get("no_show", 0),
        conferences=found.total.conferences,
        mean_seconds=found.mean_seconds,
        in_person=visits.count,
        replaced=visits.total,
        transport_time=_said(answers, "advantages", "transport_time"),
        transport_money=_said(answers, "advantages", "transport_money"),
        waiting=_said(answers, "waiting", "less"),
        codes=codes_between(codes, wanted.since, wanted.until, round((found.mean_seconds or 0) / 60)),
    )


def _said(answers: Sequence[Answered], question: str, choice: str) -> Part:
    """How many of those asked gave that answer; nothing where it is not told."""
    for each in answers:
        if each.question.key == question:
            values = [value for value, _words in each.question.options]
            count = each.choices[values.index(choice)].count
            return NOTHING if count is None else Part(count, each.total)
    return NOTHING


async def said_of_completed(
    what: Literal["solved", "instead_of"], clinic: UUID, since: date, until: date
) -> dict[str, int]:
    """How often staff said each thing of a completed meeting: whether it solved the problem, or what it replaced."""
    rows = await Meeting.raw(
        f"SELECT {what} AS said, COUNT(*) AS meetings FROM meeting WHERE clinic = {{}} AND held_on >= {{}} "  # noqa: S608
        f"AND held_on <= {{}} AND outcome = 'completed' AND {what} <> '' GROUP BY {what}",
        *(clinic, since, until),
    )
    return {str(row["said"]): int(row["meetings"]) for row in rows}


async def clinics_in(named: Sequence[str]) -> int:
    """How many clinics there are in these regions now; in the whole country when none is named."""
    if not named:
        return int(await Clinic.count())
    return int(await Clinic.count().where(Clinic.region.is_in(list(await regions.ids_of(named)))))


def codes_between(
    codes: Sequence[service_codes.AgreedCode], since: date, until: date, minutes: int
) -> list[CodePeriod]:
    """Return the service codes of meetings of that length, each with the share of days it was valid.

    The days counted are those in the period with a code; a fee that changed is averaged over its days.
    """
    found = []
    for kind in KINDS:
        days = (date.fromordinal(day) for day in range(since.toordinal(), until.toordinal() + 1))
        valid = [code for day in days if (code := suggestion(codes, kind, day, minutes))]
        for name in dict.fromkeys(code.code for code in valid):
            fees = [code.fee_oere for code in valid if code.code == name]
            known = [fee for fee in fees if fee is not None]
            fee = round(sum(known) / len(known) / 100, 2) if known else None
            found.append(CodePeriod(kind, name, len(fees) / len(valid), fee))
    return found
