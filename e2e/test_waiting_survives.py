"""A place in the waiting room is the server's: a cut line, a killed server or two doctors cost nobody theirs."""

import signal

from playwright.sync_api import Page, expect

from e2e.conftest import Visitors
from e2e.lines import Line, road
from e2e.server import Server
from e2e.steps import (
    ANDERS,
    BIRTHE,
    INGER,
    JENS,
    LONG,
    METTE,
    button,
    come,
    confirm_birth_date,
    is_waiting,
    link_in_message,
    names_present,
    open_link,
    place_of,
    printed_link,
    put_away,
    row,
    sign_in,
    veil,
)


def press_at_once(desks: list[Page], name: str) -> None:
    """Press the same patient's button in every desk at the same moment of the machine's clock."""
    when = desks[0].evaluate("Date.now() + 1500")
    for desk in desks:
        button(desk, f"Kald ind: {name}").evaluate(
            "(button, when) => void setTimeout(() => button.click(), when - Date.now())", when
        )


def test_a_cut_line_keeps_the_place(desk: Page, phone: Page, server: Server) -> None:
    line = Line(phone)
    sign_in(desk)
    come(phone, printed_link(server), JENS)
    expect(row(desk, JENS.name)).to_have_attribute("data-group", "present")
    place, order = place_of(phone), names_present(desk)
    missed = row(desk, JENS.name).locator(".status.warn[title^='Mistede forbindelsen']")
    expect(missed).to_have_count(0)

    seen = phone.get_by_text("Klinikken kan se, at du er her.")
    expect(seen).to_be_visible()
    line.cut()
    expect(phone.get_by_role("status").filter(has_text="Du beholder din plads. Bliv her.")).to_be_visible()
    expect(seen).to_be_hidden()
    expect(missed).to_have_count(1)

    line.mend()
    expect(phone.get_by_text("Du beholder din plads. Bliv her.")).to_be_hidden(timeout=LONG)
    expect(seen).to_be_visible()
    expect(missed).to_have_count(0)
    assert place_of(phone) == place
    assert names_present(desk) == order


def test_a_line_that_dies_without_a_word_is_noticed_on_both_sides(
    visitors: Visitors, desk: Page, server: Server
) -> None:
    """The network goes: no line closes, and the browser still believes to be online."""
    with road() as way:
        phone = visitors.open("Pixel 7", proxy={"server": way.address}).new_page()
        sign_in(desk)
        come(phone, printed_link(server), JENS)
        seen = phone.get_by_text("Klinikken kan se, at du er her.")
        missed = row(desk, JENS.name).locator(".status.warn[title^='Mistede forbindelsen']")
        expect(seen).to_be_visible()
        expect(row(desk, JENS.name)).to_have_attribute("data-group", "present")

        way.stop()
        expect(phone.get_by_text("Forbinder igen")).to_be_visible(timeout=LONG)
        expect(seen).to_be_hidden()
        assert phone.evaluate("navigator.onLine")
        expect(missed).to_have_count(1, timeout=LONG)

        way.go_on()
        expect(seen).to_be_visible(timeout=LONG)
        expect(missed).to_have_count(0)
        phone.context.close()


def test_three_who_wait_hold_their_places_when_the_server_is_killed(visitors: Visitors, server: Server) -> None:
    desk = visitors.open().new_page()
    sign_in(desk)
    jens, inger, birthe = (visitors.open(device).new_page() for device in ("Pixel 7", "iPhone 14", "Galaxy S9+"))
    come(jens, printed_link(server), JENS)
    come(inger, link_in_message(desk, INGER.name), INGER)
    open_link(birthe, link_in_message(desk, BIRTHE.name))
    confirm_birth_date(birthe, BIRTHE)
    birthe.get_by_role("link", name="Tilbage til venteværelset").click()
    is_waiting(birthe)
    waiting = [jens, inger, birthe]
    for person in (JENS, INGER, BIRTHE):
        expect(row(desk, person.name)).to_have_attribute("data-group", "present")
    places, order = [place_of(phone) for phone in waiting], names_present(desk)
    for page in (*waiting, desk):
        page.evaluate("window.loadedOnce = true")

    server.end(signal.SIGKILL)
    for phone in waiting:
        expect(phone.get_by_text("Du beholder din plads. Bliv her.")).to_be_visible()
    button(desk, f"Kald ind: {BIRTHE.name}").click()
    expect(desk.get_by_text("Ingen forbindelse. Prøv en gang til.")).to_be_visible()
    expect(desk.get_by_text("Ingen forbindelse til serveren")).to_be_visible()
    server.restart()

    for phone in waiting:
        expect(phone.get_by_text("Du beholder din plads. Bliv her.")).to_be_hidden(timeout=LONG)
        is_waiting(phone)
    expect(desk.get_by_text("Ingen forbindelse til serveren")).to_be_hidden(timeout=LONG)
    for person in (JENS, INGER, BIRTHE):
        expect(row(desk, person.name).locator(".status.warn")).to_have_count(0, timeout=LONG)
    assert [place_of(phone) for phone in waiting] == places
    assert names_present(desk) == order
    assert all(page.evaluate("window.loadedOnce === true") for page in (*waiting, desk)), "a page was loaded anew"

    button(desk, f"Kald ind: {BIRTHE.name}").click()
    expect(birthe.get_by_role("alertdialog")).to_contain_text("kalder dig ind")


def test_of_two_doctors_at_once_one_gets_the_patient(visitors: Visitors, phone: Page, server: Server) -> None:
    come(phone, printed_link(server), JENS)
    mette, anders = visitors.open().new_page(), visitors.open().new_page()
    sign_in(mette, METTE)
    sign_in(anders, ANDERS)
    for desk in (mette, anders):
        expect(row(desk, JENS.name)).to_be_visible()

    press_at_once([mette, anders], JENS.name)

    told = "kom først og har kaldt patienten ind"
    expect(mette.get_by_text(told).or_(veil(mette, "Ringer til"))).to_be_visible()
    expect(anders.get_by_text(told).or_(veil(anders, "Ringer til"))).to_be_visible()
    winner, loser, name = (
        (mette, anders, "Mette Holm") if veil(mette, "Ringer til").is_visible() else (anders, mette, "Anders Bak")
    )
    expect(loser.get_by_text(f"{name} {told}")).to_be_visible()
    expect(veil(loser, "Ringer til")).to_be_hidden()
    expect(row(loser, JENS.name)).to_contain_text(f"hos {name}")
    expect(row(winner, JENS.name)).to_contain_text("hos dig")
    expect(phone.get_by_role("alertdialog")).to_contain_text(f"{name} kalder dig ind")


def test_an_open_menu_stays_open_when_the_queue_changes(desk: Page, phone: Page, server: Server) -> None:
    sign_in(desk)
    menu = row(desk, BIRTHE.name).get_by_label(f"Mere for {BIRTHE.name}")
    menu.click()
    word = row(desk, BIRTHE.name).get_by_text("Skriv til patienten")
    expect(word).to_be_visible()

    come(phone, printed_link(server), JENS)
    expect(row(desk, JENS.name)).to_have_attribute("data-group", "present")

    expect(word).to_be_visible()
    desk.keyboard.press("Escape")
    expect(word).to_be_hidden()

    menu.press("Enter")
    word.press("Enter")
    expect(desk.get_by_role("dialog")).to_be_visible()
    put_away(desk)
    expect(menu).to_be_focused()
