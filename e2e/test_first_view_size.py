"""The first view of a patient's page is light enough for an old phone on a weak line: 60 kB, all that is fetched."""

from playwright.sync_api import CDPSession, Page, expect

from e2e.conftest import Visitors
from e2e.server import Server
from e2e.steps import JENS, confirm_birth_date, heading, open_link, printed_link

MAX_BYTES = 60_000
"""Bytes on the wire, headers included."""


class Fetched:
    """What a page fetches, as it came over the wire."""

    def __init__(self, page: Page) -> None:
        self.bytes: dict[str, float] = {}
        self._address: dict[str, str] = {}
        devtools: CDPSession = page.context.new_cdp_session(page)
        devtools.on("Network.requestWillBeSent", self._asked)
        devtools.on("Network.loadingFinished", self._came)
        devtools.send("Network.enable")

    def _asked(self, event: dict[str, object]) -> None:
        request = event["request"]
        assert isinstance(request, dict)
        self._address[str(event["requestId"])] = str(request["url"]).rpartition("/")[2]

    def _came(self, event: dict[str, object]) -> None:
        size = event["encodedDataLength"]
        assert isinstance(size, int | float)
        key = str(event["requestId"])
        self.bytes[f"{self._address.get(key)} ({key})"] = size

    def is_light(self) -> None:
        """Hold the sum against the promise."""
        total = sum(self.bytes.values())
        assert total <= MAX_BYTES, f"{total:.0f} bytes: {self.bytes}"
        assert any(".woff2" in name for name in self.bytes), "the font was not counted"


def test_the_page_behind_the_link_is_light(phone: Page, server: Server) -> None:
    fetched = Fetched(phone)
    open_link(phone, printed_link(server))
    phone.wait_for_load_state("networkidle")
    phone.evaluate("document.fonts.ready.then(() => true)")
    fetched.is_light()


def test_the_appointment_is_light_on_a_phone_that_has_kept_nothing(visitors: Visitors, server: Server) -> None:
    phone = visitors.open("Pixel 7", service_workers="block").new_page()
    open_link(phone, printed_link(server))
    confirm_birth_date(phone, JENS)
    address = phone.url
    state = phone.context.storage_state()

    again = visitors.open("Pixel 7", service_workers="block", storage_state=state).new_page()
    fetched = Fetched(again)
    again.goto(address)
    expect(heading(again, "Din videosamtale med")).to_be_visible()
    again.wait_for_load_state("networkidle")
    again.evaluate("document.fonts.ready.then(() => true)")
    fetched.is_light()
