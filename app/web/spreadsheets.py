"""Tables as pages show them, and the same ones as CSV and XLSX. What somebody wrote stays text in every program."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from litestar import Response

Value = str | int | float | None

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
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


def as_csv(sheets: Sequence[Sheet]) -> str:
    """All tables under each other, with a semicolon as Danish spreadsheet programs expect, and a mark for UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    for number, sheet in enumerate(sheets):
        if number:
            writer.writerow([])
        writer.writerow([plain(sheet.title)])
        writer.writerow([plain(column) for column in sheet.columns])
        for row in sheet.rows:
            writer.writerow([_with_comma(plain(value)) for value in row])
    return "\ufeff" + text.getvalue()


def _with_comma(value: str | int | float) -> str | int:
    return f"{value:.2f}".replace(".", ",") if isinstance(value, float) else value


def as_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """A workbook with a sheet for each table. Text is written as text, never as a formula or a link."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    bold, decimals = book.add_format({"bold": True}), book.add_format({"num_format": "0.00"})
    for number, sheet in enumerate(sheets, start=1):
        page = book.add_worksheet(_name(sheet.title, number))
        page.write_string(0, 0, sheet.title, bold)
        for column, words in enumerate(sheet.columns):
            page.write_string(1, column, words, bold)
        for line, row in enumerate(sheet.rows, start=2):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    page.write_string(line, column, value)
                elif value is not None:
                    page.write_number(line, column, value, decimals if isinstance(value, float) else None)
        page.set_column(0, 0, 44)
        page.set_column(1, max(1, len(sheet.columns) - 1), 16)
    book.close()
    return file.getvalue()


def _name(title: str, number: int) -> str:
    """A sheet's name: short, without the signs Excel refuses, and never twice the same."""
    kept = "".join(sign for sign in title if sign not in "[]:*?/\\'")
    return f"{number} {kept}"[:31]


def download(sheets: Sequence[Sheet], name: str, kind: str) -> Response[Any]:
    """The tables as a file: `kind` is csv or xlsx."""
    content: str | bytes = as_xlsx(sheets) if kind == "xlsx" else as_csv(sheets)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"', "Cache-Control": "no-store"}
    return Response(content, media_type=XLSX if kind == "xlsx" else "text/csv", headers=headers)
