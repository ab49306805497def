"""The only way to an appointment by its id: staff see their own clinic's, patients their own."""

from uuid import UUID

from app.clinic.booking.tables import Appointment
from app.clinic.errors import NotFound
from app.clinic.people.who import PatientWho, StaffWho, Who, belongs_to
from app.i18n import _


async def appointment_for(who: Who, appointment_id: UUID) -> Appointment:
    """The appointment; raises NotFound when there is none or it is somebody else's."""
    appointment = await Appointment.objects().get(Appointment.id == appointment_id)
    if appointment is not None and belongs_to(who, appointment.clinic) and _may_see(who, appointment):
        return appointment
    raise NotFound(_("There is no such appointment."))


async def with_people(appointment: Appointment) -> Appointment:
    """The same with its patient, staff and type."""
    found = await Appointment.objects(Appointment.patient, Appointment.staff, Appointment.type).get(
        Appointment.id == appointment.id
    )
    assert found is not None
    return found


async def patient_of(appointment_id: UUID) -> UUID | None:
    """Return the appointment's patient, None when there is no such appointment. Checks nobody's rights."""
    row = await Appointment.select(Appointment.patient).where(Appointment.id == appointment_id).first()
    return row["patient"] if row else None


def _may_see(who: Who, appointment: Appointment) -> bool:
    match who:
        case StaffWho():
            return True
        case PatientWho(patient=patient, confirmed=confirmed):
            return confirmed and bool(appointment.patient == patient)
    return False
