"""E-mail addresses: one check for patients, guests, staff, clinics and evaluators.

The part before @ is what ordinary mail servers take; the domain may have Danish letters, and is told to the mail server
in its ASCII form (IDNA 2008). Whether anybody reads mail there is not asked.
"""

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from app.clinic.errors import Invalid
from app.clinic.people.texts import tidy
from app.i18n import _


def read_email(text: str, field: str = "email") -> str:
    """The whole address as it is kept, its domain in small letters; raises Invalid naming the field."""
    try:
        return _checked(tidy(text).removeprefix("mailto:").strip("<>")).normalized
    except ValueError:
        raise Invalid(_("Write a whole e-mail address, like name@clinic.dk."), field=field) from None


def read_account(text: str, field: str = "email") -> str:
    """The address somebody signs in with, in small letters; raises Invalid naming the field."""
    return read_email(text, field).casefold()


def account_of(text: str) -> str:
    """Return what was typed at sign-in in the form accounts are stored in. It is not checked: the look-up does that."""
    return tidy(text).casefold()


def in_ascii(address: str) -> str:
    """The address as mail servers take it (`jens@xn--blbr-roah.dk`); raises ValueError when it is none."""
    return str(_checked(address).ascii_email)


def _checked(address: str) -> ValidatedEmail:
    """Raise ValueError for an invalid address, and for one that a mail header would decode (RFC 2047)."""
    if "=?" in address:
        raise EmailNotValidError
    return validate_email(address, check_deliverability=False, allow_smtputf8=False, strict=True)
