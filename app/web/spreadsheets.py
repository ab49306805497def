"""Tables as pages show them, and the same ones as CSV and XLSX. What somebody wrote stays text in every program.

A workbook prints well: on A4, as wide as the paper, with the heads on every page.
"""

import csv
import io
import textwrap
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Response
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

Value = str | int | float | None

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
MAX_SHEET_NAME = 31
"""Excel's own limit."""
_MIN_WIDTH, _MAX_WIDTH, _PORTRAIT = 9, 50, 90
"""Widths in characters; what is wider than the last is printed on the long side."""
_PADDING = 3
_LINE_POINTS = 15
_A4 = 9
_HEADS = 2
"""A sheet's first rows: its title and its columns' names."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with its heading; a value None is one that is not shown."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Value]]


def plain(value: Value) -> str | int | float:
    """A value a spreadsheet program reads as it stands: text that looks like a formula gets an apostrophe before it."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def as_csv(sheet: Sheet) -> str:
    """One table, with a semicolon as Danish spreadsheet programs expect, and a mark for UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([plain(column) for column in sheet.columns])
    for row in sheet.rows:
        writer.writerow([_with_comma(plain(value)) for value in row])
    return "\ufeff" + text.getvalue()


def as_zip(sheets: Sequence[Sheet]) -> bytes:
    """A CSV file for each table, by its title."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, sheet in enumerate(sheets, start=1):
            archive.writestr(f"{_name(sheet.title, number)}.csv", as_csv(sheet))
    return file.getvalue()


def _with_comma(value: str | int | float) -> str | int:
    return f"{value:.2f}".replace(".", ",") if isinstance(value, float) else value


def as_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """A workbook with a sheet for each table. Text is written as text, never as a formula or a link."""
    file = io.BytesIO()
    book = Workbook(file, {"in_memory": True})
    top = {"valign": "top", "text_wrap": True, "align": "left", "indent": 1}
    words, whole = book.add_format(top), book.add_format({"valign": "top"})
    decimals = book.add_format({"valign": "top", "num_format": "0.00"})
    for number, sheet in enumerate(sheets, start=1):
        page = book.add_worksheet(_name(sheet.title, number))
        _head(book, page, sheet)
        for line, row in enumerate(sheet.rows, start=_HEADS):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    page.write_string(line, column, value, words)
                elif value is not None:
                    page.write_number(line, column, value, decimals if isinstance(value, float) else whole)
        _fit(page, sheet)
    book.close()
    return file.getvalue()


def _head(book: Workbook, page: Worksheet, sheet: Sheet) -> None:
    """The title and the columns' names, each on the side of what stands below it."""
    page.write_string(0, 0, sheet.title, book.add_format({"bold": True}))
    bold = {"bold": True, "text_wrap": True, "valign": "bottom", "bottom": 1, "align": "left", "indent": 1}
    left, right = book.add_format(bold), book.add_format({**bold, "align": "right", "indent": 0})
    for column, title in enumerate(sheet.columns):
        is_numbers = any(not isinstance(value, str | None) for value in _values(sheet, column))
        page.write_string(1, column, title, right if is_numbers else left)


def _fit(page: Worksheet, sheet: Sheet) -> None:
    """Columns as wide and lines as tall as what they hold, and the whole table as wide as the paper."""
    widths = [_width(sheet, column) for column in range(len(sheet.columns))]
    for column, width in enumerate(widths):
        page.set_column(column, column, width)
    for line, row in enumerate([sheet.columns, *sheet.rows], start=_HEADS - 1):
        page.set_row(line, _LINE_POINTS * max([1, *(_lines(value, widths[n]) for n, value in enumerate(row))]))
    page.set_paper(_A4)
    if sum(widths) > _PORTRAIT:
        page.set_landscape()
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.6, right=0.6, top=0.7, bottom=0.7)
    page.repeat_rows(0, _HEADS - 1)
    page.freeze_panes(_HEADS, 0)
    page.set_footer("&L&A&R&P / &N")


def _values(sheet: Sheet, column: int) -> list[Value]:
    return [row[column] for row in sheet.rows if column < len(row)]


def _width(sheet: Sheet, column: int) -> int:
    """As wide as the longest value and the longest word of its head; what is longer than a line is broken."""
    written = [str(value) for value in _values(sheet, column) if value is not None]
    longest = max((len(each) for each in [*written, *sheet.columns[column].split()]), default=0)
    return min(_MAX_WIDTH, max(_MIN_WIDTH, longest + _PADDING))


def _lines(value: Value, width: int) -> int:
    """How many lines this takes in a column of that width."""
    if not isinstance(value, str):
        return 1
    return sum(max(1, len(textwrap.wrap(part, width))) for part in value.splitlines())


def _name(title: str, number: int) -> str:
    """A sheet's name: short but not cut within a word, without the signs Excel refuses, and never twice the same."""
    name = " ".join("".join(sign for sign in f"{number} {title}" if sign not in "[]:*?/\\'\"<>|").split())
    if len(name) <= MAX_SHEET_NAME:
        return name
    kept = name[: MAX_SHEET_NAME + 1].rpartition(" ")[0]
    return kept if kept != str(number) else name[:MAX_SHEET_NAME]


def download(sheets: Sequence[Sheet], name: str, kind: str) -> Response[Any]:
    """The tables as a file: `kind` is csv (a file each, in a zip) or xlsx."""
    content, media_type, ending = (
        (as_xlsx(sheets), XLSX, "xlsx") if kind == "xlsx" else (as_zip(sheets), "application/zip", "zip")
    )
    headers = {"Content-Disposition": f'attachment; filename="{name}.{ending}"', "Cache-Control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)
