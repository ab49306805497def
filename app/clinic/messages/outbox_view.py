"""The outbox as staff read it: what was said to whom, what became of it, and whether it can be sent again (B9).

What opens a door in somebody else's name is hidden once it is on its way.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from app.clinic.messages import outbox, states
from app.clinic.messages.phones import show_phone
from app.clinic.messages.phrases import PURPOSES, Channel
from app.clinic.messages.tables import Message
from app.clinic.people.tables import Patient
from app.clinic.people.who import StaffWho

_LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """A message as staff read it. `body` is empty and `hidden` true when its content is not theirs to see."""

    id: UUID
    purpose: str
    channel: Channel
    recipient: str
    name: str
    language: str
    subject: str
    body: str
    hidden: bool
    state: str
    why: str
    attempts: int
    created_at: datetime
    state_at: datetime
    due_at: datetime
    other_channel: Channel | None
    can_be_sent_again: bool

    @property
    def link(self) -> str | None:
        """The link the message carries, whole."""
        found = _LINK.search(self.body)
        return found.group() if found else None

    @property
    def after_link(self) -> str:
        """Return the text without its link."""
        return self.body.removeprefix(self.link or "").strip()

    @property
    def is_trouble(self) -> bool:
        """Whether staff should look into it."""
        return self.state in states.TROUBLE

    @property
    def state_words(self) -> str:
        """What became of it, in a word or two."""
        return states.words(self.state)

    @property
    def purpose_words(self) -> str:
        """What it is about, in a word or two."""
        return states.purpose(self.purpose)

    @property
    def reason(self) -> str:
        """Why it stands as it does, in a sentence; empty when there is nothing to explain."""
        return states.reason(self.why)


async def read(
    who: StaffWho, now: datetime, *, trouble: bool = False, before: datetime | None = None, limit: int = 30
) -> list[ReadMessage]:
    """The clinic's messages, newest first; only those that went wrong with `trouble`, only older ones with `before`."""
    wanted = Message.objects().where(Message.clinic == who.clinic)
    if trouble:
        wanted = wanted.where(Message.state.is_in(list(states.TROUBLE)))
    if before is not None:
        wanted = wanted.where(Message.created_at < before)
    found = await wanted.order_by(Message.created_at, ascending=False).limit(limit)
    return await _readable(found, now, is_superuser=who.is_superuser)


async def _readable(found: Sequence[Message], now: datetime, *, is_superuser: bool) -> list[ReadMessage]:
    ids = list({message.patient for message in found if message.patient})
    patients = await Patient.select(Patient.id, Patient.name).where(Patient.id.is_in(ids)) if ids else []
    names = {row["id"]: row["name"] for row in patients}
    ways = await outbox.ways_of(found)
    return [
        _as_read(message, names.get(message.patient, ""), ways[message.id], now, is_superuser=is_superuser)
        for message in found
    ]


def _as_read(
    message: Message, name: str, ways: Mapping[Channel, str], now: datetime, *, is_superuser: bool
) -> ReadMessage:
    hidden = _is_hidden(message, is_superuser=is_superuser)
    channel = cast(Channel, message.channel)
    other: Channel = "email" if channel == "sms" else "sms"
    again = message.state not in states.UNDER_WAY and outbox.may_go_again(message, now)
    return ReadMessage(
        id=message.id,
        purpose=message.purpose,
        channel=channel,
        recipient=show_phone(message.recipient) if channel == "sms" else message.recipient,
        name=name,
        language=message.language,
        subject=message.subject,
        body="" if hidden else _body(message),
        hidden=hidden,
        state=message.state,
        why=message.why,
        attempts=message.attempts,
        created_at=message.created_at,
        state_at=message.state_at,
        due_at=message.due_at,
        other_channel=other if again and ways.get(other) else None,
        can_be_sent_again=again,
    )


def _body(message: Message) -> str:
    """Return the text, empty when it was sealed with another key: the page still shows the rest."""
    try:
        return outbox.opened(message).body
    except ValueError:
        return ""


def _is_hidden(message: Message, *, is_superuser: bool) -> bool:
    """A sign-in code or an invitation is its receiver's alone, unless the outbox is the only way to hand it over."""
    if not PURPOSES[message.purpose].secret:
        return False
    if message.state != states.SHOWN:
        return True
    return message.purpose == "staff_invitation" and not is_superuser
