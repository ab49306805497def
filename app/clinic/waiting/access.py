"""The only way to a place by its id: staff see their own clinic's, patients their own."""

from collections.abc import Collection
from uuid import UUID

from app.clinic.errors import NotFound
from app.clinic.people.who import PatientWho, StaffWho, Who, belongs_to
from app.clinic.waiting.tables import Place
from app.i18n import _


async def place_for(who: Who, place_id: UUID) -> Place:
    """The place; raises NotFound when there is none or it is somebody else's."""
    place = await Place.objects().get(Place.id == place_id)
    if place is not None and belongs_to(who, place.clinic) and _may_see(who, place):
        return place
    raise NotFound(_("There is no such place in the queue."))


def _may_see(who: Who, place: Place) -> bool:
    match who:
        case StaffWho():
            return True
        case PatientWho(patient=patient, confirmed=confirmed):
            return confirmed and place.patient == patient
    return False


async def patients(places: Collection[UUID]) -> dict[UUID, UUID]:
    """Return each of these places' patient; unknown places are left out."""
    rows = await Place.select(Place.id, Place.patient).where(Place.id.is_in(list(places)))
    return {row["id"]: row["patient"] for row in rows}
