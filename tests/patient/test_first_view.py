"""What an old phone on a slow network must fetch before the patient sees the page: at most 60 kB, compressed."""

import gzip
import posixpath
import re

import pytest

from app.clinic.booking import join_links
from app.web.html import STATIC, asset
from tests.booking.test_join_links import agree
from tests.cast import Cast
from tests.conftest import Browser

LIMIT = 60_000
_ADDRESS = re.compile(r'(?:src|href)="(/static/[^"#]+)')
_IMPORT = re.compile(r'import\s+(?:[^"\';]*?from\s+)?"(\.[^"]+)"')
_ALREADY_SMALL = (".woff2", ".png")


def static_files(html: str) -> set[str]:
    """Everything the page fetches: what it names, and what its modules import in turn."""
    found: set[str] = set()
    waiting = [address.removeprefix(asset("")) for address in _ADDRESS.findall(html)]
    while waiting:
        path = waiting.pop()
        if path in found or path == "images/apple-touch-icon.png":
            continue
        found.add(path)
        if path.endswith(".js"):
            imported = _IMPORT.findall((STATIC / path).read_text())
            waiting += [posixpath.normpath(posixpath.join(posixpath.dirname(path), each)) for each in imported]
    return found


def weight(path: str) -> int:
    content = (STATIC / path).read_bytes()
    return len(content) if path.endswith(_ALREADY_SMALL) else len(gzip.compress(content, 6))


@pytest.mark.parametrize("view", ["link", "appointment"])
async def test_the_first_view_is_light(browser: Browser, cast: Cast, view: str) -> None:
    appointment = await agree(cast, browser.clock.now)
    issued = await join_links.issue(appointment, browser.clock.now)
    address = "/j/" + issued.url.rsplit("/", 1)[1]
    if view == "appointment":
        await browser.use_device_of(cast.patient)
        address = f"/appointments/{appointment.id}"
    page = await browser.get(address)
    assert page.status_code == 200
    weights = {path: weight(path) for path in static_files(page.text)}
    weights["the page itself"] = len(gzip.compress(page.text.encode(), 6))
    assert any(path.endswith(".woff2") for path in weights)
    assert any(path.endswith("icons.svg") for path in weights)
    assert sum(weights.values()) <= LIMIT, weights
