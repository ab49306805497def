"""The installable app: a manifest per patient, the way in it carries, the worker, and pages that hold nobody's data."""

import json
import re
from datetime import timedelta

import pytest

from app.clinic.people import devices
from app.clinic.people.tables import PatientDevice
from app.clinic.waiting import queue
from app.web.browsers import browser_of
from tests.booking.test_join_links import agree
from tests.cast import Cast
from tests.conftest import Browser

KIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
HOME_SCREEN = f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) {KIT} Mobile/15E148"
HOME_SCREEN_OF_AN_IPAD = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {KIT}"
IPAD = f"{HOME_SCREEN_OF_AN_IPAD} Version/18.5 Safari/605.1.15"


@pytest.fixture
async def handoff(browser: Browser, cast: Cast) -> str:
    device, _secret = await devices.remember(cast.patient, browser.clock.now, confirmed=True)
    return devices.handoff(device.id)


async def test_the_manifest_starts_the_app_at_this_patient_s_way_in(browser: Browser, handoff: str) -> None:
    answer = await browser.get(f"/app/{handoff}/app.webmanifest")
    manifest = json.loads(answer.text)
    assert answer.headers["content-type"].startswith("application/manifest+json")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert (manifest["id"], manifest["start_url"], manifest["display"]) == ("/", f"/app/{handoff}", "standalone")
    assert manifest["name"] == "Lægehuset Nordby"
    for icon in manifest["icons"]:
        assert (await browser.get(icon["src"])).status_code == 200


async def test_the_installed_app_is_asked_for_the_date_of_birth_once(browser: Browser, handoff: str) -> None:
    start = await browser.get(f"/app/{handoff}")
    assert start.headers["location"] == "/appointments"
    assert handoff not in start.headers["location"]
    assert (await browser.get("/appointments")).headers["location"].startswith("/confirmation")
    born = {"day": "25", "month": "12", "year": "1948", "next": "/appointments"}
    assert (await browser.post("/confirmation", born)).status_code == 303
    for _cold_start in range(3):
        assert (await browser.get(f"/app/{handoff}")).headers["location"] == "/appointments"
        assert (await browser.get("/appointments")).status_code == 200
    assert await PatientDevice.count() == 2


async def test_a_revoked_or_made_up_way_in_leads_to_the_code(browser: Browser, handoff: str) -> None:
    await PatientDevice.update({PatientDevice.revoked_at: browser.clock.now}).where(PatientDevice.id != "")
    assert (await browser.get(f"/app/{handoff}")).headers["location"] == "/kode"
    assert (await browser.get("/app/nonsense")).headers["location"] == "/kode"
    assert (await browser.get(f"/app/{handoff}/app.webmanifest")).status_code == 404


async def test_the_way_in_of_another_patient_replaces_the_one_before(
    browser: Browser, cast: Cast, handoff: str
) -> None:
    await browser.use_device_of(cast.second_patient)
    await browser.get(f"/app/{handoff}")
    assert (await browser.get("/appointments")).headers["location"].startswith("/confirmation")


async def test_a_link_on_another_site_displaces_nobody(browser: Browser, cast: Cast, handoff: str) -> None:
    await browser.use_device_of(cast.second_patient)
    foreign = await browser.get(f"/app/{handoff}", headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.headers["location"] == "/appointments"
    assert "naervaer-device" not in foreign.headers["set-cookie"]
    assert cast.second_patient.name in (await browser.get("/appointments")).text
    assert await PatientDevice.count() == 2


async def test_every_file_the_worker_keeps_is_there(browser: Browser, cast: Cast) -> None:
    script = await browser.get("/sw.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["cache-control"] == "no-cache"
    found = re.match(r"self.NAERVAER = (\{.*\});", script.text)
    assert found is not None
    said = json.loads(found.group(1))
    for address in (*said["pages"], *said["files"]):
        assert (await browser.get(address)).status_code == 200, address


@pytest.mark.parametrize("page", ["/offline", "/guide"])
async def test_what_the_worker_keeps_holds_nobody_s_data(browser: Browser, cast: Cast, page: str) -> None:
    strangers = (await browser.get(page)).text
    await browser.use_device_of(cast.patient)
    assert cast.patient.name not in (await browser.get(page)).text
    assert cast.clinic.name not in (await browser.get(page)).text
    assert "checklist" in strangers or page == "/guide"


async def test_the_guide_to_the_home_screen_fits_the_phone(browser: Browser, cast: Cast) -> None:
    await browser.use_device_of(cast.patient)
    iphone = (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile/15E Safari/604.1"
    )
    android = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"
    for agent, icon in ((iphone, "#share"), (android, "#ellipsis-vertical")):
        page = await browser.get("/install", headers={"User-Agent": agent})
        assert icon in page.text
        assert 'rel="manifest"' in page.text


@pytest.mark.parametrize(
    ("agent", "family", "words", "embedded"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Mobile/15E148 Safari/604.1",
            "ios-safari",
            "Safari, iPhone/iPad",
            False,
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) CriOS/130.0 Mobile/15E148 Safari/604.1",
            "ios-other",
            "Chrome, iPhone/iPad",
            False,
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Mobile/15E148 [FBAN/FBIOS;FBAV/480]",
            "ios-other",
            "?, iPhone/iPad",
            True,
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) Version/4.0 Chrome/130 Mobile Safari/537.36",
            "android-chrome",
            "Chrome, Android",
            True,
        ),
        (
            "Mozilla/5.0 (Linux; Android 14) SamsungBrowser/26 Chrome/122 Mobile Safari/537.36",
            "android-samsung",
            "Samsung Internet, Android",
            False,
        ),
        (
            "Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0",
            "android-firefox",
            "Firefox, Android",
            False,
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15",
            "mac-safari",
            "Safari, computer",
            False,
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0", "desk", "Edge, computer", False),
        ("Mozilla/5.0 (Macintosh) CriOS/130.0 Version/11.1 Safari/605.1", "ios-other", "Chrome, iPhone/iPad", False),
        (HOME_SCREEN, "ios-other", "?, iPhone/iPad", False),
        (HOME_SCREEN_OF_AN_IPAD, "mac-safari", "?, computer", False),
    ],
)
def test_browsers_are_told_apart(agent: str, family: str, words: str, embedded: bool) -> None:
    browser = browser_of(agent)
    assert (browser.family, browser.words, browser.embedded) == (family, words, embedded)


@pytest.mark.parametrize("agent", [HOME_SCREEN, HOME_SCREEN_OF_AN_IPAD])
async def test_the_app_on_the_home_screen_is_not_taken_for_a_window_inside_another(
    browser: Browser, cast: Cast, agent: str
) -> None:
    appointment = await agree(cast, browser.clock.now + timedelta(days=1))
    await browser.use_device_of(cast.patient)
    path = f"/appointments/{appointment.id}"
    await browser.post(f"{path}/device-test", {"camera": "denied", "microphone": "ok", "loudspeaker": "ok"})
    for address in (path, f"{path}/device-test"):
        page = (await browser.get(f"{address}?lang=en", headers={"User-Agent": agent})).text
        assert page.index('<this-device when="touch tab" hidden>') < page.index("You are inside another app")
    assert re.search(r'<this-device when="[a-z ]*app"[^>]*>\s*<ol class="guide">\s*<li>.*Close the app', page)


async def test_an_ipad_that_says_it_is_a_mac_finds_its_own_words(browser: Browser, cast: Cast) -> None:
    await browser.use_device_of(cast.patient)
    page = (await browser.get("/install?lang=en", headers={"User-Agent": IPAD})).text
    touch, mouse = (page.index(f'<this-device when="{which}"') for which in ("touch", "mouse"))
    assert touch < page.index("Add to Home Screen") < mouse < page.index("You are on a computer")
    await queue.enter(cast.patient, await agree(cast, browser.clock.now), now=browser.clock.now)
    assert (
        'data-when="install" data-on-device="touch tab"'
        in (await browser.get("/waiting", headers={"User-Agent": IPAD})).text
    )
