"""What a clinic learns together and with others, held to axe; and minutes that lose nothing when the line does."""

from playwright.sync_api import Page, expect

from app.demo import figures
from app.demo.seed import PASSWORD
from e2e.axe import Eye
from e2e.conftest import Visitors
from e2e.steps import CALM, SARA, sign_in

FIRST = ".challenges h2 a"


def at_the_meeting(visitors: Visitors) -> Page:
    """The clinic's evaluation meeting, open at a desk."""
    desk = visitors.open().new_page()
    sign_in(desk, SARA)
    desk.goto("/evaluation-meetings")
    desk.locator(FIRST).first.click()
    return desk


def test_the_clinics_experience(everybody: Visitors, eye: Eye) -> None:
    desk = everybody.open(reduced_motion="reduce").new_page()
    sign_in(desk, SARA)
    desk.goto(f"/challenges?lang={eye.language}")
    eye.look(desk, "challenges")
    desk.locator(FIRST).first.click()
    eye.look(desk, "challenge")
    desk.goto("/evaluation-meetings")
    eye.look(desk, "evaluation meetings")
    desk.locator(FIRST).first.click()
    eye.look(desk, "evaluation meeting")
    pages = {"minutes": f"{desk.url}/minutes", "exchange": "/exchange", "programmes": "/programmes", "calls": "/calls"}
    for name, path in (pages | {"codes": "/settings/codes", "the day's codes": "/calls/codes"}).items():
        desk.goto(path)
        eye.look(desk, name)


def test_the_programmes_outside(everybody: Visitors, eye: Eye) -> None:
    page = everybody.open(reduced_motion="reduce").new_page()
    page.goto(f"/region/login?lang={eye.language}")
    page.locator("[name=email]").fill(figures.EMAIL)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button.primary").click()
    page.wait_for_url("**/region")
    page.goto("/region/programmes")
    eye.look(page, "programmes, outside")
    page.locator(FIRST).first.click()
    eye.look(page, "programme, outside")
    page.locator(".page-head a[href^='/region?programme=']").click()
    eye.look(page, "figures of a programme")
    page.locator("a[href^='/region/questionnaire']").first.click()
    eye.look(page, "answers, outside")


def test_minutes_are_saved_while_two_write_and_while_the_line_is_gone(everybody: Visitors) -> None:
    sara, colleague = at_the_meeting(everybody), at_the_meeting(everybody)
    notes = [page.locator("kept-note#well") for page in (sara, colleague)]
    said = [note.locator("[data-state]") for note in notes]
    notes[0].locator("textarea").fill("Færre ture")
    expect(notes[0]).to_have_attribute("data-now", "saved", timeout=CALM)
    notes[1].locator("textarea").fill("Roligere morgener")
    expect(notes[1].locator("textarea")).to_have_value("Færre ture\nRoligere morgener", timeout=CALM)
    sara.context.set_offline(True)
    notes[0].locator("textarea").fill("Færre ture\nSagt uden linje")
    expect(said[0]).to_contain_text("Ikke gemt endnu", timeout=CALM)
    sara.context.set_offline(False)
    expect(notes[0].locator("textarea")).to_have_value("Færre ture\nRoligere morgener\nSagt uden linje", timeout=CALM)
    colleague.reload()
    expect(notes[1].locator("textarea")).to_have_value("Færre ture\nRoligere morgener\nSagt uden linje")
