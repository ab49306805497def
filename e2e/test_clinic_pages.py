"""The clinic's own pages: axe finds nothing on them, and the calendar is worked by keyboard alone."""

import re
from datetime import timedelta

from playwright.sync_api import expect

from app.i18n import format_day
from e2e.axe import Eye
from e2e.conftest import Visitors
from e2e.steps import SARA, a_monday, sign_in

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
    monday = a_monday()
    desk.goto(f"/calendar?day={monday}")
    slots = desk.locator(".plan-slot")
    expect(slots.nth(1)).to_have_attribute("tabindex", "-1")
    slots.first.focus()
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("ArrowRight")
    here = desk.locator(".plan-slot:focus")
    expect(here).to_have_attribute("aria-label", f"Book Mette Holm {format_day(monday)} kl. 08.15")
    desk.keyboard.press("Enter")
    expect(desk.locator("dialog[open] input[name=other_time]")).to_have_value(f"{monday}T08:15")
    desk.keyboard.press("Escape")
    expect(here).to_be_focused()
    desk.keyboard.press("PageDown")
    desk.wait_for_url(f"**/calendar?day={monday + timedelta(days=1)}")


A4_BETWEEN_MARGINS = {"upright": 718, "lying": 1047}
"""Widths in CSS pixels, margins of a centimetre."""
BROKEN_WORDS = """() => {
    const broken = [];
    const pieces = document.querySelectorAll(".plan-entry time, .plan-entry .plan-how, .plan-entry strong");
    for (const text of [...pieces].flatMap((piece) => [...(piece.querySelector("bdi") ?? piece).childNodes])) {
        for (const word of text.data.matchAll(/[^ -]+/g)) {
            const range = document.createRange();
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            if (new Set([...range.getClientRects()].map((box) => box.top)).size > 1) broken.push(word[0]);
        }
    }
    return broken;
}"""


def test_the_printed_week_lies_on_one_page_and_breaks_no_word(visitors: Visitors) -> None:
    desk = visitors.open(reduced_motion="reduce").new_page()
    sign_in(desk, SARA)
    desk.goto("/calendar?view=week")
    expect(desk.locator(".plan-entry").first).to_be_visible()
    printed = desk.pdf(prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") == 1
    [box] = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
    assert float(box[0]) > float(box[1])
    desk.emulate_media(media="print")
    for width in A4_BETWEEN_MARGINS.values():
        desk.set_viewport_size({"width": width, "height": 900})
        assert desk.evaluate(BROKEN_WORDS) == [], width
