"""A business case as it is shown and saved: the figures it rests on, its assumptions, and what comes of them (F6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from app.clinic.reporting import editions
from app.clinic.reporting.assumptions import assumptions, in_force
from app.clinic.reporting.basis import Basis
from app.clinic.reporting.business_case import PARTIES, Effect, Party, Swing, break_even, effects, net, span, swings
from app.clinic.reporting.editions import Scope
from app.clinic.reporting.estimates import Estimate
from app.clinic.reporting.tables import Edition


@dataclass(frozen=True, slots=True)
class Outcome:
    """For one of the parties: the net result a year, what each assumption makes of it, and the meetings that pay."""

    net: float
    swings: list[Swing]
    break_even: float | None

    @property
    def span(self) -> tuple[float, float]:
        """The lowest and the highest net when one assumption at a time is moved."""
        return span(self.net, self.swings)


@dataclass(frozen=True, slots=True)
class Case:
    """A complete business case. A saved one is shown as it was, even if the arithmetic changes later."""

    basis: Basis
    estimates: dict[str, Estimate]
    effects: list[Effect]
    outcomes: dict[Party, Outcome]


def worked_out(basis: Basis, estimates: Mapping[str, Estimate]) -> Case:
    """The case of these figures and assumptions."""
    values = {key: estimate.value for key, estimate in estimates.items()}
    ranges = {key: (estimate.low, estimate.high) for key, estimate in estimates.items()}
    found = effects(values, basis.codes, basis.clinics)
    outcomes: dict[Party, Outcome] = {
        party: Outcome(
            net(found, party),
            swings(values, ranges, basis.codes, basis.clinics, party),
            break_even(values, basis.codes, basis.clinics, party),
        )
        for party in PARTIES
    }
    return Case(basis, dict(estimates), found, outcomes)


def kept_in(edition: Edition) -> Case:
    """The case as it was saved."""
    return msgspec.json.decode(edition.content, type=Case)


def continued(basis: Basis, last: Edition | None) -> Case:
    """The case of this basis with the assumptions saved last, or those proposed."""
    return worked_out(basis, in_force(assumptions(basis), kept_in(last).estimates if last else {}))


async def keep(scope: Scope, began_from: int, case: Case, author: str, now: datetime) -> int:
    """Save it as the next version, and answer its number; raises Conflict."""
    period = case.basis.since, case.basis.until
    content = msgspec.json.encode(case).decode()
    return await editions.keep(scope, "business_case", began_from, period, content, author, now)
