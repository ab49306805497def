"""Browsers that refuse what others give: storage, cookies, sockets, video calls, scripts. Each page says what to do."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from app.demo.seed import PASSWORD
from e2e.conftest import Visitors
from e2e.lines import Line
from e2e.server import Server
from e2e.steps import (
    JENS,
    LONG,
    METTE,
    PLAN_B,
    answer,
    button,
    call_in,
    come,
    confirm_birth_date,
    enter_waiting_room,
    heading,
    open_link,
    printed_link,
    row,
    say_birth_date,
    sign_in,
    veil,
)

NO_STORAGE = """for (const name of ["localStorage", "sessionStorage"]) {
  Object.defineProperty(window, name, { get() { throw new DOMException("refused", "SecurityError"); } });
}"""
NOTIFIES_BY_WORKER_ONLY = """window.Notification = class {
  static permission = "granted";
  constructor() { throw new TypeError("Illegal constructor"); }
};
Object.defineProperty(document, "hidden", { get: () => true });"""


def test_without_storage_everything_works_until_the_tab_is_closed(desk: Page, phone: Page, server: Server) -> None:
    for page in (desk, phone):
        page.add_init_script(NO_STORAGE)
    desk.add_init_script(NOTIFIES_BY_WORKER_ONLY)
    sign_in(desk)
    bell = desk.locator("arrival-bell button")
    bell.click()
    expect(bell).to_have_attribute("aria-pressed", "true")
    come(phone, printed_link(server), JENS)
    expect(row(desk, JENS.name)).to_have_attribute("data-group", "present")
    call_in(desk, JENS.name)
    split = desk.locator("[data-layout-to=split]")
    split.click()
    expect(split).to_have_attribute("aria-pressed", "true")


SEEN = "Klinikken kan se, at du er her"
NO_VIDEO = "Videoen kan ikke køre i denne browser"
NEVER_ONLINE = "Object.defineProperty(Navigator.prototype, 'onLine', { get: () => false });"
NO_SOCKETS = "window.WebSocket = class { constructor() { throw new DOMException('refused', 'SecurityError'); } };"
LOCKED_DOWN = "delete window.RTCPeerConnection;"


def phones_the_clinic(place: Locator) -> None:
    """What to do stands beside what fails, and the clinic's number can be tapped."""
    expect(place).to_be_visible()
    expect(place.get_by_role("link", name=PLAN_B)).to_have_attribute("href", "tel:+4566112233")


@pytest.mark.parametrize("kind", ["small_chromium", "firefox"])
def test_a_browser_that_wrongly_says_it_is_offline_is_connected(
    visitors: Visitors, desk: Page, server: Server, kind: str, request: pytest.FixtureRequest
) -> None:
    phone = visitors.open("Pixel 7", request.getfixturevalue(kind)).new_page()
    for page in (desk, phone):
        page.add_init_script(NEVER_ONLINE)
    sign_in(desk)
    come(phone, printed_link(server), JENS)
    expect(phone.get_by_text(SEEN)).to_be_visible()
    expect(row(desk, JENS.name).locator(".status.warn")).to_have_count(0)
    for page in (desk, phone):
        page.evaluate("dispatchEvent(new Event('offline'))")
    call_in(desk, JENS.name)
    expect(phone.get_by_role("alertdialog")).to_contain_text("kalder dig ind")
    expect(desk.get_by_text("Ingen forbindelse til serveren")).to_be_hidden()
    desk.goto("/patients")
    expect(heading(desk, "Patienter")).to_be_visible()
    expect(desk.get_by_text("Ingen forbindelse til serveren")).to_be_hidden()


@pytest.mark.parametrize("why", ["off", "unreadable"])
def test_a_page_whose_scripts_do_not_run_promises_nothing(visitors: Visitors, server: Server, why: str) -> None:
    context = visitors.open("Pixel 7", java_script_enabled=why != "off")
    phone = context.new_page()
    if why == "unreadable":  # what a module is to a browser that is older than its grammar
        visitors.forgives("Unexpected token")
        phone.route("**/static/*/js/**", lambda route: route.fulfill(content_type="text/javascript", body="?!"))
    open_link(phone, printed_link(server))
    confirm_birth_date(phone, JENS)
    phones_the_clinic(phone.locator("[data-line=none]", has_text=NO_VIDEO))
    expect(phone.get_by_text("Knappen kommer her af sig selv")).to_be_hidden()
    button(phone, "Gå i venteværelset").click()
    phones_the_clinic(phone.locator("[data-line=none]", has_text="Siden kan ikke ringe hos dig"))
    expect(phone.get_by_text(SEEN)).to_be_hidden()
    expect(button(phone, "Prøv lyden")).to_be_hidden()
    phone.goto("/appointments")
    phone.locator("main a[href^='/appointments/']").first.click()
    expect(heading(phone, "Din videosamtale med")).to_be_visible()
    phone.goto(f"{phone.url}/device-test")
    phones_the_clinic(phone.locator("[data-line=none]", has_text="Testen kræver JavaScript"))


@pytest.mark.parametrize("how", ["by the network", "by the browser"])
def test_where_no_socket_opens_it_is_said_what_to_do(desk: Page, phone: Page, server: Server, how: str) -> None:
    for page in (desk, phone):
        if how == "by the network":
            Line(page, cut=True)
        else:
            page.add_init_script(NO_SOCKETS)
    open_link(phone, printed_link(server))
    confirm_birth_date(phone, JENS)
    button(phone, "Gå i venteværelset").click()
    expect(phone.get_by_text("Forbinder igen")).to_be_visible()
    advice = phone.locator("[data-line=lost]")
    expect(advice).to_contain_text("prøv et andet netværk", timeout=LONG)
    phones_the_clinic(advice)
    expect(phone.get_by_text(SEEN)).to_be_hidden()
    desk.goto("/login")
    desk.get_by_label("E-mail").fill(METTE)
    desk.get_by_label("Adgangskode").fill(PASSWORD)
    button(desk, "Log ind").click()
    expect(desk.get_by_text("Ingen forbindelse til serveren")).to_be_visible()


def test_without_webrtc_it_is_said_before_the_day_and_in_the_call(desk: Page, phone: Page, server: Server) -> None:
    phone.add_init_script(LOCKED_DOWN)
    open_link(phone, printed_link(server))
    confirm_birth_date(phone, JENS)
    phones_the_clinic(phone.locator("[data-line=unable]", has_text=NO_VIDEO))
    with phone.expect_response(lambda answer: answer.request.method == "POST" and "device-test" in answer.url):
        phone.goto(f"{phone.url}/device-test")
    phones_the_clinic(phone.locator("[data-line=unable]", has_text=NO_VIDEO))
    expect(button(phone, "Start testen")).to_be_hidden()
    sign_in(desk)
    expect(row(desk, JENS.name)).to_contain_text("hav telefonen klar")
    phone.go_back()
    enter_waiting_room(phone)
    phones_the_clinic(phone.locator("[data-line=unable]", has_text=NO_VIDEO))
    call_in(desk, JENS.name)
    expect(desk.locator(".call-seal")).to_be_hidden()
    answer(phone)
    phones_the_clinic(veil(phone, NO_VIDEO))


def test_a_desk_without_webrtc_is_told_at_once(desk: Page, phone: Page, server: Server) -> None:
    desk.add_init_script(LOCKED_DOWN)
    sign_in(desk)
    come(phone, printed_link(server), JENS)
    button(desk, f"Kald ind: {JENS.name}").click()
    expect(veil(desk, NO_VIDEO)).to_be_visible()
    expect(veil(desk, NO_VIDEO).get_by_role("link")).to_have_attribute("href", re.compile(JENS.phone))


def test_without_cookies_it_is_said_why_nothing_opens(visitors: Visitors, server: Server) -> None:
    phone = visitors.open("Pixel 7", service_workers="block").new_page()
    link = printed_link(server)
    open_link(phone, link)
    phone.context.clear_cookies()
    say_birth_date(phone, JENS.born)
    phones_the_clinic(phone.locator("[data-line=cookies]"))
    open_link(phone, link)
    confirm_birth_date(phone, JENS)
    phone.context.clear_cookies()
    phone.goto("/appointments")
    expect(phone.get_by_text("Browseren har glemt det, eller den gemmer ikke cookies.")).to_be_visible()
    expect(phone.get_by_role("link", name=PLAN_B)).to_be_visible()
