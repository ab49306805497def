"""The outbox page: what staff see of their clinic's messages, and sending one again."""

from datetime import datetime, timedelta

import pytest

from app.clinic.messages import outbox
from app.clinic.messages.tables import Message
from tests.cast import Cast
from tests.conftest import Browser

LINK = "http://testserver.local/j/aB3-_aB3-_aB3-_aB3-_xy"
HTMX = {"HX-Request": "true"}


async def confirm(cast: Cast, now: datetime, state: str = "shown") -> Message:
    values: dict[str, str | datetime] = {"link": LINK, "code": "K7M2-9QXA", "starts_at": now + timedelta(hours=2)}
    [sms] = await outbox.queue(
        outbox.Draft(cast.clinic, "confirmation", values, patient=cast.patient, channels=("sms",)), now
    )
    await Message.update({Message.state: state}).where(Message.id == sms.id)
    return sms


async def test_staff_read_what_would_have_been_sent_with_a_code_of_the_link(
    browser: Browser, cast: Cast, now: datetime
) -> None:
    await confirm(cast, now)
    await browser.sign_in(cast.secretary)
    answer = await browser.get("/outbox")
    assert answer.status_code == 200
    assert f'<a href="{LINK}" target="_blank" rel="noreferrer">{LINK}</a>' in answer.text
    assert "Jens Hansen" in answer.text
    assert 'role="img" aria-label="QR-kode med linket"' in answer.text
    assert "style=" not in answer.text
    assert f'<live-topics topics="outbox:{cast.clinic.id}">' in answer.text


async def test_another_clinics_messages_are_not_there(browser: Browser, cast: Cast, now: datetime) -> None:
    sms = await confirm(cast, now)
    await browser.sign_in(cast.outsider)
    assert LINK not in (await browser.get("/outbox")).text
    assert (await browser.post(f"/outbox/{sms.id}/copies", {"channel": "sms"})).status_code == 404
    assert await Message.count() == 1


async def test_nobody_reads_messages_without_signing_in(browser: Browser, cast: Cast, now: datetime) -> None:
    sms = await confirm(cast, now)
    for answer in (await browser.get("/outbox"), await browser.post(f"/outbox/{sms.id}/copies", {"channel": "sms"})):
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login")


async def test_the_live_part_is_a_fragment_of_the_page(browser: Browser, cast: Cast, now: datetime) -> None:
    await confirm(cast, now)
    await browser.sign_in(cast.doctor)
    answer = await browser.get("/outbox", headers=HTMX)
    assert LINK in answer.text
    assert "<html" not in answer.text
    assert answer.text.lstrip().startswith("<div")


async def test_only_trouble_is_shown_when_asked_for(browser: Browser, cast: Cast, now: datetime) -> None:
    await confirm(cast, now, "sent")
    failed = await confirm(cast, now, "failed")
    await Message.update({Message.why: "number_refused"}).where(Message.id == failed.id)
    await browser.sign_in(cast.doctor)
    answer = await browser.get("/outbox?show=trouble")
    assert answer.text.count("<article") == 1
    assert f'id="message-{failed.id}"' in answer.text
    assert "SMS-tjenesten afviste beskeden. Tjek telefonnummeret." in answer.text


async def test_a_failed_message_is_sent_again_in_place(browser: Browser, cast: Cast, now: datetime) -> None:
    failed = await confirm(cast, now, "failed")
    await browser.sign_in(cast.doctor)
    browser.clock.forward(minutes=1)
    answer = await browser.post(f"/outbox/{failed.id}/copies", {"channel": "sms"}, headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.count("<article") == 2
    assert 'hx-swap-oob="beforeend:#toasts"' in answer.text
    assert "Beskeden er på vej igen." in answer.text


async def test_without_javascript_sending_again_leads_back_to_the_page(
    browser: Browser, cast: Cast, now: datetime
) -> None:
    failed = await confirm(cast, now, "failed")
    await browser.sign_in(cast.doctor)
    browser.clock.forward(minutes=1)
    answer = await browser.post(f"/outbox/{failed.id}/copies", {"channel": "email"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/outbox")
    copy = await Message.objects().where(Message.id != failed.id).first()
    assert copy is not None
    assert (copy.channel, copy.recipient) == ("email", "jens@example.dk")


@pytest.mark.parametrize("channel", ["", "pigeon"])
async def test_an_unknown_channel_is_refused(browser: Browser, cast: Cast, now: datetime, channel: str) -> None:
    failed = await confirm(cast, now, "failed")
    await browser.sign_in(cast.doctor)
    assert (await browser.post(f"/outbox/{failed.id}/copies", {"channel": channel})).status_code == 422


async def test_a_code_on_its_way_is_not_readable(browser: Browser, cast: Cast, now: datetime) -> None:
    [code] = await outbox.queue(
        outbox.Draft(cast.clinic, "sign_in_code", {"code": "918273"}, patient=cast.patient, channels=("sms",)), now
    )
    await Message.update({Message.state: "sent"}).where(Message.id == code.id)
    await browser.sign_in(cast.superuser)
    answer = await browser.get("/outbox")
    assert "918273" not in answer.text
    assert "Kun modtageren kan læse den her besked." in answer.text


async def test_older_messages_are_on_the_next_page(browser: Browser, cast: Cast, now: datetime) -> None:
    for minute in range(32):
        await outbox.queue(
            outbox.Draft(cast.clinic, "sent_away", {}, patient=cast.child), now + timedelta(minutes=minute)
        )
    await browser.sign_in(cast.doctor)
    first = (await browser.get("/outbox")).text
    assert first.count("<article") == 30
    address = first.split('href="/outbox?show=&amp;before=')[1].split('"')[0]
    second = (await browser.get(f"/outbox?show=&before={address}")).text
    assert second.count("<article") == 2
    assert "before=" in second.split('id="outbox"')[1].split(">")[0]


async def test_a_long_address_breaks_where_a_phones_screen_ends(browser: Browser, cast: Cast, now: datetime) -> None:
    sms = await confirm(cast, now)
    address = f"{'a' * 60}@example.dk"
    await Message.update({Message.channel: "email", Message.recipient: address}).where(Message.id == sms.id)
    await browser.sign_in(cast.doctor)
    assert f'<span class="wrapping">{address}</span>' in (await browser.get("/outbox")).text
