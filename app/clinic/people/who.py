"""Who is asking: a member of staff, a patient's device, a guest of one call, or nobody."""

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


Person = StaffWho | PatientWho | GuestWho
Who = Person | None
