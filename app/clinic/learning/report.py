"""The questionnaire report (F4): how many chose each answer, and how many per cent, as the pilot's tables had it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.clinic.change import change
from app.clinic.database import batched
from app.clinic.learning.questions import Question, questions
from app.clinic.learning.tables import Answer, Questionnaire
from app.clinic.people.tables import Clinic

MIN_ANSWERS = 5
"""New questionnaires are added to the clinic's report this many at a time: fewer would show single answers."""


@dataclass(frozen=True, slots=True)
class ChoiceCount:
    """One answer: how many gave it, and how many whole per cent of the question's total. None: too few to be told."""

    words: str
    count: int | None
    percent: int | None


@dataclass(frozen=True, slots=True)
class Answered:
    """One question with its answers in the order they were offered, how many answered it, and their own words."""

    question: Question
    total: int
    choices: list[ChoiceCount]
    words: list[str]


def grouped(answers: Sequence[Answered]) -> list[list[Answered]]:
    """Questions that were asked together with the same answers to choose from, as the pilot's tables had them."""
    groups: list[list[Answered]] = []
    for each in answers:
        asked, before = each.question, groups[-1][-1].question if groups else None
        together = before is not None and asked.options and not asked.many
        if together and before is not None and (before.lead, before.options) == (asked.lead, asked.options):
            groups[-1].append(each)
        else:
            groups.append([each])
    return groups


def percent(count: int, total: int) -> int:
    """Whole per cent, half a per cent up; nothing of nothing is 0."""
    return (200 * count + total) // (2 * total) if total else 0


async def release(clinic: UUID) -> None:
    """Show the clinic what was handed in since the last time, as soon as it is five patients' or more."""
    async with change():
        await _one_at_a_time(clinic)
        handed_in = await Questionnaire.select(Questionnaire.id).where(
            Questionnaire.secret_hash.is_null(),
            Questionnaire.shown.eq(False),
            Questionnaire.id.is_in(_answered_any(clinic)),
        )
        if len(handed_in) >= MIN_ANSWERS:
            for some in batched([row["id"] for row in handed_in]):
                await Questionnaire.update({Questionnaire.shown: True}).where(Questionnaire.id.is_in(some))


async def release_all() -> None:
    """The same in every clinic where something was handed in."""
    waiting = (
        await Questionnaire.select(Questionnaire.clinic)
        .distinct()
        .where(Questionnaire.secret_hash.is_null(), Questionnaire.shown.eq(False))
    )
    for row in waiting:
        await release(row["clinic"])


async def _one_at_a_time(clinic: UUID) -> None:
    """Until the surrounding change commits, nobody else counts what this clinic's patients handed in."""
    await Clinic.update({Clinic.early_minutes: Clinic.early_minutes + 0}).where(Clinic.id == clinic)


async def respondents(clinic: UUID) -> int:
    """How many patients' answers the clinic is shown."""
    found: int = await Questionnaire.count().where(Questionnaire.clinic == clinic, Questionnaire.shown.eq(True))
    return found


def _answered_any(clinic: UUID) -> Any:
    """The clinic's questionnaires with an answer, as a query within a query."""
    return Answer.select(Answer.questionnaire).where(Answer.questionnaire.clinic == clinic)


async def of_clinic(clinic: UUID) -> list[Answered]:
    """Return the report on the released answers; empty while there are none."""
    reached = [
        row["reached"]
        for row in await Questionnaire.select(Questionnaire.reached).where(
            Questionnaire.clinic == clinic, Questionnaire.shown.eq(True)
        )
    ]
    if not reached:
        return []
    rows = await Answer.select(Answer.questionnaire, Answer.question, Answer.choice, Answer.words).where(
        Answer.questionnaire.clinic == clinic,
        Answer.questionnaire.shown == True,  # noqa: E712
    )
    found = []
    for place, asked in enumerate(questions()):
        own = [row for row in rows if row["question"] == asked.key]
        seen = sum(1 for each in reached if each > place)
        found.append(_answered(asked, own, seen))
    return found


def _answered(asked: Question, rows: list[dict[str, object]], seen: int) -> Answered:
    """Per cent of those who answered; where several may be chosen, of those who saw it: to choose none is an answer."""
    answered = len({row["questionnaire"] for row in rows if row["choice"] or not asked.options})
    total = seen if asked.many else answered
    counts = [(words, sum(1 for row in rows if row["choice"] == value)) for value, words in asked.options]
    choices = [ChoiceCount(words, count, percent(count, total)) for words, count in counts]
    return Answered(asked, total, choices, sorted(str(row["words"]) for row in rows if row["words"]))
