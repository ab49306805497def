"""What the sealing of a call holds against a dishonest server: one stands in the middle of the pages' sockets."""

import json
import re
from typing import Any

from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from e2e.media import is_silent_and_dark
from e2e.server import Server
from e2e.steps import (
    JENS,
    answer,
    becomes_true,
    button,
    call_in,
    code,
    come,
    comes_back,
    is_talking,
    printed_link,
    sign_in,
    talk,
    veil,
)

CHANGED = "Koden er ændret: læs den igen"
STATE = "document.querySelector('call-stage').session?.sealing.state"
FORGET = """() => new Promise((done) => {
  indexedDB.deleteDatabase("naervaer-sealing").onsuccess = () => done();
})"""
"""What a browser does that keeps nothing."""


class Between:
    """Stands between a page and its server, reads and changes what passes; to be made before the page is opened."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.epochs = 0
        self.cannot_seal = ""
        self.words: list[str] = []
        self.passed: list[str] = []
        self._parties: dict[str, Any] = {}
        page.route_web_socket(re.compile("/live"), self._carry)

    def _carry(self, socket: WebSocketRoute) -> None:
        self._socket = socket
        server = socket.connect_to_server()
        server.on_message(lambda message: socket.send(self._told(message)))
        socket.on_message(lambda message: server.send(self._noted(message)))

    def _noted(self, message: str | bytes) -> str | bytes:
        frame = json.loads(message)
        if frame["type"] == "pass" and json.loads(frame["data"])["k"] == "say":
            self.words.append(frame["data"])
        return message

    def _told(self, message: str | bytes) -> str | bytes:
        frame = json.loads(message)
        if frame["type"] == "passed":
            self.passed.append(str(message))
        if frame["type"] != "parties":
            return message
        self._parties = frame
        return json.dumps(self._lied())

    def _lied(self) -> dict[str, Any]:
        parties = [
            {**each, "sealing": "" if each["role"] == self.cannot_seal else each["sealing"]}
            for each in self._parties["parties"]
        ]
        return {**self._parties, "parties": parties, "epoch": self._parties["epoch"] + self.epochs}

    def raise_epoch(self) -> None:
        """Say that keys are to be agreed on anew."""
        self.epochs += 1
        self._socket.send(json.dumps(self._lied()))

    def replay(self) -> None:
        """Pass on once more the word that was passed on last."""
        self._socket.send(next(each for each in reversed(self.passed) if '\\"say\\"' in each))

    def put_in_a_mouth(self, words: str) -> None:
        """Pass on what the other never wrote."""
        (other,) = [each["id"] for each in self._parties["parties"] if not each["you"]]
        data = json.dumps({"k": "say", "t": words})
        self._socket.send(json.dumps({"type": "passed", "call": self._parties["call"], "sender": other, "data": data}))


def write(page: Page, words: str) -> None:
    """Into the messages of the call."""
    if page.locator(".call-chat").is_hidden():
        page.locator(".call-controls [data-do=chat]").click()
    page.get_by_label("Skriv til de andre i samtalen").fill(words)
    button(page.locator(".call-chat"), "Send").click()


def sealed(page: Page) -> Locator:
    """The words of the lock that promise most."""
    return page.locator(".call-seal").get_by_text("Krypteret hele vejen", exact=True)


def test_a_word_that_is_replayed_is_shown_once(desk: Page, phone: Page, server: Server) -> None:
    between = Between(phone)
    talk(desk, phone, printed_link(server))
    code(desk), code(phone)
    write(desk, "Tag to piller")
    said = phone.locator(".call-chat li")
    expect(said).to_have_text(["Mette Holm" + "Tag to piller"])
    for _again in range(3):
        between.replay()
    write(desk, "og drik vand til")
    expect(said.filter(has_text="og drik vand til")).to_be_visible()
    expect(said).to_have_count(2)


def test_once_sealed_nothing_plain_is_shown_or_sent_unless_both_say_so(desk: Page, phone: Page, server: Server) -> None:
    sides = [Between(desk), Between(phone)]
    talk(desk, phone, printed_link(server))
    code(desk), code(phone)

    # alone with a raised epoch the page agrees with nobody
    sides[1].raise_epoch()
    becomes_true(phone, f"{STATE} === 'agreeing'")
    sides[1].put_in_a_mouth("Sig dit CPR-nummer")
    expect(phone.get_by_text("Der kom en besked, som ikke kunne åbnes")).to_have_count(1)
    expect(phone.get_by_text("Sig dit CPR-nummer")).to_have_count(0)
    sides[0].raise_epoch()
    assert code(desk) == code(phone)

    for side in sides:
        side.cannot_seal = "patient"
        side.raise_epoch()
    for page in (desk, phone):
        expect(veil(page, "Ikke længere krypteret hele vejen")).to_be_visible()
        expect(page.locator(".call-seal[data-sealed=asking]")).to_be_visible()
    sides[1].put_in_a_mouth("Sig dit CPR-nummer")
    write(desk, "Du har en svamp")
    expect(desk.get_by_text("Den blev ikke sendt")).to_be_visible()
    assert [word for word in sides[0].words if '"t"' in word] == []
    expect(phone.get_by_text("Sig dit CPR-nummer")).to_have_count(0)
    for page in (desk, phone):
        is_silent_and_dark(page)

    desk.locator(".call-controls [data-do=chat]").click()
    for page in (desk, phone):
        button(page, "Tal videre alligevel").click()
        expect(page.locator(".call-seal[data-sealed=clear]")).to_be_visible()
    is_talking(desk, phone)
    write(desk, "Du har en svamp")
    expect(phone.get_by_text("Du har en svamp")).to_be_visible()


def test_a_code_that_was_read_stays_and_says_when_it_does_not(desk: Page, phone: Page, server: Server) -> None:
    sides = [Between(desk), Between(phone)]
    talk(desk, phone, printed_link(server))
    read = code(desk)
    assert read == code(phone) != ""

    for side in sides:
        side.raise_epoch()
    for side in sides:
        becomes_true(side.page, f"{STATE} === 'sealed'")
        assert code(side.page) == read
    for page in (desk, phone):
        page.reload()
        comes_back(desk, phone)
        assert code(desk) == code(phone) == read
        expect(desk.get_by_text(CHANGED).first).to_be_hidden()

    phone.evaluate(FORGET)
    phone.reload()
    comes_back(desk, phone)
    note = desk.locator(".call-quality").get_by_text(CHANGED)
    expect(note).to_be_visible()
    assert code(desk) == code(phone) != read
    expect(phone.get_by_text(CHANGED).first).to_be_hidden()
    button(desk, "Vis koden").click()
    expect(desk.get_by_role("dialog")).to_contain_text(f"Nye siden da: {JENS.name}.")
    button(desk, "Vi har læst den, og den er ens").click()
    expect(note).to_be_hidden()
    expect(sealed(desk)).to_be_visible()

    for _again in range(21):
        sides[0].raise_epoch()
    expect(desk.get_by_text("Krypteringen bliver aftalt igen og igen")).to_be_visible()


def test_nothing_is_called_sealed_while_it_rings(desk: Page, phone: Page, server: Server) -> None:
    sign_in(desk)
    come(phone, printed_link(server), JENS)
    call_in(desk, JENS.name)
    becomes_true(desk, f"{STATE} === 'sealed'")
    assert sealed(desk).is_hidden()
    answer(phone)
    is_talking(desk, phone)
    assert code(desk) == code(phone) != ""
    expect(sealed(desk)).to_be_visible()
