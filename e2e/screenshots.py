"""Pictures of every screen on phone, tablet and desk, light and dark, into screenshots/: `make screenshots`.

Walks the whole way once per device and theme on the demo clinic, so that each screen is in a state people meet. The
desk with a call becomes docs/images/desk.png, the README's picture.
"""

import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from app.demo import PASSWORD, SLUG
from e2e.conftest import AS_ROOT, CHROMIUM, FAKE_MEDIA, QUIET
from e2e.server import ROOT, Server

OUT = ROOT / "screenshots"
DEVICES = {"phone": "Pixel 7", "tablet": "iPad Mini", "desk": ""}
FIRST_PICTURE = """() => new Promise((seen) => {
  const remote = document.querySelector('.call-remote');
  const look = () => remote.videoWidth > 0 ? seen() : requestAnimationFrame(look);
  look();
})"""
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")


@dataclass
class Photographer:
    """Opens pages on one device in one theme and takes their pictures."""

    playwright: Playwright
    browser: Browser
    server: Server
    device: str
    theme: Theme

    def open(self, device: str | None = None) -> BrowserContext:
        """A visitor on this device, or on the named one."""
        name = DEVICES[device or self.device]
        profile = dict(self.playwright.devices[name]) if name else {"viewport": {"width": 1440, "height": 900}}
        profile.pop("default_browser_type", None)
        context = self.browser.new_context(
            base_url=self.server.url, locale="da-DK", color_scheme=self.theme, reduced_motion="reduce", **profile
        )
        context.grant_permissions(["camera", "microphone"], origin=self.server.url)
        context.set_default_timeout(45_000)
        return context

    def shoot(self, page: Page, name: str) -> None:
        """One picture of what is in view, when it has come to rest."""
        page.wait_for_load_state("networkidle")
        page.screenshot(path=str(OUT / f"{name}-{self.device}-{self.theme}.png"))


def sign_in(page: Page, email: str = "mette@nordby.example") -> None:
    """To the desk."""
    page.goto("/login")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Adgangskode").fill(PASSWORD)
    page.get_by_role("button", name="Log ind").click()
    page.wait_for_url("**/desk")


def open_pages(camera: Photographer) -> None:
    """What anybody may see."""
    page = camera.open().new_page()
    for name, path in {
        "front": "/",
        "sign-in": "/login",
        "code": "/kode",
        "clinic": f"/k/{SLUG}",
        "door": f"/k/{SLUG}/door",
        "cut-link": "/j/cut",
        "not-found": "/nowhere",
        "offline": "/offline",
    }.items():
        page.goto(path)
        camera.shoot(page, name)
    page.context.close()


def patients_way(camera: Photographer, link: str) -> Page:
    """From the link to the waiting room; answers the waiting page."""
    page = camera.open().new_page()
    page.goto(link)
    camera.shoot(page, "link")
    for name, value in {"day": "25", "month": "12", "year": "1948"}.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("main form button.primary").click()
    page.wait_for_url("**/appointments/*")
    camera.shoot(page, "appointment")
    address = page.url
    page.goto(f"{address}/device-test")
    camera.shoot(page, "device-test")
    page.goto("/appointments")
    camera.shoot(page, "appointments")
    page.goto("/install")
    camera.shoot(page, "install")
    page.goto(address)
    page.locator("form[action$='/place'] button").first.click()
    page.wait_for_url("**/waiting")
    camera.shoot(page, "waiting")
    return page


def desks_way(camera: Photographer, waiting: Page) -> None:
    """The desk, its dialogs, and a call with the waiting patient to its end."""
    desk = camera.open().new_page()
    sign_in(desk)
    camera.shoot(desk, "desk")
    pages = {"booking": "/bookings/new", "outbox": "/outbox", "team": "/team", "calendar": "/calendar"}
    pages |= {"week": "/calendar?view=week", "get-started": "/get-started", "kit": "/kit", "own": "/me"}
    pages |= {"equipment": "/equipment", "help-needed": "/help-needed"}
    for name, path in pages.items():
        desk.goto(path)
        camera.shoot(desk, name)
    desk.goto("/desk")
    desk.locator(".queue-row", has_text="Jens Hansen").get_by_role("button", name="Kald ind").click()
    waiting.locator(".incoming").wait_for()
    camera.shoot(waiting, "incoming")
    camera.shoot(desk, "ringing")
    waiting.locator(".incoming .button.signal").click()
    for page in (waiting, desk):
        page.locator(".call[data-state=connected]").wait_for()
        page.evaluate(FIRST_PICTURE)
    camera.shoot(waiting, "call-patient")
    camera.shoot(desk, "call-desk")
    desk.locator(".call .hang-up:visible").click()
    desk.locator("form[action$='/outcome']").wait_for()
    camera.shoot(desk, "outcome")
    waiting.wait_for_load_state("networkidle")
    camera.shoot(waiting, "after-call")


def walk(camera: Photographer) -> None:
    """The whole way, on a server of its own."""
    link = camera.server.printed_link(r"http://\S+/j/\S+")
    open_pages(camera)
    waiting = patients_way(camera, link)
    desks_way(camera, waiting)
    for context in camera.browser.contexts:
        context.close()


def main() -> None:
    """Every device (or those named as arguments) in both themes, then the README's picture."""
    devices = sys.argv[1:] or list(DEVICES)
    OUT.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*AS_ROOT, *QUIET, *FAKE_MEDIA])
        for device in devices:
            for theme in THEMES:
                with tempfile.TemporaryDirectory() as folder:
                    server = Server(Path(folder))
                    server.start()
                    try:
                        walk(Photographer(playwright, browser, server, device, theme))
                    finally:
                        server.end()
                print(f"{device}, {theme}: done", flush=True)
        browser.close()
    if "desk" in devices:
        (ROOT / "docs/images").mkdir(exist_ok=True)
        shutil.copy(OUT / "call-desk-desk-light.png", ROOT / "docs/images/desk.png")
    print(f"{len(list(OUT.iterdir()))} pictures in {OUT.relative_to(ROOT)}/")


if __name__ == "__main__":
    main()
