"""Opening the open consultation and its two ways of closing; words to all and to one."""

import asyncio
from datetime import datetime, timedelta

import pytest

from app.clinic.change import listening
from app.clinic.errors import Conflict, Invalid, NotAllowed, NotFound
from app.clinic.events import Event, PlaceChanged, RoomChanged
from app.clinic.messages.tables import Message
from app.clinic.waiting import queue, room
from app.clinic.waiting.room import Closing
from app.clinic.waiting.room_view import room_view
from app.clinic.waiting.tables import Place, WaitingRoom
from tests.cast import Cast, who
from tests.waiting.agreed import state_of, three_waiting

SECONDS = timedelta(seconds=1)


async def test_opening_names_who_answers_for_it(cast: Cast, now: datetime) -> None:
    await room.open_up(who(cast.secretary), cast.colleague.id, now)
    opened = await room.room_of(cast.clinic.id)
    assert (opened.is_open, opened.opened_at, opened.responsible.name) == (True, now, "Anders Bak")
    await room.open_up(who(cast.doctor), None, now + 60 * SECONDS)
    again = await room.room_of(cast.clinic.id)
    assert (again.opened_at, again.responsible.name) == (now, "Mette Holm")


async def test_a_limit_holds_for_an_opening_by_hand_and_ends_with_it(cast: Cast, now: datetime) -> None:
    await room.open_up(who(cast.doctor), None, now, places=room.read_places(" 1 "))
    await queue.enter(cast.second_patient, None, now=now)
    with pytest.raises(NotAllowed):
        await queue.enter(cast.child, None, now=now)
    assert (await room_view(cast.clinic.id)).places == 1
    await room.close_and_keep(who(cast.doctor), now)
    assert (await room_view(cast.clinic.id)).places == 0
    await room.open_up(who(cast.doctor), None, now, places=room.read_places(""))
    await queue.enter(cast.child, None, now=now)


@pytest.mark.parametrize("words", ["many", "-1", "100", "1.5", "²"])
async def test_a_limit_is_a_number_up_to_99(words: str) -> None:
    with pytest.raises(Invalid):
        room.read_places(words)


@pytest.mark.parametrize("words", ["3", "٣", "３"])
async def test_a_limit_is_read_in_the_digits_people_write(words: str) -> None:
    assert room.read_places(words) == 3


async def test_nobody_of_another_clinic_can_be_responsible(cast: Cast, now: datetime) -> None:
    with pytest.raises(NotFound):
        await room.open_up(who(cast.doctor), cast.outsider.id, now)


async def test_a_clinic_has_one_room_however_many_open_it_at_once(cast: Cast, now: datetime) -> None:
    await asyncio.gather(*(room.open_up(who(cast.doctor), None, now) for _each in range(4)))
    assert await WaitingRoom.count() == 1


async def test_close_and_keep_serves_those_who_wait(cast: Cast, now: datetime) -> None:
    places = await three_waiting(cast, now)
    closing = await room.close_and_keep(who(cast.doctor), now)
    assert closing == Closing(sent_away=0, kept=3)
    assert {await state_of(place) for place in places} == {"waiting"}
    assert await Message.count() == 0
    with pytest.raises(NotAllowed):
        await queue.enter(cast.passant, None, now=now)


async def test_close_and_send_away_keeps_the_booked_and_tells_the_others(cast: Cast, now: datetime) -> None:
    booked, opened, child = await three_waiting(cast, now)
    closing = await room.close_and_send_away(who(cast.doctor), now)
    assert closing == Closing(sent_away=2, kept=1)
    assert [await state_of(place) for place in (booked, opened, child)] == ["waiting", "sent_away", "sent_away"]
    told = await Message.select(Message.about, Message.purpose, Message.due_at)
    assert {(row["about"], row["purpose"]) for row in told} == {
        (str(opened.id), "sent_away"),
        (str(child.id), "sent_away"),
    }
    assert all(row["due_at"] > now for row in told)


async def test_the_booked_leave_only_when_staff_say_so(cast: Cast, now: datetime) -> None:
    booked, *_others = await three_waiting(cast, now)
    closing = await room.close_and_send_away(who(cast.doctor), now, also_booked=True)
    assert closing == Closing(sent_away=3, kept=0)
    assert await state_of(booked) == "sent_away"


async def test_whoever_is_being_called_or_talks_is_never_sent_away(cast: Cast, now: datetime) -> None:
    first, second, _third = await three_waiting(cast, now)
    await Place.update({Place.state: "in_call"}).where(Place.id == first.id)
    await Place.update({Place.state: "called"}).where(Place.id == second.id)
    closing = await room.close_and_send_away(who(cast.doctor), now, also_booked=True)
    assert closing.sent_away == 1
    assert [await state_of(place) for place in (first, second)] == ["in_call", "called"]


async def test_another_clinics_queue_is_left_alone(cast: Cast, now: datetime) -> None:
    await three_waiting(cast, now)
    await room.open_up(who(cast.outsider), None, now)
    stranger = await queue.enter(cast.other_patient, None, now=now)
    await room.close_and_send_away(who(cast.doctor), now, also_booked=True)
    assert await state_of(stranger) == "waiting"
    assert (await room.room_of(cast.other_clinic.id)).is_open


async def test_closing_is_undone_with_every_place_in_its_order(cast: Cast, now: datetime) -> None:
    places = await three_waiting(cast, now)
    await room.close_and_send_away(who(cast.doctor), now)
    assert await room.take_closing_back(who(cast.doctor), now + 9 * SECONDS) == 2
    assert [await state_of(place) for place in places] == ["waiting"] * 3
    assert (await room.room_of(cast.clinic.id)).is_open
    assert await Message.count() == 0
    order = await Place.select(Place.id).where(Place.state == "waiting").order_by(Place.entered_at)
    assert [row["id"] for row in order] == [place.id for place in places]


async def test_closing_twice_is_still_undone(cast: Cast, now: datetime) -> None:
    await three_waiting(cast, now)
    await room.close_and_send_away(who(cast.doctor), now)
    await room.close_and_send_away(who(cast.doctor), now + 2 * SECONDS)
    await room.close_and_keep(who(cast.doctor), now + 3 * SECONDS)
    assert (await room.room_of(cast.clinic.id)).closed_at == now
    assert await room.take_closing_back(who(cast.doctor), now + 9 * SECONDS) == 2


async def test_sending_away_after_closing_is_undone_too(cast: Cast, now: datetime) -> None:
    await three_waiting(cast, now)
    await room.close_and_keep(who(cast.doctor), now)
    await room.close_and_send_away(who(cast.doctor), now + 60 * SECONDS)
    assert await room.take_closing_back(who(cast.doctor), now + 65 * SECONDS) == 2


async def test_closing_takes_the_words_to_all_down(cast: Cast, now: datetime) -> None:
    await room.open_up(who(cast.doctor), None, now)
    await room.announce_to_all(who(cast.doctor), "Vi er forsinkede.", now)
    await room.close_and_keep(who(cast.doctor), now)
    closed = await room.room_of(cast.clinic.id)
    assert not closed.announcement
    assert not closed.announced_at


async def test_undo_leaves_alone_who_has_come_back_by_themselves(cast: Cast, now: datetime) -> None:
    _first, second, _third = await three_waiting(cast, now)
    await room.close_and_send_away(who(cast.doctor), now)
    new = Place(clinic=cast.clinic.id, patient=cast.second_patient.id, entered_at=now)
    await new.save()
    assert await room.take_closing_back(who(cast.doctor), now + 5 * SECONDS) == 1
    assert await state_of(second) == "sent_away"


async def test_closing_can_not_be_undone_once_people_are_told(cast: Cast, now: datetime) -> None:
    await three_waiting(cast, now)
    await room.close_and_send_away(who(cast.doctor), now)
    with pytest.raises(Conflict):
        await room.take_closing_back(who(cast.doctor), now + 60 * SECONDS)


async def test_everybody_waiting_hears_of_the_closing(cast: Cast, now: datetime) -> None:
    _first, second, third = await three_waiting(cast, now)
    heard: list[Event] = []
    async with listening(heard.append):
        await room.close_and_send_away(who(cast.doctor), now)
    assert RoomChanged(cast.clinic.id) in heard
    assert {event.place for event in heard if isinstance(event, PlaceChanged)} == {second.id, third.id}


async def test_entering_while_it_closes_is_either_told_or_refused(cast: Cast, now: datetime) -> None:
    """The race the room's row is held for: nobody is left standing in a room that was emptied."""
    await room.open_up(who(cast.doctor), None, now)
    results = await asyncio.gather(
        queue.enter(cast.second_patient, None, now=now),
        room.close_and_send_away(who(cast.doctor), now),
        queue.enter(cast.child, None, now=now),
        return_exceptions=True,
    )
    assert all(isinstance(each, (Place, Closing, NotAllowed)) for each in results)
    assert await Place.count().where(Place.state == "waiting") == 0


async def test_two_who_close_at_once_tell_everybody_once(cast: Cast, now: datetime) -> None:
    await three_waiting(cast, now)
    closings = await asyncio.gather(
        room.close_and_send_away(who(cast.doctor), now),
        room.close_and_send_away(who(cast.colleague), now + SECONDS),
    )
    assert sum(closing.sent_away for closing in closings) == 2
    told = await Message.select(Message.about, Message.channel)
    assert len(told) == len({(row["about"], row["channel"]) for row in told}) == 2


async def test_words_to_all_and_to_one(cast: Cast, now: datetime) -> None:
    first, *_others = await three_waiting(cast, now)
    await room.announce_to_all(who(cast.secretary), "  Vi er ti minutter\n forsinkede. ", now)
    assert (await room.room_of(cast.clinic.id)).announcement == "Vi er ti minutter forsinkede."
    await room.tell(first, "Hav din blodtryksmåler klar.", now)
    told = await Place.objects().get(Place.id == first.id)
    assert told is not None
    assert (told.word, told.word_at) == ("Hav din blodtryksmåler klar.", now)
    await room.announce_to_all(who(cast.secretary), "", now)
    quiet = await room.room_of(cast.clinic.id)
    assert not quiet.announcement
    assert not quiet.announced_at
    with pytest.raises(Invalid):
        await room.tell(first, "x" * 301, now)
