"""Files that never change at their address, and what is not worth compressing."""

import pytest

from app.web.html import asset
from tests.conftest import Browser

FONT = "fonts/atkinson-hyperlegible-next-core.woff2"


@pytest.mark.parametrize("path", ["css/app.css", FONT])
async def test_a_file_the_browser_has_is_not_sent_again(browser: Browser, path: str) -> None:
    first = await browser.get(asset(path))
    assert first.status_code == 200
    tag = first.headers["ETag"]
    for known in (tag, f'"other", {tag.removeprefix("W/")}'):
        again = await browser.get(asset(path), headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
        assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    assert (await browser.get(asset(path), headers={"If-None-Match": '"other"'})).content == first.content


async def test_only_what_gets_smaller_is_compressed(browser: Browser) -> None:
    assert (await browser.get(asset("css/app.css"))).headers["Content-Encoding"] == "gzip"
    for path in (FONT, "images/apple-touch-icon.png"):
        answer = await browser.get(asset(path))
        assert "Content-Encoding" not in answer.headers
        assert int(answer.headers["Content-Length"]) == len(answer.content)
