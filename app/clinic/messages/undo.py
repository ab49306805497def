"""Undo for ten seconds instead of "are you sure": messages about what can be undone wait that long in the outbox.

Withdrawing a message no carrier has touched leaves nothing to explain; one that has gone out needs another message,
and the caller is told so.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app.clinic.messages.tables import Message

UNDO = timedelta(seconds=10)
_SLACK = timedelta(seconds=5)


def are_over(since: datetime, now: datetime) -> bool:
    """Whether it is too late to undo what was done then; a little slack allows for a slow line."""
    return since < earliest(now)


def earliest(now: datetime) -> datetime:
    """The earliest that can still be undone."""
    return now - UNDO - _SLACK


async def hold_back(messages: Sequence[Message], now: datetime) -> None:
    """Keep these messages in the outbox until what they are about can no longer be undone."""
    ids = [message.id for message in messages]
    if ids:
        await Message.update({Message.due_at: now + UNDO + _SLACK}).where(Message.id.is_in(ids))


async def withdraw(about: UUID, purpose: str, since: datetime | None = None) -> bool:
    """Delete unsent messages about this; True when none with this purpose had been sent or was being sent.

    Messages written before `since` are ignored.
    """
    concerned = (Message.about == str(about)) & (Message.purpose == purpose)
    if since is not None:
        concerned &= Message.created_at >= since
    await Message.delete().where(concerned, Message.state == "queued")
    return not await Message.exists().where(concerned)
