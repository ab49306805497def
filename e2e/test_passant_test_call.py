"""Story: a colleague, not a patient of the clinic, is added for a test call, gets the link and talks on video."""

import re

import pytest
from playwright.sync_api import Page, expect

from e2e.media import sees_and_hears
from e2e.steps import (
    Person,
    answer,
    button,
    call_in,
    choose,
    come,
    heading,
    is_talking,
    link_in_message,
    press,
    row,
    sign_in,
)

pytestmark = pytest.mark.media

COLLEAGUE = Person("Karsten Kollega", ("14", "2", "1975"), "42 43 44 45")


def add_colleague_and_start_now(desk: Page) -> None:
    """From the desk to a link on its way, in one dialog."""
    desk.get_by_role("link", name="Book").first.click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_role("link", name="Ny patient eller passant").click()
    choose(dialog, "Passant til testopkald")
    dialog.get_by_label("Navn", exact=True).fill(COLLEAGUE.name)
    dialog.get_by_label("CPR-nummer eller fødselsdato").fill("-".join(COLLEAGUE.born))
    dialog.get_by_label("Telefon, bekræftet med patienten").fill(COLLEAGUE.phone)
    button(dialog, "Tilføj, og vælg en tid").click()
    choose(dialog, "Nu")
    button(dialog, "Send linket nu").click()
    expect(desk.get_by_text(f"Linket er på vej til {COLLEAGUE.name}")).to_be_visible()
    expect(dialog).to_be_hidden()


def booked_on_video(desk: Page) -> str:
    """The day's count of video consultations, as the desk shows it."""
    return desk.locator(".day .badge.video", has_text="på video").inner_text()


def test_a_colleague_is_added_for_a_test_call_and_talks(desk: Page, phone: Page) -> None:
    sign_in(desk)
    counted = booked_on_video(desk)
    add_colleague_and_start_now(desk)

    come(phone, link_in_message(desk, COLLEAGUE.name, "Video nu"), COLLEAGUE)
    expect(row(desk, COLLEAGUE.name).get_by_text("Test", exact=True)).to_be_visible()
    call_in(desk, COLLEAGUE.name)
    answer(phone)

    is_talking(phone, desk)
    sees_and_hears(phone, desk)
    expect(desk.locator(".call-time")).to_have_text(re.compile(r"\d\d:\d\d"))
    expect(desk.get_by_text("Testopkald")).to_be_visible()

    press(desk, "Læg på")
    expect(heading(phone, "Tak for samtalen")).to_be_visible()
    expect(heading(desk, f"Hvordan gik det med {COLLEAGUE.name}?")).to_be_visible()
    for words in ("Gennemført på video",):
        choose(desk, words)
    button(desk, "Gem").click()

    expect(desk.get_by_text("Noteret.")).to_be_visible()
    expect(desk.locator(".day")).to_be_visible()
    assert booked_on_video(desk) == counted, "a test call was counted"
