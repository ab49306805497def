"""Days as forms, addresses and files hold them: the ISO way a browser sends, and the ways Danes write.

Only days from 1900 to 2200 are read. Nobody means another, and the arithmetic of a calendar has room on both sides.
"""

import re
from datetime import UTC, date, datetime, time

from app.clinic.errors import Invalid
from app.clinic.people.texts import ascii_digits
from app.i18n import COPENHAGEN, _

FIRST, LAST = date(1900, 1, 1), date(2200, 12, 31)
_MONTHS = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_ENGLISH = {"may": 5, "oct": 10}
_CENTURY = 2000


def parts_of(text: str) -> tuple[str, str, str] | None:
    """Day, month and year as written, in digits: `24.12.1947`, `24/12-47`, `24. december 1947`, `1947-12-24` or
    `24121947`. None when it is not three parts."""
    parts = re.findall(r"\w+", _month_in_digits(ascii_digits(text).casefold()))
    if len(parts) == 1 and len(parts[0]) == 8 and parts[0].isdigit():
        whole = parts[0]
        return whole[:2], whole[2:4], whole[4:]
    if len(parts) != 3 or not all(part.isdigit() and part.isascii() for part in parts):
        return None
    return (parts[2], parts[1], parts[0]) if len(parts[0]) == 4 else (parts[0], parts[1], parts[2])


def _month_in_digits(text: str) -> str:
    """The text with a month's name, Danish or English, whole or short, as its number."""
    return re.sub(r"[a-z]{3,}", lambda found: str(_month(found[0])), text)


def _month(name: str) -> int | str:
    short = name[:3]
    return _MONTHS.index(short) + 1 if short in _MONTHS else _ENGLISH.get(short, name)


def day_of(text: str) -> date | None:
    """The day written, or None when it is none or lies outside 1900–2200. A year of two digits is this century's."""
    parts = parts_of(text)
    if parts is None or max(map(len, parts)) > 4:
        return None
    day, month, year = map(int, parts)
    try:
        found = date(year + (_CENTURY if len(parts[2]) == 2 else 0), month, day)
    except ValueError:
        return None
    return found if FIRST <= found <= LAST else None


def read(text: str, field: str) -> date:
    """The day written; raises Invalid naming the field."""
    day = day_of(text)
    if day is None:
        raise Invalid(_("Write the day like 31.1.2027."), field=field)
    return day


def moment_of(text: str) -> datetime | None:
    """The moment written (`2026-11-24T10:15`, also with seconds and zone, or `24.11.2026 kl. 10.15`), in UTC; without a
    zone on the Danish clock. None when it is none or lies outside 1900–2200."""
    written = ascii_digits(text.strip())
    try:
        moment: datetime | None = datetime.fromisoformat(written)
    except ValueError:
        moment = _as_danes_write(written)
    if moment is None or not FIRST < moment.date() < LAST:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=COPENHAGEN)).astimezone(UTC)


def is_within(moment: datetime) -> bool:
    """Whether it is a moment with its zone, within 1900–2200."""
    return moment.tzinfo is not None and FIRST < moment.date() < LAST


def _as_danes_write(text: str) -> datetime | None:
    found = re.fullmatch(r"(.+?)[\s,T]+(?:kl\.?\s*)?(\d{1,2})[.:](\d{2})", text)
    day = day_of(found[1]) if found else None
    if found is None or day is None or int(found[2]) > 23 or int(found[3]) > 59:
        return None
    return datetime.combine(day, time(int(found[2]), int(found[3])))
