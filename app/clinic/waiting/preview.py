"""A patient who exists for one moment, for staff to see the patient's own pages (A6).

Everything is made in one transaction that is always rolled back: the pages are the real ones, and nothing of it stays.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from app.clinic.booking import types
from app.clinic.booking.tables import Appointment
from app.clinic.change import change
from app.clinic.errors import NotFound
from app.clinic.people import devices, patients
from app.clinic.people.patients import NewPatient
from app.clinic.people.who import PatientWho, StaffWho
from app.clinic.waiting import queue
from app.i18n import _, language


@dataclass(frozen=True, slots=True)
class PreviewPatient:
    """The preview's patient, acting from a known phone, and their appointment."""

    who: PatientWho
    appointment: UUID


class _TakeBack(Exception):
    """Ends the transaction, so that it is rolled back."""


@asynccontextmanager
async def sample(staff: StaffWho, now: datetime, *, waiting: bool = False) -> AsyncIterator[PreviewPatient]:
    """While inside, there is a patient with a video appointment with this person, in the waiting room if asked for.

    Raises NotFound when the clinic has no type on video.
    """
    kinds = await types.bookable(staff.clinic, "video")
    if not kinds:
        raise NotFound(_("The clinic has no appointment type on video yet."))
    try:
        async with change():
            new = NewPatient(_("Kim Sample"), birth_date=date(1970, 1, 1), language=language.get())
            patient = await patients.add(staff.clinic, new, now)
            appointment = Appointment(
                id=uuid4(),
                clinic=staff.clinic,
                patient=patient.id,
                staff=staff.id,
                type=kinds[0].id,
                mode="video",
                starts_at=now + timedelta(minutes=10),
                minutes=kinds[0].minutes,
                created_at=now,
            )
            await appointment.save()
            device, _secret = await devices.remember(patient, now, confirmed=True)
            if waiting:
                await queue.enter(patient, appointment, now=now)
            known = PatientWho(device.id, patient.id, staff.clinic, patient.name, True, patient.language)
            yield PreviewPatient(known, appointment.id)
            raise _TakeBack
    except _TakeBack:
        pass
