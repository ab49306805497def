"""The clinic's own pages: axe finds nothing on them, and the calendar is worked by keyboard alone."""

from playwright.sync_api import expect

from e2e.axe import Eye
from e2e.conftest import Visitors
from e2e.steps import SARA, sign_in

PAGES = (
    "/calendar",
    "/calendar?view=week",
    "/settings",
    "/settings/hours",
    "/settings/types",
    "/settings/types/new",
    "/settings/online",
    "/settings/policy",
    "/settings/support",
    "/get-started",
    "/kit",
    "/kit/leaflet",
    "/kit/door-sign",
    "/me",
    "/help",
    "/preview/appointment",
    "/preview/waiting",
)

LISTS = ("/settings/types", "/settings/hours", "/settings/support", "/settings/codes")
"""Pages that lead to one of each."""


def test_axe_finds_nothing_on_the_clinics_own_pages(visitors: Visitors, eye: Eye) -> None:
    desk = visitors.open(reduced_motion="reduce").new_page()
    sign_in(desk, SARA)
    for address in PAGES:
        separator = "&" if "?" in address else "?"
        desk.goto(f"{address}{separator}lang={eye.language}")
        eye.look(desk, address)
    for address in LISTS:
        desk.goto(address)
        desk.locator(f"main a[href^='{address}/']:not([href$='/new']):not([href$='/preparation'])").first.click()
        desk.wait_for_url(f"**{address}/*")
        eye.look(desk, f"one of {address}")


def test_a_free_time_in_the_calendar_is_booked_by_keyboard_alone(visitors: Visitors) -> None:
    desk = visitors.open(reduced_motion="reduce").new_page()
    sign_in(desk, SARA)
    desk.goto("/calendar?day=2030-01-07")
    slots = desk.locator(".plan-slot")
    expect(slots.nth(1)).to_have_attribute("tabindex", "-1")
    slots.first.focus()
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("ArrowRight")
    here = desk.locator(".plan-slot:focus")
    expect(here).to_have_attribute("aria-label", "Book Mette Holm mandag den 7. januar kl. 08.15")
    desk.keyboard.press("Enter")
    expect(desk.locator("dialog[open] input[name=other_time]")).to_have_value("2030-01-07T08:15")
    desk.keyboard.press("Escape")
    expect(here).to_be_focused()
    desk.keyboard.press("PageDown")
    desk.wait_for_url("**/calendar?day=2030-01-08")
