"""The clinic's one waiting room: opening it, closing it in one of two ways, and words to all who wait (D2, D3).

Every verb here, and entering the queue, first holds the room's row, so a patient who enters while it closes is either
inside before and told, or outside and told why: never forgotten in between.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.clinic.booking import notices
from app.clinic.booking.calendar import working_day_began
from app.clinic.change import announce, change
from app.clinic.errors import Conflict, Invalid, NotFound
from app.clinic.events import PlaceChanged, RoomChanged
from app.clinic.messages import undo
from app.clinic.messages.outbox import Draft
from app.clinic.people import texts
from app.clinic.people.tables import Clinic, Patient, Staff
from app.clinic.people.who import StaffWho
from app.clinic.waiting.presence import STANDING
from app.clinic.waiting.tables import SENT_AWAY, WAITING, Opening, Place, WaitingRoom
from app.i18n import _

MAX_CHARACTERS, MAX_PLACES = 300, 99


@dataclass(frozen=True, slots=True)
class Closing:
    """What closing did: how many were sent away, and how many keep their places."""

    sent_away: int
    kept: int


def is_sent_away(has_appointment: bool, also_booked: bool) -> bool:
    """Closing sends away those without an appointment; the booked only when staff said so explicitly (D3)."""
    return also_booked or not has_appointment


async def hold(clinic: UUID) -> WaitingRoom:
    """The clinic's room, held until the surrounding change commits: entering and closing happen one after the other."""
    await WaitingRoom.insert(WaitingRoom(clinic=clinic)).on_conflict(target=WaitingRoom.clinic, action="DO NOTHING")
    await WaitingRoom.update({WaitingRoom.clinic: clinic}).where(WaitingRoom.clinic == clinic)
    room = await WaitingRoom.objects().get(WaitingRoom.clinic == clinic)
    assert room is not None
    return room


async def room_of(clinic: UUID) -> WaitingRoom:
    """The clinic's room as it stands; a clinic that never opened has a closed one."""
    room = await WaitingRoom.objects(WaitingRoom.responsible).get(WaitingRoom.clinic == clinic)
    return room or WaitingRoom(clinic=clinic)


def read_places(text: str) -> int:
    """How many may wait without an appointment, as it was written; nothing is as many as come. Raises Invalid."""
    places = texts.whole_number(text.strip() or "0", 0, MAX_PLACES)
    if places is None:
        raise Invalid(_("Write a number up to 99, or nothing for as many as come."), field="places")
    return places


async def open_up(staff: StaffWho, responsible: UUID | None, now: datetime, *, places: int = 0) -> None:
    """Open the open consultation for so many at a time, or hand it to another responsible person when it is open."""
    named = responsible or staff.id
    async with change():
        if not await Staff.exists().where(Staff.id == named, Staff.clinic == staff.clinic, Staff.active.eq(True)):
            raise NotFound(_("There is no such person in this clinic."))
        await open_room(await hold(staff.clinic), named, now, by=staff.id, places=places)


async def open_room(
    room: WaitingRoom,
    responsible: UUID | None,
    now: datetime,
    *,
    by: UUID | None = None,
    window: UUID | None = None,
    places: int = 0,
) -> None:
    """Open a room that is held, or only change who answers for an open one. Nobody `by` means the schedule."""
    if not room.is_open:
        room.is_open, room.opened_at, room.span, room.places = True, now, window, places
        await Opening(clinic=room.clinic, opened_at=now, opened_by=by).save()
    room.responsible = responsible
    opened = [WaitingRoom.is_open, WaitingRoom.opened_at, WaitingRoom.span, WaitingRoom.places]
    await room.save([*opened, WaitingRoom.responsible])
    announce(RoomChanged(room.clinic))


async def hand_on(room: WaitingRoom, window: UUID, responsible: UUID | None, places: int) -> None:
    """Continue an open, locked room under the window that begins as the last one ends, so nobody has to leave.

    Whoever answered for it still does when the window names nobody.
    """
    room.span, room.places, room.responsible = window, places, responsible or room.responsible
    await room.save([WaitingRoom.span, WaitingRoom.places, WaitingRoom.responsible])
    announce(RoomChanged(room.clinic))


async def close_and_keep(staff: StaffWho, now: datetime) -> Closing:
    """Nobody new may enter without an appointment; everybody waiting keeps their place and is served."""
    async with change():
        return await close_room(await hold(staff.clinic), now, by=staff.id)


async def close_and_send_away(staff: StaffWho, now: datetime, *, also_booked: bool = False) -> Closing:
    """Close and send those waiting away, each told in the page and by SMS what to do instead.

    Patients with an appointment stay unless `also_booked`; whoever is being called or in a call always stays. The
    messages wait ten seconds, so that `take_closing_back` can still stop them.
    """
    async with change():
        held = await hold(staff.clinic)
        return await close_room(held, now, by=staff.id, send_away=True, also_booked=also_booked)


async def close_room(
    room: WaitingRoom, now: datetime, *, by: UUID | None = None, send_away: bool = False, also_booked: bool = False
) -> Closing:
    """Close a locked room in either way; inside a change. `by` None means the schedule."""
    await _shut(room, now, by)
    waiting = await Place.objects(Place.patient).where(Place.clinic == room.clinic, Place.state == WAITING)
    leaving = [each for each in waiting if send_away and is_sent_away(each.appointment is not None, also_booked)]
    sent = 0
    if leaving:
        clinic = await Clinic.objects().get(Clinic.id == room.clinic)
        assert clinic is not None
        sent = sum([await _send_away(clinic, place, now) for place in leaving])
    if sent:
        await WaitingRoom.update({WaitingRoom.closed_at: now}).where(WaitingRoom.clinic == room.clinic)
        await _note_sent_away(room.clinic, sent)
    return Closing(sent_away=sent, kept=len(waiting) - sent)


async def take_closing_back(staff: StaffWho, now: datetime) -> int:
    """Undo the closing just made: open again, and restore the places of those sent away; return how many.

    Raise Conflict once the ten seconds are over.
    """
    async with change():
        room = await hold(staff.clinic)
        if room.is_open or room.closed_at is None or undo.are_over(room.closed_at, now):
            raise Conflict(_("It is too late to undo: the patients have been told. You can open again instead."))
        room.is_open = True
        await room.save([WaitingRoom.is_open])
        await _forget_closing(staff.clinic)
        back = await _stand_again(staff.clinic, now)
        announce(RoomChanged(staff.clinic))
    return back


async def announce_to_all(staff: StaffWho, words: str, now: datetime) -> None:
    """Say this to everybody waiting; empty words take the last ones down. Raises Invalid when too long."""
    said = _readable(words)
    async with change():
        room = await hold(staff.clinic)
        room.announcement, room.announced_at = said, now if said else None
        await room.save([WaitingRoom.announcement, WaitingRoom.announced_at])
        announce(RoomChanged(staff.clinic))


async def tell(place: Place, words: str, now: datetime) -> None:
    """Say this to one who waits; empty words take the last ones back. Raises Invalid when too long."""
    said = _readable(words)
    async with change():
        await Place.update({Place.word: said, Place.word_at: now if said else None, Place.word_read_at: None}).where(
            Place.id == place.id
        )
        announce(PlaceChanged(place.clinic, place.id))


def _readable(words: str) -> str:
    said = " ".join(words.split())
    if len(said) > MAX_CHARACTERS:
        raise Invalid(_("The message is too long: at most 300 characters."), field="words")
    return said


async def close_forgotten(now: datetime) -> None:
    """Close rooms that were opened before today, and take down the words of days gone by."""
    began, said = working_day_began(now), WaitingRoom.announced_at.is_not_null()
    for room in await WaitingRoom.objects().where(said | WaitingRoom.is_open.eq(True)):
        async with change():
            held = await hold(room.clinic)
            if held.is_open and _is_before(held.opened_at, began):
                await _shut(held, now)
            elif _is_before(held.announced_at, began):
                await _take_down(held)


async def end_day(clinic_id: UUID, now: datetime) -> int:
    """Nobody works here any more today: close, and tell whoever is left what to do instead; answers how many."""
    clinic = await Clinic.objects().get(Clinic.id == clinic_id)
    if clinic is None:
        return 0
    async with change():
        await _shut(await hold(clinic_id), now)
        left = await Place.objects(Place.patient).where(Place.clinic == clinic_id, Place.state == WAITING)
        return sum([await _send_away(clinic, place, now) for place in left])


def _is_before(moment: datetime | None, began: datetime) -> bool:
    return moment is not None and moment < began


async def history(clinic: UUID, most: int = 60) -> list[Opening]:
    """The latest times the open consultation was open, with who opened and closed it."""
    openings = Opening.objects(Opening.opened_by, Opening.closed_by).where(Opening.clinic == clinic)
    return await openings.order_by(Opening.opened_at, ascending=False).limit(most)


async def _latest(clinic: UUID) -> Opening | None:
    return await Opening.objects().where(Opening.clinic == clinic).order_by(Opening.opened_at, ascending=False).first()


async def _note_sent_away(clinic: UUID, sent: int) -> None:
    if latest := await _latest(clinic):
        latest.closing, latest.sent_away = "send_away", latest.sent_away + sent
        await latest.save([Opening.closing, Opening.sent_away])


async def _forget_closing(clinic: UUID) -> None:
    if latest := await _latest(clinic):
        latest.closed_at, latest.closed_by, latest.closing, latest.sent_away = None, None, "", 0
        await latest.save([Opening.closed_at, Opening.closed_by, Opening.closing, Opening.sent_away])


async def _shut(room: WaitingRoom, now: datetime, by: UUID | None = None) -> None:
    """Close the room if it is open; closing it again keeps the first closing's time, which undo depends on."""
    if room.is_open:
        room.is_open, room.closed_at = False, now
        await room.save([WaitingRoom.is_open, WaitingRoom.closed_at])
        await Opening.update({Opening.closed_at: now, Opening.closed_by: by, Opening.closing: "keep"}).where(
            Opening.clinic == room.clinic, Opening.closed_at.is_null()
        )
        await _take_down(room)


async def _take_down(room: WaitingRoom) -> None:
    """Remove the announcement to all who wait."""
    room.announcement, room.announced_at = "", None
    await room.save([WaitingRoom.announcement, WaitingRoom.announced_at])
    announce(RoomChanged(room.clinic))


async def _send_away(clinic: Clinic, place: Place, now: datetime) -> int:
    """Send this one away unless a doctor called them a moment ago; the message waits for second thoughts."""
    patient: Patient = place.patient
    away = (
        await Place.update({Place.state: SENT_AWAY, Place.state_at: now})
        .where(Place.id == place.id, Place.state == WAITING)
        .returning(Place.id)
    )
    if away:
        draft = Draft(clinic, "sent_away", {}, patient=patient, about=place.id)
        await notices.say(draft, await notices.ways_to(patient, now), now, hold=True)
        announce(PlaceChanged(clinic.id, place.id))
    return len(away)


async def _stand_again(clinic: UUID, now: datetime) -> int:
    """Restore places given up a moment ago, one per patient, and delete the messages not yet sent."""
    standing = await Place.select(Place.patient).where(Place.clinic == clinic, Place.state.is_in(STANDING))
    taken = {row["patient"] for row in standing}
    away = await Place.objects().where(
        Place.clinic == clinic, Place.state == SENT_AWAY, Place.state_at >= undo.earliest(now)
    )
    returning = [place for place in away if place.patient not in taken]
    for place in returning:
        await Place.update({Place.state: WAITING, Place.state_at: now}).where(Place.id == place.id)
        await undo.withdraw(place.id, "sent_away")
        announce(PlaceChanged(clinic, place.id))
    return len(returning)
