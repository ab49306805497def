"""Patients' phones for tests that need to know whose device asks."""

from datetime import datetime

from app.clinic.people import devices
from app.clinic.people.tables import Patient
from app.clinic.people.who import PatientWho


async def phone_of(patient: Patient, now: datetime) -> PatientWho:
    """A new phone of this patient, confirmed by date of birth."""
    device, _secret = await devices.remember(patient, now, confirmed=True)
    return PatientWho(device.id, patient.id, patient.clinic, patient.name, True, patient.language)
