"""The questionnaire report outside the clinics (F4): what patients of many clinics answered, and of no small group.

Each question has blocks of its own (`blocks`): in a block every answer was given by nobody or by at least the limit.
Where several answers may be chosen, so was each one not chosen. Patients' own words never leave their clinic. A month
is told of when its questionnaires are closed, else two looks would tell of the one answered between them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from app.clinic.learning.practice_tables import Programme
from app.clinic.learning.questionnaire import ASK_WITHIN, KEPT_FOR
from app.clinic.learning.questions import Question, questions
from app.clinic.learning.report import Answered, ChoiceCount, percent
from app.clinic.learning.tables import Answer
from app.clinic.people.who import EvaluatorWho
from app.clinic.reporting import figures, outside, programme_figures
from app.clinic.reporting.blocks import ANY, Block, Mark, Place, blocks_of, generalised, renamed, total_of, within
from app.clinic.reporting.figures import Filter
from app.clinic.reporting.outside import LIMIT
from app.clinic.reporting.programme_figures import Cells, Members, Part
from app.i18n import _

_YES, _NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class _Said:
    """How many patients of a month gave an answer, or reached a question. `clinic` is set only for programmes."""

    clinic: UUID | None
    place: Place
    what: str
    choice: str
    people: int


async def of_asked(who: EvaluatorWho, region: str, wanted: Filter, today: date) -> list[Answered]:
    """The report of this region (empty: of all they may see) in the whole months asked for; empty for too few."""
    really = await outside.asked(who, region, wanted, today)
    return await _report(replace(really, until=min(really.until, _closed(today))), None)


async def of_programme(programme: Programme, wanted: Filter, today: date) -> list[Answered]:
    """The report of the programme's clinics, in the whole months asked for that lie in its period."""
    asked = programme_figures.within_period(wanted, programme_figures.period(programme, today))
    asked = replace(asked, until=min(asked.until, _closed(today)))
    return await _report(asked, await programme_figures.members_of(programme))


def _closed(today: date) -> date:
    """The last day whose questionnaires nobody comes back to."""
    return outside.last_day(today - KEPT_FOR - ASK_WITHIN)


async def _report(wanted: Filter, members: Members | None) -> list[Answered]:
    of_all, seen = await _answers(), await _seen()
    of_parts: dict[Part, tuple[list[_Said], list[_Said]]] = defaultdict(lambda: ([], []))
    if members is not None:
        for index, found in enumerate((await _answers(by_clinic=True), await _seen(by_clinic=True))):
            for each in found:
                if each.clinic is not None and each.clinic in members.part_of:
                    of_parts[members.part_of[each.clinic]][index].append(each)
    told = []
    for place, asked in enumerate(questions()):
        whole = _cells(of_all, seen, asked, place)
        names = generalised(total_of(whole.values()), LIMIT)
        since, last = figures.whole_months(wanted.since, wanted.until)
        chosen, _crossing = within(blocks_of(whole, names, LIMIT), wanted.regions, since, last)
        if members is not None:
            parts: Cells = {
                part: {at: renamed(cell, names) for at, cell in _cells(*said, asked, place).items()}
                for part, said in of_parts.items()
            }
            safe = [block for block in chosen if programme_figures.is_safe(block, parts, LIMIT)]
            here = [part for part in members.inside if part in parts]
            chosen = [programme_figures.inside_of(block, parts, here) for block in safe]
        told.append(_answered(asked, total_of(chosen), names))
    return [each for each in told if each.total]


async def _answers(*, by_clinic: bool = False) -> list[_Said]:
    where, inside = _grouped(by_clinic)
    rows = await Answer.raw(
        f"SELECT {where}, question AS what, choice, COUNT(*) AS people FROM answer a "  # noqa: S608
        f"JOIN questionnaire q ON q.id = a.questionnaire WHERE choice <> '' {inside} GROUP BY {where}, question, choice"
    )
    return [_read(row) for row in rows]


async def _seen(*, by_clinic: bool = False) -> list[_Said]:
    where, inside = _grouped(by_clinic)
    rows = await Answer.raw(
        f"SELECT {where}, reached AS what, COUNT(*) AS people FROM questionnaire q "  # noqa: S608
        f"WHERE EXISTS (SELECT 1 FROM answer a WHERE a.questionnaire = q.id) {inside} GROUP BY {where}, reached"
    )
    return [_read(row) for row in rows]


def _grouped(by_clinic: bool) -> tuple[str, str]:
    """The columns to group by, and the condition: all there are, or each clinic that ever was in a programme."""
    if not by_clinic:
        return "q.region, q.month", ""
    return "q.clinic, q.region, q.month", "AND q.clinic IN (SELECT clinic FROM programme_clinic)"


def _read(row: Mapping[str, Any]) -> _Said:
    clinic = figures.as_uuid(row["clinic"]) if "clinic" in row else None
    place = figures.as_uuid(row["region"]), figures.as_date(row["month"])
    return _Said(clinic, place, str(row["what"]), row.get("choice", ""), int(row["people"]))


def _cells(answers: Iterable[_Said], seen: Iterable[_Said], asked: Question, place: int) -> dict[Place, Block]:
    """One question's answers by region and month."""
    said = [each for each in answers if each.what == asked.key]
    if asked.many:
        said = _counted_of_all(said, [each for each in seen if int(each.what) > place], asked)
    counts: dict[Place, Counter[Mark]] = defaultdict(Counter)
    for each in said:
        if each.people > 0:
            counts[each.place][each.what, each.choice] += each.people
    return {(region, month): Block(frozenset({region}), (month,), held) for (region, month), held in counts.items()}


def _counted_of_all(own: Sequence[_Said], seen: Sequence[_Said], asked: Question) -> list[_Said]:
    """Where several may be chosen: for each answer, who chose it and who saw it and did not."""
    all_who_saw: Counter[tuple[UUID | None, Place]] = Counter()
    for each in seen:
        all_who_saw[each.clinic, each.place] += each.people
    found = []
    for value, _words in asked.options:
        left = Counter(all_who_saw)
        for each in own:
            if each.choice == value:
                found.append(replace(each, what=f"{asked.key} {value}", choice=_YES))
                left[each.clinic, each.place] -= each.people
        found += [_Said(*at, f"{asked.key} {value}", _NO, people) for at, people in left.items()]
    return found


def _answered(asked: Question, counts: Mapping[Mark, int], names: Mapping[Mark, Mark]) -> Answered:
    """The counts as a report has them; answers too few to be told of stand together in a line of their own."""
    if asked.many:
        return _of_many(asked, counts, names)
    total, several = sum(counts.values()), (asked.key, ANY)
    hidden = several in names.values()
    choices = [
        _choice(words, counts.get((asked.key, value), 0), total)
        if (asked.key, value) in names.values() or not hidden
        else ChoiceCount(words, None, None)
        for value, words in asked.options
    ]
    if counts.get(several):
        choices.append(_choice(_("Several, too few each to be shown"), counts[several], total))
    return Answered(asked, total, choices, [])


def _of_many(asked: Question, counts: Mapping[Mark, int], names: Mapping[Mark, Mark]) -> Answered:
    families = [f"{asked.key} {value}" for value, _words in asked.options]
    total = sum(number for mark, number in counts.items() if mark[0] == families[0])
    choices = [
        ChoiceCount(words, None, None)
        if (family, ANY) in names.values()
        else _choice(words, counts.get((family, _YES), 0), total)
        for family, (_value, words) in zip(families, asked.options, strict=True)
    ]
    return Answered(asked, total, choices, [])


def _choice(words: str, count: int, total: int) -> ChoiceCount:
    return ChoiceCount(words, count, percent(count, total))
