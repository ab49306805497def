"""CPR numbers (facts.md): DDMMYY and four more, with the century in the seventh digit.

Modulus 11 is never asked (numbers without it are valid since 2007), and replacement numbers with letters in the eighth
and ninth place are read as well, without a birth date when theirs can't be told.
"""

import re
from dataclasses import dataclass
from datetime import date

from app.clinic.errors import Invalid
from app.i18n import _

_SHAPE = re.compile(r"(\d{2})(\d{2})(\d{2})(\d[0-9A-Z]{2}\d)")


@dataclass(frozen=True, slots=True)
class Cpr:
    """A CPR number as ten characters; `birth_date` is None where a replacement number does not tell it."""

    number: str
    birth_date: date | None

    @property
    def formatted(self) -> str:
        """The way people write it: DDMMYY-XXXX."""
        return f"{self.number[:6]}-{self.number[6:]}"


def read(text: str) -> Cpr:
    """Read what somebody typed, with or without the dash; raises Invalid (field cpr) when it can't be one."""
    number = re.sub(r"[\s-]", "", text).upper()
    shape = _SHAPE.fullmatch(number)
    if shape is None:
        raise Invalid(_("A CPR number has ten characters: six for the date of birth and four more."), field="cpr")
    day, month, year = (int(part) for part in shape.groups()[:3])
    is_replacement = not number.isdigit()
    try:
        birth_date = date(_century(int(number[6]), year) + year, month, day)
    except ValueError:
        if not is_replacement:
            raise Invalid(_("The first six digits of this CPR number are not a date."), field="cpr") from None
        return Cpr(number, None)
    return Cpr(number, None if is_replacement else birth_date)


def _century(seventh: int, year: int) -> int:
    if seventh <= 3:
        return 1900
    if seventh in (4, 9):
        return 2000 if year <= 36 else 1900
    return 2000 if year <= 57 else 1800
