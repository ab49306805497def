"""A call's life: exactly one wins, the place keeps its spot, and nothing but the domain's word ends it."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.clinic.booking.tables import Appointment
from app.clinic.calls import call as calls
from app.clinic.calls import view
from app.clinic.calls.access import call_for, may_enter
from app.clinic.calls.tables import Call
from app.clinic.change import listening
from app.clinic.errors import Conflict, NotFound, TooLate
from app.clinic.events import CallEnded, Event
from app.clinic.messages import outbox
from app.clinic.messages.tables import Message
from app.clinic.people.tables import Patient, Staff
from app.clinic.people.who import PatientWho, StaffWho
from app.clinic.waiting.tables import Place
from tests.cast import Cast, who


async def waiting(cast: Cast, now: datetime, patient: Patient | None = None, **values: Any) -> Place:
    place = Place(
        clinic=cast.clinic.id, patient=(patient or cast.patient).id, entered_at=now, state_at=now, seen_at=now, **values
    )
    await place.save()
    return place


def as_patient(patient: Patient) -> PatientWho:
    return PatientWho("device", patient.id, patient.clinic, patient.name, True, "da")


async def place_state(place_id: UUID) -> Place:
    place = await Place.objects().get(Place.id == place_id)
    assert place is not None
    return place


async def test_exactly_one_of_a_hundred_tries_gets_the_patient(cast: Cast, now: datetime) -> None:
    place = await waiting(cast, now)
    doctors: list[StaffWho] = []
    for number in range(100):
        doctor = Staff(clinic=cast.clinic.id, name=f"Doctor {number}", role="doctor", email=f"{number}@x.example")
        await doctor.save()
        doctors.append(who(doctor))
    results = await asyncio.gather(
        *(calls.call_in(place.id, doctor, now) for doctor in doctors), return_exceptions=True
    )
    won = [result for result in results if isinstance(result, Call)]
    lost = [result for result in results if isinstance(result, Conflict)]
    assert (len(won), len(lost)) == (1, 99)
    assert all(won[0].staff.name in refusal.words for refusal in lost)
    assert await Call.count() == 1
    assert (await place_state(place.id)).called_by == won[0].staff.id


async def test_one_doctor_in_two_windows_gets_one_patient(cast: Cast, now: datetime) -> None:
    places = [await waiting(cast, now), await waiting(cast, now, cast.second_patient)]
    results = await asyncio.gather(
        *(calls.call_in(place.id, who(cast.doctor), now) for place in places), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["Call", "Conflict"]


async def test_a_patient_who_left_cannot_be_called(cast: Cast, now: datetime) -> None:
    place = await waiting(cast, now, state="left")
    with pytest.raises(TooLate):
        await calls.call_in(place.id, who(cast.doctor), now)


async def test_another_clinics_place_does_not_exist(cast: Cast, now: datetime) -> None:
    place = await waiting(cast, now)
    with pytest.raises(NotFound):
        await calls.call_in(place.id, who(cast.outsider), now)
    assert (await place_state(place.id)).state == "waiting"


async def test_taking_back_a_ring_keeps_the_old_spot(cast: Cast, now: datetime) -> None:
    place = await waiting(cast, now)
    call = await calls.call_in(place.id, who(cast.doctor), now + timedelta(minutes=5))
    await calls.take_back(call, who(cast.doctor), now + timedelta(minutes=6))
    back = await place_state(place.id)
    assert (back.state, back.entered_at, back.called_by) == ("waiting", now, None)
    with pytest.raises(TooLate):
        await calls.answer(call, now + timedelta(minutes=7))
    again = await calls.call_in(place.id, who(cast.colleague), now + timedelta(minutes=8))
    assert again.id != call.id


async def test_an_answered_ring_cannot_be_taken_back(cast: Cast, now: datetime) -> None:
    place = await waiting(cast, now)
    call = await calls.call_in(place.id, who(cast.doctor), now)
    await calls.answer(call, now)
    await calls.answer(call, now)
    with pytest.raises(TooLate):
        await calls.take_back(call, who(cast.doctor), now)
    assert (await place_state(place.id)).state == "in_call"


async def test_ending_serves_the_place_and_closes_the_appointment(cast: Cast, now: datetime) -> None:
    appointment = Appointment(
        clinic=cast.clinic.id,
        patient=cast.patient.id,
        staff=cast.doctor.id,
        type=cast.video_type.id,
        mode="video",
        starts_at=now,
    )
    await appointment.save()
    place = await waiting(cast, now, appointment=appointment.id)
    call = await calls.call_in(place.id, who(cast.doctor), now)
    await calls.answer(call, now)
    heard: list[Event] = []
    async with listening(heard.append):
        await calls.hang_up(call, who(cast.doctor), now)
        await calls.hang_up(call, as_patient(cast.patient), now)
    assert (await place_state(place.id)).state == "served"
    kept = await Appointment.objects().get(Appointment.id == appointment.id)
    assert kept is not None
    assert kept.state == "done"
    assert sum(isinstance(event, CallEnded) for event in heard) == 1


async def test_a_call_hung_up_by_mistake_is_taken_up_again(cast: Cast, now: datetime) -> None:
    place = await waiting(cast, now)
    call = await calls.call_in(place.id, who(cast.doctor), now)
    await calls.answer(call, now)
    await calls.hang_up(call, as_patient(cast.patient), now)
    await calls.ring_again(call, who(cast.doctor), now + timedelta(seconds=20))
    call = await call_for(who(cast.doctor), call.id)
    assert call.state == "ringing"
    assert (await place_state(place.id)).state == "called"


async def test_nobody_is_rung_who_stands_in_the_queue_again(cast: Cast, now: datetime) -> None:
    place = await waiting(cast, now)
    call = await calls.call_in(place.id, who(cast.doctor), now)
    await calls.hang_up(call, who(cast.doctor), now)
    await waiting(cast, now)
    with pytest.raises(Conflict):
        await calls.ring_again(call, who(cast.doctor), now)


async def test_plan_b_notes_the_phone_and_its_code(cast: Cast, now: datetime) -> None:
    place = await waiting(cast, now)
    call = await calls.call_in(place.id, who(cast.doctor), now)
    await calls.answer(call, now)
    await calls.continue_by_phone(call, who(cast.doctor), now)
    call = await call_for(who(cast.doctor), call.id)
    assert (call.state, call.outcome, call.service_code) == ("ended", "by_phone", "0201")
    shown = await view.desk_call(who(cast.doctor), now)
    assert shown is not None
    assert shown.phase == "asking"


async def test_plan_b_says_by_sms_once_that_the_clinic_phones(cast: Cast, now: datetime) -> None:
    place = await waiting(cast, now)
    call = await calls.call_in(place.id, who(cast.doctor), now)
    for _press in range(2):
        await calls.continue_by_phone(call, who(cast.doctor), now)
    [sms] = await Message.objects().where(Message.purpose == "plan_b")
    assert (sms.channel, sms.recipient) == ("sms", cast.patient.phone)
    assert "vi ringer dig op om lidt" in outbox.opened(sms).body


async def test_connected_is_noted_once(cast: Cast, now: datetime) -> None:
    place = await waiting(cast, now)
    call = await calls.call_in(place.id, who(cast.doctor), now)
    await calls.connected(call.id, now)
    assert (await call_for(who(cast.doctor), call.id)).connected_at is None
    await calls.answer(call, now)
    await calls.connected(call.id, now + timedelta(seconds=1))
    await calls.connected(call.id, now + timedelta(seconds=9))
    assert (await call_for(who(cast.doctor), call.id)).connected_at == now + timedelta(seconds=1)


async def test_a_call_concerns_its_clinic_and_its_patient_only(cast: Cast, now: datetime) -> None:
    place = await waiting(cast, now)
    call = await calls.call_in(place.id, who(cast.doctor), now)
    assert may_enter(who(cast.doctor), call)
    assert not may_enter(who(cast.colleague), call)
    assert (await call_for(who(cast.secretary), call.id)).id == call.id
    assert (await call_for(as_patient(cast.patient), call.id)).id == call.id
    unconfirmed = PatientWho("device", cast.patient.id, cast.clinic.id, "", False, "da")
    for stranger in (who(cast.outsider), as_patient(cast.second_patient), unconfirmed, None):
        with pytest.raises(NotFound):
            await call_for(stranger, call.id)


async def test_a_colleague_may_end_a_call_and_its_outcome_is_still_its_owners(cast: Cast, now: datetime) -> None:
    place = await waiting(cast, now)
    call = await calls.call_in(place.id, who(cast.doctor), now)
    await calls.answer(call, now)
    await calls.hang_up(await call_for(who(cast.colleague), call.id), who(cast.colleague), now)
    assert (await place_state(place.id)).state == "served"
    shown = await view.desk_call(who(cast.doctor), now)
    assert shown is not None
    assert shown.phase == "asking"


async def test_a_ring_nobody_answers_is_given_up_and_the_place_kept_for_today(cast: Cast, now: datetime) -> None:
    place = await waiting(cast, now)
    call = await calls.call_in(place.id, who(cast.doctor), now)
    assert await calls.end_abandoned(now + timedelta(minutes=29)) == 0
    heard: list[Event] = []
    async with listening(heard.append):
        assert await calls.end_abandoned(now + timedelta(minutes=30)) == 1
        assert await calls.end_abandoned(now + timedelta(minutes=31)) == 0
    assert (await call_for(who(cast.doctor), call.id)).state == "unanswered"
    back = await place_state(place.id)
    assert (back.state, back.entered_at, back.called_by) == ("waiting", now, None)
    assert sum(isinstance(event, CallEnded) for event in heard) == 1


async def test_yesterdays_ring_leaves_no_place(cast: Cast, now: datetime) -> None:
    place = await waiting(cast, now)
    await calls.call_in(place.id, who(cast.doctor), now)
    assert await calls.end_abandoned(now + timedelta(days=1)) == 1
    assert (await place_state(place.id)).state == "gone_home"


async def test_a_call_left_running_ends_after_half_a_day(cast: Cast, now: datetime) -> None:
    place = await waiting(cast, now)
    call = await calls.call_in(place.id, who(cast.doctor), now)
    await calls.answer(call, now + timedelta(minutes=1))
    assert await calls.end_abandoned(now + timedelta(hours=12)) == 0
    assert await calls.end_abandoned(now + timedelta(hours=12, minutes=1)) == 1
    assert (await call_for(who(cast.doctor), call.id)).state == "ended"
    assert (await place_state(place.id)).state == "served"


async def test_an_unfinished_outcome_stays_on_the_desk(cast: Cast, now: datetime) -> None:
    place = await waiting(cast, now)
    call = await calls.call_in(place.id, who(cast.doctor), now)
    shown = await view.desk_call(who(cast.doctor), now + timedelta(seconds=25))
    assert shown is not None
    assert shown.phase == "ringing"
    await calls.hang_up(call, who(cast.doctor), now)
    shown = await view.desk_call(who(cast.doctor), now)
    assert shown is not None
    assert shown.phase == "asking"
    assert await view.desk_call(who(cast.colleague), now) is None
