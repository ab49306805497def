"""The gateway's delivery reports: believed when signed, and only about what we know."""

import dataclasses
import hmac
import json
from datetime import datetime
from hashlib import sha256

import pytest

from app.clinic.messages import outbox
from app.clinic.messages.tables import Message
from app.delivery import reports
from app.settings import Settings
from tests.cast import Cast
from tests.conftest import Browser

SECRET = "agreed with the gateway"


def signed(body: bytes) -> str:
    return "v1=" + hmac.new(SECRET.encode(), body, sha256).hexdigest()


def report(reference: object, status: str, kind: str = "message.status.sms", error: object = None) -> bytes:
    event = {
        "msg_id": "gw-1",
        "recipient": 4520123456,
        "reference": str(reference),
        "status": status,
        "status_at": "2026-11-24T08:00:05Z",
        "error": error,
    }
    envelope = {"event_id": "1", "timestamp": "2026-11-24T08:00:05Z", "event_type": kind, "event": event}
    return json.dumps(envelope).encode()


async def sent(cast: Cast, now: datetime) -> Message:
    [message] = await outbox.queue(outbox.Draft(cast.clinic, "sent_away", {}, patient=cast.child), now)
    await Message.update({Message.state: "sent"}).where(Message.id == message.id)
    return message


async def outcome(message: Message) -> tuple[str, str]:
    row = await Message.objects().get(Message.id == message.id)
    assert row is not None
    return row.state, row.why


def test_only_a_signature_made_with_the_secret_is_believed() -> None:
    body = b'{"event_type":"message.status.sms"}'
    assert reports.is_genuine(body, signed(body), SECRET)
    assert not reports.is_genuine(body + b" ", signed(body), SECRET)
    assert not reports.is_genuine(body, "v1=æ", SECRET)
    assert not reports.is_genuine(body, "", SECRET)
    assert not reports.is_genuine(body, "v1=" + hmac.new(b"", body, sha256).hexdigest(), "")


async def test_a_delivered_message_is_delivered(cast: Cast, now: datetime) -> None:
    message = await sent(cast, now)
    await reports.note(report(message.id, "DELIVERED"), now)
    assert await outcome(message) == ("delivered", "")


async def test_an_undelivered_message_fails_with_the_phone_companys_words(cast: Cast, now: datetime) -> None:
    message = await sent(cast, now)
    fault = {"hex_code": "0x0001", "details": "Unknown subscriber"}
    await reports.note(report(message.id, "UNDELIVERABLE", error=fault), now)
    assert await outcome(message) == ("failed", "undelivered: Unknown subscriber")


@pytest.mark.parametrize("status", ["ENROUTE", "ACCEPTED", "UNKNOWN", "SOMETHING_NEW", ""])
async def test_a_state_that_settles_nothing_changes_nothing(cast: Cast, now: datetime, status: str) -> None:
    message = await sent(cast, now)
    await reports.note(report(message.id, status), now)
    assert await outcome(message) == ("sent", "")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"event_type":1}', report("not ours", "DELIVERED")])
async def test_what_is_no_report_of_ours_is_passed_over(cast: Cast, now: datetime, body: bytes) -> None:
    message = await sent(cast, now)
    await reports.note(body, now)
    assert await outcome(message) == ("sent", "")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The application's settings, with the secret."""
    return dataclasses.replace(settings, sms_report_secret=SECRET)


async def test_the_gateway_needs_no_cookie_but_its_signature(browser: Browser, cast: Cast, now: datetime) -> None:
    message = await sent(cast, now)
    body = report(message.id, "DELIVERED")
    forged = await browser.http.post("/delivery-reports", content=body, headers={"Signature": "v1=00"})
    assert forged.status_code == 403
    assert await outcome(message) == ("sent", "")
    answer = await browser.http.post("/delivery-reports", content=body, headers={"Signature": signed(body)})
    assert answer.status_code == 204
    assert await outcome(message) == ("delivered", "")
