"""Entering, holding and giving up a place in the queue."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.clinic.booking.tables import Appointment
from app.clinic.errors import Conflict, NotAllowed, NotFound, TooLate
from app.clinic.messages.tables import Message
from app.clinic.people.who import PatientWho
from app.clinic.waiting import queue, room
from app.clinic.waiting.access import place_for
from app.clinic.waiting.tables import Place
from tests.cast import Cast, who
from tests.waiting.agreed import appointment, state_of, three_waiting

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "open"),
        ({"state": "cancelled"}, "cancelled"),
        ({"state": "moved"}, "moved"),
        ({"state": "done"}, "done"),
        ({"state": "not_held"}, "not_held"),
        ({"mode": "in_person"}, "in_person"),
    ],
)
def test_door_follows_the_appointment(values: dict[str, Any], expected: str, now: datetime) -> None:
    known: dict[str, Any] = {"mode": "video", "starts_at": now}
    agreed = Appointment(**(known | values))
    assert queue.door(agreed, 15, now) == expected


def test_door_opens_early_minutes_before_and_shuts_hours_after(now: datetime) -> None:
    agreed = Appointment(mode="video", starts_at=now, minutes=15)
    assert queue.door(agreed, 15, now - 15 * MINUTE) == "open"
    assert queue.door(agreed, 15, now - 15 * MINUTE - timedelta(seconds=1)) == "early"
    assert queue.door(agreed, 15, now + 15 * MINUTE + queue.LATEST) == "open"
    assert queue.door(agreed, 15, now + 16 * MINUTE + queue.LATEST) == "late"


async def test_too_early_is_told_when(cast: Cast, now: datetime) -> None:
    later = await appointment(cast, cast.patient, now + timedelta(hours=1))
    with pytest.raises(NotAllowed, match=r"from 09:45"):
        await queue.enter(cast.patient, later, now=now)
    tomorrow = await appointment(cast, cast.patient, now + timedelta(days=1))
    with pytest.raises(NotAllowed, match=r"on Wednesday 25 November from 08:45"):
        await queue.enter(cast.patient, tomorrow, now=now)


async def test_cancelled_appointment_is_told_whom_to_call(cast: Cast, now: datetime) -> None:
    cancelled = await appointment(cast, cast.patient, now, state="cancelled")
    with pytest.raises(TooLate, match="66 11 22 33"):
        await queue.enter(cast.patient, cancelled, now=now)


async def test_entering_again_leads_back_to_the_same_place_and_spot(cast: Cast, now: datetime) -> None:
    places = await three_waiting(cast, now)
    again = await queue.enter(cast.patient, None, now=now + 5 * MINUTE)
    assert again.id == places[0].id
    order = await Place.select(Place.id).order_by(Place.entered_at)
    assert [row["id"] for row in order] == [place.id for place in places]


async def test_closed_room_takes_only_those_with_an_appointment(cast: Cast, now: datetime) -> None:
    with pytest.raises(NotAllowed, match="closed"):
        await queue.enter(cast.second_patient, None, now=now)
    booked = await appointment(cast, cast.patient, now)
    assert (await queue.enter(cast.patient, booked, now=now)).state == "waiting"


async def test_passant_may_not_use_the_open_consultation(cast: Cast, now: datetime) -> None:
    await room.open_up(who(cast.doctor), None, now)
    with pytest.raises(NotAllowed, match="own patients"):
        await queue.enter(cast.passant, None, now=now)


async def test_an_appointment_about_to_begin_is_used_by_whoever_comes_in_openly(cast: Cast, now: datetime) -> None:
    booked = await appointment(cast, cast.patient, now + 10 * MINUTE, reason="Blodtryk")
    place = await queue.enter(cast.patient, None, now=now)
    assert (place.appointment, place.staff, place.reason) == (booked.id, cast.doctor.id, "Blodtryk")


async def test_an_appointment_is_tied_to_the_waiting_patients_place_when_its_door_opens(
    cast: Cast, now: datetime
) -> None:
    await room.open_up(who(cast.doctor), None, now)
    place = await queue.enter(cast.patient, None, now=now)
    booked = await appointment(cast, cast.patient, now + 30 * MINUTE)
    again = await queue.enter(cast.patient, None, now=now + 20 * MINUTE)
    assert (again.id, again.appointment) == (place.id, booked.id)


async def test_the_same_patient_entering_twice_at_once_has_one_place(cast: Cast, now: datetime) -> None:
    booked = await appointment(cast, cast.patient, now)
    places = await asyncio.gather(*(queue.enter(cast.patient, booked, now=now) for _each in range(5)))
    assert len({place.id for place in places}) == 1
    assert await Place.count() == 1


async def test_leaving_gives_the_place_up_for_good(cast: Cast, now: datetime) -> None:
    first, *_others = await three_waiting(cast, now)
    await queue.leave(first, now)
    assert await state_of(first) == "left"
    back = await queue.enter(cast.patient, None, now=now + MINUTE)
    assert back.id != first.id


async def test_nobody_leaves_while_the_doctor_is_calling(cast: Cast, now: datetime) -> None:
    first, *_others = await three_waiting(cast, now)
    await Place.update({Place.state: "called"}).where(Place.id == first.id)
    with pytest.raises(Conflict):
        await queue.leave(first, now)
    with pytest.raises(Conflict):
        await queue.remove(first, now)
    assert await state_of(first) == "called"


async def test_a_removed_patient_is_put_back_where_they_stood(cast: Cast, now: datetime) -> None:
    first, *_others = await three_waiting(cast, now)
    await queue.remove(first, now)
    assert await state_of(first) == "gone_home"
    await queue.put_back(first, now)
    assert await state_of(first) == "waiting"
    standing = await queue.standing_place(cast.patient.id)
    assert standing is not None
    assert standing.entered_at == first.entered_at


async def test_putting_back_never_gives_two_places(cast: Cast, now: datetime) -> None:
    first, *_others = await three_waiting(cast, now)
    await queue.remove(first, now)
    await queue.enter(cast.patient, None, now=now)
    with pytest.raises(Conflict):
        await queue.put_back(first, now)


async def test_nobody_waits_through_the_night(cast: Cast, now: datetime) -> None:
    first, *_others = await three_waiting(cast, now)
    assert await queue.clear_old(now + timedelta(hours=8)) == 0
    assert await queue.clear_old(now + timedelta(hours=24)) == 3
    assert await state_of(first) == "gone_home"


async def test_places_belong_to_their_clinic_and_their_patient(cast: Cast, now: datetime) -> None:
    first, second, _third = await three_waiting(cast, now)

    def device(**values: Any) -> PatientWho:
        known: dict[str, Any] = {"patient": cast.patient.id, "clinic": cast.clinic.id, "confirmed": True}
        return PatientWho(device="d", name="Jens", language="da", **(known | values))

    assert (await place_for(who(cast.secretary), first.id)).id == first.id
    assert (await place_for(device(), first.id)).id == first.id
    for stranger in (None, who(cast.outsider), device(confirmed=False), device(clinic=cast.other_clinic.id)):
        with pytest.raises(NotFound):
            await place_for(stranger, first.id)
    with pytest.raises(NotFound):
        await place_for(device(), second.id)


async def test_a_cancellation_taken_back_gives_the_place_back(cast: Cast, now: datetime) -> None:
    first, *_others = await three_waiting(cast, now)
    booked = await Appointment.objects().get(Appointment.id == first.appointment)
    assert booked is not None
    await queue.cancel(booked, now + timedelta(seconds=10))
    assert await state_of(first) == "gone_home"
    booked = await Appointment.objects().get(Appointment.id == first.appointment)
    assert booked is not None
    await queue.restore(booked, now + timedelta(seconds=15))
    assert await state_of(first) == "waiting"


@pytest.mark.parametrize("state", ["called", "in_call"])
async def test_whoever_is_called_in_is_neither_cancelled_nor_moved(cast: Cast, now: datetime, state: str) -> None:
    first, *_others = await three_waiting(cast, now)
    await Place.update({Place.state: state}).where(Place.id == first.id)
    booked = await Appointment.objects().get(Appointment.id == first.appointment)
    assert booked is not None
    with pytest.raises(Conflict, match="so the appointment can't be"):
        await queue.cancel(booked, now)
    with pytest.raises(Conflict, match="so the appointment can't be"):
        await queue.move(booked, now + timedelta(days=1), now)
    with pytest.raises(Conflict, match="calling you"):
        await queue.cancel(booked, now, by_patient=True)
    assert await Appointment.exists().where(Appointment.id == booked.id, Appointment.state == "booked")
    assert not await Message.exists()


async def test_a_patient_who_had_left_is_not_put_back(cast: Cast, now: datetime) -> None:
    first, *_others = await three_waiting(cast, now)
    await queue.remove(first, now)
    booked = await Appointment.objects().get(Appointment.id == first.appointment)
    assert booked is not None
    await queue.cancel(booked, now + timedelta(seconds=10))
    booked = await Appointment.objects().get(Appointment.id == first.appointment)
    assert booked is not None
    await queue.restore(booked, now + timedelta(seconds=15))
    assert await state_of(first) == "gone_home"


async def test_a_forgotten_room_is_closed_and_quiet_the_next_day(cast: Cast, now: datetime) -> None:
    await room.open_up(who(cast.doctor), None, now)
    await room.announce_to_all(who(cast.doctor), "Vi er forsinkede.", now)
    await queue.clear_old(now + timedelta(hours=8))
    assert (await room.room_of(cast.clinic.id)).is_open
    await queue.clear_old(now + timedelta(hours=24))
    closed = await room.room_of(cast.clinic.id)
    assert (closed.is_open, closed.announcement) == (False, "")
    await room.announce_to_all(who(cast.doctor), "Vi er forsinkede.", now + timedelta(hours=25))
    await queue.clear_old(now + timedelta(hours=48))
    assert (await room.room_of(cast.clinic.id)).announcement == ""
