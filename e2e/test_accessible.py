"""axe finds nothing on any screen in any state, in light and dark, Danish and English: the public and the patient's.

The screens are walked by their structure, not their words, since every walk is made in both languages. The desk and the
call are in test_accessible_desk.py.
"""

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from app.demo.seed import SLUG
from e2e.axe import Eye
from e2e.conftest import Visitors
from e2e.server import Server
from e2e.steps import (
    JENS,
    METTE,
    YUSUF,
    Person,
    code_in_message,
    is_minded,
    link_in_message,
    printed_link,
    row,
    sign_in,
)


def birth_date(page: Page, born: tuple[str, str, str]) -> None:
    """Fill in the three boxes and send."""
    for name, digits in zip(("day", "month", "year"), born, strict=True):
        page.locator(f"[name={name}]").fill(digits)
    page.locator("main form button.primary").click()


def opened(page: Page, link: str, person: Person) -> None:
    """The link opened and the question answered."""
    page.goto(link)
    birth_date(page, person.born)
    page.wait_for_url("**/appointments/*")


@pytest.fixture(scope="module")
def links(everybody: Visitors) -> dict[str, str]:
    """Links as the SMS hold them: one whose door is open, one for another day."""
    desk = everybody.open().new_page()
    sign_in(desk, METTE)
    return {"soon": printed_link(everybody.server), "tomorrow": link_in_message(desk, YUSUF.name)}


def test_what_anybody_may_see(everybody: Visitors, eye: Eye, links: dict[str, str]) -> None:
    page = everybody.reader(eye.language)
    for name, path in {
        "front": "/",
        "sign-in": "/login",
        "code": "/kode",
        "clinic, open": f"/k/{SLUG}",
        "door": f"/k/{SLUG}/door",
        "cut link": "/j/cut",
        "link": links["soon"],
        "guide": "/guide",
        "offline": "/offline",
        "unknown page": "/nowhere",
        "setup that is over": "/setup/secret",
    }.items():
        page.goto(path)
        eye.look(page, name)

    page.goto("/login")
    page.locator("[name=email]").fill(METTE)
    page.locator("[name=password]").fill("wrong")
    page.locator("main form button.primary").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    eye.look(page, "sign-in refused")
    page.goto("/kode")
    page.locator("[name=code]").fill("nothing")
    birth_date(page, JENS.born)
    expect(page.locator(".error")).to_be_visible()
    eye.look(page, "unknown code")
    page.goto(links["tomorrow"])
    birth_date(page, ("31", "2", "1950"))
    expect(page.locator(".error")).to_be_visible()
    eye.look(page, "no such date of birth")


def test_the_door_of_the_open_consultation(everybody: Visitors, eye: Eye) -> None:
    desk = everybody.open().new_page()
    sign_in(desk, METTE)
    page = everybody.reader(eye.language)
    page.goto(f"/k/{SLUG}/door")
    page.locator("[name=phone]").fill("12")
    birth_date(page, JENS.born)
    expect(page.locator(".error")).to_be_visible()
    eye.look(page, "door refused")
    page.locator("[name=phone]").fill(YUSUF.phone)
    birth_date(page, YUSUF.born)
    expect(page.locator("[name=code]")).to_be_visible()
    eye.look(page, "code by SMS")
    page.locator("[name=code]").fill(code_in_message(desk, YUSUF.name, "Engangskode", r"\d{6}"))
    page.locator("main form button.primary").click()
    expect(page.locator("[name=reason]")).to_be_visible()
    eye.look(page, "clinic, known patient")
    for how in ("left", "taken off", "sent away"):
        page.goto(f"/k/{SLUG}")
        page.locator("main form button.primary").click()
        page.wait_for_url("**/waiting?place=*")
        {"left": leave, "taken off": take_off, "sent away": send_away}[how](desk, page)
        expect(page.locator("waiting-room")).to_have_count(0)
        eye.look(page, f"waiting room, {how}")
    for name, path in {"clinic, closed": f"/k/{SLUG}", "door, closed": f"/k/{SLUG}/door"}.items():
        page.goto(path)
        eye.look(page, name)
    desk.locator("#opening button.primary").click()
    expect(desk.locator("#opening")).to_have_attribute("data-state", "open")


def leave(_desk: Page, page: Page) -> None:
    """The patient goes."""
    form = page.locator("form[action^='/waiting/departure']")
    page.locator("details", has=form).locator("summary").click()
    form.locator("button").click()


def take_off(desk: Page, _page: Page) -> None:
    """Staff take the patient off the queue."""
    row(desk, YUSUF.name).locator("summary").click()
    row(desk, YUSUF.name).locator("form[action$='/removal'] button").click()


def send_away(desk: Page, _page: Page) -> None:
    """The open consultation is closed and everybody without an appointment told to call."""
    desk.locator("#opening form", has=desk.locator("[value=send_away]")).locator("button").click()


def test_the_patients_way(everybody: Visitors, eye: Eye, links: dict[str, str]) -> None:
    page = everybody.reader(eye.language)
    opened(page, links["tomorrow"], YUSUF)
    eye.look(page, "appointment tomorrow")
    address = page.url
    start = page.locator("link[rel=manifest]").get_attribute("href") or ""
    device_test(page, eye)
    for name, path in {"appointments": "/appointments", "install, Android": "/install"}.items():
        page.goto(path)
        eye.look(page, name)
    is_minded(page)
    page.context.set_offline(True)
    page.goto(address)
    expect(page.locator("[data-kept=title]")).to_be_visible()
    eye.look(page, "offline, with what is kept")
    page.context.set_offline(False)

    app = everybody.reader(eye.language)
    app.goto(start.removesuffix("/app.webmanifest"))
    expect(app.locator("[name=day]")).to_be_visible()
    eye.look(app, "confirmation")
    birth_date(app, ("1", "1", "1970"))
    expect(app.locator(".error")).to_be_visible()
    eye.look(app, "confirmation refused")

    iphone = everybody.reader(eye.language, "iPhone 14")
    opened(iphone, links["soon"], JENS)
    eye.look(iphone, "appointment now")
    iphone.goto("/install")
    eye.look(iphone, "install, iPhone")


def device_test(page: Page, eye: Eye) -> None:
    """Every step of the device test, passed in the end."""
    page.locator("a[href$='/device-test']").first.click()
    step = {name: page.locator(f"[data-step={name}]") for name in ("start", "camera", "microphone", "loudspeaker")}
    eye.look(page, "device test")
    step["start"].locator("button").click()
    expect(step["camera"].locator(".primary")).to_be_enabled()
    eye.look(page, "device test, camera")
    step["camera"].locator(".primary").click()
    expect(step["microphone"].locator(".primary")).to_be_enabled()
    eye.look(page, "device test, microphone")
    step["microphone"].locator(".primary").click()
    eye.look(page, "device test, loudspeaker")
    step["loudspeaker"].locator("[data-do=play]").click()
    step["loudspeaker"].locator("[data-verdict=ok]").click()
    expect(page.locator("[data-step=line]")).to_be_visible()
    eye.look(page, "device test, line")
    page.wait_for_url("**/appointments/*")
    expect(page.locator(".ready, form[action$='/place']").first).to_be_visible()
    eye.look(page, "appointment, tested")


def test_a_device_test_that_failed(everybody: Visitors, eye: Eye, links: dict[str, str], chromium: Browser) -> None:
    page = everybody.reader(eye.language, media=False, browser=chromium)
    opened(page, links["tomorrow"], YUSUF)
    page.goto(f"{page.url}/device-test")
    page.locator("[data-do=start]").click()
    expect(page.locator("[data-step=denied]")).to_be_visible()
    eye.look(page, "device test, denied")
    page.locator("[data-step=loudspeaker] [data-do=play]").click()
    page.locator("[data-step=loudspeaker] [data-verdict=failed]").click()
    expect(page.locator("main details, main .banner").first).to_be_visible()
    eye.look(page, "device test, remedies")


def test_the_first_start(everybody: Visitors, eye: Eye, playwright: Playwright, chromium: Browser) -> None:
    empty = Server(everybody.server.folder / f"empty-{eye.language}", "serve", {"SETUP_SECRET": "first"})
    empty.folder.mkdir()
    empty.start()
    first = Visitors(playwright, empty, chromium)
    page = first.reader(eye.language, "")
    page.goto("/setup/first")
    eye.look(page, "setup")
    for name in ("clinic_name", "provider_number", "plan_b_phone", "name", "email", "password"):
        page.locator(f"[name={name}]").fill("1@x.dk" if name == "email" else "1")
    page.locator("[name=region]").select_option(index=1)
    page.locator("main form button.primary").click()
    expect(page.locator(".error").first).to_be_visible()
    eye.look(page, "setup refused")
    first.close()
    empty.end()
