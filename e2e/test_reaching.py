"""Story: the doctor calls somebody in whose phone sleeps, whose page is cut off, or who does not answer."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from app.clinic.calls.ringing import DESK_LEASE
from app.realtime.live import COME_BACK_WITHIN
from e2e.conftest import AS_ROOT, FAKE_MEDIA, QUIET, SMALL_CHROMIUM, Visitors, start_firefox
from e2e.lines import Line
from e2e.push_service import PushService, push_service
from e2e.server import Server
from e2e.steps import (
    ANDERS,
    CALM,
    JENS,
    LONG,
    SARA,
    answer,
    becomes_true,
    button,
    call_in,
    come,
    is_talking,
    is_waiting,
    outbox,
    place_of,
    printed_link,
    row,
    sign_in,
)
from tests.pwa.push_service import FakeBrowser

GIVEN_BACK = (COME_BACK_WITHIN + DESK_LEASE).total_seconds() * 1000 + CALM
"""Milliseconds after which whoever is rung from a closed desk stands in the queue again, even if the server is new."""
SOUNDS = """{
  window.heard = { notes: 0, contexts: 0 };
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) {
    heard.notes += this.context.state === "running";
    return start.apply(this, when);
  };
  window.AudioContext = class extends AudioContext {
    constructor(...options) {
      super(...options);
      heard.contexts += 1;
    }
    get state() {
      return this.woken ? super.state : "suspended";
    }
    resume() {
      this.woken ||= ["pointerup", "touchend", "click", "keydown"].includes(window.event?.type);
      return this.woken ? super.resume() : Promise.reject(new DOMException("no touch", "NotAllowedError"));
    }
  };
}"""
"""Counts the notes a page plays aloud, and the contexts it makes for them; as on iPhones, only a touch wakes one."""


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service() as running:
        yield running


@pytest.fixture
def pushing(playwright: Playwright, chromium: Browser, service: PushService, tmp_path: Path) -> Iterator[Visitors]:
    """Visitors of a server that may push to our own push service."""
    server = Server(tmp_path, extra={"PUSH_ORIGINS": service.origin})
    server.start()
    watched = Visitors(playwright, server, chromium)
    yield watched
    watched.close()
    server.end()


@pytest.fixture
def lockable(visitors: Visitors, playwright: Playwright, tmp_path: Path) -> Iterator[Page]:
    """A phone whose page can be frozen: Playwright keeps every page of a browser that it starts in front, and Chromium
    freezes none of those.
    """
    profile = [f"--user-data-dir={tmp_path}", "--remote-debugging-port=0", "--window-size=412,915"]
    command = [SMALL_CHROMIUM, *AS_ROOT, *QUIET, *FAKE_MEDIA, *profile]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        told = next(line for line in process.stderr if line.startswith("DevTools listening on "))
        browser = playwright.chromium.connect_over_cdp(told.split()[-1], no_defaults=True)
        context = visitors.welcome(browser.contexts[0])
        context.add_cookies([{"name": "lang", "value": "da", "url": visitors.server.url}])
        yield context.new_page()
        # Debian's command is a script around it: an end to that would leave it behind
        browser.new_browser_cdp_session().send("Browser.close")


def test_a_locked_phone_sleeps_and_wakes_in_the_same_place(desk: Page, lockable: Page, server: Server) -> None:
    devtools = lockable.context.new_cdp_session(lockable)
    window = devtools.send("Browser.getWindowForTarget")["windowId"]
    sign_in(desk)
    come(lockable, printed_link(server), JENS)
    place = place_of(lockable)
    asleep = row(desk, JENS.name).get_by_text("Ikke fremme på skærmen siden")

    devtools.send("Browser.setWindowBounds", {"windowId": window, "bounds": {"windowState": "minimized"}})
    devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
    expect(asleep.first).to_be_visible(timeout=LONG)
    expect(row(desk, JENS.name)).to_have_attribute("data-group", "present")

    devtools.send("Page.setWebLifecycleState", {"state": "active"})
    devtools.send("Browser.setWindowBounds", {"windowId": window, "bounds": {"windowState": "normal"}})
    expect(asleep).to_have_count(0, timeout=LONG)
    is_waiting(lockable)
    assert place_of(lockable) == place


def test_the_ladder_is_climbed_to_plan_b_and_a_closed_desk_gives_the_patient_back(
    visitors: Visitors, desk: Page, phone: Page, server: Server
) -> None:
    for page in (desk, phone):
        page.context.add_init_script(SOUNDS)
    superuser = visitors.open().new_page()
    sign_in(superuser, SARA)
    superuser.goto("/settings/calling-in")
    for label, seconds in (("Besked på telefonen", "1"), ("SMS", "2"), ("Plan B", "4")):
        superuser.get_by_label(f"{label}, sekunder").fill(seconds)
    button(superuser, "Gem").click()
    expect(superuser.get_by_text("Gemt").first).to_be_visible()
    sign_in(desk)
    button(desk, "Lyd til/fra").click()
    come(phone, printed_link(server), JENS)
    becomes_true(desk, "heard.notes === 4 && heard.contexts === 1")
    # a page that nobody has touched rings from the first finger on
    phone = phone.context.new_page()
    phone.goto("/waiting")
    is_waiting(phone)
    phone.touchscreen.tap(5, 5)

    call_in(desk, JENS.name)

    becomes_true(phone, "heard.notes > 0")
    ladder = desk.locator(".ladder")
    expect(ladder).to_contain_text("Set af patienten")
    expect(ladder.locator("[aria-current=step]")).to_contain_text("Plan B: ring til patienten")
    expect(ladder.get_by_role("link", name="Ring 20 12 34 56")).to_be_visible()
    expect(ladder.locator("li", has_text="SMS")).to_contain_text("Sendt kl.")
    outbox(desk, JENS.name, "Din tur").page.close()
    expect(phone.get_by_role("alertdialog")).to_be_visible()

    desk.close()

    expect(phone.get_by_role("alertdialog")).to_have_count(0, timeout=GIVEN_BACK)
    is_waiting(phone)
    colleague = visitors.open().new_page()
    sign_in(colleague, ANDERS)
    expect(row(colleague, JENS.name)).to_have_attribute("data-group", "present")


def test_a_push_wakes_firefox_and_the_patient_joins(
    pushing: Visitors, playwright: Playwright, service: PushService
) -> None:
    browser = start_firefox(playwright, **service.preferences)
    phone, desk = pushing.open(browser=browser).new_page(), pushing.open().new_page()
    line = Line(phone)
    sign_in(desk)
    come(phone, printed_link(pushing.server), JENS)
    button(phone, "Sig til på denne telefon").click()
    expect(phone.get_by_text("Du må gerne slukke skærmen.")).to_be_visible(timeout=LONG)
    line.cut()
    expect(phone.get_by_text("Du beholder din plads. Bliv her.")).to_be_visible()

    call_in(desk, JENS.name)

    expect(phone.get_by_role("alertdialog")).to_contain_text("kalder dig ind", timeout=LONG)
    expect(desk.locator(".ladder")).to_contain_text("vist på telefonen kl.", timeout=LONG)
    assert service.pushed
    line.mend()
    answer(phone)
    is_talking(phone, desk)
    browser.close()


def test_a_push_wakes_chromium_whose_push_address_has_changed(pushing: Visitors, service: PushService) -> None:
    """Chromium subscribes only with its maker's service: the worker is told of a new address as by the browser, and
    what our server pushes to it is opened as the browser would and handed to the worker by CDP.
    """
    context = pushing.open("Pixel 7")
    context.grant_permissions(["notifications", "camera", "microphone"], origin=pushing.server.url)
    phone, desk = context.new_page(), pushing.open().new_page()
    browser = FakeBrowser(f"{service.origin}/push/chromium")
    service.remembered.add("chromium")
    line, registrations = Line(phone), list[str]()
    devtools = context.new_cdp_session(phone)
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda said: registrations.extend(each["registrationId"] for each in said["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    sign_in(desk)
    come(phone, printed_link(pushing.server), JENS)
    phone.evaluate("navigator.serviceWorker.ready.then(() => true)")
    context.service_workers[0].evaluate(_CHANGE_ADDRESS, msgspec.to_builtins(browser.handed_over))
    phone.evaluate("document.dispatchEvent(new Event('freeze'))")
    line.cut()
    expect(row(desk, JENS.name).get_by_text("får besked på telefonen").first).to_be_visible(timeout=LONG)

    call_in(desk, JENS.name)

    expect(desk.locator(".ladder")).to_contain_text("Sendt kl.", timeout=LONG)
    data = msgspec.json.encode(browser.read(service.pushed[0])).decode()
    push = {"origin": pushing.server.url, "registrationId": registrations[-1], "data": data}
    devtools.send("ServiceWorker.deliverPushMessage", push)
    expect(phone.get_by_role("alertdialog")).to_contain_text("kalder dig ind", timeout=LONG)
    expect(desk.locator(".ladder")).to_contain_text("vist på telefonen kl.", timeout=LONG)
    line.mend()
    answer(phone)
    is_talking(phone, desk)


_CHANGE_ADDRESS = """({ endpoint, ...keys }) => new Promise((done) => {
  const told = new ExtendableEvent("pushsubscriptionchange");
  told.newSubscription = { toJSON: () => ({ endpoint, keys }) };
  told.waitUntil = (work) => work.then(done);
  self.dispatchEvent(told);
})"""
