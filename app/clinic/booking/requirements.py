"""What a video consultation requires of a patient (B2), and the phone for plan B confirmed with them (B3).

The answers are kept with the patient, so that a known patient is never asked twice. What is unmet is not a refusal:
the appointment can be held at the clinic instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from app.clinic.errors import Invalid
from app.clinic.messages.phones import read_phone
from app.clinic.people import guardianship
from app.clinic.people.tables import Guardian, Patient
from app.i18n import _

Key = Literal["device", "eid", "registration", "phone"]
EIDS = ("own", "guardian", "none")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing required, and whether it is met."""

    key: Key
    met: bool


@dataclass(frozen=True, slots=True)
class Answers:
    """What staff said about the patient in the form; None or empty means "as known"."""

    has_device: bool | None = None
    eid: str = ""
    phone: str = ""
    phone_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """All requirements, in the order they are shown."""

    requirements: tuple[Requirement, ...]

    def met(self, key: Key) -> bool:
        """Whether this one is met."""
        return all(each.met for each in self.requirements if each.key == key)

    @property
    def suits_video(self) -> bool:
        """Whether the patient can be seen on video; a phone yet to be confirmed is no reason against it."""
        return all(each.met for each in self.requirements if each.key != "phone")


def check(patient: Patient, guardians: Sequence[Guardian]) -> Checked:
    """The requirements against what is known. A passant's identity is vouched for by the staff who admit them."""
    passant = patient.registration == "passant"
    eid = patient.eid == "own" or (patient.eid == "guardian" and bool(guardians)) or passant
    return Checked(
        (
            Requirement("device", patient.has_device),
            Requirement("eid", eid),
            Requirement("registration", patient.registration == "registered" or passant),
            Requirement("phone", bool(patient.phone) and patient.phone_confirmed_at is not None),
        )
    )


def outgrown(patient: Patient, day: date) -> int:
    """The age limit that a patient seen through a guardian has passed by that day (C7); 0 for everybody else."""
    if patient.eid != "guardian" or not guardianship.is_outgrown(patient.birth_date, day):
        return 0
    return guardianship.limit_on(day)


def take_in(patient: Patient, answers: Answers, now: datetime) -> None:
    """Copy the answers to the patient, without saving; raise Invalid for an unreadable phone or eID."""
    if answers.has_device is not None:
        patient.has_device = answers.has_device
    if answers.eid:
        if answers.eid not in EIDS:
            raise Invalid(_("Choose how the patient proves who they are."), field="eid")
        patient.eid = answers.eid
    if answers.phone:
        phone = read_phone(answers.phone)
        if phone != patient.phone:
            patient.phone, patient.phone_confirmed_at = phone, None
    if answers.phone_confirmed and patient.phone:
        patient.phone_confirmed_at = now


async def keep(patient: Patient) -> None:
    """Save what `take_in` wrote; inside a change."""
    await patient.save([Patient.has_device, Patient.eid, Patient.phone, Patient.phone_confirmed_at])
