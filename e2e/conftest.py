"""Fixtures of the journeys: a real server, real Chromium and Firefox, contexts that listen for foreign requests.

Devices are Playwright's profiles of phones and tablets. Nothing here sleeps; journeys wait for what a person would see.
"""

import contextlib
import os
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Playwright,
    Request,
    expect,
    sync_playwright,
)

from e2e.axe import Eye
from e2e.server import Server

CHROMIUM, SMALL_CHROMIUM, FIREFOX = "/usr/bin/chromium", "/usr/bin/chromium-headless-shell", "/usr/bin/firefox-esr"
AS_ROOT = ["--no-sandbox"] if os.geteuid() == 0 else []
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
FAKE_MEDIA = ["--use-fake-device-for-media-stream=fps=30", "--autoplay-policy=user-gesture-required"]


DANISH: dict[str, Any] = {"locale": "da-DK", "timezone_id": "Europe/Copenhagen"}
PICTURES = Path(__file__).parents[1] / "var" / "failed-journeys"
"""Where a journey that fails leaves a picture of every open page."""


expect.set_options(timeout=30_000)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember how the test went, for the pictures."""
    report = yield
    if report.when == "call":
        item.stash[_FAILED] = report.failed
    return report


_FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Debian's Chromium with a fake camera and microphone; permission is still asked, and given per context."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*AS_ROOT, *QUIET, *FAKE_MEDIA])
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def small_chromium(playwright: Playwright) -> Iterator[Browser]:
    """The same Chromium without a browser's own windows, at two thirds of the cost: where nothing is measured.

    It has nothing to ask for permission with: everybody may use camera and microphone.
    """
    arguments = [*AS_ROOT, *QUIET, *FAKE_MEDIA, "--use-fake-ui-for-media-stream"]
    browser = playwright.chromium.launch(executable_path=SMALL_CHROMIUM, args=arguments)
    yield browser
    browser.close()


FIREFOX_PREFERENCES: dict[str, Any] = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.autoplay.default": 0,
}


def start_firefox(playwright: Playwright, **further: Any) -> Browser:
    """Debian's stock Firefox with fake media, through WebDriver BiDi; `further` are more preferences."""
    return playwright.firefox.launch(
        channel="moz-firefox", executable_path=FIREFOX, firefox_user_prefs={**FIREFOX_PREFERENCES, **further}
    )


@pytest.fixture(scope="session")
def firefox(playwright: Playwright) -> Iterator[Browser]:
    """One Firefox for all journeys that need nothing special of it."""
    browser = start_firefox(playwright)
    yield browser
    browser.close()


@dataclass
class Nursery:
    """Has the next test's server start while this test's runs."""

    folders: pytest.TempPathFactory
    coming: Server | None = None

    def take(self) -> Server:
        """A fresh server with the demo clinic, which answers."""
        server = self.coming or self._begin()
        self.coming = self._begin()
        server.wait()
        return server

    def _begin(self) -> Server:
        server = Server(self.folders.mktemp("server"))
        server.begin()
        return server


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Where servers come from."""
    those = Nursery(tmp_path_factory)
    yield those
    if those.coming is not None:
        those.coming.end()


@pytest.fixture
def server(nursery: Nursery) -> Iterator[Server]:
    """A fresh server with the demo clinic."""
    started = nursery.take()
    yield started
    started.end()


@dataclass
class Visitors:
    """Opens browser contexts and watches them: no request may leave the origin, no script may fail."""

    playwright: Playwright
    server: Server
    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    forgiven: list[str] = field(default_factory=list)

    def forgives(self, words: str) -> None:
        """This journey has scripts fail with these words."""
        self.forgiven.append(words)

    def open(
        self, device: str = "", browser: Browser | None = None, media: bool = True, **options: Any
    ) -> BrowserContext:
        """A visitor with this device profile (none: a desk), who may use camera and microphone unless told not to."""
        profile = dict(self.playwright.devices[device]) if device else {"viewport": {"width": 1440, "height": 900}}
        profile.pop("default_browser_type", None)
        if browser is not None and browser.browser_type.name == "firefox":
            profile.pop("is_mobile", None)
        options = {**DANISH, "base_url": self.server.url, **profile, **options}
        context = (browser or self.browser).new_context(**options)
        if media and (browser is None or browser.browser_type.name == "chromium"):
            context.grant_permissions(["camera", "microphone"], origin=self.server.url)
        return self.welcome(context)

    def reader(
        self, language: str, device: str = "Pixel 7", *, media: bool = True, browser: Browser | None = None
    ) -> Page:
        """A page of a visitor who reads this language, and for whom nothing moves."""
        context = self.open(device, browser, media=media, reduced_motion="reduce")
        context.add_cookies([{"name": "lang", "value": language, "url": self.server.url}])
        return context.new_page()

    def open_kept(self, device: str, folder: Path) -> BrowserContext:
        """A phone with a profile on disk: Chromium installs apps in no other."""
        profile = dict(self.playwright.devices[device])
        profile.pop("default_browser_type", None)
        options = {**DANISH, "base_url": self.server.url, **profile}
        context = self.playwright.chromium.launch_persistent_context(
            folder, executable_path=CHROMIUM, args=[*AS_ROOT, *QUIET, *FAKE_MEDIA], **options
        )
        context.grant_permissions(["camera", "microphone"], origin=self.server.url)
        return self.welcome(context)

    def welcome(self, context: BrowserContext) -> BrowserContext:
        """Watch this context too."""
        context.set_default_timeout(30_000)
        context.on("request", self._watch)
        context.on("page", lambda page: page.on("pageerror", self._fail))
        context.on("console", self._listen)
        self.contexts.append(context)
        return context

    def _watch(self, request: Request) -> None:
        asked = urlsplit(request.url)
        if asked.scheme in ("http", "https", "ws", "wss") and asked.netloc != urlsplit(self.server.url).netloc:
            self.foreign.append(request.url)

    def _fail(self, error: Error) -> None:
        """Firefox takes a socket that was cut for a fault of the script; journeys cut them on purpose."""
        if not re.search(r"wss?://\S+/live", str(error)) and not any(each in str(error) for each in self.forgiven):
            self.failures.append(str(error))

    def _listen(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.failures.append(message.text)

    def picture(self, test: str) -> None:
        """Keep a picture of every page that is open. Taking one puts a style of the browser's own into the page."""
        heard = list(self.failures)
        PICTURES.mkdir(parents=True, exist_ok=True)
        for number, page in enumerate(page for context in self.contexts for page in context.pages):
            with contextlib.suppress(Error):
                page.screenshot(path=PICTURES / f"{test}-{number}.png", timeout=5_000)
        self.failures = heard

    def close(self) -> None:
        """Close everything and hold what was heard against the promise."""
        for context in self.contexts:
            context.close()
        assert not self.foreign, f"requests left the origin: {self.foreign}"
        assert not self.failures, f"scripts failed: {self.failures}"


@pytest.fixture
def visitors(playwright: Playwright, server: Server, request: pytest.FixtureRequest) -> Iterator[Visitors]:
    """Browser contexts against this test's server."""
    measures = request.node.get_closest_marker("media") is not None
    browser: Browser = request.getfixturevalue("chromium" if measures else "small_chromium")
    watched = Visitors(playwright, server, browser)
    yield watched
    if request.node.stash.get(_FAILED, False):
        watched.picture(request.node.name)
    watched.close()


@pytest.fixture(scope="module")
def everybody(playwright: Playwright, small_chromium: Browser, nursery: Nursery) -> Iterator[Visitors]:
    """Visitors of one server that all tests of a module share."""
    server = nursery.take()
    watched = Visitors(playwright, server, small_chromium)
    yield watched
    watched.close()
    server.end()


@pytest.fixture
def phone(visitors: Visitors) -> Page:
    """A patient's phone."""
    return visitors.open("Pixel 7").new_page()


@pytest.fixture
def desk(visitors: Visitors) -> Page:
    """A desk at the clinic."""
    return visitors.open().new_page()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", type=Path, help="a folder for pictures of what is otherwise shown to axe")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Pictures are taken on the walks made for axe, in Danish, and of what is there for its picture only."""
    taken = config.getoption("--pictures") is not None

    def is_wanted(item: pytest.Item) -> bool:
        if item.get_closest_marker("picture") is not None:
            return taken
        return not taken or ("eye" in getattr(item, "fixturenames", ()) and "[da]" in item.name)

    items[:] = [item for item in items if is_wanted(item)]


@pytest.fixture(scope="session")
def picture_folder(request: pytest.FixtureRequest) -> Path | None:
    """Where pictures are kept, when they are taken."""
    pictures: Path | None = request.config.getoption("--pictures")
    if pictures is not None:
        pictures.mkdir(exist_ok=True)
    return pictures


@pytest.fixture(params=["da", "en"])
def eye(request: pytest.FixtureRequest, picture_folder: Path | None) -> Iterator[Eye]:
    """What looks at pages in one language, and in the end holds what it found against the promise."""
    looking = Eye(request.param, picture_folder)
    yield looking
    looking.is_content()
