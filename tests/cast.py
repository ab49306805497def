"""The fixed cast every test plays with: two clinics, their people, and the times they meet."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from app.clinic.booking.tables import AppointmentType
from app.clinic.people import patients, sessions
from app.clinic.people.patients import NewPatient
from app.clinic.people.tables import Clinic, Guardian, Patient, Region, Staff
from app.clinic.people.who import StaffWho

MORNING = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
PASSWORD = "fire blå heste i regn"


@dataclass
class Cast:
    """Who plays. `passant` is a colleague for test calls; `outsider` works in `other_clinic`."""

    clinic: Clinic
    doctor: Staff
    colleague: Staff
    secretary: Staff
    superuser: Staff
    patient: Patient
    second_patient: Patient
    child: Patient
    guardian: Guardian
    passant: Patient
    video_type: AppointmentType
    in_person_type: AppointmentType
    other_clinic: Clinic
    outsider: Staff
    other_patient: Patient


def who(staff: Staff) -> StaffWho:
    """The member of staff as somebody signed in."""
    return StaffWho(staff.id, _id(staff.clinic), staff.name, staff.role, staff.is_superuser, staff.language, "session")


def _id(reference: object) -> UUID:
    return reference if isinstance(reference, UUID) else reference.id  # type: ignore[attr-defined]


async def _clinic(region: Region, name: str, slug: str, number: str) -> Clinic:
    clinic = Clinic(region=region.id, name=name, slug=slug, provider_number=number, plan_b_phone="+4566112233")
    await clinic.save()
    return clinic


async def _staff(
    clinic: Clinic, name: str, role: str, email: str, password_hash: str, superuser: bool = False
) -> Staff:
    staff = Staff(
        clinic=clinic.id, name=name, role=role, email=email, password_hash=password_hash, is_superuser=superuser
    )
    await staff.save()
    return staff


async def _type(clinic: Clinic, name: str, mode: str, sort_key: str) -> AppointmentType:
    kind = AppointmentType(clinic=clinic.id, name=name, mode=mode, minutes=15, sort_key=sort_key)
    await kind.save()
    return kind


async def play(password_hash: str) -> Cast:
    """Write the cast into an empty, migrated database."""
    region = Region(name="Region Syddanmark")
    await region.save()
    clinic = await _clinic(region, "Lægehuset Nordby", "laegehuset-nordby", "012345")
    other = await _clinic(region, "Lægerne Sønderby", "laegerne-soenderby", "054321")
    doctor = await _staff(clinic, "Mette Holm", "doctor", "mette@nordby.example", password_hash)
    patient = await patients.add(
        clinic.id, NewPatient("Jens Hansen", cpr="251248-9996", phone="+4520123456", email="jens@example.dk"), MORNING
    )
    child = await patients.add(
        clinic.id, NewPatient("Alma Lind", birth_date=date(2017, 5, 3), phone="+4531223344", eid="guardian"), MORNING
    )
    return Cast(
        clinic=clinic,
        doctor=doctor,
        colleague=await _staff(clinic, "Anders Bak", "doctor", "anders@nordby.example", password_hash),
        secretary=await _staff(clinic, "Lone Krogh", "secretary", "lone@nordby.example", password_hash),
        superuser=await _staff(clinic, "Sara Juul", "nurse", "sara@nordby.example", password_hash, True),
        patient=patient,
        second_patient=await patients.add(
            clinic.id, NewPatient("Birthe Sørensen", birth_date=date(1946, 2, 9), phone="+4526998877"), MORNING
        ),
        child=child,
        guardian=await patients.add_guardian(child, "Karen Lind", "mor", phone="+4531223344"),
        passant=await patients.add(
            clinic.id,
            NewPatient(
                "Anders Bak", birth_date=date(1980, 1, 1), phone="+4540506070", registration="passant", is_test=True
            ),
            MORNING,
        ),
        video_type=await _type(clinic, "Videokonsultation", "video", "1"),
        in_person_type=await _type(clinic, "Konsultation", "in_person", "2"),
        other_clinic=other,
        outsider=await _staff(other, "Ole Vind", "doctor", "ole@soenderby.example", password_hash),
        other_patient=await patients.add(
            other.id, NewPatient("Grethe Falk", birth_date=date(1951, 7, 7), phone="+4522334455"), MORNING
        ),
    )


async def cookie_of(staff: Staff, now: datetime) -> str:
    """A new session's cookie secret, as the sign-in page would set it."""
    return await sessions.open_session(staff, now)
