"""The clinic's own times of calling in, on their page."""

from app.clinic.calls import ladder
from app.clinic.calls.ladder import Times
from tests.cast import Cast
from tests.conftest import Browser

ADDRESS = "/settings/calling-in"


async def test_a_superuser_changes_the_times(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.superuser)
    text = (await browser.get(ADDRESS)).text
    for seconds in (5, 20, 60):
        assert f'value="{seconds}"' in text
    answer = await browser.post(ADDRESS, {"push_s": "0", "text_s": "10", "phone_s": "30"})
    assert answer.headers["location"] == f"{ADDRESS}?saved=1"
    assert await ladder.times_of(cast.clinic.id) == Times(0, 10, 30)


async def test_a_mistake_brings_the_form_back_filled_in(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.superuser)
    for wrong in ("ti", "-1", "99999", ""):
        answer = await browser.post(ADDRESS, {"push_s": "7", "text_s": wrong, "phone_s": "30"})
        assert answer.status_code == 422
        assert "Skriv et antal sekunder fra 0 til 600." in answer.text
        assert 'value="7"' in answer.text
    assert await ladder.times_of(cast.clinic.id) == Times()
