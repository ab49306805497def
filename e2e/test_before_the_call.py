"""The days before the call, at the desk: calendar, booking and review by keyboard alone, and axe on its pages."""

from playwright.sync_api import Page, expect

from app.demo.seed import SLUG
from e2e.axe import Eye
from e2e.conftest import Visitors
from e2e.steps import SARA, SIGNE, a_monday, sign_in

IN_REACH = 60
"""Tab presses after which something on a page is out of reach."""


def tab_to(page: Page, selector: str) -> None:
    """Walk by Tab until this has the focus."""
    for _press in range(IN_REACH):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"{selector} is not reached by Tab")


def test_calendar_booking_and_review_by_keyboard_alone(visitors: Visitors) -> None:
    desk = visitors.open(reduced_motion="reduce").new_page()
    sign_in(desk, SARA)
    desk.goto(f"/calendar?day={a_monday()}")
    tab_to(desk, ".plan-slot")
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    expect(desk.get_by_label("Patient", exact=True)).to_be_focused()
    desk.keyboard.type("signe")
    expect(desk.get_by_role("option", name=SIGNE.name)).to_be_visible()
    desk.keyboard.press("Enter")
    expect(desk.locator(".requirements")).to_be_visible()
    desk.keyboard.press("Enter")
    expect(desk.get_by_text(f"{SIGNE.name} er booket")).to_be_visible()
    expect(desk.locator(".plan-entry", has_text=SIGNE.name)).to_be_visible()
    tab_to(desk, ".plan-entry")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("dialog")).to_contain_text("08.15")
    desk.keyboard.press("Escape")

    desk.goto("/reviews")
    reviews = desk.locator(".review")
    expect(reviews).to_have_count(2)
    tab_to(desk, ".review [action$='/approval'] button")
    desk.keyboard.press("Enter")
    expect(reviews).to_have_count(1)
    tab_to(desk, ".review [action$='/conversion'] button")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Intet at gennemgå")).to_be_visible()
    tab_to(desk, "#toasts button:not([aria-label])")
    desk.keyboard.press("Enter")
    expect(reviews).to_have_count(1)


def test_axe_finds_nothing_before_the_call(visitors: Visitors, eye: Eye) -> None:
    desk = visitors.open(reduced_motion="reduce").new_page()
    sign_in(desk, SARA)
    for name, path in {
        "reviews": "/reviews",
        "phrases": "/settings/phrases",
        "phrase": "/settings/phrases/confirmation",
        "appointment": "/calendar",
        "help needed": "/help-needed",
    }.items():
        desk.goto(f"{path}?lang={eye.language}")
        eye.look(desk, name)
    desk.goto("/calendar")
    desk.locator(".plan-entry:not(.over)").first.click()
    expect(desk.locator("dialog[open]")).to_be_visible()
    eye.look(desk, "appointment")
    desk.goto("/bookings/new")
    types = desk.locator("#type option")
    desk.locator("#type").select_option(index=types.count() - 1)
    expect(desk.locator(".booking-checks [value=now]")).to_have_count(0)
    eye.look(desk, "booking at the clinic")
    patient = visitors.reader(eye.language)
    patient.goto(f"/k/{SLUG}/booking")
    eye.look(patient, "what to book")
    patient.locator("a.offer").first.click()
    eye.look(patient, "free times")
    patient.locator(".time-choices a").first.click()
    eye.look(patient, "who you are")
    patient.goto("/kode")
    eye.look(patient, "code")
