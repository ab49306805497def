"""Who is asking: a member of staff, a patient's device, a guest of one call, an evaluator, or nobody."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class StaffWho:
    """A signed-in member of staff; `session` is the id (a hash) of the browser's session row."""

    id: UUID
    clinic: UUID
    name: str
    role: str
    is_superuser: bool
    language: str
    session: str


@dataclass(frozen=True, slots=True)
class PatientWho:
    """A patient's device. Until the date of birth was given on it (`confirmed`), it may see nothing about anybody."""

    device: str
    patient: UUID
    clinic: UUID
    name: str
    confirmed: bool
    language: str


@dataclass(frozen=True, slots=True)
class GuestWho:
    """A third party of one call, on one device; `session` is the id (a hash) of the cookie that device carries."""

    id: UUID
    call: UUID
    clinic: UUID
    name: str
    session: str


@dataclass(frozen=True, slots=True)
class EvaluatorWho:
    """Somebody who sees figures of a region, or of the nation when `region` (its name) is None; never a person."""

    id: UUID
    name: str
    region: str | None
    session: str


Person = StaffWho | PatientWho | GuestWho
Who = Person | EvaluatorWho | None


def belongs_to(who: Who, clinic: object) -> bool:
    """Whether whoever asks is of the clinic with this id; evaluators are of none."""
    return isinstance(who, StaffWho | PatientWho | GuestWho) and who.clinic == clinic
