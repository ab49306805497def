"""The phrases' pages: a superuser words a message anew, sees its length while typing, and chooses reminders."""

from datetime import datetime, timedelta

import pytest

from app.clinic.booking import reminders
from app.clinic.messages import outbox, own_phrases
from tests.cast import Cast
from tests.conftest import Browser

OWN = "{link}\r\nVi glæder os til at se dig {when}."


@pytest.fixture
async def superuser(browser: Browser, cast: Cast) -> Browser:
    """Signed in as the clinic's superuser."""
    await browser.sign_in(cast.superuser)
    return browser


async def test_words_are_kept_and_said(superuser: Browser, cast: Cast) -> None:
    answer = await superuser.post("/settings/phrases/confirmation", {"channel": "sms", "language": "da", "text": OWN})
    assert answer.headers["location"] == "/settings/phrases/confirmation?channel=sms&language=da&saved=1"
    now = superuser.clock.now
    values: dict[str, str | datetime] = {"link": "http://testserver.local/j/x", "starts_at": now + timedelta(hours=1)}
    [sms] = await outbox.queue(outbox.Draft(cast.clinic, "confirmation", values, patient=cast.child), now)
    assert outbox.opened(sms).body == "http://testserver.local/j/x\nVi glæder os til at se dig i dag kl. 10.00."
    assert "jeres egne ord: SMS, Dansk" in (await superuser.get("/settings/phrases")).text


async def test_words_without_the_link_come_back_with_the_reason(superuser: Browser, cast: Cast) -> None:
    answer = await superuser.post(
        "/settings/phrases/confirmation", {"channel": "sms", "language": "da", "text": "Vi ses {when}"}
    )
    assert answer.status_code == 422
    assert "Linket mangler" in answer.text
    assert "Vi ses {when}" in answer.text
    assert await own_phrases.changed(cast.clinic.id) == set()


async def test_the_length_follows_the_typing(superuser: Browser) -> None:
    typed = {"channel": "sms", "language": "da", "text": "{link}\n" + "Vi ses snart. " * 12}
    address, by_htmx = "/settings/phrases/confirmation/preview", {"HX-Request": "true"}
    answer = await superuser.post(address, typed, headers=by_htmx)
    assert "2 SMS" in answer.text
    assert "http://testserver.local/j/" in answer.text
    one = await superuser.post(
        "/settings/phrases/confirmation/preview", typed | {"text": OWN}, headers={"HX-Request": "true"}
    )
    assert "Én SMS" in one.text


async def test_going_back_brings_our_words(superuser: Browser) -> None:
    which = {"channel": "sms", "language": "da"}
    await superuser.post("/settings/phrases/confirmation", {**which, "text": OWN})
    assert "glæder" in (await superuser.get("/settings/phrases/confirmation")).text
    await superuser.post("/settings/phrases/confirmation/removal", which)
    assert "glæder" not in (await superuser.get("/settings/phrases/confirmation")).text


@pytest.mark.parametrize("purpose", ["sign_in_code", "nonsense"])
async def test_there_is_no_page_for_what_cant_be_worded(superuser: Browser, purpose: str) -> None:
    assert (await superuser.get(f"/settings/phrases/{purpose}")).status_code == 404


async def test_every_phrase_has_its_page_in_both_channels(superuser: Browser) -> None:
    for purpose in own_phrases.EDITABLE:
        for channel in ("sms", "email"):
            answer = await superuser.get(f"/settings/phrases/{purpose}?channel={channel}&language=en")
            assert answer.status_code == 200, purpose
    overview = (await superuser.get("/settings/phrases")).text
    assert [purpose for purpose in own_phrases.EDITABLE if f'"/settings/phrases/{purpose}"' not in overview] == []


async def test_reminders_are_chosen(superuser: Browser, cast: Cast) -> None:
    await superuser.post("/settings/phrases/reminders", {"minutes-2880": "yes", "minutes-60": "yes"})
    assert await reminders.plan_of(cast.clinic.id) == (2880, 60)
    await superuser.post("/settings/phrases/reminders", {})
    assert await reminders.plan_of(cast.clinic.id) == ()
