"""Who is asking: a member of staff, a patient's device, or nobody."""

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


Who = StaffWho | PatientWho | None
