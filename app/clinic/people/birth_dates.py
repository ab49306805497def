"""Dates of birth as people type them on a phone: three boxes, days and months with or without a leading zero.

A year of two digits is read when it can only mean one century; otherwise we ask rather than count a wrong try.
"""

from datetime import date

from app.clinic.errors import Invalid
from app.clinic.people.texts import ascii_digits
from app.i18n import _


def read(day: str, month: str, year: str, today: date) -> date:
    """The date that was typed; raises Invalid (field birth_date) with what to write instead."""
    parts = [ascii_digits(part.strip()) for part in (day, month, year)]
    if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        raise Invalid(_("Write day, month and year in digits, for example 24 12 1947."), field="birth_date")
    try:
        born = date(_whole_year(parts[2], today), int(parts[1]), int(parts[0]))
    except ValueError:
        raise Invalid(_("There is no such date. Check day, month and year."), field="birth_date") from None
    if born > today:
        raise Invalid(_("That date has not been yet. Check the year."), field="birth_date")
    return born


def _whole_year(text: str, today: date) -> int:
    if len(text) == 4:
        return int(text)
    if len(text) == 2 and 2000 + int(text) > today.year:
        return 1900 + int(text)
    raise Invalid(_("Write the year with four digits, for example 1947."), field="birth_date")
