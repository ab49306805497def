"""The SMS carrier against a gateway at its wire: accepting, refusing, slow, silent, and away."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.clinic.messages.deliveries import Envelope
from app.delivery.outcomes import PerhapsCarried, RefusedForGood, TryLater
from app.delivery.sms import Gateway
from app.settings import Settings
from tests.delivery.gateway import FakeGateway, fake_gateway

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ENVELOPE = Envelope(
    id=UUID("6f0c2c3e-0000-4000-8000-000000000001"),
    channel="sms",
    to="+4520123456",
    language="da",
    subject="",
    body="https://video.torvet.dk/j/aB3-_aB3-_aB3-_aB3-_xy\nVi er klar på video nu. Æøå",
    sender="Lægerne Torvet",
    reply_to="",
    urgent=True,
    attempt=1,
    useful_until=NOW + timedelta(minutes=10),
)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
async def fake() -> AsyncIterator[FakeGateway]:
    async with fake_gateway() as gateway:
        yield gateway


def account(fake: FakeGateway, timeout: float = 5) -> Gateway:
    return Gateway(fake.url, "the-token", "Laegerne", timeout)


async def test_a_message_is_handed_over_in_the_gateways_own_words(fake: FakeGateway) -> None:
    assert await account(fake).carry(ENVELOPE, NOW) == "gw-1"
    assert fake.asked == [
        {
            "sender": "Laegerne",
            "recipient": 4520123456,
            "message": ENVELOPE.body,
            "reference": str(ENVELOPE.id),
            "priority": "urgent",
            "expiration": "PT10M",
        }
    ]
    assert fake.headers[0]["authorization"] == "Token the-token"


async def test_what_can_wait_is_not_urgent_and_lives_as_long_as_it_is_of_use(fake: FakeGateway) -> None:
    calm = dataclasses.replace(ENVELOPE, urgent=False, useful_until=NOW + timedelta(hours=12))
    await account(fake).carry(calm, NOW)
    assert fake.asked[0]["priority"] == "normal"
    assert fake.asked[0]["expiration"] == "PT720M"


async def test_an_acceptance_we_cannot_read_is_an_acceptance(fake: FakeGateway) -> None:
    fake.answers = [(202, b"thanks", "")]
    assert await account(fake).carry(ENVELOPE, NOW) == ""


@pytest.mark.parametrize(
    ("status", "code"), [(422, "number_refused"), (400, "gateway_refused"), (404, "gateway_refused")]
)
async def test_a_refusal_is_final(fake: FakeGateway, status: int, code: str) -> None:
    fake.answers = [(status, b"{}", "")]
    with pytest.raises(RefusedForGood) as refusal:
        await account(fake).carry(ENVELOPE, NOW)
    assert refusal.value.code == code


@pytest.mark.parametrize("status", [401, 403])
async def test_a_wrong_key_is_worth_another_try_once_it_is_put_right(fake: FakeGateway, status: int) -> None:
    fake.answers = [(status, b"", "")]
    with pytest.raises(TryLater) as delay:
        await account(fake).carry(ENVELOPE, NOW)
    assert delay.value.code == "gateway_key"


@pytest.mark.parametrize(("headers", "pause"), [("Retry-After: 77\r\n", 77), ("Retry-After: soon\r\n", 0), ("", 0)])
async def test_a_busy_gateway_says_how_long_to_wait(fake: FakeGateway, headers: str, pause: float) -> None:
    fake.answers = [(429, b"", headers)]
    with pytest.raises(TryLater) as delay:
        await account(fake).carry(ENVELOPE, NOW)
    assert (delay.value.code, delay.value.after_s) == ("gateway_busy", pause)


async def test_a_gateway_that_breaks_down_may_have_sent_it(fake: FakeGateway) -> None:
    fake.answers = [(502, b"", "")]
    with pytest.raises(PerhapsCarried):
        await account(fake).carry(ENVELOPE, NOW)


async def test_a_gateway_that_never_answers_may_have_sent_it(fake: FakeGateway) -> None:
    fake.silent = True
    with pytest.raises(PerhapsCarried) as doubt:
        await account(fake, timeout=0.2).carry(ENVELOPE, NOW)
    assert doubt.value.code == "gateway_silent"


async def test_a_gateway_that_hangs_up_may_have_sent_it(fake: FakeGateway) -> None:
    fake.hangs_up = True
    with pytest.raises(PerhapsCarried):
        await account(fake).carry(ENVELOPE, NOW)


async def test_a_gateway_that_is_away_has_not_sent_it() -> None:
    async with fake_gateway() as closed:
        address = account(closed)
    with pytest.raises(TryLater) as delay:
        await address.carry(ENVELOPE, NOW)
    assert delay.value.code == "gateway_away"


def test_without_an_address_there_is_no_gateway() -> None:
    assert Gateway.of(Settings()) is None
    named = Gateway.of(Settings(sms_gateway_url="https://gateway.example/mobile/single", sms_gateway_token="t"))
    assert named is not None
    assert named.sender == "Naervaer"
