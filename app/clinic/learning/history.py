"""Bringing in history: earlier meetings out of a CSV file, each row checked by itself, with a report of the refused.

Bringing in again replaces what was brought in before, so that nothing counts twice.
"""

import csv
import io
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.clinic.calls.counted_calls import whole_minutes
from app.clinic.calls.reasons import REASONS
from app.clinic.change import change
from app.clinic.errors import Invalid
from app.clinic.learning.book import month_of
from app.clinic.learning.tables import Meeting
from app.clinic.people import days, texts
from app.clinic.people.regions import region_on
from app.i18n import _, local

COLUMNS = ("ydernummer", "dato", "slags", "opstået", "udfald", "minutter", "billede", "lyd", "længere", "årsag")
REQUIRED = ("dato", "slags", "opstået", "udfald")
MAX_ROWS = 20_000
_MAX_MINUTES = 12 * 60

WORDS: Mapping[str, Mapping[str, str]] = {
    "slags": {"konsultation": "consultation", "konference": "conference"},
    "opstået": {"planlagt": "planned", "straks": "instant", "åben": "open"},
    "udfald": {
        "gennemført": "completed",
        "telefon": "by_phone",
        "ikke gennemført": "not_completed",
        "udeblevet": "no_show",
    },
    "billede": {"": "", "godt": "good", "dårligt": "bad"},
    "lyd": {"": "", "godt": "good", "dårligt": "bad"},
    "længere": {"": "", "ja": "yes", "nej": "no"},
    "årsag": {"": "", **{reason.csv: reason.key for reason in REASONS}},
}
"""What may stand in each column of words, and what it means."""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not brought in: its line in the file, and why."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How many meetings were brought in, and the rows that were not."""

    entered: int
    refused: list[RefusedRow]


def decoded(file: bytes) -> str:
    """The file's text: UTF-8, or as Danish spreadsheets save it (Windows-1252)."""
    try:
        return file.decode()
    except UnicodeDecodeError:
        return file.decode("cp1252", "replace")


async def bring_in(text: str, clinics: Mapping[str, UUID], now: datetime, own: UUID | None = None) -> ImportReport:
    """Enter the file's meetings for these clinics, by provider number; rows without a number are for `own`.

    Raise Invalid when the file is of another kind. A row that is wrong is refused by itself.
    """
    try:
        lines = _lines(text)
    except csv.Error:
        raise Invalid(_("The file can't be read. Save it once more as CSV.")) from None
    good: list[tuple[UUID, Meeting]] = []
    refused = []
    for number, row in lines:
        try:
            good.append(_read(row, clinics, local(now).date(), own))
        except Invalid as error:
            refused.append(RefusedRow(number, error.words))
    async with change():
        for clinic in {clinic for clinic, _meeting in good}:
            await Meeting.delete().where(Meeting.clinic == clinic, Meeting.source == "import")
        regions: dict[tuple[UUID, date], UUID] = {}
        for clinic, meeting in good:
            place = (clinic, meeting.month)
            if place not in regions:
                regions[place] = await region_on(clinic, meeting.month)
            meeting.region = regions[place]
        for start in range(0, len(good), 100):
            await Meeting.insert(*(meeting for _clinic, meeting in good[start : start + 100]))
    return ImportReport(len(good), refused)


def _lines(text: str) -> list[tuple[int, dict[str, str]]]:
    """The rows with their line numbers; separated by semicolons or commas, as the first line says."""
    plain = unicodedata.normalize("NFC", text.removeprefix("\ufeff"))
    first = plain.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(plain, newline=""), delimiter=";" if ";" in first else ",")
    names = [(name or "").strip().casefold() for name in reader.fieldnames or []]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise Invalid(_("The first line must name the columns. Missing: %(names)s.") % {"names": ", ".join(missing)})
    rows: list[tuple[int, dict[str, str]]] = []
    for row in reader:
        if len(rows) == MAX_ROWS:
            raise Invalid(_("The file is too long. Bring in at most %(rows)s rows at a time.") % {"rows": MAX_ROWS})
        fields = {(name or "").strip().casefold(): value for name, value in row.items() if isinstance(value, str)}
        if any(value.strip() for value in fields.values()):
            rows.append((reader.line_num, {name: texts.tidy(fields.get(name, "")) for name in COLUMNS}))
    return rows


def _read(row: Mapping[str, str], clinics: Mapping[str, UUID], today: date, own: UUID | None) -> tuple[UUID, Meeting]:
    clinic = clinics.get(row["ydernummer"]) if row["ydernummer"] else own
    if clinic is None:
        raise Invalid(_("The provider number is not one of yours."))
    held_on = _day(row["dato"], today)
    words = {column: _word(column, row[column]) for column in WORDS}
    outcome = words["udfald"]
    if words["årsag"] and outcome != "not_completed":
        raise Invalid(_("Only a meeting that was not completed has a reason."))
    if outcome != "completed" and (words["billede"] or words["lyd"] or words["længere"]):
        raise Invalid(_("Picture, sound and length are said of completed meetings only."))
    seconds = _seconds(row["minutter"], outcome)
    return clinic, Meeting(
        clinic=clinic,
        source="import",
        held_on=held_on,
        month=month_of(held_on),
        kind=words["slags"],
        origin=words["opstået"],
        outcome=outcome,
        because=words["årsag"],
        seconds=seconds,
        minutes=whole_minutes(seconds),
        picture=words["billede"],
        sound=words["lyd"],
        longer=words["længere"],
    )


def _day(text: str, today: date) -> date:
    day = days.day_of(text)
    if day is None:
        raise Invalid(_("The date must be written like 2019-06-01."))
    if not date(2000, 1, 1) <= day <= today:
        raise Invalid(_("The date must be in the past, after the year 2000."))
    return day


def _word(column: str, text: str) -> str:
    known = WORDS[column]
    if text.casefold() not in known:
        allowed = ", ".join(word for word in known if word)
        raise Invalid(_("“%(column)s” must be one of: %(words)s.") % {"column": column, "words": allowed})
    return known[text.casefold()]


def _seconds(text: str, outcome: str) -> int | None:
    """Return the length in seconds, from minutes with a decimal comma or point."""
    if not text:
        return None
    minutes = texts.decimal_number(text)
    if minutes is None:
        raise Invalid(_("The minutes must be a number, like 11,5."))
    if not 0 <= minutes <= _MAX_MINUTES:
        raise Invalid(_("The minutes must be between 0 and %(most)s.") % {"most": _MAX_MINUTES})
    if outcome in ("not_completed", "no_show"):
        raise Invalid(_("A meeting that was not held has no length."))
    return round(minutes * 60)
