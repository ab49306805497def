"""From a fact to the topics whose viewers should ask again, and who may listen to which topic.

A topic is a kind and an id, `queue:<clinic>`. Nothing of what changed is in a nudge: everybody fetches with their own
rights. This module knows the domain's rights, not the sockets.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from app.clinic.booking.access import appointment_for
from app.clinic.calls import guests
from app.clinic.calls.access import call_for
from app.clinic.errors import NotFound
from app.clinic.events import (
    AppointmentChanged,
    CallChanged,
    Event,
    GuestChanged,
    MessageChanged,
    PatientChanged,
    PlaceChanged,
    PushChanged,
    RoomChanged,
)
from app.clinic.people.who import GuestWho, PatientWho, Person, StaffWho
from app.clinic.waiting.access import place_for

PatientOf = Callable[[UUID], Awaitable[UUID | None]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """A topic of the hub, and the name under which the page asked for it."""

    topic: str
    called: str


def topics_of(event: Event) -> list[str]:
    """The topics this fact changes.

    `everyone:` and `calm:<clinic>` are not for pages to ask for: each waiting patient's own `place:` topic follows
    them, because a word to all, or, less pressing, a doctor taken up by a call, is part of what each of them reads.
    """
    queue, everyone, calm = (f"{kind}:{event.clinic}" for kind in ("queue", "everyone", "calm"))
    match event:
        case RoomChanged():
            return [queue, everyone]
        case CallChanged():
            return [queue, f"call:{event.call}", f"place:{event.place}", calm]
        case GuestChanged():
            return [f"call:{event.call}", f"guest:{event.guest}"]
        case PlaceChanged():
            return [queue, f"place:{event.place}"]
        case AppointmentChanged():
            return [queue, f"appointment:{event.appointment}"]
        case PatientChanged() | PushChanged():
            return [queue]
        case MessageChanged():
            return [f"outbox:{event.clinic}"]
    return []


async def subscriptions(who: Person, topic: str, patient_of: PatientOf) -> list[Subscription]:
    """What to listen to when this person asks for this topic; empty when it is not theirs or does not exist.

    `patient_of` knows whose a place is: patients ask by the thousand.
    """
    kind, _, text = topic.partition(":")
    try:
        wanted = UUID(text)
    except ValueError:
        return []
    if kind in ("queue", "outbox"):
        allowed = isinstance(who, StaffWho) and who.clinic == wanted
        return [Subscription(f"{kind}:{wanted}", topic)] if allowed else []
    if not await _is_theirs(who, kind, wanted, patient_of):
        return []
    heard = [f"{kind}:{wanted}"]
    if kind == "place":
        heard += [f"everyone:{who.clinic}", f"calm:{who.clinic}"]
    if isinstance(who, GuestWho):
        heard.append(f"call:{who.call}")  # their page changes with the call too, of which they may see nothing else
    return [Subscription(each, topic) for each in heard]


async def _is_theirs(who: Person, kind: str, wanted: UUID, patient_of: PatientOf) -> bool:
    try:
        match kind:
            case "place" if isinstance(who, PatientWho):
                return who.confirmed and await patient_of(wanted) == who.patient
            case "place":
                await place_for(who, wanted)
            case "call":
                await call_for(who, wanted)
            case "appointment":
                await appointment_for(who, wanted)
            case "guest" if isinstance(who, GuestWho) and who.id == wanted:
                await guests.as_guest(who)
            case _:
                return False
    except NotFound:
        return False
    return True
