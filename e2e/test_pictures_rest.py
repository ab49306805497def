"""On a line that takes no more than the sound pictures rest, and both are told why; they come back by themselves."""

import json
import re

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from e2e.server import Server
from e2e.steps import becomes_true, is_talking, press, printed_link, talk

pytestmark = pytest.mark.media

WHY = "Billedet holder pause, fordi forbindelsen er svag"
THEIRS = "Forbindelsen er svag. Billedet holder pause, så lyden bliver god"
OWN = "Forbindelsen er svag. Dit billede holder pause, så lyden bliver god"
MOVES = """async () => {
  const count = async () => {
    const report = await document.querySelector("call-stage").session.connection.peerConnection.getStats();
    return [...report.values()].reduce((sum, entry) => sum + (entry.framesEncoded ?? 0), 0);
  };
  const before = await count();
  await new Promise((resolve) => setTimeout(resolve, 500));
  return (await count()) > before;
}"""
"""Whether one's own picture is being made."""


class ThinLine:
    """What the relay says of the patient's line, on its way to a page; to be made before the page is opened."""

    def __init__(self, page: Page) -> None:
        self.is_thin = False
        page.route_web_socket(re.compile("/live"), self._carry)

    def _carry(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda message: socket.send(self._said(message)))

    def _said(self, message: str | bytes) -> str | bytes:
        frame = json.loads(message)
        if frame.get("type") != "parties":
            return message
        parties = [{**each, "pictures": each["role"] == "staff" or not self.is_thin} for each in frame["parties"]]
        return json.dumps({**frame, "parties": parties})


def test_both_are_told_that_the_picture_rests_and_it_returns(desk: Page, phone: Page, server: Server) -> None:
    lines = [ThinLine(desk), ThinLine(phone)]
    talk(desk, phone, printed_link(server))

    for line in lines:
        line.is_thin = True
    press(phone, "Mikrofon")
    expect(phone.get_by_text(WHY)).to_be_visible()
    for page, note in ((phone, THEIRS), (desk, OWN)):
        expect(page.get_by_text(note)).to_be_visible()
        expect(page.locator("call-stage .call-phone")).to_be_visible()
    # the doctor's camera makes no picture nobody can see; the patient's line up is as good as before
    becomes_true(desk, f"!(await ({MOVES})())")
    assert phone.evaluate(MOVES)

    for line in lines:
        line.is_thin = False
    press(phone, "Mikrofon")
    is_talking(phone, desk)
    expect(phone.get_by_text(WHY)).to_be_hidden()
    for page, note in ((phone, THEIRS), (desk, OWN)):
        expect(page.get_by_text(note)).to_be_hidden()
    becomes_true(desk, f"await ({MOVES})()")
