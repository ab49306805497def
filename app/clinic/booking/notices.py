"""What the patient is told about an appointment: booked, starting now, moved, cancelled, on video or at the clinic.

What staff may still undo waits in the outbox until they can't. The words themselves are the messages' phrases.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from app.clinic.booking import join_links
from app.clinic.booking.tables import Appointment
from app.clinic.messages import outbox, own_phrases, phrases, second_thoughts
from app.clinic.messages.phrases import Channel, Words
from app.clinic.messages.tables import Message
from app.clinic.people import patients
from app.clinic.people.tables import Clinic, Guardian, Patient

Purpose = Literal[
    "confirmation", "reminder", "received", "instant", "moved", "cancelled", "to_video", "to_in_person",
    "in_person_instead", "in_person_confirmed", "in_person_moved", "preparation", "expectations", "expected", "delay",
    "plan_b",
]  # fmt: skip
ANNOUNCING: tuple[Purpose, ...] = (
    *("confirmation", "instant", "moved", "received"),
    *("in_person_instead", "in_person_confirmed", "in_person_moved"),
)


async def tell(appointment: Appointment, purpose: Purpose, now: datetime, *, hold: bool) -> None:
    """Queue the message, with a fresh link where it needs one; inside a change.

    It goes to the guardian when the patient is seen through one. With `hold` it waits the ten seconds of undo.
    """
    clinic = await Clinic.objects().get(Clinic.id == appointment.clinic)
    patient = await Patient.objects().get(Patient.id == appointment.patient)
    assert clinic is not None
    assert patient is not None
    values: dict[str, str | datetime] = {"starts_at": appointment.starts_at}
    if phrases.has_link(purpose):
        link = await join_links.issue(appointment, now)
        values |= {"link": link.url, "code": link.code, "code_page": link.code_page}
    await say(clinic, patient, purpose, values, now, about=appointment.id, guardian=appointment.guardian, hold=hold)


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A message as it would be sent, with a link that leads nowhere."""

    channel: Channel
    recipient: str
    words: Words


async def preview(appointment: Appointment, purpose: Purpose, now: datetime) -> list[Rehearsed]:
    """What `tell` would say, and by which ways; nothing is queued. The appointment's patient is prefetched."""
    clinic = await Clinic.objects().get(Clinic.id == appointment.clinic)
    assert clinic is not None
    patient: Patient = appointment.patient
    return [
        Rehearsed(
            channel,
            recipient,
            await own_phrases.rehearse(clinic, purpose, channel, patient.language, appointment.starts_at, now),
        )
        for channel, recipient in await ways_to(patient, appointment.guardian)
    ]


async def take_back(appointment: Appointment, *purposes: Purpose) -> bool:
    """Drop what is held back; True when the patient has heard nothing of it."""
    unheard = [await second_thoughts.withdraw(appointment.id, purpose) for purpose in purposes]
    return all(unheard)


async def ways_to(patient: Patient, guardian: UUID | None = None) -> list[tuple[Channel, str]]:
    """By which channels and where the patient is told: through a guardian who answers for them, else their own."""
    known: Guardian | None = None
    if guardian is not None:
        known = await Guardian.objects().get(Guardian.id == guardian)
    elif patient.eid == "guardian" or not patient.phone:
        known = next((each for each in await patients.guardians_of(patient.id) if each.phone), None)
    phone = known.phone if known and known.phone else patient.phone
    email = known.email if known and known.email else patient.email
    ways: list[tuple[Channel, str]] = []
    if phone:
        ways.append(("sms", phone))
    if email:
        ways.append(("email", email))
    return ways


async def say(
    clinic: Clinic,
    patient: Patient,
    purpose: str,
    values: Mapping[str, str | datetime],
    now: datetime,
    *,
    about: UUID,
    guardian: UUID | None = None,
    hold: bool,
) -> None:
    """Queue one message by every way there is to the patient; with `hold` it waits the ten seconds of undo."""
    queued: list[Message] = []
    for channel, recipient in await ways_to(patient, guardian):
        queued += await outbox.queue(
            clinic, purpose, values, now, patient=patient, channels=[channel], about=about, recipient=recipient
        )
    if hold:
        await second_thoughts.hold_back(queued, now)
