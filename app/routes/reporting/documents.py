"""What the business case's and the evaluation report's pages share: whose they are, their period, and what differs."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from app.clinic.people import texts
from app.clinic.reporting.basis import Basis
from app.clinic.reporting.business_case import Party
from app.clinic.reporting.case import Outcome
from app.clinic.reporting.editions import Scope
from app.clinic.reporting.evaluation import Told
from app.clinic.reporting.figures import Filter
from app.clinic.reporting.tables import Edition
from app.routes.reporting.figures import read
from app.web.forms import read_query
from app.web.html import Asked

Difference = tuple[str, str, str]
"""The line that differs, its old and its new text; empty where one version lacks it."""


@dataclass(frozen=True, slots=True)
class ReportScope:
    """Whose documents these are: where they are kept, who writes them, how the pages look, and the figures' source.

    `chosen` are the parts of the address that chose it among the `choices`; `basis` and `told` read the figures of a
    period, from the `first` day (None: twelve months) to the `latest` when nobody says which.
    """

    scope: Scope
    name: str
    author: str
    root: str
    layout: str
    party: Party
    latest: date
    chosen: Mapping[str, str]
    basis: Callable[[Filter], Awaitable[Basis]]
    told: Callable[[Filter, Mapping[Party, Outcome]], Awaitable[Told]]
    choices: Sequence[tuple[str, str]] = ()
    first: date | None = None

    def address(self, path: str, **parts: object) -> str:
        """The page's address with what chose the place and these parts."""
        query = urlencode({**self.chosen, **{name: str(value) for name, value in parts.items()}})
        return f"{self.root}/{path}" + (f"?{query}" if query else "")


def period_of(request: Asked, place: ReportScope, last: Edition | None) -> Filter:
    """The period the address names; otherwise the last version's, or the place's own."""
    if last is not None and "since" not in request.query_params:
        return Filter(last.since, last.until)
    named = read(read_query(request), place.latest, place.first)
    return Filter(named.since, named.until)


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> list[Difference]:
    """The lines that are not the same in both, in the new one's order and then the old one's."""
    return [
        (line, old.get(line, ""), new.get(line, ""))
        for line in {**new, **old}
        if old.get(line, "") != new.get(line, "")
    ]


def number_in(text: str) -> int:
    """A version's number as an address or form has it; 0 when there is none."""
    return texts.whole_number(text, 0, 999_999) or 0
