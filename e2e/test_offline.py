"""Without network the phone shows when, whom to call and the checklist; what is ticked reaches the clinic later.

And a page that lost its scripts on the way is loaded again.
"""

import re

from playwright.sync_api import Locator, Page, Route, expect

from e2e.server import Server
from e2e.steps import (
    JENS,
    PLAN_B,
    becomes_true,
    confirm_birth_date,
    heading,
    is_minded,
    open_link,
    printed_link,
    row,
    sign_in,
)


def tick(page: Page, words: str) -> Locator:
    """A line of the checklist."""
    return page.get_by_role("checkbox", name=words)


def test_ticks_made_without_network_reach_the_clinic(desk: Page, phone: Page, server: Server) -> None:
    sign_in(desk)
    expect(row(desk, JENS.name)).to_contain_text("Tjekliste: 0 af 6")
    open_link(phone, printed_link(server))
    confirm_birth_date(phone, JENS)
    is_minded(phone)

    phone.context.set_offline(True)
    tick(phone, "Find et rum for dig selv").check()
    expect(phone.get_by_text("Gemt på telefonen. Klinikken ser det, når du er på nettet igen.")).to_be_visible()
    phone.context.set_offline(False)

    expect(row(desk, JENS.name)).to_contain_text("Tjekliste: 1 af 6")
    expect(phone.get_by_text("Gemt på telefonen.")).to_be_hidden()


def test_the_page_opens_without_network_and_keeps_what_is_ticked(desk: Page, phone: Page, server: Server) -> None:
    open_link(phone, printed_link(server))
    confirm_birth_date(phone, JENS)
    when = re.search(r"\d\d[.:]\d\d", phone.locator(".hero-time").inner_text())
    tick(phone, "Læs, hvordan det foregår").check()
    is_minded(phone)

    phone.context.set_offline(True)
    phone.reload()
    expect(phone.get_by_text("Intet net lige nu")).to_be_visible()
    expect(heading(phone, "Videosamtale med Mette Holm")).to_be_visible()
    assert when
    expect(phone.locator("[data-kept=when]")).to_contain_text(when.group(0))
    expect(phone.get_by_role("link", name=PLAN_B)).to_have_attribute("href", "tel:+4566112233")
    expect(tick(phone, "Læs, hvordan det foregår")).to_be_checked()
    tick(phone, "Hav papir og blyant klar").check()
    phone.get_by_label("Blodtryk").fill("128")
    phone.get_by_label("Det lave tal").fill("82")
    phone.get_by_label("Det lave tal").press("Tab")
    expect(phone.locator("measurement-form [data-unsent]")).to_be_visible()
    phone.get_by_role("link", name="Sådan foregår en videosamtale").click()
    expect(heading(phone, "På dagen")).to_be_visible()
    phone.go_back()
    expect(tick(phone, "Hav papir og blyant klar")).to_be_checked()

    phone.context.set_offline(False)
    expect(heading(phone, "Din videosamtale med Mette Holm")).to_be_visible()
    expect(tick(phone, "Hav papir og blyant klar")).to_be_checked()
    sign_in(desk)
    expect(row(desk, JENS.name)).to_contain_text("Tjekliste: 2 af 6")
    expect(row(desk, JENS.name)).to_contain_text("Blodtryk 128/82")


def test_a_page_whose_scripts_did_not_arrive_is_loaded_once_more(desk: Page) -> None:
    failed: list[str] = []

    def lose_once(route: Route) -> None:
        failed.append(route.request.url)
        route.abort() if len(failed) == 1 else route.continue_()

    desk.route("**/js/call/stage.js", lose_once)
    with desk.expect_response("**/js/call/stage.js"):
        sign_in(desk)
    becomes_true(desk, "customElements.get('call-stage') !== undefined")
    assert len(failed) == 2
