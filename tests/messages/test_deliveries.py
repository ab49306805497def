"""The carriers' side of the outbox: one carrier per message, leases that end, and what is never repeated blindly."""

import asyncio
from datetime import datetime, timedelta

import pytest

from app.clinic.change import listening
from app.clinic.events import Event, MessageChanged
from app.clinic.messages import deliveries, outbox, states
from app.clinic.messages.deliveries import LEASE
from app.clinic.messages.tables import Message
from tests.cast import Cast

LINK = "http://testserver.local/j/aB3-_aB3-_aB3-_aB3-_xy"


async def queue(cast: Cast, now: datetime, channel: str = "sms", purpose: str = "sent_away") -> Message:
    to = "+4520123456" if channel == "sms" else "jens@example.dk"
    values: dict[str, str | datetime] = {"link": LINK, "starts_at": now + timedelta(hours=2)}
    [message] = await outbox.queue(outbox.Draft(cast.clinic, purpose, values, recipient=to, language="da"), now)
    return message


async def state_of(message: Message) -> tuple[str, str]:
    row = await Message.objects().get(Message.id == message.id)
    assert row is not None
    return row.state, row.why


async def test_a_due_message_is_handed_out_once_and_oldest_first(cast: Cast, now: datetime) -> None:
    newer = await queue(cast, now)
    older = await queue(cast, now - timedelta(minutes=1))
    taken = [await deliveries.claim("sms", now) for _ in range(3)]
    assert [envelope and envelope.id for envelope in taken] == [older.id, newer.id, None]


async def test_of_many_carriers_exactly_one_gets_a_message(cast: Cast, now: datetime) -> None:
    messages = {(await queue(cast, now)).id for _ in range(5)}
    taken = await asyncio.gather(*(deliveries.claim("sms", now) for _ in range(12)))
    ids = [envelope.id for envelope in taken if envelope]
    assert len(ids) == len(set(ids))
    assert set(ids) <= messages


async def test_an_envelope_holds_what_a_carrier_needs(cast: Cast, now: datetime) -> None:
    await queue(cast, now, "email")
    envelope = await deliveries.claim("email", now)
    assert envelope is not None
    assert envelope.to == "jens@example.dk"
    assert envelope.sender == cast.clinic.name
    assert envelope.attempt == 1
    assert "Venteværelset" in envelope.subject
    assert await deliveries.claim("sms", now) is None


async def test_an_sms_whose_carrier_died_is_unknown_and_never_repeated(cast: Cast, now: datetime) -> None:
    message = await queue(cast, now)
    await deliveries.claim("sms", now)
    await deliveries.end_leases(now + LEASE - timedelta(seconds=1))
    assert (await state_of(message))[0] == "sending"
    later = now + LEASE
    await deliveries.end_leases(later)
    assert await state_of(message) == ("unknown", "stopped")
    assert await deliveries.claim("sms", later) is None


async def test_an_email_whose_carrier_died_is_due_again(cast: Cast, now: datetime) -> None:
    message = await queue(cast, now, "email")
    await deliveries.claim("email", now)
    await deliveries.end_leases(now + LEASE)
    envelope = await deliveries.claim("email", now + LEASE)
    assert envelope is not None
    assert (envelope.id, envelope.attempt) == (message.id, 2)


async def test_a_late_carrier_still_tells_the_truth(cast: Cast, now: datetime) -> None:
    message = await queue(cast, now)
    envelope = await deliveries.claim("sms", now)
    assert envelope is not None
    await deliveries.end_leases(now + LEASE)
    await deliveries.sent(envelope, "gw-1", now + LEASE)
    assert (await state_of(message))[0] == "sent"


async def test_trying_again_waits_ever_longer_and_fails_in_the_end(cast: Cast, now: datetime) -> None:
    message = await queue(cast, now, purpose="cancelled")
    pauses = []
    while (envelope := await deliveries.claim("sms", now)) is not None:
        await deliveries.again(envelope, "gateway_away", now)
        row = await Message.objects().get(Message.id == message.id)
        assert row is not None
        if row.state == "queued":
            assert row.why == "gateway_away"
            pauses.append((row.due_at - now).total_seconds())
            now = row.due_at
    assert pauses == [10, 30, 120, 600, 1800, 3600, 10800]
    assert await state_of(message) == ("failed", "gateway_away")


async def test_what_is_asked_for_as_a_pause_is_kept(cast: Cast, now: datetime) -> None:
    message = await queue(cast, now)
    envelope = await deliveries.claim("sms", now)
    assert envelope is not None
    await deliveries.again(envelope, "gateway_busy", now, after_s=77)
    assert await deliveries.claim("sms", now + timedelta(seconds=76)) is None
    assert (await state_of(message))[0] == "queued"
    assert await deliveries.claim("sms", now + timedelta(seconds=77)) is not None


async def test_a_retry_that_would_come_too_late_fails_at_once(cast: Cast, now: datetime) -> None:
    message = await queue(cast, now, purpose="your_turn")
    envelope = await deliveries.claim("sms", now + timedelta(minutes=4, seconds=55))
    assert envelope is not None
    await deliveries.again(envelope, "gateway_away", now + timedelta(minutes=4, seconds=55))
    assert await state_of(message) == ("failed", "gateway_away")


async def test_an_unreadable_message_fails_and_holds_up_nobody(cast: Cast, now: datetime) -> None:
    broken = await queue(cast, now - timedelta(minutes=1))
    await Message.update({Message.body_encrypted: "A" * 60}).where(Message.id == broken.id)
    whole = await queue(cast, now)
    envelope = await deliveries.claim("sms", now)
    assert envelope is not None
    assert envelope.id == whole.id
    assert await state_of(broken) == ("failed", "unreadable")


@pytest.mark.parametrize("before", ["sending", "sent", "unknown"])
async def test_a_delivery_report_settles_what_was_sent(cast: Cast, now: datetime, before: str) -> None:
    message = await queue(cast, now)
    await Message.update({Message.state: before}).where(Message.id == message.id)
    await deliveries.reported(message.id, arrived=True, detail="", now=now)
    assert await state_of(message) == ("delivered", "")


async def test_a_report_of_failure_says_why_and_a_second_report_changes_nothing(cast: Cast, now: datetime) -> None:
    message = await queue(cast, now)
    await Message.update({Message.state: "sent"}).where(Message.id == message.id)
    await deliveries.reported(message.id, arrived=False, detail="absent subscriber", now=now)
    await deliveries.reported(message.id, arrived=True, detail="", now=now)
    assert await state_of(message) == ("failed", "undelivered: absent subscriber")


async def test_each_step_is_announced(cast: Cast, now: datetime) -> None:
    message = await queue(cast, now)
    heard: list[Event] = []
    async with listening(heard.append):
        envelope = await deliveries.claim("sms", now)
        assert envelope is not None
        await deliveries.sent(envelope, "", now)
    assert heard == [MessageChanged(cast.clinic.id, message.id)] * 2


def test_every_reason_and_state_has_words() -> None:
    for state in ("queued", "sending", "sent", "delivered", "failed", "unknown", "shown", "replaced"):
        assert states.words(state)
    assert states.reason("mail_refused: 550 no such user").endswith("(550 no such user)")
    assert states.reason("too_late")
    assert states.reason("") == ""


def test_a_reason_fits_its_column() -> None:
    assert len(states.why("mail_refused", "x\r\n" * 300)) <= 300
    assert "\n" not in states.why("mail_refused", "a\r\nb")
