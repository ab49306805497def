"""Taking access away: from phones that act for a patient, links already sent, and a guardian who answers no more.

Staff do it for a phone that was lost, or when parents part. Everybody who should come in again gets a new link.
"""

from datetime import datetime
from uuid import UUID

from app.clinic.booking import join_links
from app.clinic.booking.tables import BOOKED, Appointment
from app.clinic.change import announce, change
from app.clinic.errors import NotFound
from app.clinic.events import PatientChanged
from app.clinic.people import devices
from app.clinic.people.tables import Guardian, Patient
from app.i18n import _


async def forget_phones(patient: Patient, now: datetime) -> None:
    """Revoke every device of the patient and every link sent so far."""
    async with change():
        await devices.revoke_all(patient, now)
        booked = Appointment.select(Appointment.id).where(
            Appointment.patient == patient.id, Appointment.state == BOOKED
        )
        for row in await booked:
            await join_links.revoke(row["id"], now)


async def remove_guardian(patient: Patient, guardian_id: UUID, now: datetime) -> Guardian:
    """Remove the guardian and their number from the patient, and revoke all devices and links (C7).

    Raise NotFound when they are not a guardian of this patient.
    """
    async with change():
        guardian = await Guardian.objects().get((Guardian.id == guardian_id) & (Guardian.patient == patient.id))
        if guardian is None:
            raise NotFound(_("There is no such guardian."))
        await Appointment.update({Appointment.guardian: None}).where(Appointment.guardian == guardian.id)
        if patient.phone == guardian.phone:
            patient.phone, patient.phone_confirmed_at = "", None
            await patient.save([Patient.phone, Patient.phone_confirmed_at])
        await Guardian.delete().where(Guardian.id == guardian.id)
        await forget_phones(patient, now)
        announce(PatientChanged(patient.clinic, patient.id))
    return guardian
