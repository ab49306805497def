"""The evaluation report (F5): MAST's seven domains as the pilot named them, with figures, and words only people have.

MAST is the Model for Assessment of Telemedicine. A saved report keeps its figures with the words they had that day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

import msgspec

from app.clinic.calls.reasons import REASONS
from app.clinic.errors import Invalid
from app.clinic.learning.report import Answered
from app.clinic.reporting import editions
from app.clinic.reporting.business_case import Party
from app.clinic.reporting.case import Outcome
from app.clinic.reporting.editions import Scope
from app.clinic.reporting.figures import Figures
from app.clinic.reporting.tables import Edition
from app.i18n import _

MAX_WORDS_LENGTH = 4000

Unit = Literal["number", "percent", "minutes", "kr"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure in words of its own. A share is in per cent of `total`; a net result has its lowest and highest."""

    words: str
    value: float
    unit: Unit = "number"
    count: int | None = None
    total: int | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Domain:
    """A part of the report: its name, what it is about, and the fields to be written, as (key, question)."""

    key: str
    name: str
    about: str
    fields: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Told:
    """What the figures of a period are told from. The last two are empty outside a clinic."""

    found: Figures
    outcomes: Mapping[Party, Outcome]
    answers: Sequence[Answered] = ()
    solved: Mapping[str, int] = field(default_factory=dict)
    instead_of: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """A whole report: its period, each domain's figures, and what people wrote, by field."""

    since: date
    until: date
    facts: dict[str, list[Fact]]
    words: dict[str, str]


def domains() -> list[Domain]:
    """Return all parts in reading order, in the current language: method, the seven domains, and the conclusion."""
    return [
        Domain("frame", _("Purpose and method"), _("What was tried, with whom, and how it was followed."), [
            ("purpose", _("What did you want to find out?")),
            ("method", _("How did you go about it, and who took part?")),
        ]),
        *_first_three(),
        *_last_four(),
        Domain("conclusion", _("Conclusion"), _("What the seven domains say together."), [
            ("conclusion", _("What is your conclusion?")),
            ("next", _("What do you recommend, and who does what now?")),
        ]),
    ]  # fmt: skip


def _first_three() -> list[Domain]:
    return [
        Domain("technology", _("Technology"), _("Whether picture, sound and connection could bear the conversation."), [
            ("technology", _("What worked, and what did not?")),
            ("technology_next", _("What must be changed?")),
        ]),
        Domain("safety", _("Safety"), _("Whether patients were as safe as at a visit."), [
            ("safety", _("Were there incidents or doubts? How were they handled?")),
        ]),
        Domain("clinical", _("Clinical effect"), _("Whether the problem was solved as well as otherwise."), [
            ("clinical", _("Which enquiries suited video, and which did not?")),
            ("clinical_next", _("What did video mean for the treatment?")),
        ]),
    ]  # fmt: skip


def _last_four() -> list[Domain]:
    return [
        Domain("patients", _("The patient's perspective"), _("What patients say, and who could not take part."), [
            ("patients", _("What do patients say in their own words?")),
            ("patients_left", _("Who could not take part, and why?")),
        ]),
        Domain("economy", _("Economy"), _("What it costs and saves; the business case has the details."), [
            ("economy", _("What surprised you in the business case?")),
        ]),
        Domain("organisation", _("Organisation"), _("What changed in the day's work."), [
            ("organisation", _("What changed in your ways of working?")),
            ("focus_group", _("What did the doctors say in the focus group?")),
        ]),
        Domain("law", _("Law"), _("Consent, confidentiality and data. Nothing is recorded; answers carry no names."), [
            ("law", _("What is settled, and what is not?")),
        ]),
    ]  # fmt: skip


def field_keys() -> list[str]:
    """Every field that can be written."""
    return [key for domain in domains() for key, _question in domain.fields]


def read_words(form: Mapping[str, str]) -> dict[str, str]:
    """What was written, by field; raises Invalid naming the first that is too long."""
    words = {key: form.get(key, "").strip() for key in field_keys()}
    for key, text in words.items():
        if len(text) > MAX_WORDS_LENGTH:
            counts = {"most": MAX_WORDS_LENGTH, "length": len(text)}
            raise Invalid(_("Write at most %(most)s characters; this is %(length)s.") % counts, field=key)
    return {key: text for key, text in words.items() if text}


def facts(told: Told) -> dict[str, list[Fact]]:
    """Each domain's figures. One that nothing is known of is left out."""
    said = {each.question.key: each for each in told.answers}
    return {
        "technology": _technology(told.found, said),
        "safety": _safety(told.found),
        "clinical": _clinical(told),
        "patients": _patients(told.found, said),
        "economy": _economy(told.outcomes),
        "organisation": _organisation(told.found),
        "law": _law(told.found, said),
    }


def _share(words: str, count: int, total: int) -> list[Fact]:
    return [Fact(words, round(100 * count / total, 1), "percent", count, total)] if total else []


def _answer(words: str, said: Mapping[str, Answered], question: str, *choices: str) -> list[Fact]:
    """The share of patients who gave one of these answers."""
    each = said.get(question)
    if each is None:
        return []
    values = [value for value, _option in each.question.options]
    counts = [each.choices[values.index(choice)].count for choice in choices]
    told = [count for count in counts if count is not None]
    return _share(words, sum(told), each.total) if len(told) == len(counts) else []


def _technology(found: Figures, said: Mapping[str, Answered]) -> list[Fact]:
    picture, sound = found.picture, found.sound
    missed = sum(found.reasons.values())
    return [
        *_share(_("Completed on video, of those tried"), found.outcomes.get("completed", 0), found.tried),
        *_share(
            _("Not completed because of technology"),
            sum(found.reasons.get(each.key, 0) for each in REASONS if each.is_technical),
            missed,
        ),
        *_share(_("Good picture, says staff"), picture.get("good", 0), picture.get("good", 0) + picture.get("bad", 0)),
        *_share(_("Good sound, says staff"), sound.get("good", 0), sound.get("good", 0) + sound.get("bad", 0)),
        *_answer(_("Good picture, say patients"), said, "picture", "good"),
        *_answer(_("Good sound, say patients"), said, "sound", "good"),
        *_answer(_("Patients who got through to the doctor"), said, "contact", "yes"),
        *_answer(_("Patients with other technical problems"), said, "problems", "yes"),
    ]


def _safety(found: Figures) -> list[Fact]:
    missed = sum(found.reasons.values())
    return [
        *_share(_("Went on by phone, plan B"), found.outcomes.get("by_phone", 0), found.tried),
        *_share(_("Not completed at all"), found.outcomes.get("not_completed", 0), found.tried),
        *_share(_("Of these: not suited for video"), found.reasons.get("unsuitable", 0), missed),
        *_share(_("Of these: nobody answered"), found.reasons.get("no_answer", 0), missed),
    ]


def _clinical(told: Told) -> list[Fact]:
    solved, instead = told.solved, told.instead_of
    asked, replaced = sum(solved.values()), sum(instead.values())
    return [
        *_share(_("Solved on video"), solved.get("solved", 0), asked),
        *_share(_("Needed a new time in the clinic"), solved.get("new_time", 0), asked),
        *_share(_("Replaced a visit"), instead.get("in_person", 0), replaced),
        *_share(_("Replaced a phone call"), instead.get("phone", 0), replaced),
        *_share(_("Replaced an e-mail"), instead.get("email", 0), replaced),
        *_share(_("Replaced nothing"), instead.get("nothing", 0), replaced),
    ]


def _patients(found: Figures, said: Mapping[str, Answered]) -> list[Fact]:
    agreed = found.tried + found.outcomes.get("no_show", 0)
    return [
        *_answer(_("Find it easy to use"), said, "easy", "agree_fully", "agree"),
        *_answer(_("Would recommend it"), said, "recommend", "agree_fully", "agree"),
        *_answer(_("Had help from others"), said, "help", "yes"),
        *_answer(_("Save time on transport"), said, "advantages", "transport_time"),
        *_answer(_("Save money on transport"), said, "advantages", "transport_money"),
        *_answer(_("Need less time off work"), said, "advantages", "work"),
        *_answer(_("Feel safer at home"), said, "advantages", "safer"),
        *_answer(_("See no disadvantages"), said, "disadvantages", "none"),
        *_answer(_("Waited less than for a visit"), said, "waiting", "less"),
        *_share(_("Stayed away"), found.outcomes.get("no_show", 0), agreed),
    ]


def _economy(outcomes: Mapping[Party, Outcome]) -> list[Fact]:
    words: dict[Party, str] = {
        "clinic": _("Net a year for the clinic"),
        "patients": _("Net a year for patients"),
        "region": _("Net a year for the region"),
        "society": _("Net a year for everybody together"),
    }
    return [
        Fact(words[party], round(each.net), "kr", low=round(each.span[0]), high=round(each.span[1]))
        for party, each in outcomes.items()
    ]


def _organisation(found: Figures) -> list[Fact]:
    line, longer = found.total, found.longer
    lengths = [
        (_("Mean length"), None if found.mean_seconds is None else found.mean_seconds / 60),
        (_("Median length"), found.median_minutes),
        (_("Mean waiting time"), None if found.mean_wait_s is None else found.mean_wait_s / 60),
    ]
    return [
        Fact(_("Completed video meetings"), line.completed),
        *_share(_("Consultations with patients"), line.consultations, line.completed),
        *_share(_("Conferences of several parties"), line.conferences, line.completed),
        *_share(_("Planned meetings"), line.planned, line.completed),
        *_share(_("Instant meetings"), line.instant, line.completed),
        *_share(_("From the open consultation"), line.open, line.completed),
        *(Fact(words, round(minutes, 1), "minutes") for words, minutes in lengths if minutes is not None),
        *_share(_("Took longer than usual"), longer.get("yes", 0), longer.get("yes", 0) + longer.get("no", 0)),
    ]


def _law(found: Figures, said: Mapping[str, Answered]) -> list[Fact]:
    entered = sum(found.outcomes.values())
    answered = max((each.total for each in said.values()), default=0)
    return [
        *_share(_("Meetings whose outcome is noted"), entered - found.outcomes.get("", 0), entered),
        *([Fact(_("Patients who answered, without their names"), answered)] if answered else []),
    ]


def kept_in(edition: Edition) -> EvaluationReport:
    """The report as it was saved."""
    return msgspec.json.decode(edition.content, type=EvaluationReport)


async def keep(scope: Scope, began_from: int, report: EvaluationReport, author: str, now: datetime) -> int:
    """Save it as the next version, and answer its number; raises Conflict."""
    content = msgspec.json.encode(report).decode()
    return await editions.keep(scope, "evaluation", began_from, (report.since, report.until), content, author, now)
