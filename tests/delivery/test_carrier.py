"""From the outbox over the wire and back: what the settings name carries, and what became of it is written down."""

import asyncio
import dataclasses
import itertools
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from app import jobs, main
from app.clinic.change import listening
from app.clinic.events import Event, MessageChanged
from app.clinic.messages import outbox
from app.clinic.messages.phrases import Channel
from app.clinic.messages.tables import Message
from app.delivery import carrier
from app.settings import SettingError, Settings
from tests import outages
from tests.cast import Cast
from tests.delivery.gateway import fake_gateway
from tests.delivery.test_smtp import Mailbox, serving
from tests.realtime.serving import until

CHANNELS: tuple[Channel, ...] = ("sms", "email")
LINK = "http://testserver.local/j/aB3-_aB3-_aB3-_aB3-_xy"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


async def confirm(cast: Cast, now: datetime) -> None:
    values: dict[str, str | datetime] = {"link": LINK, "code": "K7M2-9QXA", "starts_at": now + timedelta(hours=2)}
    await outbox.queue(outbox.Draft(cast.clinic, "confirmation", values, patient=cast.patient), now)


async def carry_all(settings: Settings, now: datetime) -> None:
    """What both channels' jobs do, at this moment."""
    await carrier.settle(now)
    for channel in CHANNELS:
        await carrier.carry_due(settings, channel, lambda: now)


async def outcome(channel: str) -> tuple[str, str, str]:
    row = await Message.objects().where(Message.channel == channel).first()
    assert row is not None
    return row.state, row.why, row.carrier_id


async def test_without_carriers_everything_is_shown_in_the_outbox(
    cast: Cast, settings: Settings, now: datetime
) -> None:
    await confirm(cast, now)
    await carry_all(settings, now)
    assert (await outcome("sms"))[0] == (await outcome("email"))[0] == "shown"


async def test_what_became_of_a_message_waits_for_the_database(
    cast: Cast, settings: Settings, now: datetime, database_url: str
) -> None:
    await confirm(cast, now)
    async with AsyncExitStack() as away, fake_gateway() as gateway:
        gateway.before_answer = lambda: away.enter_async_context(outages.only_read(database_url))
        named = dataclasses.replace(settings, sms_gateway_url=gateway.url, sms_gateway_token="token")
        with capture_logs() as said:
            carrying = asyncio.create_task(carrier.carry_due(named, "sms", lambda: now))
            await until(lambda: any("waits for the database" in line["event"] for line in said))
        assert (await outcome("sms"))[0] == "sending"
        await away.aclose()
        await carrying
    assert (await outcome("sms"))[0] == "sent"
    assert len(gateway.asked) == 1


async def test_both_channels_are_carried_by_what_the_settings_name(
    cast: Cast, settings: Settings, now: datetime
) -> None:
    mailbox = Mailbox()
    await confirm(cast, now)
    async with fake_gateway() as gateway, serving(mailbox) as address:
        named = dataclasses.replace(
            settings,
            sms_gateway_url=gateway.url,
            sms_gateway_token="token",
            smtp_url=f"smtp://{address}",
            mail_from="video@nordby.example",
        )
        await carry_all(named, now)
        await carry_all(named, now)
    [sms], [mail] = gateway.asked, mailbox.mails
    assert sms["message"].startswith(f"{LINK}\n")
    text = mail.get_body(("plain",))
    assert text is not None and text.get_content().startswith(f"{LINK}\n")
    assert await outcome("sms") == ("sent", "", "gw-1")
    assert (await outcome("email"))[:2] == ("sent", "")


async def test_one_refused_message_does_not_hold_up_the_others(cast: Cast, settings: Settings, now: datetime) -> None:
    for patient in (cast.child, cast.second_patient, cast.passant):
        await outbox.queue(outbox.Draft(cast.clinic, "sent_away", {}, patient=patient), now)
    async with fake_gateway() as gateway:
        gateway.answers = [(422, b"{}", "")]
        named = dataclasses.replace(settings, sms_gateway_url=gateway.url, sms_gateway_token="token")
        await carry_all(named, now)
    states = sorted(str(row.state) for row in await Message.objects())
    assert states == ["failed", "sent", "sent"]


async def test_a_silent_gateway_is_asked_once_and_staff_are_told(cast: Cast, settings: Settings, now: datetime) -> None:
    await outbox.queue(outbox.Draft(cast.clinic, "sent_away", {}, patient=cast.child), now)
    async with fake_gateway() as gateway:
        gateway.hangs_up = True
        named = dataclasses.replace(settings, sms_gateway_url=gateway.url, sms_gateway_token="token")
        await carry_all(named, now)
        await carry_all(named, now + timedelta(hours=1))
    assert len(gateway.asked) == 1
    assert (await outcome("sms"))[:2] == ("unknown", "gateway_silent")


async def test_a_gateway_that_was_away_is_tried_until_it_is_back(cast: Cast, settings: Settings, now: datetime) -> None:
    await outbox.queue(outbox.Draft(cast.clinic, "sent_away", {}, patient=cast.child), now)
    async with fake_gateway() as gateway:
        gateway.answers = [(503, b"", "")]
        named = dataclasses.replace(settings, sms_gateway_url=gateway.url, sms_gateway_token="token")
        await carry_all(named, now)
        assert (await outcome("sms"))[:2] == ("queued", "gateway_busy")
        await carry_all(named, now + timedelta(seconds=10))
    assert (await outcome("sms"))[:2] == ("sent", "")


async def test_what_comes_too_late_is_not_sent_at_all(cast: Cast, settings: Settings, now: datetime) -> None:
    await outbox.queue(outbox.Draft(cast.clinic, "your_turn", {"link": LINK}, patient=cast.child), now)
    async with fake_gateway() as gateway:
        named = dataclasses.replace(settings, sms_gateway_url=gateway.url, sms_gateway_token="token")
        await carry_all(named, now + timedelta(minutes=5))
    assert gateway.asked == []
    assert (await outcome("sms"))[:2] == ("failed", "too_late")


async def test_what_is_only_shown_is_never_too_late(cast: Cast, settings: Settings, now: datetime) -> None:
    await outbox.queue(outbox.Draft(cast.clinic, "your_turn", {"link": LINK}, patient=cast.child), now)
    await carry_all(settings, now + timedelta(days=2))
    assert (await outcome("sms"))[0] == "shown"


async def test_a_slow_gateway_does_not_hold_up_the_mail(cast: Cast, settings: Settings, now: datetime) -> None:
    mailbox = Mailbox()
    await confirm(cast, now)
    async with fake_gateway() as gateway, serving(mailbox) as address:
        gateway.silent = True
        named = dataclasses.replace(
            settings,
            sms_gateway_url=gateway.url,
            sms_gateway_token="token",
            smtp_url=f"smtp://{address}",
            mail_from="video@nordby.example",
        )
        changed = asyncio.Event()
        async with asyncio.timeout(5), listening(lambda _event: changed.set()):
            tasks = [asyncio.create_task(carrier.carry_due(named, channel, lambda: now)) for channel in CHANNELS]
            while (await outcome("email"))[0] != "sent":
                await changed.wait()
                changed.clear()
        assert (await outcome("sms"))[0] == "sending"
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_mail_server_that_hangs_does_not_hold_back_later_sms(
    cast: Cast, settings: Settings, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.jobs.FINISH_WITHIN_S", 0.1)
    asked, leave = asyncio.Event(), asyncio.Event()

    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await leave.wait()
        writer.close()

    async with fake_gateway() as gateway, await asyncio.start_server(hang, "127.0.0.1", 0) as server:
        named = dataclasses.replace(
            settings,
            sms_gateway_url=gateway.url,
            sms_gateway_token="token",
            smtp_url=f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}",
            mail_from="video@nordby.example",
        )
        table, changed = main.carrying_jobs(named, lambda: now), asyncio.Event()
        async with asyncio.timeout(5), listening(lambda _event: changed.set()):
            await confirm(cast, now)
            async with jobs.running(table, lambda: now):
                await asked.wait()
                await outbox.queue(outbox.Draft(cast.clinic, "sent_away", {}, patient=cast.child), now)
                main.ring(table, MessageChanged(cast.clinic.id, cast.child.id))
                while len(gateway.asked) < 2 or await Message.exists().where(
                    Message.channel == "sms", Message.state != "sent"
                ):
                    changed.clear()
                    await changed.wait()
                assert (await outcome("email"))[0] == "sending"
                leave.set()


async def test_an_sms_that_hangs_does_not_hold_back_the_next(
    cast: Cast, settings: Settings, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.jobs.FINISH_WITHIN_S", 0.1)
    changed = asyncio.Event()
    async with fake_gateway() as gateway:
        named = dataclasses.replace(settings, sms_gateway_url=gateway.url, sms_gateway_token="token")
        table, gateway.silent = main.carrying_jobs(named, lambda: now), True
        async with asyncio.timeout(5), listening(lambda _event: changed.set()):
            await outbox.queue(outbox.Draft(cast.clinic, "sent_away", {}, patient=cast.child), now)
            async with jobs.running(table, lambda: now):
                while not gateway.asked:
                    await asyncio.sleep(0)
                gateway.silent = False
                [late] = await outbox.queue(outbox.Draft(cast.clinic, "sent_away", {}, patient=cast.passant), now)
                main.ring(table, MessageChanged(cast.clinic.id, late.id))
                while not await Message.exists().where(Message.id == late.id, Message.state == "sent"):
                    changed.clear()
                    await changed.wait()
                assert await Message.exists().where(Message.state == "sending")


async def test_the_clock_is_asked_again_at_every_step(cast: Cast, settings: Settings, now: datetime) -> None:
    ticks = itertools.count()
    await outbox.queue(outbox.Draft(cast.clinic, "sent_away", {}, patient=cast.child), now)
    async with fake_gateway() as gateway:
        named = dataclasses.replace(settings, sms_gateway_url=gateway.url, sms_gateway_token="token")
        await carrier.carry_due(named, "sms", lambda: now + timedelta(minutes=next(ticks)))
    [sms] = await Message.objects()
    assert sms.state == "sent"
    assert sms.state_at >= now + timedelta(minutes=3)


async def test_the_bell_rings_for_messages_only(cast: Cast) -> None:
    bell = asyncio.Event()
    carrier.ring(bell, Event(cast.clinic.id))
    assert not bell.is_set()
    carrier.ring(bell, MessageChanged(cast.clinic.id, cast.patient.id))
    assert bell.is_set()


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"SMTP_URL": "mail.example", "MAIL_FROM": "video@nordby.example"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://mail.example"}, "MAIL_FROM"),
        ({"SMTP_URL": "smtp://mail.example", "MAIL_FROM": "nordby"}, "MAIL_FROM"),
        ({"SMS_GATEWAY_URL": "gateway.example", "SMS_GATEWAY_TOKEN": "token"}, "SMS_GATEWAY_URL"),
        ({"SMS_GATEWAY_URL": "https://gateway.example/mobile/single"}, "SMS_GATEWAY_TOKEN"),
    ],
)
def test_half_a_carrier_stops_the_start_and_is_named(variables: dict[str, str], named: str) -> None:
    with pytest.raises(SettingError, match=named):
        Settings.from_environment({"SECRET_KEY": "x" * 40, **variables})
