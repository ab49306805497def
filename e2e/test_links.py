"""No link is a dead end: cut, locked, cancelled and moved ones lead on; a good one is two taps from waiting."""

from playwright.sync_api import Page, expect

from e2e.conftest import Visitors
from e2e.server import Server
from e2e.steps import (
    JENS,
    PLAN_B,
    YUSUF,
    button,
    code_in_message,
    confirm_birth_date,
    heading,
    is_waiting,
    link_in_message,
    open_link,
    printed_link,
    row,
    say_birth_date,
    sign_in,
)

WRONG = ("1", "1", "1950")


def tells_whom_to_call(page: Page) -> None:
    """The clinic's phone as a large button."""
    expect(page.get_by_role("link", name=f"Ring på {PLAN_B}", exact=True)).to_be_visible()


def choose_in_menu(desk: Page, name: str, words: str) -> None:
    """One of the things behind a patient's three dots."""
    row(desk, name).get_by_label(f"Mere for {name}").click()
    row(desk, name).locator(".menu-items").get_by_text(words).click()


def test_a_cut_link_leads_to_the_code(desk: Page, phone: Page, server: Server) -> None:
    sign_in(desk)
    phone.goto(printed_link(server)[:-4])
    expect(heading(phone, "Linket virker ikke")).to_be_visible()
    expect(phone.get_by_role("link", name="Find din klinik og dens telefonnummer")).to_be_visible()

    phone.get_by_role("link", name="Skriv koden").click()
    expect(phone.get_by_role("link", name=PLAN_B, exact=True).first).to_be_visible()
    phone.get_by_label("Koden").fill(
        code_in_message(desk, JENS.name, "Bekræftelse", r"\b[A-Z2-9]{4}-[A-Z2-9]{4}\b").lower()
    )
    say_birth_date(phone, JENS.born)

    expect(heading(phone, "Din videosamtale med Mette Holm")).to_be_visible()


def test_three_wrong_birth_dates_lock_the_link_and_the_clinic_sends_a_new_one(desk: Page, phone: Page) -> None:
    sign_in(desk)
    link = link_in_message(desk, JENS.name)
    open_link(phone, link)
    say_birth_date(phone, WRONG)
    expect(phone.get_by_text("Datoen passer ikke")).to_be_visible()
    say_birth_date(phone, WRONG)
    expect(phone.get_by_text("Du har ét forsøg tilbage")).to_be_visible()
    say_birth_date(phone, WRONG)
    expect(heading(phone, "Linket er låst")).to_be_visible()
    expect(phone.get_by_text("Klinikken har fået besked")).to_be_visible()
    tells_whom_to_call(phone)
    phone.goto(link)
    expect(heading(phone, "Linket er låst")).to_be_visible()

    expect(row(desk, JENS.name)).to_contain_text("Linket er låst efter tre forkerte fødselsdatoer")
    choose_in_menu(desk, JENS.name, "Send et nyt link")
    expect(desk.get_by_text("Et nyt link er på vej")).to_be_visible()
    new = link_in_message(desk, JENS.name)
    assert new != link
    open_link(phone, new)
    confirm_birth_date(phone, JENS)
    expect(row(desk, JENS.name)).not_to_contain_text("Linket er låst")


def test_a_cancelled_appointment_says_so_in_the_open_page_and_behind_the_link(
    desk: Page, phone: Page, visitors: Visitors, server: Server
) -> None:
    open_link(phone, printed_link(server))
    confirm_birth_date(phone, JENS)
    sign_in(desk)

    choose_in_menu(desk, JENS.name, "Aflys aftalen")

    expect(phone.get_by_text("Aftalen er aflyst")).to_be_visible()
    expect(button(phone, "Gå i venteværelset")).to_have_count(0)
    other = visitors.open("iPhone 14").new_page()
    other.goto(printed_link(server))
    expect(heading(other, "Aftalen er aflyst")).to_be_visible()
    tells_whom_to_call(other)


def test_a_moved_appointment_is_found_by_the_old_page_and_the_new_link(
    desk: Page, phone: Page, visitors: Visitors, server: Server
) -> None:
    old = printed_link(server)
    open_link(phone, old)
    confirm_birth_date(phone, JENS)
    sign_in(desk)

    choose_in_menu(desk, JENS.name, "Flyt")
    button(desk.get_by_role("dialog"), "Flyt").click()
    expect(desk.get_by_text("Flyttet til")).to_be_visible()

    expect(phone.get_by_text("Din tid er flyttet")).to_be_visible()
    phone.get_by_role("link", name="Til den nye tid").click()
    expect(heading(phone, "Din videosamtale med Mette Holm")).to_be_visible()
    expect(phone.get_by_text("Din tid er flyttet")).to_be_hidden()
    other = visitors.open("iPhone 14").new_page()
    other.goto(old)
    expect(other.get_by_text("Din tid er flyttet")).to_be_visible()
    open_link(other, link_in_message(desk, JENS.name, "Ny tid"))
    confirm_birth_date(other, JENS)


def test_from_the_message_to_the_waiting_room_it_is_two_taps(phone: Page, server: Server) -> None:
    link = printed_link(server)
    open_link(phone, link)
    confirm_birth_date(phone, JENS)
    phone.close()
    later = phone.context.new_page()
    later.set_content(f'<a href="{link}">SMS</a>')

    later.get_by_role("link", name="SMS").tap()
    button(later, "Gå i venteværelset").tap()

    is_waiting(later)


def test_the_link_of_somebody_else_asks_again(phone: Page, desk: Page, server: Server) -> None:
    open_link(phone, printed_link(server))
    confirm_birth_date(phone, JENS)
    sign_in(desk)

    open_link(phone, link_in_message(desk, YUSUF.name))
    say_birth_date(phone, JENS.born)

    expect(phone.get_by_text("Datoen passer ikke")).to_be_visible()
