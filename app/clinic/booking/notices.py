"""What the patient is told about an appointment: booked, starting now, moved, cancelled, on video or at the clinic.

What staff may still undo waits in the outbox until they can't. The words themselves are the messages' phrases.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec import structs

from app.clinic.booking import calendar_events, join_links
from app.clinic.booking.tables import BOOKED, DONE, Appointment
from app.clinic.change import change
from app.clinic.errors import Conflict, TooLate
from app.clinic.messages import outbox, own_phrases, phrases, undo
from app.clinic.messages.calendar_event import CalendarEvent
from app.clinic.messages.outbox import Draft
from app.clinic.messages.phrases import Channel, Words
from app.clinic.messages.tables import Message
from app.clinic.people import guardianship, patients
from app.clinic.people.tables import Clinic, Guardian, Patient
from app.i18n import _, local

Purpose = Literal[
    "confirmation", "reminder", "received", "instant", "moved", "cancelled", "to_video", "to_in_person",
    "in_person_instead", "in_person_confirmed", "in_person_moved", "preparation", "expectations", "expected", "delay",
    "plan_b",
]  # fmt: skip

FIRST_WORDS: tuple[Purpose, ...] = ("confirmation", "to_video")
"""The messages by which a patient first hears that an appointment is on video."""

_FOR_THE_CALENDAR: tuple[Purpose, ...] = (
    "confirmation", "received", "moved", "cancelled", "to_video", "to_in_person",
    "in_person_instead", "in_person_confirmed", "in_person_moved",
)  # fmt: skip

_A_MOMENT = timedelta(minutes=2)


async def tell(
    appointment: Appointment, purpose: Purpose, now: datetime, *, hold: bool, starts_at: datetime | None = None
) -> None:
    """Queue the message, with a fresh link where it needs one; inside a change.

    It speaks of `starts_at` when the patient knows the appointment by another time than its own. It goes to the
    guardian when the patient is seen through one. With `hold` it waits the ten seconds of undo. Whoever is on video for
    the first time and reads no e-mail, which says it all, also gets an SMS about what to expect (C4).
    """
    clinic = await Clinic.objects().get(Clinic.id == appointment.clinic)
    patient = await Patient.objects().get(Patient.id == appointment.patient)
    assert clinic is not None
    assert patient is not None
    ways = await ways_to(patient, now, appointment)
    said: list[Purpose] = [purpose]
    if purpose in FIRST_WORDS and "email" not in dict(ways) and not await _knows_video(appointment):
        said.append("expectations")
    for each in said:
        values = {"starts_at": starts_at or appointment.starts_at, **await _links_for(appointment, each, now)}
        event = _event(clinic, appointment, each, starts_at) if each in _FOR_THE_CALENDAR else None
        draft = Draft(clinic, each, values, patient=patient, about=appointment.id, event=event)
        await say(draft, ways, now, hold=hold)


def _event(clinic: Clinic, appointment: Appointment, purpose: Purpose, starts_at: datetime | None) -> CalendarEvent:
    """The appointment for the patient's calendar, as this message speaks of it."""
    event = calendar_events.event_of(appointment)
    return structs.replace(
        event,
        starts_at=starts_at or event.starts_at,
        cancelled=purpose == "cancelled",
        location="" if event.on_video else " ".join(clinic.address.split()),
    )


async def inform(appointment: Appointment, purpose: Purpose, now: datetime) -> None:
    """Staff send how to get ready, or what to expect, once more. Raises TooLate when the appointment is over or not on
    video, Conflict when it was sent a moment ago."""
    async with change():
        held = Appointment.update({Appointment.state: BOOKED}).where(
            Appointment.id == appointment.id,
            Appointment.state == BOOKED,
            Appointment.mode == "video",
            Appointment.starts_at > now,
        )
        if not await held.returning(Appointment.id):
            raise TooLate(_("This appointment no longer stands."))
        if await Message.exists().where(
            Message.about == str(appointment.id), Message.purpose == purpose, Message.created_at > now - _A_MOMENT
        ):
            raise Conflict(_("It was sent a moment ago."))
        await tell(appointment, purpose, now, hold=False)


async def _links_for(appointment: Appointment, purpose: Purpose, now: datetime) -> dict[str, str | datetime]:
    if not phrases.has_link(purpose):
        return {}
    link = await join_links.issue(appointment, now)
    return {"link": link.url, "code": link.code, "code_page": link.code_page}


async def _knows_video(appointment: Appointment) -> bool:
    """Whether the patient has another video appointment, past or coming, and so knows what to expect."""
    return await Appointment.exists().where(
        Appointment.patient == appointment.patient,
        Appointment.id != appointment.id,
        Appointment.mode == "video",
        Appointment.state.is_in([BOOKED, DONE]),
    )


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A message as it would be sent, with a link that leads nowhere."""

    channel: Channel
    recipient: str
    words: Words


async def preview(appointment: Appointment, purpose: Purpose, now: datetime) -> list[Rehearsed]:
    """Return what `tell` would send by each channel, without queuing it. The patient must be prefetched."""
    clinic = await Clinic.objects().get(Clinic.id == appointment.clinic)
    assert clinic is not None
    patient: Patient = appointment.patient
    return [
        Rehearsed(
            channel,
            recipient,
            await own_phrases.rehearse(clinic, purpose, channel, patient.language, appointment.starts_at, now),
        )
        for channel, recipient in await ways_to(patient, now, appointment)
    ]


async def take_back(appointment: Appointment, *purposes: Purpose, since: datetime | None = None) -> bool:
    """Delete held-back messages, only those since `since` if given; True when none had been sent."""
    await undo.withdraw(appointment.id, "expectations", since)
    unheard = [await undo.withdraw(appointment.id, purpose, since) for purpose in purposes]
    return all(unheard)


async def hush(appointment: Appointment, now: datetime) -> datetime | None:
    """Supersede the messages about the appointment; inside a change.

    Return the time the patient knows it by: if it was moved and they have neither heard of the move nor made it
    themselves, the time before. None when they have heard of no time at all.
    """
    await outbox.supersede(appointment.id, now)
    known = appointment
    while not await outbox.has_gone_out(known.id):
        before = await Appointment.objects().where(Appointment.moved_to == known.id).first()
        if before is None:
            await outbox.drop_unsent(appointment.id)
            return None
        if before.ended_by_patient:
            break
        known = before
    return known.starts_at


async def ways_to(patient: Patient, now: datetime, booked: Appointment | None = None) -> list[tuple[Channel, str]]:
    """Return the channels and addresses for telling the patient: a guardian's if one answers for them, else their own.

    A patient who has outgrown their guardians is told through one only if staff chose so after that (C7).
    """
    day = local(now).date()
    guardians = await patients.guardians_of(patient.id)
    chosen = guardian_of(booked, patient, day) if booked is not None else None
    known: Guardian | None = None
    if chosen is not None:
        known = next((each for each in guardians if each.id == chosen), None)
    elif not guardianship.is_outgrown(patient.birth_date, day) and (patient.eid == "guardian" or not patient.phone):
        known = next((each for each in guardians if each.phone), None)
    phone = known.phone if known and known.phone else patients.own_phone(patient, guardians, day)
    email = known.email if known and known.email else patient.email
    ways: list[tuple[Channel, str]] = []
    if phone:
        ways.append(("sms", phone))
    if email:
        ways.append(("email", email))
    return ways


def guardian_of(booked: Appointment, patient: Patient, day: date) -> UUID | None:
    """Who answers for the patient at this appointment; nobody whom the patient has outgrown since it was booked."""
    if not booked.id or not booked.guardian:
        return None
    was_a_child = not guardianship.is_outgrown(patient.birth_date, local(booked.created_at).date())
    is_over = was_a_child and guardianship.is_outgrown(patient.birth_date, day)
    return None if is_over else booked.guardian


async def say(draft: Draft, ways: Sequence[tuple[Channel, str]], now: datetime, *, hold: bool) -> None:
    """Queue one message by these ways (`ways_to`), where the draft wants them; with `hold` it waits ten seconds."""
    queued: list[Message] = []
    for channel, recipient in ways:
        if draft.channels is None or channel in draft.channels:
            queued += await outbox.queue(replace(draft, channels=[channel], recipient=recipient), now)
    if hold:
        await undo.hold_back(queued, now)
