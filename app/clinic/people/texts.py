"""Text as people type, paste and dictate it, made the one text it means: for forms, JSON, files and searches alike.

Letters come composed (NFC), so that "Å" is the same whichever keyboard wrote it. What can't be seen and only turns the
words around it (bidirectional controls, NUL and its like) is left out; nothing visible ever is.
"""

import re
import unicodedata

from app.clinic.errors import Invalid
from app.i18n import _

MAX_NAME_LENGTH = 120
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff]"
)
_FOLDED = {"æ": "ae", "ä": "ae", "ø": "oe", "ö": "oe", "å": "aa", "ß": "ss", "đ": "d", "ð": "d", "ł": "l", "þ": "th"}


def tidy(text: str) -> str:
    """The text composed and trimmed, each line break one character, without what can't be seen."""
    with_breaks = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return unicodedata.normalize("NFC", _UNSEEN.sub("", with_breaks)).strip()


def one_line(text: str) -> str:
    """A name or a title: tidy, and with single spaces."""
    return " ".join(tidy(text).split())


def ascii_digits(text: str) -> str:
    """The decimal digits of every script (Arabic-Indic, full-width, …) as 0–9; `²` and `½` are none and stay."""
    return "".join(
        str(unicodedata.decimal(each)) if not each.isascii() and unicodedata.category(each) == "Nd" else each
        for each in text
    )


def whole_number(text: str, least: int, most: int) -> int | None:
    """The whole number written, or None when there is none from `least` (0 or more) to `most`."""
    digits = ascii_digits(text.strip())
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        return None
    return number if least <= (number := int(digits)) <= most else None


def decimal_number(text: str) -> float | None:
    """The number written, with a comma or a point for the decimals, or None."""
    plain = re.sub(r"\s", "", ascii_digits(text)).replace("−", "-").replace(",", ".")
    return float(plain) if re.fullmatch(r"[+-]?[0-9]{1,12}(\.[0-9]{0,12})?", plain) else None


def folded(text: str) -> str:
    """Text as searches compare it: in small letters without accents, æ, ø and å as people without them write."""
    small = one_line(text).casefold()
    plain = "".join(_FOLDED.get(each, each) for each in small)
    return "".join(each for each in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(each))


def read_name(text: str, words: str, field: str = "name", *, longest: int = MAX_NAME_LENGTH) -> str:
    """The name as it is kept; raises Invalid in these words when it is empty or too long."""
    name = one_line(text)
    if not 1 <= len(name) <= longest:
        raise Invalid(words, field=field)
    check_for_mail(name, field)
    return name


def check_for_mail(text: str, field: str) -> None:
    """Raise Invalid for text that a mail header would decode (RFC 2047)."""
    if "=?" in text:
        raise Invalid(_("The signs =? can't stand together there."), field=field)
