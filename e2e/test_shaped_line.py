"""The device test on a line we shape ourselves: its figures are what the line imposes, its words follow them (C5)."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, expect

from app.realtime.relay.line_test.echo import SMALL
from e2e.conftest import AS_ROOT, DANISH, FAKE_MEDIA, QUIET
from e2e.shaped import FarServer, ShapedLine, may_make_namespaces
from e2e.steps import JENS, button, confirm_birth_date, open_link, printed_link

HEADER, TAG, UDP_HEADER = 12, 16, 8
CLOSE = 0.2
ENOUGH = 180
SEGMENT = SMALL + HEADER + TAG

pytestmark = [
    pytest.mark.media,
    pytest.mark.skipif(not may_make_namespaces(), reason="this machine lets us make no network namespaces"),
]


@pytest.fixture
def line(tmp_path: Path) -> Iterator[ShapedLine]:
    with ShapedLine(train=SEGMENT + UDP_HEADER) as shaped:
        yield shaped


@pytest.fixture
def far_phone(line: ShapedLine, playwright: Playwright, tmp_path: Path) -> Iterator[Page]:
    """A phone behind the line, at its device test."""
    server = FarServer(tmp_path, address=line.here)
    line.relay_port = server.relay_port
    server.start()
    trusting = f"--unsafely-treat-insecure-origin-as-secure={server.url}"
    browser = playwright.chromium.launch(
        executable_path=line.browser_in(tmp_path), args=[*AS_ROOT, *QUIET, *FAKE_MEDIA, trusting]
    )
    context = browser.new_context(base_url=server.url, **DANISH, **_device(playwright))
    context.grant_permissions(["camera", "microphone"], origin=server.url)
    page = context.new_page()
    open_link(page, printed_link(server))
    confirm_birth_date(page, JENS)
    page.goto(f"{page.url}/device-test")
    yield page
    browser.close()
    server.end()


def _device(playwright: Playwright) -> dict[str, Any]:
    profile = dict(playwright.devices["Pixel 7"])
    profile.pop("default_browser_type", None)
    return profile


def up_to_the_line(page: Page) -> None:
    """Answer as somebody for whom camera and sound work."""
    page.locator("[data-do=start]").click()
    for step in ("camera", "microphone"):
        page.locator(f"[data-step={step}] [data-verdict=ok]:enabled").click()
    button(page, "Spil tre toner").click()


def tried(page: Page) -> dict[str, float]:
    """What the page sends the clinic once the line has been tried."""
    with page.expect_request(lambda request: request.method == "POST" and "device-test" in request.url) as sending:
        page.locator("[data-step=loudspeaker] [data-verdict=ok]").click()
    found: dict[str, float] = json.loads((sending.value.post_data_json or {})["line"])
    return found


def passed(page: Page) -> None:
    """A passed test leads to the appointment; what was found stands where it was tried."""
    page.wait_for_url(re.compile("/appointments/[^/]+$"))
    page.goto(f"{page.url}/device-test")


def says(page: Page, *words: str) -> None:
    """The result, in words."""
    for each in words:
        expect(page.get_by_text(each)).to_be_visible()


def test_figures_are_what_the_line_imposes_and_words_follow(far_phone: Page, line: ShapedLine) -> None:
    up_to_the_line(far_phone)
    it_is_late(far_phone, line)
    up_to_the_line(far_phone)
    it_loses(far_phone, line)
    up_to_the_line(far_phone)
    it_is_narrow(far_phone, line)


def it_is_late(page: Page, line: ShapedLine) -> None:
    """60 ms each way, and on the way down packets come together, 70 ms apart."""
    line.delay(60, 70)
    found = tried(page)
    imposed = line.delay(0, 0)
    assert found["rtt"] == pytest.approx(imposed["up"]["delay"] + imposed["down"]["delay"], rel=CLOSE)
    assert found["jitter"] == pytest.approx(imposed["down"]["changes"][str(SEGMENT)], rel=CLOSE)
    passed(page)
    says(page, "Kameraet virker", "Forbindelsen er god")


def it_loses(page: Page, line: ShapedLine) -> None:
    """Much on the way up and a little more on the way down, at random, and all of it while the test counts.

    What is compared is what truly was dropped: of a few hundred packets chance takes a quarter more or less than asked.
    """
    line.go_straight()
    line.lose(0, 0)
    with page.expect_request(lambda request: request.method == "POST" and "device-test" in request.url) as sending:
        page.locator("[data-step=loudspeaker] [data-verdict=ok]").click()
        first = train_passed(page, line, 1)
        line.go_on_losing(15, 20)
        train_passed(page, line, ENOUGH)
        line.go_on_losing(0, 0)
        last = train_over(page, line)
    found = json.loads((sending.value.post_data_json or {})["line"])
    up_lost, up_all = (last[f"up_{each}"] - first[f"up_{each}"] for each in ("lost", "all"))
    assert found["lossUp"] == pytest.approx(100 * up_lost / up_all, rel=CLOSE)
    assert found["lossDown"] == pytest.approx(100 * last["down_lost"] / last["down_all"], rel=CLOSE)
    says(page, "Forbindelsen er god nok til lyd, men ikke til billede", "Noget af lyden og billedet går tabt undervejs")


def train_passed(page: Page, line: ShapedLine, packets: int) -> dict[str, int]:
    """What was counted once so many went down; the train goes for as long as the test counts, and no longer."""
    for _ in range(1000):
        if (counted := line.counted())["down_all"] >= packets:
            return counted
        page.wait_for_timeout(20)
    raise AssertionError("the train does not come")


def train_over(page: Page, line: ShapedLine) -> dict[str, int]:
    """What was counted when its last packet had gone down: the page says when the next part of the test begins."""
    counted = line.counted()
    while page.locator("[data-step=line]").get_attribute("data-phase") == "calm":
        counted = line.counted()
        page.wait_for_timeout(10)
    return counted


def it_is_narrow(page: Page, line: ShapedLine) -> None:
    """500 kbit/s up and 700 down."""
    line.lose(0, 0)
    line.narrow(500, 700)
    found = tried(page)
    assert found["up"] == pytest.approx(500, rel=CLOSE)
    assert found["down"] == pytest.approx(700, rel=CLOSE)
    passed(page)
    says(page, "Forbindelsen er god nok til video")
