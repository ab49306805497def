"""axe finds nothing on the figures outside the clinics, nor on a call's line; see test_accessible.py."""

from playwright.sync_api import expect

from app.demo.figures import EMAIL
from e2e.axe import Eye
from e2e.conftest import Visitors
from e2e.steps import METTE, sign_in
from e2e.test_figures import evaluate


def test_the_figures_outside_and_a_calls_line(everybody: Visitors, eye: Eye) -> None:
    page = everybody.reader(eye.language, "")
    page.goto("/region/login")
    eye.look(page, "figures, sign in")
    page.locator("[name=email]").fill(EMAIL)
    page.locator("[name=password]").fill("wrong words")
    page.keyboard.press("Enter")
    expect(page.locator(".banner.error")).to_be_visible()
    eye.look(page, "figures, sign in, wrong")
    evaluate(page)
    eye.look(page, "figures, the whole country")
    page.goto("/region?region=Region+Nordjylland")
    eye.look(page, "figures, a region without any")
    page.goto("/region/people")
    eye.look(page, "figures, who may see them")
    page.locator("main form[action='/region/people'] [name=name]").fill("Bo Lund")
    page.locator("main form[action='/region/people'] [name=email]").fill(f"bo.{eye.language}@sundhed.example")
    page.locator("main form[action='/region/people'] button.primary").click()
    invitation = page.locator(".banner code").inner_text()
    eye.look(page, "figures, somebody invited")
    page.context.clear_cookies(name="naervaer-evaluator")
    page.goto(invitation)
    expect(page.locator("[name=password]")).to_be_visible()
    eye.look(page, "figures, invitation")
    desk = everybody.open(reduced_motion="reduce").new_page()
    sign_in(desk, METTE)
    desk.goto(f"/calls?lang={eye.language}")
    desk.locator("a[href$='/quality']").first.click()
    expect(desk.locator(".line-trip").first).to_be_visible()
    eye.look(desk, "a call's line")
