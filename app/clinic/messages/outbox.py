"""The clinic's outbox: what is to be said is written here in the same change that made it necessary (B7–B9).

A carrier takes it from there after the commit (`deliveries.py`); staff read it (`outbox_view.py`) and send it again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

import msgspec

from app import i18n
from app.clinic.change import announce, change
from app.clinic.errors import Conflict, Invalid, NotFound, TooLate
from app.clinic.events import MessageChanged
from app.clinic.messages import own_phrases, phrases, states
from app.clinic.messages.calendar_event import CalendarEvent
from app.clinic.messages.clinic_values import everywhere
from app.clinic.messages.phrases import PURPOSES, Channel, Own
from app.clinic.messages.tables import Message
from app.clinic.people import installation
from app.clinic.people.tables import Clinic, Guardian, Patient
from app.clinic.people.who import StaffWho
from app.i18n import _

Value = str | datetime
_OVER = timedelta(hours=1)
_DOUBLE_CLICK = timedelta(seconds=10)


class Content(msgspec.Struct, frozen=True):
    """What is sealed in a message: its words, and what they were made of, so the other channel can say it too.

    `event` is the appointment as it goes into the reader's calendar, where it is told of one.
    """

    body: str
    values: dict[str, str]
    moments: dict[str, datetime]
    event: CalendarEvent | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be said, to whom, and `about` what. Datetimes among the values are written in the reader's language.

    `recipient` is told instead of the patient (a guardian's phone, a colleague's e-mail); by all `channels` if None.
    """

    clinic: Clinic
    purpose: str
    values: Mapping[str, Value]
    patient: Patient | None = None
    channels: Sequence[Channel] | None = None
    about: UUID | None = None
    recipient: str = ""
    language: str = ""
    event: CalendarEvent | None = None


async def queue(draft: Draft, now: datetime) -> list[Message]:
    """Write the message for each channel, by SMS and e-mail as far as the patient has them; joins the present change.

    Returns what was queued: nothing if nobody can be reached. Raises KeyError for an unknown purpose, ValueError when a
    value the purpose needs is missing.
    """
    clinic, patient = draft.clinic, draft.patient
    code = draft.language or (patient.language if patient else "") or i18n.language.get()
    own = await own_phrases.of(clinic.id, draft.purpose, code)
    written = [
        _written(clinic, draft.purpose, channel, to, code, draft.values, now, own.get(channel), draft.event)
        for channel, to in _ways(patient, draft.recipient).items()
        if to and (draft.channels is None or channel in draft.channels)
    ]
    async with change():
        for message in written:
            message.patient = patient.id if patient else None
            message.about = str(draft.about or "")
            await message.save()
            announce(MessageChanged(clinic.id, message.id))
    return written


async def count_trouble(clinic: UUID) -> int:
    """Return how many of the clinic's messages need attention."""
    wanted = Message.count().where(Message.clinic == clinic, Message.state.is_in(list(states.TROUBLE)))
    return int(await wanted)


async def message_for(who: StaffWho, message_id: UUID) -> Message:
    """The message, for staff of its clinic; raises NotFound for everybody else."""
    message = await Message.objects().get(Message.id == message_id)
    if message is None or message.clinic != who.clinic:
        raise NotFound(_("There is no such message."))
    return message


async def send_again(message: Message, channel: Channel, now: datetime) -> Message:
    """Send the message again by this channel. The first one keeps its row, so that staff see both.

    Raise TooLate when it would only confuse, Invalid when the recipient can't be reached that way, Conflict when it is
    still on its way or was sent again seconds ago. Two requests at once are taken one after the other.
    """
    if not may_go_again(message, now):
        raise TooLate(_("This message no longer holds, so it can't be sent again."))
    clinic = await Clinic.objects().get(Clinic.id == message.clinic)
    to = (await ways_of([message]))[message.id].get(channel)
    if clinic is None or not to:
        raise Invalid(_("We don't know where to send it that way."), field="channel")
    content = opened(message)
    own = (await own_phrases.of(clinic.id, message.purpose, message.language)).get(channel)
    values: dict[str, Value] = {**content.values, **content.moments}
    copy = _written(clinic, message.purpose, channel, to, message.language, values, now, own, content.event)
    copy.patient, copy.about = message.patient, message.about
    async with change():
        if await _held(message) in states.UNDER_WAY or await _was_just_sent(message, channel, to, now):
            raise Conflict(_("The message was sent again a moment ago."))
        await Message.update({Message.state: states.REPLACED}).where(
            Message.id == message.id, Message.state.is_in(list(states.TROUBLE))
        )
        await copy.save()
        announce(MessageChanged(clinic.id, copy.id))
    return copy


async def supersede(about: UUID, now: datetime) -> None:
    """Mark messages about this as no longer valid: they need no attention and are never sent again. Inside a change."""
    for state in states.ALL - {states.REPLACED}:
        await Message.update(
            {Message.state: states.REPLACED, Message.why: states.superseded(state), Message.state_at: now}
        ).where(Message.about == str(about), Message.state == state)


async def stand_again(about: UUID, since: datetime) -> None:
    """Undo the `supersede` of that moment. Inside a change."""
    for state in states.ALL - {states.REPLACED}:
        await Message.update({Message.state: state, Message.why: ""}).where(
            Message.about == str(about), Message.why == states.superseded(state), Message.state_at == since
        )


async def has_gone_out(about: UUID) -> bool:
    """Whether any superseded message about this had been sent, or was being sent, before it was superseded."""
    return await Message.exists().where(Message.about == str(about), Message.why != states.superseded(states.QUEUED))


async def drop_unsent(about: UUID) -> None:
    """Delete superseded messages that were never sent. Inside a change."""
    await Message.delete().where(Message.about == str(about), Message.why == states.superseded(states.QUEUED))


async def ways_of(messages: Sequence[Message]) -> dict[UUID, dict[Channel, str]]:
    """Return the channels and addresses by which each message's recipient can be reached now.

    The recipient is the patient, or the guardian told instead. When neither has the old address any more it was
    corrected, and the present address of whoever is told now is used.
    """
    ids = list({message.patient for message in messages if message.patient})
    patients = await Patient.objects().where(Patient.id.is_in(ids)) if ids else []
    guardians = await Guardian.objects().where(Guardian.patient.is_in(ids)) if ids else []
    known: dict[UUID, list[Patient | Guardian]] = {each.id: [each] for each in patients}
    for guardian in guardians:
        known[guardian.patient].append(guardian)
    return {message.id: _ways_of(message, known.get(message.patient, [])) for message in messages}


def opened(message: Message) -> Content:
    """The message's sealed content; raises ValueError when it was sealed by another installation."""
    return msgspec.json.decode(installation.unseal(message.body_encrypted), type=Content)


def useful_until(message: Message, content: Content) -> datetime:
    """Return until when the message is of use; it is not sent after that."""
    purpose = PURPOSES[message.purpose]
    until = message.created_at + purpose.useful_for
    starts_at = content.moments.get("starts_at")
    return min(until, max(starts_at, message.created_at) + purpose.begun) if starts_at else until


def may_go_again(message: Message, now: datetime) -> bool:
    """Whether the message may be sent again.

    Never when it is superseded. One about an appointment may go until that is over, any other while it is of use.
    """
    if states.is_superseded(message.why):
        return False
    try:
        content = opened(message)
    except ValueError:
        return False
    starts_at = content.moments.get("starts_at")
    return now < (starts_at + _OVER if starts_at else useful_until(message, content))


def _ways_of(message: Message, people: Sequence[Patient | Guardian]) -> dict[Channel, str]:
    """The ways to the one of these who was told; the patient comes first, then the guardians."""
    if not people:
        return {cast(Channel, message.channel): message.recipient}
    told = next((each for each in people if message.recipient in (each.phone, each.email)), None)
    told = told or _who_is_told(people)
    return {"sms": told.phone, "email": told.email}


def _who_is_told(people: Sequence[Patient | Guardian]) -> Patient | Guardian:
    """A guardian with a phone for a patient who is seen through one or has no phone, else the patient."""
    patient, *guardians = people
    if isinstance(patient, Patient) and (patient.eid == "guardian" or not patient.phone):
        return next((each for each in guardians if each.phone), patient)
    return patient


def _ways(patient: Patient | None, recipient: str) -> dict[Channel, str]:
    if recipient:
        return {"email": recipient} if "@" in recipient else {"sms": recipient}
    return {"sms": patient.phone, "email": patient.email} if patient else {}


def _written(
    clinic: Clinic,
    purpose: str,
    channel: Channel,
    to: str,
    language: str,
    values: Mapping[str, Value],
    now: datetime,
    own: Own | None,
    event: CalendarEvent | None,
) -> Message:
    plain = {name: value for name, value in values.items() if isinstance(value, str)}
    moments = {name: value for name, value in values.items() if isinstance(value, datetime)}
    spoken = {**everywhere(clinic), **plain}
    if "starts_at" in moments:
        spoken |= phrases.times(moments["starts_at"], now, language)
    words = phrases.say(purpose, channel, language, spoken, own)
    content = Content(words.body, plain, moments, event)
    return Message(
        clinic=clinic.id,
        purpose=purpose,
        channel=channel,
        recipient=to,
        language=language,
        subject=words.subject[: Message.subject.length],
        body_encrypted=installation.seal(msgspec.json.encode(content).decode()),
        created_at=now,
        due_at=now,
        state_at=now,
    )


async def _held(message: Message) -> str:
    """Return the message's state and lock its row until the surrounding change ends."""
    held = Message.update({Message.channel: message.channel}).where(Message.id == message.id)
    return str((await held.returning(Message.state))[0]["state"])


async def _was_just_sent(message: Message, channel: Channel, to: str, now: datetime) -> bool:
    return await Message.exists().where(
        Message.clinic == message.clinic,
        Message.about == message.about,
        Message.purpose == message.purpose,
        Message.channel == channel,
        Message.recipient == to,
        Message.id != message.id,
        Message.created_at > now - _DOUBLE_CLICK,
    )
