"""Whose turn comes first, when staff decide it: an acute patient goes before the others, for a reason that is kept.

The order of arrival is never changed by it: whoever is put back stands where they stood.
"""

from datetime import datetime

from app.clinic.change import announce, change
from app.clinic.errors import Invalid, TooLate
from app.clinic.events import PlaceChanged
from app.clinic.waiting.presence import Values
from app.clinic.waiting.tables import WAITING, Place
from app.i18n import _

MAX_REASON_LENGTH, MAX_NOTE_LENGTH = 120, 300


async def put_first(place: Place, reason: str, now: datetime) -> None:
    """Before everybody who is not acute, after those who were put first already. Raises Invalid without a reason."""
    why = " ".join(reason.split())
    if not why:
        raise Invalid(_("Write why, so that your colleagues can see it."), field="because")
    if len(why) > MAX_REASON_LENGTH:
        raise Invalid(_("Keep it short: at most 120 characters."), field="because")
    await _set(place, {Place.acute_at: place.acute_at or now, Place.acute_because: why})


async def back_in_order(place: Place) -> None:
    """Put the place back in the order of arrival."""
    await _set(place, {Place.acute_at: None, Place.acute_because: ""})


async def note(place: Place, words: str) -> None:
    """Set the note for colleagues, which the patient never sees; empty words remove it."""
    said = " ".join(words.split())
    if len(said) > MAX_NOTE_LENGTH:
        raise Invalid(_("The note is too long: at most 300 characters."), field="words")
    async with change():
        await Place.update({Place.note: said}).where(Place.id == place.id)
        announce(PlaceChanged(place.clinic, place.id))


async def _set(place: Place, values: Values) -> None:
    async with change():
        moved = await Place.update(values).where(Place.id == place.id, Place.state == WAITING).returning(Place.id)
        if not moved:
            raise TooLate(_("The patient is not waiting any more."))
        announce(PlaceChanged(place.clinic, place.id))
