"""The steps the journeys share, in the words a Danish patient and a Danish clinic read on their screens.

A step ends when the person would see that it worked. People are the demo clinic's cast (app/demo/).
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from playwright.sync_api import Locator, Page, expect

from app.demo.seed import PASSWORD, SLUG

METTE, ANDERS, LONE, SARA = (f"{name}@nordby.example" for name in ("mette", "anders", "lone", "sara"))
PLAN_B = "66 11 22 33"
CALM, LONG = 15_000, 40_000
"""How long a person is given to see something happen, and what takes many steps, in ms."""


@dataclass(frozen=True, slots=True)
class Person:
    """A patient of the demo: the name on the desk, the date of birth as it is typed, and the phone."""

    name: str
    born: tuple[str, str, str]
    phone: str = ""


JENS = Person("Jens Hansen", ("25", "12", "1948"), "20123456")
BIRTHE = Person("Birthe Sørensen", ("9", "2", "1946"), "26998877")
POUL = Person("Poul Mikkelsen", ("30", "11", "1953"), "40112233")
INGER = Person("Inger Kjær", ("17", "8", "1939"), "51667788")
YUSUF = Person("Yusuf Demir", ("21", "3", "1988"), "28445566")
SIGNE = Person("Signe Østergaard", ("2", "12", "1994"), "23778899")
MIKKEL = Person("Mikkel Dam", ("11", "6", "1979"), "30909192")


def heading(page: Page, words: str) -> Locator:
    """A heading with these words in it."""
    return page.get_by_role("heading", name=words)


def button(page: Page | Locator, words: str) -> Locator:
    """A button with these words in it."""
    return page.get_by_role("button", name=words)


def choose(page: Page | Locator, words: str) -> None:
    """One of several, laid out side by side."""
    page.get_by_role("radio", name=words, exact=True).locator("xpath=ancestor::label").click()


def becomes_true(page: Page, script: str, patience_ms: int = CALM) -> None:
    """What no element shows. Playwright's own waiting for a script does not work under our content policy."""
    looking = f"""async (patience) => {{
        for (const until = performance.now() + patience; performance.now() < until; ) {{
            if ({script}) return true;
            await new Promise((resolve) => setTimeout(resolve, 50));
        }}
        return false;
    }}"""
    assert page.evaluate(looking, patience_ms), f"never true: {script}"


def is_minded(page: Page) -> None:
    """The service worker stands between this page and the network."""
    becomes_true(page, "navigator.serviceWorker.controller !== null", LONG)


def sign_in(page: Page, email: str = METTE) -> None:
    """To the clinic's desk."""
    page.goto("/login")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Adgangskode").fill(PASSWORD)
    button(page, "Log ind").click()
    expect(heading(page, "Venteværelse")).to_be_visible()
    expect(page.locator("body[data-live=open]")).to_be_attached()


def at_the_desk(visitors: Any, language: str, email: str) -> Page:
    """A desk, signed in and read in this language."""
    desk: Page = visitors.open(reduced_motion="reduce").new_page()
    sign_in(desk, email)
    desk.goto(f"/desk?lang={language}")
    expect(desk.locator("body[data-live=open]")).to_be_attached()
    return desk


def put_away(desk: Page) -> None:
    """Close the dialog."""
    desk.keyboard.press("Escape")
    expect(desk.locator("dialog[open]")).to_have_count(0)


def open_link(page: Page, link: str) -> None:
    """What a tap on the link in the message does on a new phone: one question."""
    page.goto(link)
    expect(heading(page, "Velkommen til din videosamtale")).to_be_visible()


def say_birth_date(page: Page, born: tuple[str, str, str]) -> None:
    """Fill in and send the three boxes of a date of birth."""
    for label, digits in zip(("Dag", "Måned", "År"), born, strict=True):
        page.get_by_label(label, exact=True).fill(digits)
    page.locator("main form button.primary").click()


def confirm_birth_date(page: Page, person: Person) -> None:
    """Answer the question; the appointment opens."""
    say_birth_date(page, person.born)
    expect(page.get_by_role("heading", level=1, name="Din videosamtale med")).to_be_visible()


def enter_waiting_room(page: Page) -> None:
    """The one large button, until the page says where one is."""
    button(page, "Gå i venteværelset").click()
    is_waiting(page)


def is_waiting(page: Page) -> None:
    """The waiting room, with its line to the clinic open."""
    expect(heading(page, "Du er i venteværelset")).to_be_visible()
    expect(page.locator("body[data-live=open]")).to_be_attached()


def come(page: Page, link: str, person: Person) -> None:
    """From the link to the waiting room on a new phone."""
    open_link(page, link)
    confirm_birth_date(page, person)
    enter_waiting_room(page)


def place_of(phone: Page) -> tuple[str | None, str]:
    """Which place this waiting page shows, and since when."""
    came = phone.locator(".waiting-facts div", has_text="Du kom").inner_text()
    return phone.locator("waiting-presence").get_attribute("place"), came


def row(desk: Page, name: str) -> Locator:
    """The patient's row in the desk's waiting room."""
    return desk.locator(".queue-row", has_text=name)


def group(desk: Page, words: str) -> Locator:
    """A group of the desk's waiting room: Til stede, Ventes i dag, Væk, Kaldt ind."""
    return desk.locator(".queue-group").filter(has=desk.get_by_role("heading", name=words))


def names_present(desk: Page) -> list[str]:
    """Who is present, in the order to be served."""
    return group(desk, "Til stede").locator(".queue-name").all_inner_texts()


def call_in(desk: Page, name: str) -> None:
    """Press "Kald ind" beside the patient; it rings."""
    button(desk, f"Kald ind: {name}").click()
    expect(heading(desk, f"Ringer til {name}")).to_be_visible()


def answer(page: Page) -> None:
    """One tap on what covers the whole screen."""
    expect(page.get_by_role("alertdialog")).to_contain_text("kalder dig ind")
    button(page, "Gå ind nu").click()


def talk(desk: Page, phone: Page, link: str) -> None:
    """The demo patient comes, the doctor calls in, and they see each other."""
    sign_in(desk)
    come(phone, link, JENS)
    call_in(desk, JENS.name)
    answer(phone)
    is_talking(phone, desk)


def is_talking(*pages: Page) -> None:
    """The call is through on these pages: nothing lies over the picture, and the picture is a picture."""
    for page in pages:
        expect(page.locator("call-stage[data-state=connected]")).to_be_visible(timeout=LONG)
        picture = page.locator(".call-remote").first
        expect(picture).to_be_visible(timeout=LONG)
        becomes_true(page, "document.querySelector('.call-remote').videoWidth > 0")


def comes_back(*pages: Page) -> None:
    """The call is through again on pages that were loaded anew: some browsers want one tap for the sound."""
    for page in pages:
        through, tap = page.locator("call-stage[data-state=connected]"), button(page, "Slå lyden til")
        expect(through.or_(tap)).to_be_visible(timeout=LONG)
        if tap.is_visible():
            tap.click()
    is_talking(*pages)


def code(page: Page) -> str:
    """The code of the end-to-end encryption as a person would read it aloud."""
    chip = page.locator(".call-seal[data-sealed=sealed]")
    expect(chip).to_be_visible(timeout=LONG)
    return chip.locator("[data-seal-code]").inner_text()


def veil(page: Page, words: str) -> Locator:
    """What lies over the pictures of a call and says why."""
    return page.locator(".call-veil", has_text=words)


def press(page: Page, words: str) -> None:
    """One of the call's own buttons, which are laid out over the picture."""
    button(page.get_by_role("toolbar", name="Din samtale"), words).click()


def outbox(desk: Page, person: str, purpose: str) -> Locator:
    """The newest SMS of this kind to this person, on the outbox page of its own tab."""
    tab = desk.context.new_page()
    tab.goto("/outbox")
    message = tab.locator("article.message.sms", has=tab.get_by_role("heading", name=purpose), has_text=person).first
    expect(message).to_be_visible()
    return message


def link_in_message(desk: Page, person: str, purpose: str = "Bekræftelse") -> str:
    """The link as it stands in the newest SMS of this kind to this person."""
    message = outbox(desk, person, purpose)
    link = message.locator(".bubble a").inner_text()
    message.page.close()
    return link


def code_in_message(desk: Page, person: str, purpose: str, pattern: str) -> str:
    """What fits the pattern in the newest SMS of this kind to this person."""
    message = outbox(desk, person, purpose)
    bubble = message.locator(".bubble")
    expect(bubble).to_contain_text(re.compile(pattern))
    found = re.search(pattern, bubble.inner_text())
    message.page.close()
    assert found
    return found.group(0)


def printed_link(server: Any) -> str:
    """The demo patient's link, as the server prints it."""
    return str(server.printed_link(r"http://\S+/j/\S+"))


def knock(desk: Page, phone: Page, person: Person, why: str) -> None:
    """Into the open consultation from the clinic's own page: phone, date of birth, the code by SMS, and why."""
    phone.goto(f"/k/{SLUG}")
    phone.get_by_role("link", name="Stil dig i kø").click()
    phone.get_by_label("Telefonnummer").fill(person.phone)
    say_birth_date(phone, person.born)
    expect(heading(phone, "Se i dine beskeder")).to_be_visible()
    phone.get_by_label("Koden fra SMS’en").fill(code_in_message(desk, person.name, "Engangskode", r"\d{6}"))
    button(phone, "Fortsæt").click()
    phone.get_by_label("Hvad drejer det sig om?").fill(why)
    button(phone, "Stil dig i kø").click()
    is_waiting(phone)


def a_monday() -> date:
    """The Monday of next year's second week: no holiday, an empty calendar, and near enough to be booked."""
    second_week = date(date.today().year + 1, 1, 8)
    return second_week + timedelta(days=-second_week.weekday() % 7)
