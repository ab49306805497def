"""The desk by keyboard alone: a known patient booked in a breath, and a call from the queue to its outcome."""

import re
import time
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from app.demo.seed import PASSWORD
from e2e.server import Server
from e2e.steps import JENS, METTE, SIGNE, answer, come, heading, is_talking, printed_link, row, veil

MAX_PRESSES = 30
"""Of which a dozen are letters: at two a second this is well under the twenty seconds that B1 allows."""


def sign_in_by_keyboard(desk: Page) -> None:
    """Tab from the top of the page, type, Enter."""
    desk.goto("/login")
    for _press in range(12):
        desk.keyboard.press("Tab")
        if desk.get_by_label("E-mail").evaluate("field => field === document.activeElement"):
            break
    desk.keyboard.type(METTE)
    desk.keyboard.press("Tab")
    desk.keyboard.type(PASSWORD)
    desk.keyboard.press("Enter")
    expect(heading(desk, "Venteværelse")).to_be_visible()
    expect(desk.locator("body[data-live=open]")).to_be_attached()


@pytest.fixture
def no_mouse(desk: Page) -> Page:
    """A desk whose pointer does nothing."""
    desk.add_init_script("""for (const name of ["click", "pointerdown"]) {
        addEventListener(name, (event) => event.pointerType && event.stopImmediatePropagation(), true);
        addEventListener(name, (event) => event.pointerType && event.preventDefault(), true);
    }""")
    sign_in_by_keyboard(desk)
    return desk


@dataclass
class Hands:
    """Types on the keyboard and counts."""

    page: Page
    presses: int = 0

    def press(self, key: str) -> None:
        """One key."""
        self.presses += 1
        self.page.keyboard.press(key)

    def type(self, words: str) -> None:
        """A key for each letter."""
        self.presses += len(words)
        self.page.keyboard.type(words)


def test_a_known_patient_is_booked_by_four_fields_and_one_enter(no_mouse: Page) -> None:
    desk, sent, hands = no_mouse, [], Hands(no_mouse)
    desk.on("request", lambda request: sent.append(request.url) if request.url.endswith("/bookings") else None)
    begun = time.monotonic()
    patient = desk.get_by_label("Patient", exact=True)

    hands.press("n")
    expect(patient).to_be_focused()
    hands.type("signe")
    expect(desk.get_by_role("option", name=SIGNE.name)).to_be_visible()
    hands.press("Enter")
    expect(patient).to_have_value(SIGNE.name)
    expect(desk.get_by_text("23 77 88 99 bekræftet")).to_be_visible()
    fields = 1
    for label in ("Type", "Hos"):
        while not desk.get_by_label(label, exact=True).evaluate("field => field === document.activeElement"):
            hands.press("Tab")
        fields += 1
    hands.type("Anders")
    expect(desk.get_by_label("Hos", exact=True).locator("option:checked")).to_have_text("Anders Bak")
    expect(desk.locator(".htmx-request")).to_have_count(0)
    hands.press("Tab")
    times = desk.get_by_role("radio")
    expect(desk.locator("[name=starts_at]:focus")).to_have_count(1)
    # Mette's first time, kept where Anders is free then too, may stand anywhere among his
    stands = times.evaluate_all("radios => radios.indexOf(document.activeElement)")
    hands.press("ArrowLeft" if stands else "ArrowRight")
    expect(times.nth(stands - 1 if stands else 1)).to_be_checked()
    fields += 1
    hands.press("Enter")

    expect(desk.get_by_text(re.compile(f"{SIGNE.name} er booket .* og får linket"))).to_be_visible()
    expect(desk.get_by_role("dialog")).to_be_hidden()
    print(f"booked by {hands.presses} key presses in {time.monotonic() - begun:.1f} s")
    assert fields <= 4
    assert len(sent) == 1, sent
    assert hands.presses <= MAX_PRESSES


def test_a_patient_is_called_in_heard_and_noted_by_keyboard(no_mouse: Page, phone: Page, server: Server) -> None:
    desk = no_mouse
    come(phone, printed_link(server), JENS)
    expect(row(desk, JENS.name)).to_have_attribute("data-group", "present")

    for _row in range(12):
        desk.keyboard.press("ArrowDown")
        if row(desk, JENS.name).evaluate("row => row === document.activeElement"):
            break
    desk.keyboard.press("Enter")
    expect(veil(desk, "Ringer til")).to_be_visible()
    answer(phone)
    is_talking(phone, desk)

    desk.keyboard.press("m")
    expect(phone.get_by_text("Mette Holm har slået mikrofonen fra")).to_be_visible()
    desk.keyboard.press("m")
    expect(phone.get_by_text("Mette Holm har slået mikrofonen fra")).to_be_hidden()
    desk.keyboard.press("Shift+H")

    expect(heading(desk, f"Hvordan gik det med {JENS.name}?")).to_be_visible()
    expect(desk.get_by_role("radio", name="Gennemført på video")).to_be_checked()
    desk.keyboard.press("1")
    expect(desk.get_by_role("radio", name="Løst", exact=True)).to_be_checked()
    desk.keyboard.press("1")
    expect(desk.get_by_role("radio", name="Et fremmøde")).to_be_checked()
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Noteret.")).to_be_visible()
