"""The business case in words: its tables, which are its files too, the form of its assumptions, and its picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.clinic.reporting.assumptions import FIELDS, SECTIONS, Assumption, as_given, assumptions
from app.clinic.reporting.business_case import PARTIES, Party
from app.clinic.reporting.case import Case
from app.clinic.reporting.estimates import Estimate, written
from app.i18n import _, format_whole
from app.routes.reporting.tornado import Tornado, tornado
from app.web.spreadsheets import Sheet, Value


@dataclass(frozen=True, slots=True)
class AssumptionRow:
    """One assumption in the form: the value in force, what its fields hold, and what is wrong with it.

    With it what somebody else saved meanwhile, if that differs.
    """

    about: Assumption
    estimate: Estimate
    fields: Mapping[str, str]
    error: str = ""
    theirs: str = ""


@dataclass(frozen=True, slots=True)
class ShownCase:
    """A case as the page shows it, seen from one party."""

    case: Case
    party: Party
    sheets: Sequence[Sheet]
    picture: Tornado | None
    rows: Sequence[tuple[str, Sequence[AssumptionRow]]]
    method: Sequence[tuple[str, str]]


def party_words() -> dict[Party, str]:
    """Who gains or pays."""
    return {
        "clinic": _("The clinic"),
        "patients": _("Patients"),
        "region": _("The region"),
        "society": _("Everybody together"),
    }


def section_words() -> dict[str, str]:
    """The parts of the list of assumptions."""
    return {
        "activity": _("The meetings"),
        "clinic": _("Staff's time"),
        "patients": _("Patients' time and transport"),
        "fees": _("Fees"),
        "investment": _("Investment and running"),
    }


def unit_words() -> dict[str, str]:
    """What a value is counted in."""
    return {
        "percent": _("per cent"),
        "meetings": _("meetings a year"),
        "minutes": _("minutes"),
        "hours": _("hours"),
        "years": _("years"),
        "km": _("km"),
        "kr": _("kr."),
        "kr_hour": _("kr. an hour"),
        "kr_km": _("kr. a km"),
        "kr_year": _("kr. a year"),
    }


def effect_words() -> dict[str, str]:
    """What is gained or paid."""
    return {
        "transport_time": _("Time on transport saved"),
        "transport_money": _("Money on transport saved"),
        "waiting": _("Waiting time saved"),
        "staff_time": _("Staff's time on the meetings"),
        "no_shows": _("Patients who stayed away"),
        "failed": _("Meetings that failed or went on by phone"),
        "fees": _("Fees"),
        "investment": _("Investment, spread over its years"),
        "running": _("Running"),
    }


def method_words() -> dict[str, str]:
    """How each effect is worked out."""
    return {
        "transport_time": _(
            "Meetings that replaced a visit × those who save time × transport time × a patient's hour."
        ),
        "transport_money": _("Meetings that replaced a visit × patients who save money × distance × a kilometre."),
        "waiting": _("Meetings that replaced a visit × those who wait less × time they save × a patient's hour."),
        "staff_time": _(
            "What a visit takes longer than a video meeting, less the extra work around it, × an hour of staff."
        ),
        "no_shows": _(
            "Those who would stay away from a visit, less those who did from video, × time lost × an hour of staff."
        ),
        "failed": _("Meetings tried and not completed on video × time lost, for the clinic and the patient alike."),
        "fees": _("Fees of the meetings held, less those of what they replaced: visits, and otherwise calls by phone."),
        "investment": _("Equipment, and starting up at an hour of staff, for each clinic, divided by its years."),
        "running": _("What each clinic pays in a year, and what the region pays."),
    }


def origin_words() -> dict[str, str]:
    """Where a proposed value comes from."""
    return {
        "measured": _("Measured"),
        "codes": _("From the service codes"),
        "pilot": _("From the pilot"),
        "official": _("Official rate"),
        "guess": _("A guess"),
    }


NUMBERS: Mapping[str, Any] = {"grouped": format_whole, "written": written}
"""How the templates write numbers."""


def party_of(text: str, otherwise: Party) -> Party:
    """The party an address names."""
    return next((party for party in PARTIES if party == text), otherwise)


def shown(case: Case, party: Party, rows: Sequence[AssumptionRow] = ()) -> ShownCase:
    """The case as a page shows it; with the form's rows where there is a form."""
    known = assumptions(case.basis)
    names = {each.key: each.words for each in known}
    outcome = case.outcomes[party]
    picture = tornado(outcome.net, [(names.get(swing.key, swing.key), swing) for swing in outcome.swings])
    sheets = [_result(case), _sensitivity(case, party, names), _assumed(case, known)]
    by_section = [(section, [row for row in rows if row.about.section == section]) for section in SECTIONS]
    effects = effect_words()
    method = [(effects[key], words) for key, words in method_words().items()]
    return ShownCase(case, party, sheets, picture, by_section, method)


def rows(known: Sequence[Assumption], estimates: Mapping[str, Estimate]) -> list[AssumptionRow]:
    """The form filled in with what is in force."""
    return [AssumptionRow(each, estimates[each.key], _fields(estimates[each.key])) for each in known]


def rows_back(
    known: Sequence[Assumption],
    estimates: Mapping[str, Estimate],
    form: Mapping[str, str],
    wrong: Mapping[str, str],
    theirs: Mapping[str, Estimate],
) -> list[AssumptionRow]:
    """The form as it was sent, with what is wrong and what somebody else saved meanwhile."""
    found = []
    for each in known:
        fields = {part: form.get(f"{each.key}-{part}", "") for part in (*FIELDS, "follows", "was")}
        saved, own = theirs.get(each.key), estimates[each.key]
        other = in_words(saved) if saved is not None and saved != own and each.key not in wrong else ""
        found.append(AssumptionRow(each, own, fields, wrong.get(each.key, ""), other))
    return found


def in_words(estimate: Estimate) -> str:
    """A value with its range and source, in a line."""
    return f"{written(estimate.value)} ({written(estimate.low)} – {written(estimate.high)}). {estimate.source}"


def _fields(estimate: Estimate) -> dict[str, str]:
    numbers = [written(number) for number in (estimate.value, estimate.low, estimate.high)]
    fields = dict(zip(FIELDS, (*numbers, estimate.source), strict=True))
    return fields | {"follows": "1" if estimate.follows else "", "was": as_given(list(fields.values()))}


def lines(case: Case) -> dict[str, str]:
    """Everything of a case a line each, to be compared with another's."""
    found = {
        _("Net a year: %(party)s") % {"party": party_words()[party]}: _("%(kr)s kr.")
        % {"kr": format_whole(outcome.net)}
        for party, outcome in case.outcomes.items()
    }
    for each in assumptions(case.basis):
        if each.key in case.estimates:
            found[each.words] = in_words(case.estimates[each.key])
    return found


def _result(case: Case) -> Sheet:
    words = effect_words()
    table: list[Sequence[Value]] = [
        (words.get(effect.key, effect.key), *(round(effect.to(party)) for party in PARTIES)) for effect in case.effects
    ]
    table.append((_("Net a year"), *(round(case.outcomes[party].net) for party in PARTIES)))
    table.append((_("Lowest"), *(round(case.outcomes[party].span[0]) for party in PARTIES)))
    table.append((_("Highest"), *(round(case.outcomes[party].span[1]) for party in PARTIES)))
    return Sheet(_("Net a year in kroner"), (_("Effect"), *party_words().values()), table)


def _sensitivity(case: Case, party: Party, names: Mapping[str, str]) -> Sheet:
    estimates = case.estimates
    table: list[Sequence[Value]] = [
        (
            names.get(swing.key, swing.key),
            estimates[swing.key].low,
            estimates[swing.key].high,
            round(swing.at_low),
            round(swing.at_high),
        )
        for swing in case.outcomes[party].swings
    ]
    columns = (_("Assumption"), _("Lowest"), _("Highest"), _("Net at the lowest"), _("Net at the highest"))
    return Sheet(_("One assumption moved at a time: %(party)s") % {"party": party_words()[party]}, columns, table)


def _assumed(case: Case, known: Sequence[Assumption]) -> Sheet:
    units = unit_words()
    table: list[Sequence[Value]] = []
    for each in known:
        if (estimate := case.estimates.get(each.key)) is not None:
            numbers = (estimate.value, estimate.low, estimate.high)
            table.append((each.words, *numbers, units[each.unit], estimate.source))
    columns = (_("Assumption"), _("Value"), _("Lowest"), _("Highest"), _("Unit"), _("Source"))
    return Sheet(_("Assumptions"), columns, table)
