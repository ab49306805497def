"""Patients, their guardians, and passants: adding them, finding them at the desk and at the door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from piccolo.columns.combination import Or, Where

from app.clinic.change import announce, change
from app.clinic.errors import Conflict, Invalid, NotFound
from app.clinic.events import PatientChanged
from app.clinic.people import cpr, devices, guardianship, installation
from app.clinic.people.tables import Guardian, Patient
from app.clinic.people.who import PatientWho, StaffWho, Who, belongs_to
from app.i18n import _

_MAX_FOUND = 8
MAX_NAME_LENGTH = 120


@dataclass(frozen=True, slots=True)
class NewPatient:
    """What a form knows of a new patient. `phone` is E.164 already; `purpose` of a passant is treatment or test."""

    name: str
    cpr: str = ""
    birth_date: date | None = None
    phone: str = ""
    email: str = ""
    language: str = "da"
    has_device: bool = True
    eid: str = "own"
    registration: str = "registered"
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class Correction:
    """What staff say a patient is now. `birth_date` counts only without a CPR number, which tells it itself."""

    name: str
    birth_date: date | None
    phone: str
    email: str
    language: str
    has_device: bool
    eid: str


class KnownAlready(Conflict):
    """The person is in the clinic's list already, as `patient`."""

    def __init__(self, words: str, patient: UUID) -> None:
        super().__init__(words, field="cpr")
        self.patient = patient


async def add(clinic: UUID, new: NewPatient, now: datetime) -> Patient:
    """A new patient; raises Invalid (name, cpr, birth_date) and KnownAlready when the CPR number is in the list."""
    _check_name(new.name)
    number = cpr.read(new.cpr) if new.cpr.strip() else None
    birth_date = (number.birth_date if number else None) or new.birth_date
    if birth_date is None:
        raise Invalid(
            _("Write the CPR number or the date of birth: the patient confirms it on the phone."), field="cpr"
        )
    index = installation.digest("cpr", number.number) if number else None
    async with change():
        if index:
            await _keep_single(clinic, index)
        patient = Patient(
            clinic=clinic,
            name=" ".join(new.name.split()),
            name_folded=" ".join(new.name.split()).casefold(),
            cpr_encrypted=installation.seal(number.number) if number else "",
            cpr_index=index,
            birth_date=birth_date,
            phone=new.phone,
            phone_confirmed_at=now if new.phone else None,
            email=new.email.strip(),
            language=new.language,
            has_device=new.has_device,
            eid=new.eid,
            registration=new.registration,
            is_test=new.is_test,
            created_at=now,
        )
        await patient.save()
    return patient


async def _keep_single(clinic: UUID, index: str) -> None:
    known = await Patient.objects().get((Patient.clinic == clinic) & (Patient.cpr_index == index))
    if known is not None:
        words = _("%(name)s is in the list already with this CPR number.") % {"name": known.name}
        raise KnownAlready(words, known.id)


async def correct(patient: Patient, new: Correction, now: datetime) -> None:
    """Set right what is known of a patient; a phone given is a phone confirmed. Raises Invalid (name, birth_date).

    Phones let in by another date of birth were somebody else's, or a mistake: they are forgotten.
    """
    name = " ".join(new.name.split())
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise Invalid(_("Write the patient's name, in at most 120 characters."), field="name")
    was_born = patient.birth_date
    if not patient.cpr_index:
        if new.birth_date is None:
            raise Invalid(_("Write the date of birth: the patient confirms it on the phone."), field="birth_date")
        patient.birth_date = new.birth_date
    is_confirmed = new.phone == patient.phone and patient.phone_confirmed_at is not None
    if not is_confirmed:
        patient.phone_confirmed_at = now if new.phone else None
    patient.name, patient.name_folded = name, name.casefold()
    patient.phone, patient.email = new.phone, new.email.strip()
    patient.language, patient.has_device, patient.eid = new.language, new.has_device, new.eid
    async with change():
        await patient.save()
        if patient.birth_date != was_born:
            await devices.revoke_all(patient, now)
        announce(PatientChanged(patient.clinic, patient.id))


async def keep_guardian(patient: Patient, name: str, relation: str, phone: str) -> Guardian:
    """A guardian more, or the known one of that name corrected (C7), also where their number stood as the patient's."""
    wanted = " ".join(name.split()).casefold()
    async with change():
        for known in await guardians_of(patient.id):
            if known.name.casefold() == wanted:
                if patient.phone == known.phone:
                    patient.phone = phone
                    await patient.save([Patient.phone])
                known.relation, known.phone = relation or known.relation, phone
                await known.save()
                return known
        return await add_guardian(patient, name, relation or _("guardian"), phone)


def _check_name(name: str) -> None:
    if not 1 <= len(name.strip()) <= MAX_NAME_LENGTH:
        raise Invalid(_("Write the patient's name, in at most 120 characters."), field="name")


async def add_guardian(patient: Patient, name: str, relation: str, phone: str = "", email: str = "") -> Guardian:
    """A guardian of this patient (C7)."""
    guardian = Guardian(patient=patient.id, name=name.strip(), relation=relation, phone=phone, email=email)
    async with change():
        await guardian.save()
    return guardian


async def guardian(guardian_id: UUID) -> Guardian | None:
    """The guardian an appointment names, if still one."""
    return await Guardian.objects().get(Guardian.id == guardian_id)


async def guardians_of(patient: UUID) -> list[Guardian]:
    """The patient's guardians by name."""
    return await Guardian.objects().where(Guardian.patient == patient).order_by(Guardian.name)


async def find(clinic: UUID, text: str) -> list[Patient]:
    """Patients of the clinic whose name, CPR number or phone fits what was typed, at most eight, by name."""
    wanted = " ".join(text.split())
    if len(wanted) < 2:
        return []
    digits = "".join(character for character in wanted if character.isdigit())
    is_number = len(digits) >= 4 and not any(character.isalpha() for character in wanted)
    match: Where | Or = Patient.name_folded.like(f"%{wanted.casefold()}%")
    if is_number:
        match = Patient.phone.like(f"%{digits}%")
        if len(digits) == 10:
            match = match | (Patient.cpr_index == installation.digest("cpr", digits))
    return await Patient.objects().where(Patient.clinic == clinic, match).order_by(Patient.name).limit(_MAX_FOUND)


async def at_the_door(clinic: UUID, phone: str, birth_date: date, day: date) -> list[Patient]:
    """Registered patients with this birth date who can be reached at this phone, their own or, for a child, a
    guardian's."""
    born = await Patient.objects().where(
        Patient.clinic == clinic, Patient.birth_date == birth_date, Patient.registration == "registered"
    )
    return [patient for patient in born if phone in phones_of(patient, await guardians_of(patient.id), day)]


def phones_of(patient: Patient, guardians: Sequence[Guardian], day: date) -> set[str]:
    """At which numbers the patient is reached on that day, a child at a guardian's too (C7)."""
    is_alone = guardianship.is_outgrown(patient.birth_date, day)
    theirs = set() if is_alone else {guardian.phone for guardian in guardians}
    return ({own_phone(patient, guardians, day)} | theirs) - {""}


def own_phone(patient: Patient, guardians: Sequence[Guardian], day: date) -> str:
    """The patient's own number. One that is a guardian's was written for want of another: it is theirs only while the
    guardian acts for them."""
    is_guardians = patient.phone in {guardian.phone for guardian in guardians}
    return "" if is_guardians and guardianship.is_outgrown(patient.birth_date, day) else patient.phone


async def by_id(patient_id: UUID) -> Patient:
    """The patient, for whoever already holds something of theirs; raises NotFound."""
    patient = await Patient.objects().get(Patient.id == patient_id)
    if patient is None:
        raise NotFound(_("There is no such patient."))
    return patient


async def patient_for(who: Who, patient_id: UUID) -> Patient:
    """The patient, for staff of their clinic and for themselves; raises NotFound for everybody else."""
    patient = await Patient.objects().get(Patient.id == patient_id)
    is_theirs = isinstance(who, PatientWho) and who.confirmed and who.patient == patient_id
    if patient is None or not belongs_to(who, patient.clinic) or not (isinstance(who, StaffWho) or is_theirs):
        raise NotFound(_("There is no such patient."))
    return patient
