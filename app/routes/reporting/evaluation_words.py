"""The evaluation report in words: its figures written out, and everything a line each to compare two versions."""

from dataclasses import dataclass

from app.clinic.reporting.evaluation import Domain, EvaluationReport, Fact, domains
from app.i18n import _, format_decimal, format_whole


@dataclass(frozen=True, slots=True)
class WrittenDomain:
    """One domain with its figures as (words, value, what of) and its fields as (key, question, text)."""

    domain: Domain
    facts: list[tuple[str, str, str]]
    fields: list[tuple[str, str, str]]


def written(report: EvaluationReport) -> list[WrittenDomain]:
    """The whole report, domain by domain."""
    return [
        WrittenDomain(
            domain,
            [(fact.words, value(fact), note(fact)) for fact in report.facts.get(domain.key, [])],
            [(key, question, report.words.get(key, "")) for key, question in domain.fields],
        )
        for domain in domains()
    ]


def value(fact: Fact) -> str:
    """A figure with its unit."""
    if fact.unit == "percent":
        return f"{format_decimal(fact.value)} %"
    if fact.unit == "minutes":
        return _("%(minutes)s min.") % {"minutes": format_decimal(fact.value)}
    return _("%(kr)s kr.") % {"kr": format_whole(fact.value)} if fact.unit == "kr" else format_whole(fact.value)


def note(fact: Fact) -> str:
    """Return what a figure is a share of, or how certain it is."""
    if fact.total is not None and fact.count is not None:
        return _("%(count)s of %(total)s") % {"count": format_whole(fact.count), "total": format_whole(fact.total)}
    if fact.low is not None and fact.high is not None:
        return _("from %(low)s to %(high)s") % {"low": format_whole(fact.low), "high": format_whole(fact.high)}
    return ""


def lines(report: EvaluationReport) -> dict[str, str]:
    """Everything of a report a line each, to be compared with another's."""
    found = {}
    for part in written(report):
        for words, figure, of in part.facts:
            found[f"{part.domain.name}: {words}"] = f"{figure} ({of})" if of else figure
        for _key, question, text in part.fields:
            found[f"{part.domain.name}: {question}"] = text
    return found
