"""Carries what is due in the outbox by the carriers the settings name; without one, the outbox page is the carrier.

Runs after every commit that queued a message and every few seconds, in any number of processes. Nothing is awaited
inside a change, and a message that fails never holds up the next.
"""

import asyncio
from datetime import datetime
from typing import Protocol

import structlog

from app.clinic.events import Event, MessageChanged
from app.clinic.messages import carrying
from app.clinic.messages.carrying import Envelope
from app.clinic.messages.phrases import Channel
from app.clinic.messages.states import why
from app.delivery.outcomes import PerhapsCarried, Refused, TryLater
from app.delivery.sms import Gateway
from app.delivery.smtp import MailServer
from app.settings import Settings

AT_ONCE = 3

log = structlog.get_logger()


class Carrier(Protocol):
    """Takes one message; returns its own id of it, or raises Refused, TryLater or PerhapsCarried."""

    async def carry(self, envelope: Envelope, now: datetime) -> str: ...


async def carry_due(settings: Settings, now: datetime) -> None:
    """Carry everything that is due, a few at once in each channel; returns when nothing more is due."""
    await carrying.end_leases(now)
    carriers: dict[Channel, Carrier | None] = {"sms": Gateway.of(settings), "email": MailServer.of(settings)}
    async with asyncio.TaskGroup() as group:
        for channel, carrier in carriers.items():
            for _ in range(AT_ONCE if carrier else 1):
                group.create_task(_carry_channel(channel, carrier, now))


def ring(bell: asyncio.Event, event: Event) -> None:
    """Wake the job that carries when the outbox changed."""
    if isinstance(event, MessageChanged):
        bell.set()


async def _carry_channel(channel: Channel, carrier: Carrier | None, now: datetime) -> None:
    while (envelope := await carrying.claim(channel, now)) is not None:
        if carrier is None:
            await carrying.shown(envelope, now)
        elif now >= envelope.useful_until:
            await carrying.failed(envelope, why("too_late"), now)
        else:
            await _carry(envelope, carrier, now)


async def _carry(envelope: Envelope, carrier: Carrier, now: datetime) -> None:
    """Hand one message over and write down what became of it."""
    try:
        carrier_id = await carrier.carry(envelope, now)
    except Refused as refusal:
        await carrying.failed(envelope, why(refusal.code, refusal.detail), now)
    except TryLater as delay:
        await carrying.again(envelope, why(delay.code, delay.detail), now, delay.after_s)
    except PerhapsCarried as doubt:
        await carrying.unknown(envelope, why(doubt.code, doubt.detail), now)
    except Exception:
        log.exception("carrier failed", channel=envelope.channel, message=str(envelope.id))
        await carrying.unknown(envelope, why("stopped"), now)
    else:
        await carrying.sent(envelope, carrier_id, now)
