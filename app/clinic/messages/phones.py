"""Phone numbers as people write them, kept as E.164 and shown the way Danes read them (B3)."""

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from app.clinic.errors import Invalid
from app.clinic.people.texts import ascii_digits, tidy
from app.i18n import _

_DANISH = re.compile(r"\+45[1-9][0-9]{7}")


def read_phone(text: str) -> str:
    """The number as E.164 (`+4512345678`). Eight digits are Danish; a foreign number begins with + or 00.

    Mobile prefixes are too many to know, so any existing kind of number will do. Raises Invalid, field `phone`.
    """
    written = ascii_digits(tidy(text)).replace("\u00a0", " ")
    if written.startswith("00"):
        written = f"+{written[2:]}"
    try:
        number = phonenumbers.parse(written, "DK")
    except NumberParseException:
        raise Invalid(_explanation(), field="phone") from None
    if number.extension or not phonenumbers.is_possible_number(number) or not _exists(number):
        raise Invalid(_explanation(), field="phone")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def show_phone(phone: str) -> str:
    """`12 34 56 78` for a Danish number, `+46 8 123 456 78` for a foreign one; what can't be read is shown as it is."""
    if _DANISH.fullmatch(phone):
        return " ".join(phone[at : at + 2] for at in range(3, 11, 2))
    try:
        number = phonenumbers.parse(phone, "DK")
    except NumberParseException:
        return phone
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def _exists(number: PhoneNumber) -> bool:
    """A Danish number only needs its eight digits: new series are opened faster than lists of them are updated."""
    if number.country_code == 45:
        return _DANISH.fullmatch(phonenumbers.format_number(number, PhoneNumberFormat.E164)) is not None
    return phonenumbers.is_valid_number(number)


def _explanation() -> str:
    return _("Write a phone number: eight digits, or + and the country code for a foreign number.")
