"""The superuser's page for a type's preparation: what patients measure, and the checklist in the clinic's own words."""

from app.clinic.booking import checklist, measurements
from tests.cast import Cast
from tests.conftest import Browser


async def test_a_superuser_adjusts_the_checklist_of_a_type(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.superuser)
    path = f"/settings/types/{cast.video_type.id}/preparation"
    assert 'name="show-paper" value="yes" checked' in (await browser.get(path)).text
    form = {
        "weight": "yes",
        "show-room": "yes",
        "words-room": "Find et rum for dig selv",
        "hint-room": "Kun dem, du vil have med, skal kunne høre.",
        "show-paper": "yes",
        "words-paper": "",
        "words-0": "Find dine briller frem",
    }
    assert (await browser.post(path, form)).status_code == 303
    chosen = await checklist.chosen(cast.video_type.id)
    assert [line.words for line in chosen] == [
        "Find et rum for dig selv", checklist.built_in("paper").words, "Find dine briller frem",
    ]  # fmt: skip
    assert (await measurements.asked_of([cast.video_type.id]))[cast.video_type.id] == ["weight"]
    page = (await browser.get(path)).text
    assert 'name="show-guide" value="yes">' in page
    assert 'value="Find dine briller frem"' in page


async def test_a_checklist_without_lines_comes_back_filled_in(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.superuser)
    path = f"/settings/types/{cast.video_type.id}/preparation"
    answer = await browser.post(path, {"weight": "yes", "words-paper": "Find en blok", "hint-0": "en forklaring alene"})
    assert answer.status_code == 422
    assert 'value="en forklaring alene"' in answer.text
    assert 'value="Find en blok"' in answer.text
    assert await measurements.asked_of([cast.video_type.id]) == {cast.video_type.id: []}
