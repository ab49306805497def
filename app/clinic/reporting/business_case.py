"""The business case's arithmetic (F6): what video meetings are worth a year, to whom, and how sure that is.

Pure numbers: it knows the assumptions by their keys and units, and neither where they come from nor how they are shown.
Everything is kroner a year; what somebody gains is positive. A share is in per cent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Party = Literal["clinic", "patients", "region", "society"]
PARTIES: tuple[Party, ...] = ("clinic", "patients", "region", "society")
"""Who gains or pays; society is all of them, where what one pays the other is nothing."""

Values = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class CodePeriod:
    """A service code for a kind of meeting, the part of the period (0 to 1) it was valid in, and its fee if known."""

    kind: str
    code: str
    part: float
    fee: float | None = None

    @property
    def key(self) -> str:
        """The key of the assumption that holds its fee."""
        return f"fee_{self.code}"


@dataclass(frozen=True, slots=True)
class Effect:
    """What one effect is worth to each, in kroner a year."""

    key: str
    clinic: float = 0.0
    patients: float = 0.0
    region: float = 0.0

    def to(self, party: Party) -> float:
        """Return what it is worth to one party, or to society."""
        if party == "society":
            return self.clinic + self.patients + self.region
        return float(getattr(self, party))


@dataclass(frozen=True, slots=True)
class Swing:
    """The net result when one assumption alone stands at its lowest and at its highest."""

    key: str
    at_low: float
    at_high: float

    @property
    def width(self) -> float:
        """How much the net result changes between the two."""
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True, slots=True)
class Volumes:
    """How many meetings a year go each way; `visits` are the completed ones that spared the patient a visit."""

    agreed: float
    tried: float
    consultations: float
    conferences: float
    by_phone: float
    failed: float
    visits: float

    @property
    def completed(self) -> float:
        """On video."""
        return self.consultations + self.conferences


def volumes(values: Values) -> Volumes:
    """The meetings a year, out of their number and the shares."""
    agreed = values["meetings"]
    tried = agreed * (1 - _share(values, "no_show"))
    completed = tried * _share(values, "completed")
    by_phone = (tried - completed) * _share(values, "by_phone")
    conferences = completed * _share(values, "conference")
    visits = completed * _share(values, "in_person")
    failed = tried - completed - by_phone
    return Volumes(agreed, tried, completed - conferences, conferences, by_phone, failed, visits)


def effects(values: Values, codes: Sequence[CodePeriod], clinics: int) -> list[Effect]:
    """Every effect by itself. Each is proportional to the meetings but the last two, which are for the clinics."""
    v = volumes(values)
    return [
        Effect("transport_time", patients=_hours(values, v.visits, "transport_minutes", "transport_time", "time_rate")),
        Effect("transport_money", patients=_driven(values, v)),
        Effect("waiting", patients=_hours(values, v.visits, "waiting_minutes", "waiting", "time_rate")),
        Effect("staff_time", clinic=_staff_time(values, v)),
        Effect("no_shows", clinic=_no_shows(values, v)),
        _failed(values, v),
        _fees(values, v, codes),
        Effect("investment", clinic=-clinics * _investment(values)),
        Effect("running", clinic=-clinics * values["running"], region=-values["central_running"]),
    ]


def net(found: Sequence[Effect], party: Party) -> float:
    """Return the net result for one party, or for society."""
    return sum(effect.to(party) for effect in found)


def swings(
    values: Values, ranges: Mapping[str, tuple[float, float]], codes: Sequence[CodePeriod], clinics: int, party: Party
) -> list[Swing]:
    """Vary one assumption at a time with the others fixed; the largest swing first, those without any left out."""
    found = []
    for key, ends in ranges.items():
        low, high = (net(effects({**values, key: end}, codes, clinics), party) for end in ends)
        found.append(Swing(key, low, high))
    return sorted((swing for swing in found if swing.width >= 1), key=lambda swing: (-swing.width, swing.key))


def span(base: float, found: Sequence[Swing]) -> tuple[float, float]:
    """The lowest and the highest net that one assumption alone can make of it."""
    ends = [base, *(end for swing in found for end in (swing.at_low, swing.at_high))]
    return min(ends), max(ends)


def break_even(values: Values, codes: Sequence[CodePeriod], clinics: int, party: Party) -> float | None:
    """How many meetings a year pay for the investment and the running; None when no number does, or none is needed."""
    fixed = net(effects({**values, "meetings": 0.0}, codes, clinics), party)
    each = net(effects({**values, "meetings": 1.0}, codes, clinics), party) - fixed
    return -fixed / each if each > 0 > fixed else None


def _share(values: Values, key: str) -> float:
    return values[key] / 100


def _hours(values: Values, times: float, minutes: str, share: str, rate: str) -> float:
    return times * _share(values, share) * values[minutes] / 60 * values[rate]


def _driven(values: Values, v: Volumes) -> float:
    return v.visits * _share(values, "transport_money") * values["transport_km"] * values["km_rate"]


def _staff_time(values: Values, v: Volumes) -> float:
    """Return the value of the minutes a visit takes beyond a video meeting, less the extra work around each."""
    minutes = v.visits * (values["in_person_minutes"] - values["video_minutes"]) - v.agreed * values["around_minutes"]
    return minutes / 60 * values["staff_rate"]


def _no_shows(values: Values, v: Volumes) -> float:
    """Return the value of no-shows avoided: those expected had the patients come in person, less those on video."""
    spared = v.agreed * _share(values, "in_person") * (_share(values, "no_show_in_person") - _share(values, "no_show"))
    return spared * values["no_show_minutes"] / 60 * values["staff_rate"]


def _failed(values: Values, v: Volumes) -> Effect:
    """Time lost on both sides with every meeting tried that was not completed on video."""
    hours = (v.failed + v.by_phone) * values["failed_minutes"] / 60
    return Effect("failed", clinic=-hours * values["staff_rate"], patients=-hours * values["time_rate"])


def _fees(values: Values, v: Volumes, codes: Sequence[CodePeriod]) -> Effect:
    """Fees of the meetings held, less those of what they replaced: visits, and otherwise calls by phone."""

    def fee(kind: str) -> float:
        return sum(code.part * values[code.key] for code in codes if code.kind == kind)

    held = v.completed + v.by_phone
    visits = held * _share(values, "in_person")
    paid = v.consultations * fee("video") + v.conferences * fee("conference") + v.by_phone * fee("phone")
    more = paid - visits * values["fee_in_person"] - (held - visits) * fee("phone")
    return Effect("fees", clinic=more, region=-more)


def _investment(values: Values) -> float:
    return (values["equipment"] + values["training_hours"] * values["staff_rate"]) / values["lifetime"]
