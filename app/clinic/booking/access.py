"""The only way to an appointment by its id: staff see their own clinic's, patients their own."""

from uuid import UUID

from app.clinic.booking.tables import Appointment
from app.clinic.errors import NotFound
from app.clinic.people.who import PatientWho, StaffWho, Who
from app.i18n import _


async def appointment_for(who: Who, appointment_id: UUID) -> Appointment:
    """The appointment; raises NotFound when there is none or it is somebody else's."""
    appointment = await Appointment.objects().get(Appointment.id == appointment_id)
    if appointment is not None and appointment.clinic == (who.clinic if who else None) and _may_see(who, appointment):
        return appointment
    raise NotFound(_("There is no such appointment."))


def _may_see(who: Who, appointment: Appointment) -> bool:
    match who:
        case StaffWho():
            return True
        case PatientWho(patient=patient, confirmed=confirmed):
            return confirmed and bool(appointment.patient == patient)
    return False
