"""The carriers' side of the outbox: taking a message that is due, and saying what became of it.

Each step is a conditional update, so of several processes exactly one carries a message. A carrier that died with a
message in its hands leaves a lease that ends: an e-mail is then sent again, an SMS may have left and is never repeated
blindly. The gateway's reports settle it: what it speaks of has left, and what it keeps silent about, while it speaks of
others, never reached it and goes again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from piccolo.columns import Column
from piccolo.custom_types import Combinable

from app.clinic.change import announce, change
from app.clinic.events import MessageChanged
from app.clinic.messages import outbox, states
from app.clinic.messages.calendar_event import CalendarEvent
from app.clinic.messages.phrases import PURPOSES, Channel
from app.clinic.messages.states import why
from app.clinic.messages.tables import Message
from app.clinic.moving import move_times
from app.clinic.people.tables import Clinic

LEASE = timedelta(seconds=90)
SILENCE = timedelta(minutes=10)
_BACK_OFF_S = (10, 30, 120, 600, 1800, 3600, 10800)
_CANDIDATES = 5


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message in a carrier's hands; `useful_until` is when it must have arrived to be of use."""

    id: UUID
    channel: Channel
    to: str
    language: str
    subject: str
    body: str
    sender: str
    reply_to: str
    urgent: bool
    attempt: int
    useful_until: datetime
    event: CalendarEvent | None = None


async def claim(channel: Channel, now: datetime) -> Envelope | None:
    """Take the oldest message that is due. It is the caller's for LEASE; None when nothing is due.

    What can't be read any more fails here and is never handed out.
    """
    while (message := await _claimed(channel, now)) is not None:
        try:
            content = outbox.opened(message)
        except ValueError:
            await _settle(message.id, states.FAILED, why("unreadable"), now)
            continue
        return await _envelope(message, channel, content)
    return None


async def end_leases(now: datetime) -> None:
    """Messages whose carrier died: an e-mail is due again, an SMS is `unknown`."""
    over = (Message.state == states.SENDING) & (Message.due_at <= now)
    if not await Message.exists().where(over):
        return
    async with change():
        await _update(over & (Message.channel == "sms"), states.UNKNOWN, why("stopped"), now, now)
        await _update(over & (Message.channel == "email"), states.QUEUED, "", now, now)


async def clock_moved(by: timedelta) -> None:
    """Shift leases and due times by as much as the clock was set; inside a change."""
    await move_times(Message, Message.state.is_in([states.SENDING, states.QUEUED]), [Message.due_at], by)


async def sent(envelope: Envelope, carrier_id: str, now: datetime) -> None:
    """Record that the carrier accepted the message; `carrier_id` is its own id for it."""
    await _settle(envelope.id, states.SENT, "", now, carrier_id=carrier_id[:80])


async def shown(envelope: Envelope, now: datetime) -> None:
    """There is no carrier for this channel: the outbox page is where it is read."""
    await _settle(envelope.id, states.SHOWN, "", now)


async def failed(envelope: Envelope, reason: str, now: datetime) -> None:
    """Record that the message was not sent, and that trying again would not help."""
    await _settle(envelope.id, states.FAILED, reason, now)


async def unknown(envelope: Envelope, reason: str, now: datetime) -> None:
    """Record that the message may have been sent; only a person who has checked sends it again."""
    await _settle(envelope.id, states.UNKNOWN, reason, now)


async def again(envelope: Envelope, reason: str, now: datetime, after_s: float = 0) -> None:
    """Record that the message was not sent, and make it due again.

    Each pause is longer than the last and at least `after_s`; after the last try the message has failed.
    """
    tried_out = envelope.attempt > len(_BACK_OFF_S)
    pause = timedelta(seconds=max(after_s, 0 if tried_out else _BACK_OFF_S[envelope.attempt - 1]))
    if tried_out or now + pause >= envelope.useful_until:
        await failed(envelope, reason, now)
        return
    await _settle(envelope.id, states.QUEUED, reason, now, due_at=now + pause)


async def reported(message_id: UUID, now: datetime, *, arrived: bool | None = None, detail: str = "") -> None:
    """Record the gateway's delivery report on an SMS.

    `arrived` is None when the report says only that the gateway has it. A report may come before `sent` was recorded.
    """
    async with change():
        await Message.update({Message.reported_at: now}).where(Message.id == message_id)
        if arrived is None:
            await _update((Message.id == message_id) & (Message.state == states.UNKNOWN), states.SENT, "", now, now)
            return
        state, reason = (states.DELIVERED, "") if arrived else (states.FAILED, why("undelivered", detail))
        await _update(_in_hand(message_id, states.SENT), state, reason, now, now)


async def send_unheard_again(now: datetime) -> int:
    """Make `unknown` SMS due again that the gateway never received; return how many.

    Such an SMS had no report for ten minutes while reports on others came in. Without delivery reports nothing is sent
    again here: a person asks the patient.
    """
    heard = (
        await Message.select(Message.reported_at)
        .where(Message.reported_at.is_not_null())
        .order_by(Message.reported_at, ascending=False)
        .first()
    )
    if heard is None:
        return 0
    unheard = (
        (Message.state == states.UNKNOWN)
        & (Message.channel == "sms")
        & Message.reported_at.is_null()
        & (Message.carrier_id == "")
        & (Message.handed_at < min(heard["reported_at"], now - SILENCE))
    )
    async with change():
        return len(await _update(unheard, states.QUEUED, why("unheard"), now, now))


async def _claimed(channel: Channel, now: datetime) -> Message | None:
    """Take the oldest due message; try the next when another carrier takes it first."""
    due = (Message.state == states.QUEUED) & (Message.channel == channel) & (Message.due_at <= now)
    candidates = await Message.objects().where(due).order_by(Message.due_at).limit(_CANDIDATES)
    for candidate in candidates:
        async with change():
            taken = await _update(due & (Message.id == candidate.id), states.SENDING, "", now, now + LEASE, attempt=1)
        if taken:
            return taken[0]
    return None


async def _envelope(message: Message, channel: Channel, content: outbox.Content) -> Envelope:
    clinic = await Clinic.objects().get(Clinic.id == message.clinic)
    return Envelope(
        id=message.id,
        channel=channel,
        to=message.recipient,
        language=message.language,
        subject=message.subject,
        body=content.body,
        sender=clinic.name if clinic else "",
        reply_to=clinic.email if clinic else "",
        urgent=PURPOSES[message.purpose].urgent,
        attempt=message.attempts,
        useful_until=outbox.useful_until(message, content),
        event=content.event,
    )


async def _settle(
    message_id: UUID, state: str, reason: str, now: datetime, *, due_at: datetime | None = None, carrier_id: str = ""
) -> None:
    async with change():
        await _update(_in_hand(message_id), state, reason, now, due_at or now, carrier_id=carrier_id)


def _in_hand(message_id: UUID, *further: str) -> Combinable:
    """A message being sent; one whose lease ended meanwhile still hears the truth."""
    return (Message.id == message_id) & Message.state.is_in([states.SENDING, states.UNKNOWN, *further])


async def _update(
    which: Combinable,
    state: str,
    reason: str,
    now: datetime,
    due_at: datetime,
    *,
    attempt: int = 0,
    carrier_id: str = "",
) -> list[Message]:
    """Set the state of the matching messages, announce it, and return them; empty when another process was first."""
    values: dict[Column | str, Any] = {
        Message.state: state,
        Message.why: reason,
        Message.state_at: now,
        Message.due_at: due_at,
        Message.attempts: Message.attempts + attempt,
    }
    if carrier_id:
        values[Message.carrier_id] = carrier_id
    if attempt:
        values[Message.handed_at] = now
    rows = await Message.update(values).where(which).returning(*Message.all_columns())
    changed = [Message(**row) for row in rows]
    for message in changed:
        announce(MessageChanged(message.clinic, message.id))
    return changed
