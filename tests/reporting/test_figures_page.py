"""The clinic's page of figures, and its files: the same numbers everywhere, and text that stays text."""

import io
import re
import zipfile
from datetime import date

import pytest

from app.clinic.learning import postcards
from app.clinic.reporting.figures import Filter
from app.routes.reporting import bars
from app.routes.reporting.figures import query, read
from app.web import spreadsheets
from app.web.spreadsheets import Sheet
from tests import csv_files
from tests.cast import Cast, who
from tests.conftest import Browser
from tests.learning.test_postcards import GOOD, HELD, held

TODAY = date(2026, 11, 24)


async def test_the_page_and_its_files_say_the_same(browser: Browser, cast: Cast) -> None:
    now = browser.clock.now
    for patient in (cast.patient, cast.second_patient):
        call = await held(cast, now, 11, patient)
        await postcards.hand_in(call, who(cast.doctor), HELD, GOOD, now)
    await browser.sign_in(cast.doctor)
    page = (await browser.get("/figures?lang=en")).text
    assert re.search(r"Completed video meetings in all</th>\s*<td class=\"number\">2</td>", page)
    assert "11 min" in page
    assert "<svg" in page
    rows = csv_files.rows((await browser.get("/figures/csv")).content)
    assert ["Completed video meetings in all", "2"] in rows
    assert ["Mean length, minutes", "11,00"] in rows
    book = await browser.get("/figures/xlsx")
    assert "sheet1.xml" in str(zipfile.ZipFile(io.BytesIO(book.content)).namelist())
    assert "No meetings to count here" in (await browser.get("/figures?until=2025-01-01&since=2024-01-01")).text


async def test_another_clinic_sees_none_of_it(browser: Browser, cast: Cast) -> None:
    call = await held(cast, browser.clock.now)
    await postcards.hand_in(call, who(cast.doctor), HELD, GOOD, browser.clock.now)
    await browser.sign_in(cast.outsider)
    assert "No meetings to count here" in (await browser.get("/figures?lang=en")).text


@pytest.mark.parametrize("text", ["=1+1", "+45 20 12 34 56", "-1", "@SUM(A1)", "\tx"])
def test_what_somebody_wrote_stays_text(text: str) -> None:
    table = [Sheet("T", ("A", "B"), [(text, 5)])]
    assert f"'{text}" in spreadsheets.as_csv(table[0])
    archive = zipfile.ZipFile(io.BytesIO(spreadsheets.as_xlsx(table)))
    page = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page
    assert re.search(r'<c r="A3" s="\d+" t="s">', page)
    assert "<v>5</v>" in page


def _printed() -> zipfile.ZipFile:
    """A narrow table and a wide one."""
    wide = [("Møder, der mislykkedes eller fortsatte på telefon, og hvad det kostede", "x" * 40, 5, 1.5)]
    tables = [
        Sheet("Én forudsætning flyttet ad gangen: Samfundet", ("A",), []),
        Sheet("Bredt", ("Hvad", "Kilde", "Tal", "Beløb"), wide),
    ]
    return zipfile.ZipFile(io.BytesIO(spreadsheets.as_xlsx(tables)))


def test_a_workbook_prints_on_a4_as_wide_as_the_paper_with_heads_on_every_page() -> None:
    book = _printed()
    narrow, wide = (book.read(f"xl/worksheets/sheet{number}.xml").decode() for number in (1, 2))
    for page in (narrow, wide):
        assert re.search(r'<pageSetup paperSize="9"[^>]* fitToHeight="0"', page) and "<pageSetUpPr fitToPage=" in page
    assert 'orientation="landscape"' in wide and 'orientation="landscape"' not in narrow
    heads = re.findall(r'"_xlnm.Print_Titles"[^>]*>([^<]*)<', book.read("xl/workbook.xml").decode())
    assert [each.partition("!")[2] for each in heads] == ["$1:$2", "$1:$2"]
    assert re.search(r'<row r="3"[^>]* ht="30"', wide), "what takes two lines has the height of two"
    widths = [float(each) for each in re.findall(r'<col [^>]*width="([\d.]+)"', wide)]
    assert widths[0] > 40 and widths[1] > 40 and widths[2] < 12
    assert re.search(r'<c r="D3" s="\d+"><v>1.5</v>', wide)


def test_a_sheets_name_is_not_cut_within_a_word() -> None:
    names = re.findall(r'<sheet name="([^"]*)"', _printed().read("xl/workbook.xml").decode())
    assert names == ["1 Én forudsætning flyttet ad", "2 Bredt"]


def test_each_table_is_a_csv_file_of_its_own() -> None:
    one, two = Sheet("Første: ting/sager", ("A", "B"), [("x", 1.5)]), Sheet("Anden", ("C",), [(None,)])
    assert csv_files.tables(spreadsheets.as_zip([one, two])) == {
        "1 Første tingsager": [["A", "B"], ["x", "1,50"]],
        "2 Anden": [["C"], [""]],
    }
    file = spreadsheets.download([one, two], "f", "csv")
    assert 'filename="f.zip"' in file.headers["Content-Disposition"] and file.media_type == "application/zip"


def test_the_filter_stands_in_the_address_and_comes_out_of_it_again() -> None:
    wanted = Filter(date(2019, 6, 1), date(2019, 10, 9), "conference", "instant")
    parameters = dict(part.split("=") for part in query(wanted).split("&"))
    assert read(parameters, TODAY) == wanted


def test_nonsense_in_the_address_is_left_out() -> None:
    assert read({"since": "soon", "kind": "'; --"}, TODAY) == Filter(date(2025, 12, 1), TODAY)
    assert read({"since": "2026-02", "until": "2026-02"}, TODAY) == Filter(date(2026, 2, 1), date(2026, 2, 28))


def test_a_picture_is_as_high_as_its_highest_column() -> None:
    chart = bars.stacked([("a", (3, 1)), ("b", (0, 0)), ("c", (8, 0))])
    assert [bar.part for bar in chart.bars] == [0, 1, 0]
    assert chart.bars[0].height + chart.bars[1].height == pytest.approx(chart.bars[2].height / 2, abs=0.2)
    assert chart.lines[-1][1] == 8
