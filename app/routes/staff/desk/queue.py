"""What staff do with the waiting room: open and close it, call in, say a word, take somebody off the queue and back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.calls import call as calls
from app.clinic.errors import Invalid
from app.clinic.people import patients
from app.clinic.waiting import delays, queue, room
from app.clinic.waiting.access import place_for
from app.clinic.waiting.tables import Place
from app.i18n import _, ngettext
from app.routes.staff.responses import dialog, done, staff_of
from app.web.forms import read_form
from app.web.html import Asked


@get("/queue/announcement")
async def show_announcement(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """The form for a word to all."""
    clinic = staff_of(request).clinic
    now_said = (await room.room_of(clinic)).announcement
    away = await delays.away(clinic, now)
    return dialog(request, "staff/desk/announcement.html", words=now_said, error=None, away=away, also_texts=False)


@post("/queue/announcement")
async def announce(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Say it to everybody waiting; empty words take the last ones down."""
    form = await read_form(request)
    clinic, texts = staff_of(request).clinic, form.ticked("texts")
    try:
        await room.announce_to_all(staff_of(request), form["words"], now)
    except Invalid as error:
        context = {"words": form["words"], "away": await delays.away(clinic, now), "also_texts": texts, "error": error}
        return dialog(request, "staff/desk/announcement.html", status=422, **context)
    if not form["words"]:
        return done(request, _("The message is taken down"))
    told = await delays.text_all_away(clinic, now) if texts else 0
    return done(request, _announced_words(told))


def _announced_words(told: int) -> str:
    if not told:
        return _("Everybody waiting can read it now")
    words = ngettext(
        "Everybody waiting can read it now, and one gets an SMS",
        "Everybody waiting can read it now, and %(num)s get an SMS",
        told,
    )
    return words % {"num": told}


@post("/queue/places/{place_id:uuid}/admission")
async def admit(request: Asked, place_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Call the patient in; whoever is second is told who was first."""
    await calls.call_in(place_id, staff_of(request), now)
    return done(request)


@get("/queue/places/{place_id:uuid}/word")
async def show_word(request: Asked, place_id: FromPath[UUID]) -> Response[Any]:
    """The form for a word to one."""
    place = await place_for(staff_of(request), place_id)
    return await _word_dialog(request, place, place.word)


@post("/queue/places/{place_id:uuid}/word")
async def say_word(request: Asked, place_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Say it to this patient's waiting page."""
    place = await place_for(staff_of(request), place_id)
    form = await read_form(request)
    try:
        await room.tell(place, form["words"], now)
    except Invalid as error:
        return await _word_dialog(request, place, form["words"], status=422, error=error)
    return done(request, _("The patient can read it now") if form["words"] else _("The message is taken down"))


async def _word_dialog(
    request: Asked, place: Place, words: str, *, status: int = 200, error: Invalid | None = None
) -> Response[Any]:
    patient = await patients.by_id(place.patient)
    context = {"place": place, "patient": patient, "words": words, "error": error}
    return dialog(request, "staff/desk/word.html", status=status, **context)


@post("/queue/places/{place_id:uuid}/removal")
async def remove(request: Asked, place_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Remove a patient who has left from the queue."""
    await queue.remove(await place_for(staff_of(request), place_id), now)
    return done(request, _("Taken off the queue"), undo=f"/queue/places/{place_id}/return")


@post("/queue/places/{place_id:uuid}/return")
async def put_back(request: Asked, place_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Undo the removal: the patient stands where they stood."""
    await queue.put_back(await place_for(staff_of(request), place_id), now)
    return done(request, _("Back in the queue"))
