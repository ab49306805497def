"""The clinic's outbox: what is to be said is written here in the same change that made it necessary (B7–B9).

A carrier takes it from there after the commit (`carrying.py`). Staff read the outbox, see what became of each message
and send it again; what opens a door in somebody else's name is hidden from them once it is on its way.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from app import i18n
from app.clinic.change import announce, change
from app.clinic.errors import Conflict, Invalid, NotFound, TooLate
from app.clinic.events import MessageChanged
from app.clinic.messages import phrases, states
from app.clinic.messages.phones import show_phone
from app.clinic.messages.phrases import PURPOSES, Channel
from app.clinic.messages.tables import Message
from app.clinic.people import installation
from app.clinic.people.tables import Clinic, Patient
from app.clinic.people.who import StaffWho
from app.i18n import _

Value = str | datetime
_LINK = re.compile(r"https?://\S+")
_OVER = timedelta(hours=1)
_DOUBLE_CLICK = timedelta(seconds=10)


class Content(msgspec.Struct, frozen=True):
    """What is sealed in a message: its words, and what they were made of, so the other channel can say it too."""

    body: str
    values: dict[str, str]
    moments: dict[str, datetime]


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
        """The words without the link that opens them."""
        return self.body.removeprefix(self.link or "").strip()

    @property
    def is_trouble(self) -> bool:
        """Whether somebody should look after it."""
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


async def queue(
    clinic: Clinic,
    purpose: str,
    values: Mapping[str, Value],
    now: datetime,
    *,
    patient: Patient | None = None,
    channels: Sequence[Channel] | None = None,
    about: UUID | None = None,
    recipient: str = "",
    language: str = "",
) -> list[Message]:
    """Write the message for each channel, by SMS and e-mail as far as the patient has them; joins the present change.

    `recipient` is told instead of the patient (a guardian's phone, a colleague's e-mail). Datetimes among the values
    are written in the reader's language. Returns what was queued: nothing if nobody can be reached. Raises KeyError for
    an unknown purpose, ValueError when a value the purpose needs is missing.
    """
    code = language or (patient.language if patient else "") or i18n.language.get()
    written = [
        _written(clinic, purpose, channel, to, code, values, now)
        for channel, to in _ways(patient, recipient).items()
        if to and (channels is None or channel in channels)
    ]
    async with change():
        for message in written:
            message.patient = patient.id if patient else None
            message.about = str(about or "")
            await message.save()
            announce(MessageChanged(clinic.id, message.id))
    return written


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


async def for_about(about: UUID, now: datetime) -> list[ReadMessage]:
    """What was said about an appointment or a place, newest first. The caller has checked that they may know."""
    found = await Message.objects().where(Message.about == str(about)).order_by(Message.created_at, ascending=False)
    return await _readable(found, now, is_superuser=False)


async def count_trouble(clinic: UUID) -> int:
    """How many messages somebody should look after."""
    wanted = Message.count().where(Message.clinic == clinic, Message.state.is_in(list(states.TROUBLE)))
    return int(await wanted)


async def message_for(who: StaffWho, message_id: UUID) -> Message:
    """The message, for staff of its clinic; raises NotFound for everybody else."""
    message = await Message.objects().get(Message.id == message_id)
    if message is None or message.clinic != who.clinic:
        raise NotFound(_("There is no such message."))
    return message


async def send_again(message: Message, channel: Channel, now: datetime) -> Message:
    """The same message once more, by this channel. The first one keeps its row, so it is seen what happened.

    Raises TooLate when it would only confuse, Invalid when the patient can't be reached that way, Conflict when it was
    sent again seconds ago (two presses at the same instant may still send two: harmless).
    """
    if not _may_go_again(message, now):
        raise TooLate(_("This message is too old to be sent again."))
    clinic = await Clinic.objects().get(Clinic.id == message.clinic)
    patient = await Patient.objects().get(Patient.id == message.patient) if message.patient else None
    to = message.recipient if channel == message.channel else _ways(patient, "").get(channel, "")
    if clinic is None or not to:
        raise Invalid(_("We don't know where to send it that way."), field="channel")
    if await _was_just_sent(message, channel, now):
        raise Conflict(_("The message was sent again a moment ago."))
    content = opened(message)
    copy = _written(clinic, message.purpose, channel, to, message.language, {**content.values, **content.moments}, now)
    copy.patient, copy.about = message.patient, message.about
    async with change():
        await Message.update({Message.state: states.REPLACED}).where(
            Message.id == message.id, Message.state.is_in(list(states.TROUBLE))
        )
        await copy.save()
        announce(MessageChanged(clinic.id, copy.id))
    return copy


def opened(message: Message) -> Content:
    """The message's sealed content; raises ValueError when it was sealed by another installation."""
    return msgspec.json.decode(installation.unseal(message.body_encrypted), type=Content)


def useful_until(message: Message) -> datetime:
    """After this the message would only confuse and is not sent."""
    return message.created_at + PURPOSES[message.purpose].useful_for


def _may_go_again(message: Message, now: datetime) -> bool:
    """What is about an appointment may be said until that is over, anything else as long as it is of use."""
    try:
        starts_at = opened(message).moments.get("starts_at")
    except ValueError:
        return False
    return now < (starts_at + _OVER if starts_at else useful_until(message))


def _ways(patient: Patient | None, recipient: str) -> dict[Channel, str]:
    if recipient:
        return {"email": recipient} if "@" in recipient else {"sms": recipient}
    return {"sms": patient.phone, "email": patient.email} if patient else {}


def _written(
    clinic: Clinic, purpose: str, channel: Channel, to: str, language: str, values: Mapping[str, Value], now: datetime
) -> Message:
    plain = {name: value for name, value in values.items() if isinstance(value, str)}
    moments = {name: value for name, value in values.items() if isinstance(value, datetime)}
    spoken = {**_everywhere(clinic), **plain}
    if "starts_at" in moments:
        spoken |= phrases.times(moments["starts_at"], now, language)
    words = phrases.say(purpose, channel, language, spoken)
    content = Content(words.body, plain, moments)
    return Message(
        clinic=clinic.id,
        purpose=purpose,
        channel=channel,
        recipient=to,
        language=language,
        subject=words.subject,
        body_encrypted=installation.seal(msgspec.json.encode(content).decode()),
        created_at=now,
        due_at=now,
        state_at=now,
    )


def _everywhere(clinic: Clinic) -> dict[str, str]:
    """What every message may mention without being told."""
    here = urlsplit(installation.base_url())
    return {
        "clinic": clinic.name,
        "phone": show_phone(clinic.plan_b_phone),
        "address": clinic.address,
        "early": str(clinic.early_minutes),
        "host": here.hostname or "",
        "code_page": f"{here.netloc}/kode",
    }


async def _was_just_sent(message: Message, channel: Channel, now: datetime) -> bool:
    return await Message.exists().where(
        Message.clinic == message.clinic,
        Message.about == message.about,
        Message.purpose == message.purpose,
        Message.channel == channel,
        Message.id != message.id,
        Message.created_at > now - _DOUBLE_CLICK,
    )


async def _readable(found: Sequence[Message], now: datetime, *, is_superuser: bool) -> list[ReadMessage]:
    ids = list({message.patient for message in found if message.patient})
    patients = await Patient.objects().where(Patient.id.is_in(ids)) if ids else []
    known = {patient.id: patient for patient in patients}
    return [_as_read(message, known.get(message.patient), now, is_superuser=is_superuser) for message in found]


def _as_read(message: Message, patient: Patient | None, now: datetime, *, is_superuser: bool) -> ReadMessage:
    hidden = _is_hidden(message, is_superuser=is_superuser)
    channel = cast(Channel, message.channel)
    other: Channel = "email" if channel == "sms" else "sms"
    again = message.state not in states.UNDER_WAY and _may_go_again(message, now)
    return ReadMessage(
        id=message.id,
        purpose=message.purpose,
        channel=channel,
        recipient=show_phone(message.recipient) if channel == "sms" else message.recipient,
        name=patient.name if patient else "",
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
        other_channel=other if again and _ways(patient, "").get(other) else None,
        can_be_sent_again=again,
    )


def _body(message: Message) -> str:
    """The words, or none when the installation's key was changed: the page must still show the rest."""
    try:
        return opened(message).body
    except ValueError:
        return ""


def _is_hidden(message: Message, *, is_superuser: bool) -> bool:
    """A sign-in code or an invitation is its receiver's alone, unless the outbox is the only way to hand it over."""
    if not PURPOSES[message.purpose].secret:
        return False
    if message.state != states.SHOWN:
        return True
    return message.purpose == "staff_invitation" and not is_superuser
