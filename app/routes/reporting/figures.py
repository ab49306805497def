"""The figures as a page shows them: the filter in the address, the tables, and the pictures drawn from the tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from app.clinic.calls.reasons import reason_words
from app.clinic.people import days
from app.clinic.reporting.figures import KINDS, ORIGINS, FigureRow, Figures, Filter
from app.i18n import _, format_month
from app.routes.reporting.bars import Chart, stacked
from app.web.spreadsheets import Sheet, Value

EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class ShownFigures:
    """One page of figures: the same tables are its files. Pictures are None when there is nothing to draw.

    `region` is the name that was chosen, empty for all; so is `programme` its id.
    """

    figures: Figures
    wanted: Filter
    sheets: Sequence[Sheet]
    trend: Chart | None
    regions: Chart | None
    region: str = ""
    programme: str = ""

    def address(self, path: str) -> str:
        """The path with the same filter."""
        return f"{path}?{query(self.wanted, self.region, self.programme)}"


def query(wanted: Filter, region: str = "", programme: str = "") -> str:
    """The filter as it stands in the address."""
    parts = {"since": wanted.since.isoformat(), "until": wanted.until.isoformat()}
    chosen = (("kind", wanted.kind), ("origin", wanted.origin), ("region", region), ("programme", programme))
    return urlencode(parts | {name: value for name, value in chosen if value})


def read(parameters: Mapping[str, str], today: date, first: date | None = None) -> Filter:
    """The filter out of the address; nonsense is left out. Unless it says otherwise, from the first day or twelve
    months ago until today."""
    year_ago = date(today.year - 1, today.month, 1)
    start = year_ago.replace(month=today.month + 1) if today.month < 12 else date(today.year, 1, 1)
    since = _day(parameters.get("since", ""), first or start)
    until = _day(parameters.get("until", ""), today, at_end=True)
    kind, origin = parameters.get("kind", ""), parameters.get("origin", "")
    return Filter(
        since=max(EARLIEST, min(since, until)),
        until=max(since, until),
        kind=kind if kind in KINDS else "",
        origin=origin if origin in ORIGINS else "",
    )


def _day(text: str, otherwise: date, *, at_end: bool = False) -> date:
    """A day, or a month by its first (or last) day."""
    if len(text) != len("2026-11"):
        return days.day_of(text) or otherwise
    first = days.day_of(f"{text}-01")
    if first is None:
        return otherwise
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return date.fromordinal(after.toordinal() - 1) if at_end else first


def shown(
    found: Figures,
    wanted: Filter,
    names: Mapping[UUID, str] | None = None,
    region: str = "",
    programme: str = "",
) -> ShownFigures:
    """The figures in tables and pictures; with `names` of regions, by region too."""
    sheets = [_held(found.total), _course(found)]
    if not (wanted.kind or wanted.origin):
        sheets += [sheet for sheet in (_postcards(found), _measured(found), _reasons(found)) if sheet.rows]
    by_month = [(period(months), line) for months, line in found.trend]
    sheets.append(_lines(_("By month"), _("Month"), by_month))
    by_region: list[tuple[str, FigureRow]] = []
    if names is not None:
        by_region = sorted((_region(regions, names), line) for regions, line in found.regions)
        sheets.append(_lines(_("By region"), _("Region"), by_region))
    return ShownFigures(found, wanted, sheets, _chart(by_month), _chart(by_region), region, programme)


def period(months: Sequence[date]) -> str:
    """Return a month, or the span of months counted together, in words."""
    first, last = format_month(months[0]), format_month(months[-1])
    return first if len(months) == 1 else f"{first} – {last}"


def _region(regions: frozenset[UUID], names: Mapping[UUID, str]) -> str:
    if len(regions) > 1:
        return _("Several small regions together")
    (region,) = regions
    return names.get(region, _("No region"))


def _chart(lines: Sequence[tuple[str, FigureRow]]) -> Chart | None:
    columns = [(words.removeprefix("Region "), (line.consultations, line.conferences)) for words, line in lines]
    return stacked(columns) if any(sum(parts) for _words, parts in columns) else None


def _held(line: FigureRow) -> Sheet:
    rows: list[Sequence[Value]] = [
        (_("Video consultations"), line.consultations),
        (_("Video conferences"), line.conferences),
        (_("Instant meetings"), line.instant),
        (_("Planned meetings"), line.planned),
        (_("From the open consultation"), line.open),
        (_("Completed video meetings in all"), line.completed),
    ]
    return Sheet(_("Completed video meetings"), (_("Meetings"), _("How many")), rows)


def _course(found: Figures) -> Sheet:
    outcomes = found.outcomes
    rows: list[Sequence[Value]] = [
        (_("Completed on video"), outcomes.get("completed", 0)),
        (_("Completed by phone instead"), outcomes.get("by_phone", 0)),
        (_("Not completed"), outcomes.get("not_completed", 0)),
        (_("The patient did not come"), outcomes.get("no_show", 0)),
        (_("Outcome not noted yet"), outcomes.get("", 0)),
        (_("Device tests that failed before the day"), found.caught),
        (_("Completed, per cent of those tried"), _percent(found.completion_rate)),
        (_("Mean length, minutes"), _minutes(found.mean_seconds)),
        (_("Median length, minutes"), found.median_minutes),
        (_("Mean waiting time, minutes"), _minutes(found.mean_wait_s)),
    ]
    return Sheet(_("How they went"), (_("What"), _("How many")), rows)


def _percent(part: float | None) -> float | None:
    return None if part is None else round(100 * part, 1)


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 60, 2)


def _reasons(found: Figures) -> Sheet:
    words = reason_words() | {"any": _("Several, too few each to be shown"), "": _("Not said")}
    total = sum(found.reasons.values())
    ranked = sorted(found.reasons.items(), key=lambda item: -item[1])
    rows = [(words.get(reason, reason), number, _percent(number / total)) for reason, number in ranked]
    return Sheet(_("Why they were not completed"), (_("Why"), _("How many"), _("Per cent")), rows)


def _postcards(found: Figures) -> Sheet:
    rows: list[Sequence[Value]] = []
    for family, words, values in (
        (found.picture, _("Picture"), (("good", _("Good")), ("bad", _("Bad")))),
        (found.sound, _("Sound"), (("good", _("Good")), ("bad", _("Bad")))),
        (found.longer, _("Longer than usual?"), (("no", _("No")), ("yes", _("Yes")))),
    ):
        said = sum(family.get(value, 0) for value, _label in values)
        for value, label in values:
            if said:
                rows.append((f"{words}: {label}", family.get(value, 0), _percent(family.get(value, 0) / said)))
    return Sheet(_("What staff said on the postcards"), (_("Postcard"), _("How many"), _("Per cent")), rows)


def _measured(found: Figures) -> Sheet:
    words = {"good": _("Good"), "weak": _("Weak at times"), "bad": _("Poor")}
    said = [(label, found.measured.get(verdict, 0)) for verdict, label in words.items()]
    total = sum(number for _label, number in said)
    rows = [(label, number, _percent(number / total)) for label, number in said if total]
    return Sheet(_("How the lines were, as measured"), (_("Line"), _("How many"), _("Per cent")), rows)


def _lines(title: str, first: str, lines: Sequence[tuple[str, FigureRow]]) -> Sheet:
    columns = (
        first,
        _("Consultations"),
        _("Conferences"),
        _("Instant"),
        _("Planned"),
        _("From the open consultation"),
        _("In all"),
    )
    rows = [(words, d.consultations, d.conferences, d.instant, d.planned, d.open, d.completed) for words, d in lines]
    return Sheet(title, columns, rows)
