"""Carries what is due in the outbox by the carriers the settings name; without one, the outbox page is the carrier.

Runs AT_ONCE times for each channel, after every commit that queued a message and every few seconds, in any number of
processes. Nothing is awaited inside a change, and a message that fails or hangs never holds up the next.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Protocol

import structlog

from app.clinic.errors import Unavailable
from app.clinic.events import Event, MessageChanged
from app.clinic.messages import deliveries
from app.clinic.messages.deliveries import Envelope
from app.clinic.messages.phrases import Channel
from app.clinic.messages.states import why
from app.delivery.outcomes import PerhapsCarried, RefusedForGood, TryLater
from app.delivery.sms import Gateway
from app.delivery.smtp import MailServer
from app.settings import Settings

AT_ONCE = 4
WRITE_AGAIN_S = 1

log = structlog.get_logger()

Clock = Callable[[], datetime]


class Carrier(Protocol):
    """Sends one message and returns its own id for it, or raises RefusedForGood, TryLater or PerhapsCarried."""

    async def carry(self, envelope: Envelope, now: datetime) -> str: ...


async def settle(now: datetime) -> None:
    """Settle messages whose carrier died, and make SMS due again that the gateway never received."""
    await deliveries.end_leases(now)
    await deliveries.send_unheard_again(now)


async def carry_due(settings: Settings, channel: Channel, clock: Clock) -> None:
    """Send everything that is due in this channel, one message at a time; return when nothing more is due.

    Several may run at once, so a message that hangs holds up only its own carrier. The clock is asked at every step,
    since a slow carrier may take minutes.
    """
    carrier: Carrier | None = Gateway.of(settings) if channel == "sms" else MailServer.of(settings)
    while (envelope := await deliveries.claim(channel, clock())) is not None:
        now = clock()
        if carrier is None:
            await deliveries.shown(envelope, now)
        elif now >= envelope.useful_until:
            await deliveries.failed(envelope, why("too_late"), now)
        else:
            await _carry(envelope, carrier, clock)


def ring(bell: asyncio.Event, event: Event) -> None:
    """Wake the job that carries when the outbox changed."""
    if isinstance(event, MessageChanged):
        bell.set()


async def _carry(envelope: Envelope, carrier: Carrier, clock: Clock) -> None:
    """Hand one message over and write down what became of it, however long that takes: nobody else knows."""
    write_down = await _hand_over(envelope, carrier, clock)
    while True:
        try:
            return await write_down()
        except Unavailable:
            log.warning("what became of a message waits for the database", channel=envelope.channel)
            await asyncio.sleep(WRITE_AGAIN_S)


async def _hand_over(envelope: Envelope, carrier: Carrier, clock: Clock) -> Callable[[], Awaitable[None]]:
    """Send the message and return the call that records the result."""
    try:
        carrier_id = await carrier.carry(envelope, clock())
    except RefusedForGood as refusal:
        return partial(deliveries.failed, envelope, why(refusal.code, refusal.detail), clock())
    except TryLater as delay:
        return partial(deliveries.again, envelope, why(delay.code, delay.detail), clock(), delay.after_s)
    except PerhapsCarried as doubt:
        return partial(deliveries.unknown, envelope, why(doubt.code, doubt.detail), clock())
    except Exception:
        log.exception("carrier failed", channel=envelope.channel, message=str(envelope.id))
        return partial(deliveries.unknown, envelope, why("stopped"), clock())
    return partial(deliveries.sent, envelope, carrier_id, clock())
