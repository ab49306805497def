"""The evaluation report and the business case: written by keyboard, kept in the tab, clean to axe, whole on paper."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from e2e.axe import Eye
from e2e.conftest import Visitors
from e2e.steps import SARA, sign_in


def test_the_report_and_the_case_are_clean_to_axe(everybody: Visitors, eye: Eye) -> None:
    desk = everybody.open(reduced_motion="reduce").new_page()
    sign_in(desk, SARA)
    desk.goto(f"/figures?lang={eye.language}")
    for name, path in {
        "business case": "/figures/business-case",
        "business case, empty": "/figures/business-case?since=2001-01-01&until=2001-12-31",
        "business case, saved": "/figures/business-case/versions/1",
        "report": "/figures/evaluation",
        "report, saved": "/figures/evaluation/versions/1",
        "patients' answers": "/figures/questionnaire",
    }.items():
        desk.goto(path)
        eye.look(desk, name)
    desk.goto("/figures/business-case")
    desk.locator("#staff_rate-value").fill("?")
    desk.locator(".case-form button.primary").click()
    expect(desk.locator(".assumption-error")).to_be_visible()
    eye.look(desk, "business case refused")


def test_a_report_is_written_by_keyboard_and_survives_a_reload(visitors: Visitors, tmp_path: Path) -> None:
    desk = visitors.open().new_page()
    sign_in(desk, SARA)
    desk.goto("/figures/evaluation")
    desk.get_by_label("Hvad er jeres konklusion?").focus()
    desk.keyboard.press("ControlOrMeta+A")
    desk.keyboard.type("Vi fortsætter med video.")
    desk.reload()
    expect(desk.get_by_text("er hentet frem igen")).to_be_visible()
    field = desk.get_by_label("Hvad er jeres konklusion?")
    expect(field).to_have_value("Vi fortsætter med video.")
    field.press("Tab")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    desk.wait_for_url(re.compile(r"/figures/evaluation/versions/2$"))
    expect(desk.get_by_text("Vi fortsætter med video.")).to_be_visible()
    prints_whole(desk, tmp_path / "report.pdf")


def prints_whole(page: Page, path: Path) -> None:
    """On paper: the report, and nothing of the page around it."""
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="Konklusion", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Udskriv")).to_be_hidden()
    expect(page.get_by_role("navigation")).to_have_count(0)
    wide = page.locator("main table").evaluate_all(
        "tables => tables.map((table) => table.scrollWidth - table.parentElement.clientWidth)"
    )
    assert wide and max(wide) <= 1
    assert page.pdf(path=path, format="A4").startswith(b"%PDF")
