"""axe finds nothing on a third party's pages, nor on the desk that lets them in; see test_accessible.py."""

from playwright.sync_api import expect

from e2e.axe import Eye
from e2e.conftest import Visitors
from e2e.steps import METTE, at_the_desk, put_away, row


def test_the_third_partys_way(visitors: Visitors, eye: Eye) -> None:
    desk = at_the_desk(visitors, eye.language, METTE)
    row(desk, "Birthe Sørensen").locator("[data-calls-in]").click()
    expect(desk.locator("[data-veil=ringing]")).to_be_visible()
    desk.locator("[data-opens=call-keys]").click()
    eye.look(desk, "keys of the call")
    put_away(desk)
    desk.locator(".call-controls [data-do=chat]").click()
    eye.look(desk, "messages in the call")
    desk.keyboard.press("Escape")
    desk.locator("a[href$='/guests/new']").click()
    expect(desk.locator("dialog[open] [name=to]")).to_be_visible()
    expect(desk.locator(".htmx-request")).to_have_count(0)
    eye.look(desk, "invitation into the call")
    desk.locator("dialog[open] [value=interpreter]").locator("xpath=ancestor::label").click()
    for name, words in {"name": "Ane Tolk", "to": "22 33 44 55"}.items():
        desk.locator(f"dialog[open] [name={name}]").fill(words)
    desk.locator("dialog[open] button.primary").click()
    expect(desk.locator(".guest-row")).to_be_visible()

    outbox = desk.context.new_page()
    outbox.goto("/outbox")
    link = outbox.locator(".bubble a[href*='/g/']").first.inner_text()
    guest = visitors.reader(eye.language)
    for path, name in ((link, "guest's link"), ("/g/cut", "guest's link, cut"), ("/guest", "not a guest")):
        guest.goto(path)
        eye.look(guest, name)
    guest.goto(link)
    guest.locator("main form button.primary").click()
    expect(guest.locator(".presence")).to_be_visible()
    eye.look(guest, "lobby")
    eye.look(desk, "desk, a guest in the lobby")
    desk.locator(".guest-row form[action$='/admission'] button").click()
    expect(guest.locator("call-stage")).to_be_visible()
    eye.look(guest, "guest's call")
    desk.locator("form[action$='/hold'] button").click()
    expect(guest.locator("[data-veil=held]")).to_be_visible()
    eye.look(guest, "guest on hold")
    guest.locator(".hang-up").click()
    expect(guest.locator("h1")).to_be_visible()
    eye.look(guest, "guest who left")
