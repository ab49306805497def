"""Where the server asks for a moment's patience, pages take it by themselves: they say so, and ask again."""

from playwright.sync_api import Page, Route, expect

from e2e.server import Server
from e2e.steps import JENS, come, printed_link, row, sign_in

LATE = "Siden prøver igen af sig selv."


class Busy:
    """Answers these requests of a page with 503 until let go, as a server does whose database is away."""

    def __init__(self, page: Page, address: str) -> None:
        self._is_over = False
        page.route(address, self._answer)

    def let_go(self) -> None:
        """The next one is answered."""
        self._is_over = True

    def _answer(self, route: Route) -> None:
        if self._is_over:
            route.continue_()
        else:
            route.fulfill(status=503, headers={"Retry-After": "1"}, body="<p>not to be shown</p>")


def test_what_a_page_asks_for_by_itself_is_asked_again(desk: Page, phone: Page, server: Server) -> None:
    sign_in(desk)
    at_desk, on_phone = Busy(desk, "**/desk/queue*"), Busy(phone, "**/waiting?shown=standing*")
    come(phone, printed_link(server), JENS)
    for page, busy in ((phone, on_phone), (desk, at_desk)):
        expect(page.get_by_text(LATE)).to_be_visible()
        expect(page.get_by_text("not to be shown")).to_have_count(0)
        busy.let_go()
    for page in (phone, desk):
        expect(page.get_by_text(LATE)).to_be_hidden()
    expect(row(desk, JENS.name)).to_have_attribute("data-group", "present")
