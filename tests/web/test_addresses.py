"""Addresses as people paste them, and the methods a monitor or a link scanner asks with."""

from datetime import datetime

import pytest

from app.clinic.booking import join_links
from app.clinic.change import change
from tests.booking.test_join_links import agree
from tests.cast import Cast
from tests.conftest import Browser


@pytest.mark.parametrize("after", [".", ">", ")", "%20", "%E2%80%8B", ",", "%E2%80%9D", "%0A", ").", "%00"])
async def test_a_link_opens_with_what_was_copied_along(browser: Browser, cast: Cast, now: datetime, after: str) -> None:
    appointment = await agree(cast, now)
    async with change():
        link = await join_links.issue(appointment, now)
    answer = await browser.get(link.url.removeprefix("http://testserver.local") + after)
    assert answer.status_code == 200
    assert 'name="day"' in answer.text


@pytest.mark.parametrize("path", ["/KODE", "/Kode", "/kode.", "/KODE%20", "/kode%E2%80%8B", "/kode/"])
async def test_the_page_for_the_code_is_found_however_it_is_written(browser: Browser, path: str) -> None:
    assert (await browser.get(path)).status_code == 200


async def test_a_clinics_address_is_found_in_large_letters(browser: Browser, cast: Cast) -> None:
    assert (await browser.get(f"/K/{cast.clinic.slug.upper()}.")).status_code == 200


@pytest.mark.parametrize("path", ["/health", "/", "/login", "/kode"])
async def test_head_is_answered_like_get_without_a_body(browser: Browser, path: str) -> None:
    head, get = await browser.http.head(path), await browser.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


async def test_head_knows_who_asks(browser: Browser, cast: Cast) -> None:
    assert (await browser.http.head("/desk")).status_code == 303
    await browser.sign_in(cast.doctor)
    assert (await browser.http.head("/desk")).status_code == 200
    assert (await browser.http.head("/nowhere")).status_code == 404


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/desk", "GET, HEAD, OPTIONS"),
        ("/region", "GET, HEAD, OPTIONS"),
        ("/appointments", "GET, HEAD, OPTIONS"),
        ("/guest", "GET, HEAD, OPTIONS"),
        ("/login", "GET, HEAD, OPTIONS, POST"),
        ("/bookings", "OPTIONS, POST"),
    ],
)
async def test_options_and_a_wrong_method_say_the_right_ones(browser: Browser, path: str, methods: str) -> None:
    options = await browser.http.options(path)
    assert (options.status_code, options.headers["Allow"], options.content) == (204, methods, b"")
    refused = await browser.http.request("PROPFIND", path)
    assert (refused.status_code, refused.headers["Allow"]) == (405, methods)


async def test_options_of_nothing_is_not_found(browser: Browser) -> None:
    assert (await browser.http.options("/nowhere")).status_code == 404


@pytest.mark.parametrize("name", ["%00", "a%00b", "a" * 5000, "%2e%2e/%2e%2e/etc/passwd", "%ff", "%0d%0aX: y"])
async def test_what_is_no_static_file_is_not_found(browser: Browser, name: str) -> None:
    from app.web.html import asset

    assert (await browser.get(asset(name))).status_code == 404


async def test_the_charset_is_said_once(browser: Browser, cast: Cast, now: datetime) -> None:
    await browser.sign_in(cast.superuser)
    pages = ["/login", "/desk", "/nowhere", "/health"]
    answers = [await browser.get(path) for path in pages]
    answers.append(await browser.get("/desk/queue", headers={"HX-Request": "true"}))
    answers.append(await browser.post("/queue/opening", {"kind": "none"}, headers={"HX-Request": "true"}))
    answers.append(await browser.post("/queue/opening", {"kind": "open"}, headers={"HX-Request": "true"}))
    assert [answer.headers["Content-Type"].count("charset=utf-8") for answer in answers] == [1] * len(answers)
