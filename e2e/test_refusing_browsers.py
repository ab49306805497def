"""Browsers that refuse what others give: storage, cookies, sockets, video calls, scripts. Each page says what to do."""

from playwright.sync_api import Page, expect

from e2e.server import Server
from e2e.steps import JENS, call_in, come, printed_link, row, sign_in

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
