"""The languages: gettext over one catalogue file per audience, and dates the way Danes read them.

English is written in the code; `locale/<language>/*.po` holds the rest and is read as it is, nothing is compiled. A
folder more is a language more: what its catalogues lack is said in English, and messages without phrases in Danish.
The language is a context variable set once per request, job or message.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LOCALE = Path(__file__).parent / "locale"
DEFAULT = "da"
COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def languages_in(folder: Path) -> dict[str, str]:
    """The languages that have a folder here, by Babel's code (kl, pt_BR), Danish first, each by its own name."""
    codes = sorted((path.name for path in folder.iterdir() if path.is_dir()), key=lambda code: (code != DEFAULT, code))
    return {code: (Locale.parse(code).get_display_name(code) or code).capitalize() for code in codes}


LANGUAGES = languages_in(LOCALE)

language: ContextVar[str] = ContextVar("language", default=DEFAULT)


def merged_catalogue(code: str) -> Catalog:
    """Every catalogue file of the language as one; raises ValueError when two files disagree on a text."""
    merged = Catalog(locale=code)
    for path in sorted((LOCALE / code).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=code):
                if not message.id:
                    continue
                known = merged.get(message.id)
                if known is not None and known.string != message.string:
                    raise ValueError(f"{path.name} translates {message.id!r} otherwise than another file")
                merged[message.id] = message
    return merged


@cache
def translations(code: str) -> NullTranslations:
    """The language's texts, read once."""
    catalogue = merged_catalogue(code)
    if not len(catalogue):
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def _(text: str) -> str:
    """The text in the present language."""
    return translations(language.get()).gettext(text)


def N_(text: str) -> str:
    """Mark a text of a table for translation; it is put into words when it is shown."""
    return text


def ngettext(one: str, many: str, number: int) -> str:
    """The text for this number in the present language."""
    return translations(language.get()).ngettext(one, many, number)


@contextmanager
def use_language(code: str) -> Iterator[None]:
    """Use this language inside, or the default when there is no such language."""
    token = language.set(code if code in LANGUAGES else DEFAULT)
    try:
        yield
    finally:
        language.reset(token)


def local(moment: datetime) -> datetime:
    """The moment on a Danish clock."""
    return moment.astimezone(COPENHAGEN)


def is_written_leftwards() -> bool:
    """Whether the present language runs from right to left."""
    return Locale.parse(language.get()).text_direction == "rtl"


def locale() -> str:
    """The present language's locale, for Babel: how dates and numbers are written. Its catalogue says which."""
    return _("en_GB")


def format_time(moment: datetime) -> str:
    """Hour and minute: 10.15 in Danish, 10:15 in English."""
    return dates.format_time(local(moment).time(), "short", locale=locale())


def format_date(day: date | datetime) -> str:
    """Day, month and year in words: 24. november 2026."""
    return dates.format_date(_day(day), "long", locale=locale())


def format_day(day: date | datetime) -> str:
    """Weekday, day and month: tirsdag den 24. november."""
    return dates.format_date(_day(day), _("EEEE d MMMM"), locale=locale())


def format_weekdays(first: int, last: int) -> str:
    """One weekday, or those from the first to the last; 0 is Monday: mandag–fredag."""
    names = dates.get_day_names("wide", locale=locale())
    return names[first] if first == last else f"{names[first]}–{names[last]}"


def format_month(day: date) -> str:
    """Month and year, short: nov. 2026."""
    return dates.format_date(day, "MMM yyyy", locale=locale())


def format_decimal(number: float) -> str:
    """A number with at most one decimal: 1,5 in Danish, 1.5 in English."""
    return numbers.format_decimal(round(number, 1), locale=locale())


def format_whole(number: float) -> str:
    """A number rounded to a whole one, its thousands apart: 12.300 in Danish, 12,300 in English."""
    return numbers.format_decimal(round(number), locale=locale())


def decimal_sign() -> str:
    """What stands before the decimals: a comma in Danish, a point in English."""
    return numbers.get_decimal_symbol(locale())


def _day(day: date | datetime) -> date:
    return local(day).date() if isinstance(day, datetime) else day
