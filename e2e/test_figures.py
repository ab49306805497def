"""The figures outside the clinics: by keyboard, and as a workbook in LibreOffice."""

import re
import subprocess
from pathlib import Path

from playwright.sync_api import Page, expect

from app.demo.figures import EMAIL
from app.demo.seed import PASSWORD
from app.web.spreadsheets import Sheet, as_xlsx
from e2e.conftest import Visitors
from tests import csv_files

NASTY = ("=1+1", "+45 20 12 34 56", "-2", "@SUM(A1)", '=HYPERLINK("http://example.org";"x")')
ALL_SHEETS = "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true,false,false,false,-1"
"""Semicolons, UTF-8, values as they are shown, and every sheet to a file of its own."""


def evaluate(page: Page) -> Page:
    """Sign in to the figures by keyboard alone."""
    page.goto("/region/login")
    page.locator("[name=email]").focus()
    page.keyboard.type(EMAIL)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".key-figures")).to_be_visible()
    return page


def converted(folder: Path, *books: Path) -> None:
    """Have LibreOffice open the workbooks and write every sheet out again."""
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", ALL_SHEETS, "--outdir", str(folder), *map(str, books)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def rows_of(folder: Path, book: str) -> list[list[str]]:
    """The rows of all the workbook's sheets in order, without their titles."""
    found: list[list[str]] = []
    for path in sorted(folder.glob(f"{book}-*.csv")):
        _title, *rows = csv_files.table(path.read_bytes())
        found += rows
    return found


def comparable(rows: list[list[str]]) -> list[list[str]]:
    """Without empty rows and cells at the end, and with numbers as numbers are, however they are shown."""
    plain = [[_plain(cell) for cell in row] for row in rows]
    for row in plain:
        while row and not row[-1]:
            row.pop()
    return [row for row in plain if row]


def _plain(cell: str) -> str:
    return f"{float(cell.replace(',', '.')):g}" if re.fullmatch(r"-?\d+([.,]\d+)?", cell) else cell


def test_workbooks_open_in_libreoffice_with_the_same_numbers(everybody: Visitors, tmp_path: Path) -> None:
    page = evaluate(everybody.open().new_page())
    book = page.request.get("/region/xlsx")
    told = page.request.get("/region/csv").body()
    (tmp_path / "figures.xlsx").write_bytes(book.body())
    table = Sheet("Ord", ("Tekst", "Tal"), [(text, number) for number, text in enumerate(NASTY)])
    (tmp_path / "words.xlsx").write_bytes(as_xlsx([table]))
    converted(tmp_path, tmp_path / "figures.xlsx", tmp_path / "words.xlsx")
    sheets = comparable(rows_of(tmp_path, "figures"))
    assert sheets == comparable(csv_files.rows(told))
    assert any(re.fullmatch(r"\d{2,}", cell) for row in sheets for cell in row[1:])
    words = comparable(rows_of(tmp_path, "words"))
    assert words[1:] == [[text, str(number)] for number, text in enumerate(NASTY)]


def test_the_figures_go_by_keyboard(everybody: Visitors) -> None:
    page = evaluate(everybody.open().new_page())
    before = page.locator(".key-figures dd").first.inner_text()
    page.locator("#kind").focus()
    page.keyboard.press("ArrowDown")
    for _step in ("origin", "region", "programme", "show"):
        page.keyboard.press("Tab")
    expect(page.locator("main form .button.primary")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("kind=consultation"))
    assert int(page.locator(".key-figures dd").first.inner_text()) < int(before)
