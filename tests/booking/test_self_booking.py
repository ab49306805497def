"""Patients book themselves: what the clinic offers, in real hours, each time once, with a receipt."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from app.clinic.booking import appointments, hours, notices, self_booking, types
from app.clinic.booking.appointments import BookingForm, NotSuited, TimeTaken
from app.clinic.booking.hours import Stretch, Week
from app.clinic.booking.self_booking import Slot, Wish
from app.clinic.booking.tables import Appointment, AppointmentType
from app.clinic.errors import Conflict, NotAllowed, NotFound, TooLate
from app.clinic.messages import outbox
from app.clinic.messages.tables import Message
from app.clinic.people import patients, team
from app.clinic.people.patients import NewPatient
from app.clinic.people.tables import Patient
from app.i18n import local
from tests.cast import Cast, who

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def online(cast: Cast) -> Cast:
    """The clinic offers video and in person with the doctor and, first, the colleague."""
    await AppointmentType.update({AppointmentType.bookable_online: True}, force=True)
    await team.choose_online(cast.clinic.id, [cast.colleague.id, cast.doctor.id])
    return cast


def _wish(cast: Cast, starts_at: datetime, **more: object) -> Wish:
    values = {"type": cast.video_type.id, "staff": cast.doctor.id, "starts_at": starts_at, "has_device": True}
    return Wish(**{**values, **more})  # type: ignore[arg-type]


async def _slots(cast: Cast, now: datetime, *people: object) -> list[Slot]:
    staff = [getattr(each, "id") for each in people] or [cast.doctor.id]  # noqa: B009
    return await self_booking.free_slots(cast.clinic, "video", 15, staff, now)


async def test_only_what_the_clinic_offers_is_shown_in_its_order(online: Cast) -> None:
    offers = await self_booking.offers(online.clinic.id)
    assert [offer.type.name for offer in offers] == ["Videokonsultation", "Konsultation"]
    assert [person.name for person in offers[0].people] == ["Anders Bak", "Mette Holm"]
    assert await self_booking.offers(online.other_clinic.id) == []
    await AppointmentType.update({AppointmentType.bookable_online: False}).where(
        AppointmentType.id == online.in_person_type.id
    )
    assert [offer.type.mode for offer in await self_booking.offers(online.clinic.id)] == ["video"]
    with pytest.raises(NotFound):
        await self_booking.offer_of(online.clinic.id, online.in_person_type.id)


async def test_nobody_chosen_means_nothing_to_book(cast: Cast) -> None:
    await AppointmentType.update({AppointmentType.bookable_online: True}, force=True)
    assert await types.online(cast.clinic.id)
    assert await self_booking.offers(cast.clinic.id) == []


async def test_free_times_lie_in_working_hours_around_what_is_booked(online: Cast, now: datetime) -> None:
    await hours.set_week(online.doctor.id, Week((Stretch(1, 9 * 60, 11 * 60),)))
    form = BookingForm(online.second_patient.id, online.video_type.id, online.doctor.id, now + 90 * MINUTE)
    await appointments.book(form, who(online.secretary), now)
    slots = await _slots(online, now)
    today = [
        local(slot.starts_at).strftime("%H:%M") for slot in slots if local(slot.starts_at).date() == date(2026, 11, 24)
    ]
    assert today == ["10:00", "10:15", "10:45"]
    assert {local(slot.starts_at).weekday() for slot in slots} == {1}


async def test_two_people_are_shown_in_the_clinics_order_at_each_time(online: Cast, now: datetime) -> None:
    slots = await _slots(online, now, online.colleague, online.doctor)
    assert [slot.staff for slot in slots[:4]] == [online.colleague.id, online.doctor.id] * 2
    assert slots[0].starts_at == slots[1].starts_at


async def test_a_booked_time_waits_for_review_and_the_patient_has_a_receipt(online: Cast, now: datetime) -> None:
    start = (await _slots(online, now))[0].starts_at
    booked = await self_booking.book(_wish(online, start, reason="Blodtryk"), online.patient, online.clinic, now)
    assert (booked.booked_online, booked.mode, booked.reason) == (True, "video", "Blodtryk")
    assert not booked.reviewed_at
    messages = await Message.objects().where(Message.about == str(booked.id))
    assert {message.purpose for message in messages} == {"received"}
    for message in messages:
        body = outbox.opened(message).body
        assert body.startswith("http://testserver.local/j/")
        assert "Blodtryk" not in body


async def test_what_a_patient_books_who_outgrew_the_guardian_is_not_told_to_the_guardian(
    online: Cast, now: datetime
) -> None:
    for born, own, told in (
        (date(2017, 5, 3), online.guardian.phone, {online.guardian.phone}),
        (date(2010, 5, 3), online.guardian.phone, set()),
        (date(2010, 5, 3), "+4540506070", {"+4540506070"}),
    ):
        await Patient.update({Patient.birth_date: born, Patient.phone: own}).where(Patient.id == online.child.id)
        child = await Patient.objects().get(Patient.id == online.child.id)
        assert child is not None
        start = (await _slots(online, now))[0].starts_at
        booked = await self_booking.book(_wish(online, start), child, online.clinic, now)
        messages = await Message.objects().where(Message.about == str(booked.id))
        assert {message.recipient for message in messages} == told


async def test_a_guardian_answers_after_the_age_of_the_law_only_where_staff_chose_so_since(cast: Cast) -> None:
    day_before, birthday = datetime(2032, 5, 2, 12, tzinfo=UTC), datetime(2032, 5, 3, 12, tzinfo=UTC)
    for booked_at, now, told in (
        (day_before, day_before, [("sms", cast.guardian.phone)]),
        (day_before, birthday, []),
        (birthday, birthday, [("sms", cast.guardian.phone)]),
    ):
        booked = Appointment(patient=cast.child.id, guardian=cast.guardian.id, created_at=booked_at)
        assert await notices.ways_to(cast.child, now, booked) == told


async def test_a_taken_time_a_closed_hour_and_an_odd_time_cant_be_had(online: Cast, now: datetime) -> None:
    start = (await _slots(online, now))[0].starts_at
    await self_booking.book(_wish(online, start), online.patient, online.clinic, now)
    for wrong in (start, start + 5 * MINUTE, start + timedelta(hours=12), now, start + timedelta(days=60)):
        with pytest.raises(TimeTaken):
            await self_booking.book(_wish(online, wrong), online.second_patient, online.clinic, now)
    with pytest.raises(Conflict, match="already"):
        await self_booking.book(_wish(online, start, staff=online.colleague.id), online.patient, online.clinic, now)
    assert await Appointment.count() == 1


async def test_who_may_not_book_online_is_told_what_to_do(online: Cast, now: datetime) -> None:
    start = (await _slots(online, now))[0].starts_at
    with pytest.raises(NotAllowed, match="66 11 22 33"):
        await self_booking.book(_wish(online, start), online.passant, online.clinic, now)
    with pytest.raises(NotAllowed):
        await self_booking.book(_wish(online, start), online.other_patient, online.clinic, now)
    with pytest.raises(NotSuited):
        await self_booking.book(_wish(online, start, has_device=False), online.patient, online.clinic, now)
    with pytest.raises(NotFound):
        await self_booking.book(_wish(online, start, staff=online.secretary.id), online.patient, online.clinic, now)
    assert not await Message.exists()


async def test_nobody_hoards_times(online: Cast, now: datetime) -> None:
    slots = await _slots(online, now)
    for slot in slots[:3]:
        await self_booking.book(_wish(online, slot.starts_at), online.patient, online.clinic, now)
    with pytest.raises(NotAllowed, match="three"):
        await self_booking.book(_wish(online, slots[4].starts_at), online.patient, online.clinic, now)


async def test_two_hundred_patients_at_once_get_twenty_times_once_each(online: Cast, now: datetime) -> None:
    slots = (await _slots(online, now))[:20]
    crowd = [
        await patients.add(
            online.clinic.id, NewPatient(f"Patient {number}", birth_date=date(1950, 1, 1), phone="+4520123456"), now
        )
        for number in range(200)
    ]

    async def try_to(number: int, patient: Patient) -> str:
        try:
            await self_booking.book(_wish(online, slots[number % 20].starts_at), patient, online.clinic, now)
        except TimeTaken:
            return "taken"
        return "booked"

    tried = await asyncio.gather(*(try_to(number, patient) for number, patient in enumerate(crowd)))
    assert Counter(tried) == {"booked": 20, "taken": 180}
    booked = await Appointment.select(Appointment.starts_at).where(Appointment.state == "booked")
    assert sorted(row["starts_at"] for row in booked) == [slot.starts_at for slot in slots]


async def test_a_patient_moves_to_a_free_time_and_the_clinic_looks_again(online: Cast, now: datetime) -> None:
    slots = await _slots(online, now)
    booked = await self_booking.book(_wish(online, slots[4].starts_at), online.patient, online.clinic, now)
    moved = await self_booking.move(booked, slots[8], online.clinic, now)
    assert (moved.starts_at, moved.booked_online) == (slots[8].starts_at, True)
    assert not moved.reviewed_at
    old = await Appointment.objects().get(Appointment.id == booked.id)
    assert old is not None
    assert (old.state, old.moved_to, old.ended_by_patient) == ("moved", moved.id, True)
    with pytest.raises(TimeTaken):
        await self_booking.book(_wish(online, slots[8].starts_at), online.second_patient, online.clinic, now)


async def test_a_patient_moves_to_another_doctor_at_the_same_time(online: Cast, now: datetime) -> None:
    slots = await _slots(online, now, online.colleague)
    booked = await self_booking.book(_wish(online, slots[4].starts_at), online.patient, online.clinic, now)
    moved = await self_booking.move(booked, slots[4], online.clinic, now)
    assert (moved.starts_at, moved.staff) == (booked.starts_at, online.colleague.id)
    other = await self_booking.book(_wish(online, slots[5].starts_at), online.patient, online.clinic, now)
    with pytest.raises(Conflict, match="already"):
        await self_booking.move(other, Slot(moved.starts_at, online.doctor.id), online.clinic, now)


async def test_just_before_or_of_another_kind_it_is_moved_by_phone(online: Cast, now: datetime) -> None:
    slots = await _slots(online, now)
    booked = await self_booking.book(_wish(online, slots[0].starts_at), online.patient, online.clinic, now)
    with pytest.raises(TooLate, match="66 11 22 33"):
        await self_booking.move(booked, slots[8], online.clinic, booked.starts_at - 59 * MINUTE)
    assert self_booking.may_cancel(booked, booked.starts_at - MINUTE)
    assert not self_booking.may_cancel(booked, booked.starts_at)
    await AppointmentType.update({AppointmentType.bookable_online: False}, force=True)
    assert not await self_booking.may_move(booked, now)
