"""The business case's assumptions (F6): what each is called, its unit, and what is proposed with its source.

What the figures can tell is proposed from them; else the national pilot's own figures; else a guess that says so.
Nothing here is a rule: people write their own values and sources over every one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.clinic.errors import Invalid
from app.clinic.learning.report import MIN_ANSWERS
from app.clinic.reporting.basis import Basis, Part
from app.clinic.reporting.business_case import CodePeriod
from app.clinic.reporting.estimates import Estimate, Origin, interval, read_number
from app.i18n import _, format_date

ENOUGH = 20
"""Meetings there must be before their shares are proposed instead of the pilot's."""
MAX_SOURCE_LENGTH = 300
MAX_VALUE = 1_000_000_000.0
_YEAR = 365.25
_SPREAD = 0.2

FIELDS = ("value", "low", "high", "source")
SECTIONS = ("activity", "clinic", "patients", "fees", "investment")


@dataclass(frozen=True, slots=True)
class Assumption:
    """One of them: its words in the present language, its unit's key, and what is proposed."""

    key: str
    section: str
    words: str
    unit: str
    proposed: Estimate
    origin: Origin

    @property
    def is_measurable(self) -> bool:
        """Whether the figures can tell it, so that it may follow them."""
        return self.key in _MEASURABLE or self.origin == "codes"


_MEASURABLE = frozenset(
    {
        *("meetings", "no_show", "completed", "by_phone", "conference", "in_person", "video_minutes"),
        *("transport_time", "transport_money", "waiting"),
    }
)


def assumptions(basis: Basis) -> list[Assumption]:
    """All of them, in the order they are shown, with what this basis proposes."""
    return [*_activity(basis), *_of_the_clinic(), *_of_patients(basis), *_of_fees(basis.codes), *_investment()]


def in_force(known: Sequence[Assumption], kept: Mapping[str, Estimate]) -> dict[str, Estimate]:
    """Return the saved estimates, or the proposed ones where they follow the figures or nothing was saved."""
    return {
        each.key: kept[each.key] if each.key in kept and not kept[each.key].follows else each.proposed for each in known
    }


def read(known: Sequence[Assumption], form: Mapping[str, str]) -> tuple[dict[str, Estimate], dict[str, str]]:
    """Read the estimates from a form; return them, and what is wrong with the others by key."""
    found, wrong = {}, {}
    for each in known:
        try:
            found[each.key] = _read(each, form)
        except Invalid as error:
            wrong[each.key] = error.words
    return found, wrong


def _read(each: Assumption, form: Mapping[str, str]) -> Estimate:
    sent = [form.get(f"{each.key}-{part}", "") for part in FIELDS]
    if each.is_measurable and form.get(f"{each.key}-follows") and as_given(sent) == form.get(f"{each.key}-was"):
        return each.proposed
    numbers = [read_number(text) for text in sent[:3]]
    value, low, high = numbers
    if value is None or low is None or high is None:
        raise Invalid(_("Write three numbers: the value, the lowest and the highest it may be."))
    if not low <= value <= high:
        raise Invalid(_("The value must lie between the lowest and the highest."))
    least, most = _limits(each.unit)
    if low < least or high > most:
        words = _("The numbers must be from %(least)s to %(most)s.")
        raise Invalid(words % {"least": f"{least:g}", "most": f"{most:.0f}"})
    source = " ".join(form.get(f"{each.key}-source", "").split())
    if not source:
        raise Invalid(_("Write where the number is from, if only that it is your own guess."))
    if len(source) > MAX_SOURCE_LENGTH:
        raise Invalid(_("Write at most %(most)s characters.") % {"most": MAX_SOURCE_LENGTH})
    return Estimate(value, low, high, source)


def as_given(fields: Sequence[str]) -> str:
    """Join an assumption's fields into one value, which the form carries to detect whether they were changed.

    A changed one no longer follows the figures, whether or not its box is still ticked.
    """
    return "|".join(fields)


def _limits(unit: str) -> tuple[float, float]:
    return {"percent": (0.0, 100.0), "years": (1.0, 50.0)}.get(unit, (0.0, MAX_VALUE))


def _guess(key: str, section: str, words: str, unit: str, numbers: tuple[float, float, float]) -> Assumption:
    source = _("A guess. Write your own number and where it is from.")
    return Assumption(key, section, words, unit, Estimate(*numbers, source), "guess")


def _measured(key: str, section: str, words: str, part: Part, otherwise: Part, fewest: int = ENOUGH) -> Assumption:
    """A share out of the figures, when they are enough; otherwise the pilot's."""
    own = part.total >= fewest
    shown = part if own else otherwise
    measured, pilots = _("Measured: %(count)s of %(total)s."), _("The pilot in 2019: %(count)s of %(total)s.")
    value, (low, high) = round(100 * shown.count / shown.total, 1), interval(shown.count, shown.total)
    source = (measured if own else pilots) % {"count": shown.count, "total": shown.total}
    return Assumption(
        key, section, words, "percent", Estimate(value, low, high, source, True), "measured" if own else "pilot"
    )


def _activity(basis: Basis) -> list[Assumption]:
    tried, agreed = basis.tried, basis.tried + basis.no_show
    missed, stayed_away = Part(basis.by_phone, tried - basis.completed), Part(basis.no_show, agreed)
    completed, conferences = Part(basis.completed, tried), Part(basis.conferences, basis.completed)
    visits = Part(basis.in_person, basis.replaced)
    return [
        _meetings(basis),
        _share_or_guess("no_show", _("Patients who do not come to a video meeting"), stayed_away, (3, 1, 6)),
        _measured("completed", "activity", _("Completed on video, of those tried"), completed, Part(56, 61)),
        _share_or_guess("by_phone", _("Completed by phone, of those not completed on video"), missed, (50, 20, 80)),
        _measured("conference", "activity", _("Conferences, of those completed"), conferences, Part(165, 272)),
        _share_or_guess("in_person", _("Completed meetings that replaced a visit"), visits, (80, 60, 95)),
        _length(basis),
    ]


def _share_or_guess(key: str, words: str, part: Part, guessed: tuple[float, float, float]) -> Assumption:
    """A share out of the figures when they are enough; the pilot has no figure for it, so otherwise a guess."""
    if part.total >= ENOUGH:
        return _measured(key, "activity", words, part, part)
    guess = _guess(key, "activity", words, "percent", guessed)
    e = guess.proposed
    return Assumption(key, "activity", words, "percent", Estimate(e.value, e.low, e.high, e.source, True), "guess")


def _meetings(basis: Basis) -> Assumption:
    words, agreed = _("Video meetings agreed on in a year"), basis.tried + basis.no_show
    if agreed < ENOUGH:
        guess = Estimate(250, 50, 600, _("A guess. Write your own number and where it is from."), True)
        return Assumption("meetings", "activity", words, "meetings", guess, "guess")
    yearly = round(agreed * _YEAR / basis.days)
    source = _("Measured: %(count)s meetings from %(since)s to %(until)s, as for a year; a fifth to either side.") % {
        "count": agreed,
        "since": format_date(basis.since),
        "until": format_date(basis.until),
    }
    ends = round(yearly * (1 - _SPREAD)), round(yearly * (1 + _SPREAD))
    return Assumption("meetings", "activity", words, "meetings", Estimate(yearly, *ends, source, True), "measured")


def _length(basis: Basis) -> Assumption:
    words, minutes = _("Length of a video meeting"), 11.5
    origin: Origin = "pilot"
    source = _("The pilot in 2019: 11½ minutes on average of 272 meetings; a fifth to either side.")
    if basis.mean_seconds is not None and basis.completed >= ENOUGH:
        minutes, origin = round(basis.mean_seconds / 60, 2), "measured"
        source = _("Measured: the mean of the meetings completed in the period; a fifth to either side.")
    ends = round(minutes * (1 - _SPREAD), 2), round(minutes * (1 + _SPREAD), 2)
    return Assumption("video_minutes", "activity", words, "minutes", Estimate(minutes, *ends, source, True), origin)


def _of_the_clinic() -> list[Assumption]:
    around, failed = _("Extra work around a video meeting"), _("Lost when a video meeting fails or goes on by phone")
    return [
        _guess("in_person_minutes", "clinic", _("Length of a visit to the clinic"), "minutes", (15, 12, 18)),
        _guess("around_minutes", "clinic", around, "minutes", (1, 0, 3)),
        _guess("failed_minutes", "clinic", failed, "minutes", (5, 2, 10)),
        _guess("no_show_in_person", "clinic", _("Patients who do not come to a visit"), "percent", (5, 3, 8)),
        _guess("no_show_minutes", "clinic", _("Lost when a patient does not come"), "minutes", (10, 5, 15)),
        _guess("staff_rate", "clinic", _("An hour of staff, with everything"), "kr_hour", (900, 600, 1200)),
    ]


def _of_patients(basis: Basis) -> list[Assumption]:
    km_source = _("The tax council's rates for driving in one's own car in 2026: 2.28 and 3.94 kr. a kilometre.")
    rate = Estimate(2.28, 2.28, 3.94, km_source)

    def answered(key: str, words: str, part: Part, pilots: int) -> Assumption:
        return _measured(key, "patients", words, part, Part(pilots, 7), MIN_ANSWERS)

    return [
        answered("transport_time", _("Patients who save time on transport"), basis.transport_time, 6),
        _guess("transport_minutes", "patients", _("Transport to the clinic and back"), "minutes", (40, 20, 80)),
        answered("waiting", _("Patients who wait less than for a visit"), basis.waiting, 4),
        _guess("waiting_minutes", "patients", _("Waiting time they save"), "minutes", (10, 5, 20)),
        _guess("time_rate", "patients", _("An hour of a patient's time"), "kr_hour", (100, 50, 200)),
        answered("transport_money", _("Patients who save money on transport"), basis.transport_money, 3),
        _guess("transport_km", "patients", _("Distance to the clinic and back"), "km", (10, 4, 30)),
        Assumption("km_rate", "patients", _("Driving a kilometre"), "kr_km", rate, "official"),
    ]


def _of_fees(codes: Sequence[CodePeriod]) -> list[Assumption]:
    """A fee for each service code that was valid in the period, and one for the visits that were replaced."""
    kinds = {
        "video": (_("Video consultation"), (150.0, 140.0, 160.0)),
        "conference": (_("Video conference"), (150.0, 140.0, 400.0)),
        "phone": (_("Phone consultation"), (30.0, 28.0, 60.0)),
    }
    visit = _fee("fee_in_person", _("Visit to the clinic"), (150.0, 140.0, 160.0))
    return [
        *(_fee(code.key, f"{kinds[code.kind][0]} ({code.code})", kinds[code.kind][1], code.fee) for code in codes),
        visit,
    ]


def _fee(key: str, words: str, numbers: tuple[float, float, float], known: float | None = None) -> Assumption:
    if known is not None:
        source = _("The clinic's service codes: the mean of the period's days.")
        return Assumption(key, "fees", words, "kr", Estimate(known, known, known, source, True), "codes")
    source = _("A guess. Fees change on 1 April and 1 October: write the agreement's own for the period.")
    return Assumption(key, "fees", words, "kr", Estimate(*numbers, source), "guess")


def _investment() -> list[Assumption]:
    return [
        _guess("equipment", "investment", _("Equipment for a clinic, once"), "kr", (4000, 1000, 10000)),
        _guess("training_hours", "investment", _("Starting up and learning, for a clinic, once"), "hours", (10, 4, 25)),
        _guess("lifetime", "investment", _("How long the investment lasts"), "years", (4, 3, 5)),
        _guess("running", "investment", _("Running, for a clinic"), "kr_year", (3000, 1000, 8000)),
        _guess("central_running", "investment", _("Running that the region pays, in all"), "kr_year", (0, 0, 0)),
    ]
