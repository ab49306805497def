"""What has happened, as frozen facts. They are announced inside a change and published once it is committed.

A fact carries ids only: whoever hears it fetches what they may see with their own rights.
"""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened in a clinic."""

    clinic: UUID


@dataclass(frozen=True, slots=True)
class RoomChanged(Event):
    """The open consultation opened or closed, or the clinic said a word to all waiting."""


@dataclass(frozen=True, slots=True)
class PlaceChanged(Event):
    """A place was taken, called in, left or served; or its patient came back or went missing."""

    place: UUID


@dataclass(frozen=True, slots=True)
class CallChanged(Event):
    """A call rang, was answered, ended or got its outcome."""

    call: UUID
    place: UUID


@dataclass(frozen=True, slots=True)
class CallEnded(CallChanged):
    """A call is over: its media must stop."""


@dataclass(frozen=True, slots=True)
class GuestChanged(Event):
    """A third party was invited, came, was let in, silenced, put on hold or shown out."""

    call: UUID
    guest: UUID


@dataclass(frozen=True, slots=True)
class AppointmentChanged(Event):
    """An appointment was booked, moved, cancelled or prepared for."""

    appointment: UUID


@dataclass(frozen=True, slots=True)
class DevicesForgotten(Event):
    """These devices of a patient are no longer let in."""

    devices: frozenset[str]


@dataclass(frozen=True, slots=True)
class PatientChanged(Event):
    """What the clinic knows of a patient was corrected."""

    patient: UUID


@dataclass(frozen=True, slots=True)
class PushChanged(Event):
    """A push was queued, sent, failed or arrived."""

    push: UUID


@dataclass(frozen=True, slots=True)
class MessageChanged(Event):
    """A message was queued, sent or failed."""

    message: UUID
