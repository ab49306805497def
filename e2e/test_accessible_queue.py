"""axe finds nothing on what the waiting room asks and tells at the desk, nor on the settings behind it."""

from playwright.sync_api import Locator, Page, expect

from e2e.axe import Eye
from e2e.conftest import Visitors
from e2e.steps import ANDERS, METTE, SARA, at_the_desk, put_away, row

BIRTHE = "Birthe Sørensen"


def asked(desk: Page, what: str) -> Locator:
    """The dialog behind this entry of Birthe's menu."""
    row(desk, BIRTHE).locator("summary").click()
    row(desk, BIRTHE).locator(f"a[href*='{what}']").click()
    dialog = desk.locator("dialog[open]")
    expect(dialog).to_be_visible()
    return dialog


def test_note_acute_and_another_day(visitors: Visitors, eye: Eye) -> None:
    desk = at_the_desk(visitors, eye.language, METTE)
    dialog = asked(desk, "/note")
    eye.look(desk, "note on a place")
    dialog.locator("textarea").fill("Hører dårligt")
    dialog.locator("button.primary").click()
    expect(row(desk, BIRTHE)).to_contain_text("Hører dårligt")
    dialog = asked(desk, "/turn")
    eye.look(desk, "acute first")
    dialog.locator("#panel form").evaluate("form => (form.noValidate = true)")
    dialog.locator("button.primary").click()
    expect(dialog.locator(".error")).to_be_visible()
    eye.look(desk, "acute first, refused")
    dialog.locator("ready-words button").first.click()
    dialog.locator("button.primary").click()
    expect(row(desk, BIRTHE).locator(".badge.danger")).to_be_visible()
    asked(desk, "/note")
    eye.look(desk, "note to be taken away")
    put_away(desk)
    asked(desk, "/correction")
    eye.look(desk, "correct the patient")
    put_away(desk)
    row(desk, BIRTHE).locator("summary").click()
    eye.look(desk, "desk, acute with a note")


def test_a_colleagues_patient_is_taken_over(visitors: Visitors, eye: Eye) -> None:
    desk, colleague = (at_the_desk(visitors, eye.language, email) for email in (METTE, ANDERS))
    row(desk, BIRTHE).locator("[data-calls-in]").click()
    expect(desk.locator(".ladder")).to_be_visible()
    eye.look(desk, "ladder")
    row(colleague, BIRTHE).locator("summary").click()
    eye.look(colleague, "a colleague's patient")
    row(colleague, BIRTHE).locator("form[action$='/takeover'] button").click()
    expect(colleague.locator(".ladder")).to_be_visible()
    expect(desk.locator(".ladder")).to_have_count(0)
    eye.look(colleague, "taken over")
    eye.look(desk, "desk, a patient was taken over")
    colleague.locator("#opening summary").click()
    eye.look(colleague, "who is responsible")


def test_the_settings_of_the_waiting_room(visitors: Visitors, eye: Eye) -> None:
    desk = at_the_desk(visitors, eye.language, SARA)
    desk.goto("/settings/openings")
    eye.look(desk, "openings")
    form = desk.locator("main form[action='/settings/openings']")
    form.locator("[name=clock]").fill("sent")
    form.locator("button.primary").click()
    expect(desk.locator(".error").first).to_be_visible()
    eye.look(desk, "openings refused")
    form.locator("[name=clock]").fill("8-9")
    form.locator("button.primary").click()
    expect(desk.locator("form[action$='/removal']").first).to_be_visible()
    eye.look(desk, "openings, one more")
    desk.goto("/settings/calling-in")
    eye.look(desk, "calling in")
