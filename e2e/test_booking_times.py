"""Free times to choose from, by keyboard: few stops with scripts, every time within reach without."""

from playwright.sync_api import Page, expect

from app.demo.seed import SLUG
from e2e.conftest import Visitors
from e2e.steps import heading

FOCUSED = "document.activeElement.getAttribute('href') ?? ''"


def times(page: Page) -> Page:
    """The free times of the first thing on offer, with everybody."""
    page.goto(f"/k/{SLUG}/booking")
    page.locator("a.offer").first.click()
    expect(page.locator(".time-choices a").nth(20)).to_be_visible()
    return page


def stops_of(page: Page) -> list[str]:
    """The times the Tab key comes by, from the top of the page to its end."""
    page.evaluate("document.activeElement.blur()")
    most = page.locator("a, button").count() + 1
    addresses = []
    for _press in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        addresses.append(page.evaluate(FOCUSED))
    return [each for each in addresses if each and page.locator(f".time-choices a[href='{each}']").count()]


def test_each_day_of_times_is_one_stop_and_arrow_keys_walk_within_it(everybody: Visitors) -> None:
    page = times(everybody.open().new_page())
    days = page.locator("time-choices")
    links = days.first.locator("a")
    assert stops_of(page) == [days.nth(n).locator("a").first.get_attribute("href") for n in range(days.count())]
    links.first.focus()
    expect(page.get_by_text("Piletasterne går mellem dagens tider")).to_be_visible()
    expect(links.first).to_have_accessible_description("Piletasterne går mellem dagens tider, Tab går til næste dag.")
    page.keyboard.press("ArrowLeft")
    expect(links.first).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("ArrowDown")
    below = page.locator(":focus")
    boxes = links.nth(1).bounding_box(), below.bounding_box()
    assert boxes[0] is not None and boxes[1] is not None
    assert boxes[1]["x"] == boxes[0]["x"] and boxes[1]["y"] > boxes[0]["y"]
    page.keyboard.press("ArrowUp")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("End")
    expect(links.last).to_be_focused()
    page.keyboard.press("Tab")
    expect(days.nth(1).locator("a").first).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(links.last).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(heading(page, "Vil du bestille denne tid?")).to_be_visible()


def test_without_scripts_every_time_is_a_stop_and_nothing_is_promised(everybody: Visitors) -> None:
    page = times(everybody.open(java_script_enabled=False).new_page())
    expect(page.get_by_text("Piletasterne")).to_be_hidden()
    links = page.locator(".time-choices a")
    links.first.focus()
    for number in range(1, 4):
        page.keyboard.press("Tab")
        expect(links.nth(number)).to_be_focused()
    page.keyboard.press("Enter")
    expect(heading(page, "Vil du bestille denne tid?")).to_be_visible()
