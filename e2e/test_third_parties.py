"""A third party in the call: invited from the desk, let in, seen and heard by all across browsers, and shown out."""

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.conftest import Visitors
from e2e.media import sees_and_hears
from e2e.server import Server
from e2e.steps import LONG, becomes_true, button, choose, code, heading, is_talking, link_in_message, printed_link, talk

pytestmark = pytest.mark.media

ANE = "Ane Tolk"


def invite(desk: Page, name: str = ANE) -> str:
    """From the call to a link on its way; answers the link."""
    desk.get_by_role("link", name="Invitér").click()
    dialog = desk.get_by_role("dialog")
    choose(dialog, "Tolk")
    dialog.get_by_label("Navn").fill(name)
    dialog.get_by_label("Mobilnummer eller e-mail").fill("22 33 44 55")
    button(dialog, "Send linket").click()
    expect(desk.locator(".guest-row", has_text=name)).to_be_visible()
    return link_in_message(desk, "22 33 44 55", "Invitation til samtale")


def sees(page: Page, pictures: int) -> None:
    """So many others' pictures move on this page."""
    moving = "[...document.querySelectorAll('.call-remote')].filter((each) => each.offsetParent && each.videoWidth > 0)"
    becomes_true(page, f"{moving}.length === {pictures}", LONG)


def test_an_interpreter_is_let_in_held_and_shown_out_for_good(
    desk: Page, phone: Page, visitors: Visitors, firefox: Browser, server: Server
) -> None:
    talk(desk, phone, printed_link(server))
    link = invite(desk)
    guest = visitors.open(browser=firefox).new_page()
    guest.goto(link)
    button(guest, "Gå ind").click()
    expect(heading(guest, "Du er i venterummet")).to_be_visible()

    button(desk, f"Luk ind: {ANE}").click()
    is_talking(guest)
    for page in (desk, phone, guest):
        sees(page, 2)
    sees_and_hears(guest, phone, desk, rate=20)
    read = code(desk)
    assert read == code(phone) == code(guest) != "", "one code for all three"
    button(desk, "Vis koden").click()
    expect(desk.get_by_role("dialog")).to_contain_text(f"Nye siden da: {ANE}.")
    button(desk, "Vi har læst den, og den er ens").click()
    expect(phone.get_by_text(f"Også med: {ANE} (tolk)")).to_be_visible()

    button(desk, f"På hold: {ANE}").click()
    expect(heading(guest, "Du er sat på hold")).to_be_visible()
    expect(phone.get_by_text(f"{ANE} (tolk, på hold)")).to_be_visible()
    sees(phone, 1)
    button(desk, f"Tag med igen: {ANE}").click()
    for page in (phone, guest):
        sees(page, 2)
    expect(button(desk, f"På hold: {ANE}")).to_be_visible()

    button(desk, f"Fjern: {ANE}").click()
    expect(guest.get_by_text("Du er ikke længere med i samtalen")).to_be_visible()
    sees(phone, 1)
    guest.goto(link)
    expect(heading(guest, "Linket er lukket")).to_be_visible()
    is_talking(desk, phone)
    assert code(desk) == code(phone) == read, "who goes takes nothing along"
    expect(button(desk, "Vis koden")).to_be_hidden()
