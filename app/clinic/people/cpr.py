"""CPR numbers (facts.md): DDMMYY and four more, with the century in the seventh digit.

Modulus 11 is never asked (numbers without it are valid since 2007), and replacement numbers with letters in the eighth
and ninth place are read as well. Those do not tell the date of birth.
"""

import re
from dataclasses import dataclass
from datetime import date

from app.clinic.errors import Invalid
from app.clinic.people.texts import ascii_digits, tidy
from app.i18n import _

_SHAPE = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})([0-9][0-9A-Z]{2}[0-9])")
_BEFORE = re.compile(r"CPR(NR|NUMMER|NUMBER|NO)?")


@dataclass(frozen=True, slots=True)
class Cpr:
    """A CPR number as ten characters; `birth_date` is None where a replacement number does not tell it."""

    number: str
    birth_date: date | None

    @property
    def formatted(self) -> str:
        """The way people write it: DDMMYY-XXXX."""
        return f"{self.number[:6]}-{self.number[6:]}"


def read(text: str, today: date) -> Cpr:
    """Read a number typed or pasted, with or without a dash or a leading "CPR:".

    Raise Invalid (field cpr) when it is no CPR number, or belongs to nobody born yet.
    """
    number = plain(text)
    if number is None:
        raise Invalid(_("A CPR number has ten characters: six for the date of birth and four more."), field="cpr")
    found = known(number)
    if found.birth_date is None and number.isdigit():
        raise Invalid(_("The first six digits of this CPR number are not a date."), field="cpr")
    if found.birth_date is not None and found.birth_date > today:
        year = {"year": found.birth_date.year}
        words = _("With this CPR number the person is born in %(year)s. Check the last four.")
        raise Invalid(words % year, field="cpr")
    return found


def plain(text: str) -> str | None:
    """The ten characters of a CPR number, or None when the text has not their shape."""
    signs = "".join(each for each in ascii_digits(tidy(text)).upper() if each.isalnum())
    number = _BEFORE.sub("", signs, count=1)
    return number if _SHAPE.fullmatch(number) else None


def known(number: str) -> Cpr:
    """Return the Cpr of ten characters, without checking that such a person can exist."""
    day, month, year = (int(number[at : at + 2]) for at in (0, 2, 4))
    try:
        born = date(_century(int(number[6]), year) + year, month, day) if number.isdigit() else None
    except ValueError:
        born = None
    return Cpr(number, born)


def _century(seventh: int, year: int) -> int:
    if seventh <= 3:
        return 1900
    if seventh in (4, 9):
        return 2000 if year <= 36 else 1900
    return 2000 if year <= 57 else 1800
