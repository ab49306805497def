"""Patients, their guardians, and passants: adding them, finding them at the desk and at the door."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import and_
from uuid import UUID

from piccolo.columns.combination import And, Or, Where, WhereRaw

from app.clinic.change import announce, change
from app.clinic.errors import Conflict, Invalid, NotFound
from app.clinic.events import PatientChanged
from app.clinic.people import cpr, devices, guardianship, installation
from app.clinic.people.emails import read_email
from app.clinic.people.tables import Guardian, Patient
from app.clinic.people.texts import ascii_digits, folded, one_line, read_name
from app.clinic.people.who import PatientWho, StaffWho, Who, belongs_to
from app.i18n import _, local

_MAX_FOUND = 8
MAX_NAME_LENGTH, MAX_RELATION_LENGTH = 120, 40
_MIN_DIGITS = 4


@dataclass(frozen=True, slots=True)
class NewPatient:
    """What a form knows of a new patient. `phone` is E.164 already; `birth_date` counts where the CPR number, if any,
    does not tell it."""

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
    """What staff say a patient is now. `birth_date` counts only where no CPR number tells it; an empty `cpr` leaves the
    number as it is."""

    name: str
    birth_date: date | None
    phone: str
    email: str
    language: str
    has_device: bool
    eid: str
    cpr: str = ""


class KnownAlready(Conflict):
    """The person is in the clinic's list already, as `patient`."""

    def __init__(self, words: str, patient: UUID) -> None:
        super().__init__(words, field="cpr")
        self.patient = patient


async def add(clinic: UUID, new: NewPatient, now: datetime) -> Patient:
    """A new patient; raises Invalid (name, cpr, birth_date, email) and KnownAlready when the CPR number is in the
    list."""
    name, email = _name(new.name), _email(new.email)
    number = cpr.read(new.cpr, local(now).date()) if new.cpr.strip() else None
    birth_date = (number.birth_date if number else None) or new.birth_date
    if birth_date is None and number is not None:
        raise Invalid(_born_too(), field="birth_date")
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
            name=name,
            name_folded=_folded(name),
            cpr_encrypted=installation.seal(number.number) if number else "",
            cpr_index=index,
            birth_date=birth_date,
            phone=new.phone,
            phone_confirmed_at=now if new.phone else None,
            email=email,
            language=new.language,
            has_device=new.has_device,
            eid=new.eid,
            registration=new.registration,
            is_test=new.is_test,
            created_at=now,
        )
        await patient.save()
    return patient


async def _keep_single(clinic: UUID, index: str, *, but: UUID | None = None) -> None:
    known = await Patient.objects().get((Patient.clinic == clinic) & (Patient.cpr_index == index))
    if known is not None and known.id != but:
        words = _("%(name)s is in the list already with this CPR number.") % {"name": known.name}
        raise KnownAlready(words, known.id)


async def correct(patient: Patient, new: Correction, now: datetime) -> None:
    """Correct a patient's details; a phone given here counts as confirmed. Raise as `add` does.

    When the date of birth changes, devices confirmed by the old one are revoked: somebody else may hold them.
    """
    name, email = _name(new.name), _email(new.email)
    was_born = patient.birth_date
    number = cpr.read(new.cpr, local(now).date()) if new.cpr.strip() else cpr_of(patient)
    born = (number.birth_date if number else None) or new.birth_date
    if born is None:
        words = _("Write the date of birth: the patient confirms it on the phone.")
        raise Invalid(_born_too() if number else words, field="birth_date")
    patient.birth_date = born
    is_confirmed = new.phone == patient.phone and patient.phone_confirmed_at is not None
    if not is_confirmed:
        patient.phone_confirmed_at = now if new.phone else None
    patient.name, patient.name_folded = name, _folded(name)
    patient.phone, patient.email = new.phone, email
    patient.language, patient.has_device, patient.eid = new.language, new.has_device, new.eid
    async with change():
        if number is not None and new.cpr.strip():
            patient.cpr_index = installation.digest("cpr", number.number)
            patient.cpr_encrypted = installation.seal(number.number)
            await _keep_single(patient.clinic, patient.cpr_index, but=patient.id)
        await patient.save()
        if patient.birth_date != was_born:
            await devices.revoke_all(patient, now)
        announce(PatientChanged(patient.clinic, patient.id))


async def keep_guardian(patient: Patient, name: str, relation: str, phone: str) -> Guardian:
    """Add a guardian, or correct the one of that name (C7).

    When the patient is stored with the guardian's old number, that changes too.
    """
    wanted = one_line(name).casefold()
    async with change():
        for known in await guardians_of(patient.id):
            if known.name.casefold() == wanted:
                if patient.phone == known.phone:
                    patient.phone = phone
                    await patient.save([Patient.phone])
                known.relation, known.phone = one_line(relation)[:MAX_RELATION_LENGTH] or known.relation, phone
                await known.save()
                return known
        return await add_guardian(patient, name, relation or _("guardian"), phone)


def cpr_of(patient: Patient) -> cpr.Cpr | None:
    """Return the patient's CPR number; its `birth_date` is None when the number does not give one."""
    return cpr.known(installation.unseal(patient.cpr_encrypted)) if patient.cpr_encrypted else None


def _name(text: str) -> str:
    return read_name(text, _("Write the patient's name, in at most 120 characters."))


def _email(text: str) -> str:
    return read_email(text) if text.strip() else ""


def _folded(name: str) -> str:
    return folded(name)[:MAX_NAME_LENGTH]


def _born_too() -> str:
    return _("This CPR number does not tell the date of birth. Write it as well.")


async def add_guardian(patient: Patient, name: str, relation: str, phone: str = "", email: str = "") -> Guardian:
    """A guardian of this patient (C7)."""
    guardian = Guardian(
        patient=patient.id,
        name=read_name(name, _("Write the guardian's name."), "guardian_name"),
        relation=one_line(relation)[:MAX_RELATION_LENGTH],
        phone=phone,
        email=_email(email),
    )
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
    """Patients of the clinic whose phone, CPR number or name fits what was typed, at most eight, by name.

    A name is found by any of its words in any order, with æ, ø and å written either way.
    """
    wanted = one_line(text)
    if len(wanted) < 2:
        return []
    fitting = _fits_number(wanted) or _fits_name(wanted)
    if fitting is None:
        return []
    return await Patient.objects().where(Patient.clinic == clinic, fitting).order_by(Patient.name).limit(_MAX_FOUND)


def _fits_number(wanted: str) -> Where | Or | None:
    """Who has this phone or CPR number, or a phone with these digits in it; None for what is no number."""
    number = cpr.plain(wanted)
    by_cpr = Patient.cpr_index == installation.digest("cpr", number) if number else None
    if any(each.isalpha() for each in wanted):
        return by_cpr
    digits = "".join(each for each in ascii_digits(wanted) if each in "0123456789")
    if len(digits) < _MIN_DIGITS:
        return by_cpr
    # abroad 00 stands for the + that phones are kept with
    by_phone = Patient.phone.like(f"%{digits.removeprefix('00')}%")
    return by_phone | by_cpr if by_cpr else by_phone


def _fits_name(wanted: str) -> And | Where | WhereRaw | None:
    """Whose name has all these words in it; None when there are none."""
    parts = [_like(word) for word in re.findall(r"[^\s,;]+", folded(wanted))]
    return reduce(and_, parts) if parts else None


def _like(word: str) -> Where | WhereRaw:
    escaped = re.sub(r"([%_!])", r"!\1", word)
    return WhereRaw("name_folded LIKE {} ESCAPE '!'", f"%{escaped}%")


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
