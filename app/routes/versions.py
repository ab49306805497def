"""What the pages of saved versions share: the period they are of, and what differs between two."""

from collections.abc import Mapping
from datetime import date

from app.clinic.learning.figures import Filter
from app.clinic.learning.tables import Edition
from app.html import Asked
from app.routes.figures import read

Difference = tuple[str, str, str]
"""What differs, how it was, and how it is; empty where the one has no such line."""


def period_of(request: Asked, last: Edition | None, today: date) -> Filter:
    """The period the address names; otherwise the last version's, or the last twelve months."""
    if last is not None and "since" not in request.query_params:
        return Filter(last.since, last.until)
    named = read(request.query_params, today)
    return Filter(named.since, named.until)


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> list[Difference]:
    """The lines that are not the same in both, in the new one's order and then the old one's."""
    return [
        (line, old.get(line, ""), new.get(line, ""))
        for line in {**new, **old}
        if old.get(line, "") != new.get(line, "")
    ]


def number_in(request: Asked, name: str) -> int:
    """A version's number in the address; 0 when there is none."""
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 7 else 0
