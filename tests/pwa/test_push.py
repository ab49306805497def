"""Pushing at the wire: what a push service is given, what the phone reads, and what follows from each answer."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from app.clinic.change import change
from app.clinic.messages import push_keys, pushes, subscriptions
from app.clinic.messages.push_tables import Push, PushSubscription
from app.clinic.people.tables import Patient
from app.pwa import push
from app.pwa.push_services import is_push_service
from app.settings import Settings
from tests.cast import Cast
from tests.conftest import Clock
from tests.messages.phones import phone_of
from tests.pwa.push_service import FakeBrowser, FakePushService, fake_push_service, signer


@pytest.fixture
async def service() -> AsyncIterator[FakePushService]:
    async with fake_push_service() as running:
        yield running


@pytest.fixture
def named(settings: Settings, service: FakePushService) -> Settings:
    """The settings of an installation that may push to the fake service."""
    return replace(settings, push_origins=(service.origin,))


async def pushed(patient: Patient, browser: FakeBrowser, now: datetime, kind: str = "your_turn") -> UUID:
    """The patient's phone has subscribed, and something is to be pushed; answers what it is about."""
    about = uuid4()
    await subscriptions.subscribe(await phone_of(patient, now), browser.handed_over, now)
    async with change():
        assert await pushes.notify(patient, kind, about, "/waiting", now) == 1
    return about


async def test_a_phone_reads_that_it_is_its_patients_turn(
    cast: Cast, clock: Clock, service: FakePushService, named: Settings
) -> None:
    browser = service.browser()
    about = await pushed(cast.patient, browser, clock.now)
    await push.carry_due(named, clock)
    said = browser.read(service.bodies[0])
    assert said["web_push"] == 8030
    assert said["notification"]["title"] == "Det er din tur"
    assert said["notification"]["navigate"] == "http://testserver.local/waiting"
    assert (await pushes.trace(about, "your_turn", clock.now)).sent


async def test_a_push_says_nothing_about_anybody(
    cast: Cast, clock: Clock, service: FakePushService, named: Settings
) -> None:
    browser = service.browser()
    for kind in pushes.KINDS:
        await pushed(cast.patient, browser, clock.now, kind)
    await push.carry_due(named, clock)
    assert len(service.bodies) == len(pushes.KINDS)
    for body in service.bodies:
        text = str(browser.read(body))
        for private in (cast.patient.name, "Jens", cast.doctor.name, cast.clinic.name, str(cast.patient.id), "2512"):
            assert private not in text


async def test_a_push_is_signed_with_the_kept_key_and_hurries(
    cast: Cast, clock: Clock, service: FakePushService, named: Settings
) -> None:
    await pushed(cast.patient, service.browser(), clock.now)
    clock.forward(seconds=30)
    await push.carry_due(named, clock)
    headers = service.headers[0]
    key, claims = signer(headers)
    assert key == (await push_keys.keys(clock.now)).public
    assert claims["sub"].startswith("mailto:")
    assert claims["aud"] == "http://127.0.0.1"
    assert (headers["ttl"], headers["urgency"], headers["topic"]) == ("150", "high", "your_turn")
    assert headers["content-encoding"] == "aes128gcm"


async def test_a_patient_reads_their_own_language(
    cast: Cast, clock: Clock, service: FakePushService, named: Settings
) -> None:
    cast.patient.language = "en"
    browser = service.browser()
    await pushed(cast.patient, browser, clock.now)
    await push.carry_due(named, clock)
    assert browser.read(service.bodies[0])["notification"]["title"] == "It is your turn"


@pytest.mark.parametrize("status", [404, 410])
async def test_a_browser_its_service_no_longer_knows_is_forgotten(
    cast: Cast, clock: Clock, service: FakePushService, named: Settings, status: int
) -> None:
    service.answers = [(status, "")]
    await pushed(cast.patient, service.browser(), clock.now)
    await push.carry_due(named, clock)
    assert await PushSubscription.count() == 0
    assert await subscriptions.reachable([cast.patient.id], clock.now) == set()


async def test_a_busy_service_is_asked_again_when_it_said(
    cast: Cast, clock: Clock, service: FakePushService, named: Settings
) -> None:
    service.answers = [(429, "Retry-After: 20\r\n")]
    await pushed(cast.patient, service.browser(), clock.now)
    await push.carry_due(named, clock)
    clock.forward(seconds=19)
    await push.carry_due(named, clock)
    assert len(service.bodies) == 1
    clock.forward(seconds=1)
    await push.carry_due(named, clock)
    assert len(service.bodies) == 2


async def test_a_refused_push_is_not_repeated(
    cast: Cast, clock: Clock, service: FakePushService, named: Settings
) -> None:
    service.answers = [(400, "")]
    about = await pushed(cast.patient, service.browser(), clock.now)
    await push.carry_due(named, clock)
    clock.forward(minutes=1)
    await push.carry_due(named, clock)
    assert len(service.bodies) == 1
    assert not (await pushes.trace(about, "your_turn", clock.now - timedelta(minutes=5))).sent


async def test_a_push_that_is_too_late_is_not_sent(
    cast: Cast, clock: Clock, service: FakePushService, named: Settings
) -> None:
    await pushed(cast.patient, service.browser(), clock.now)
    clock.forward(minutes=3)
    await push.carry_due(named, clock)
    assert service.bodies == []


async def test_nothing_is_posted_to_a_host_that_is_no_push_service(
    cast: Cast, clock: Clock, service: FakePushService, settings: Settings
) -> None:
    await pushed(cast.patient, service.browser(), clock.now)
    await push.carry_due(settings, clock)
    assert service.bodies == []
    row = await Push.objects().first()
    assert row is not None
    assert row.state == "failed"


@pytest.mark.parametrize(
    ("endpoint", "is_one"),
    [
        ("https://fcm.googleapis.com/fcm/send/x", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/x", True),
        ("https://web.push.apple.com/x", True),
        ("https://wns2-par02p.notify.windows.com/w/?token=x", True),
        ("https://push.example.dk/x", True),
        ("http://fcm.googleapis.com/fcm/send/x", False),
        ("https://fcm.googleapis.com:8443/x", False),
        ("https://fcm.googleapis.com@evil.example/x", False),
        ("https://me:secret@fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com.evil.example/x", False),
        ("https://evilnotify.windows.com/x", False),
        ("https://push.example.dk:8443/x", False),
        ("https://127.0.0.1/x", False),
        ("https://[::1/x", False),
        ("https://host:port/x", False),
        ("", False),
    ],
)
def test_only_known_push_services_are_posted_to(endpoint: str, is_one: bool) -> None:
    assert is_push_service(endpoint, ["https://push.example.dk"]) is is_one
