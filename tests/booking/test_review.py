"""Staff look through online bookings: approve, convert either way with a message, and take it back at once."""

from datetime import datetime, timedelta

import pytest

from app.clinic.booking import appointments, join_links, notices, review, self_booking
from app.clinic.booking.appointments import NotSuited
from app.clinic.booking.self_booking import Wish
from app.clinic.booking.tables import Appointment, AppointmentType
from app.clinic.errors import Conflict, Invalid, TooLate
from app.clinic.messages import outbox, own_phrases
from app.clinic.messages.tables import Message
from app.clinic.people import team
from app.clinic.people.tables import Patient
from app.clinic.waiting import queue
from tests.cast import Cast

SECONDS = timedelta(seconds=1)


async def _booked(cast: Cast, now: datetime, kind: AppointmentType, patient: Patient | None = None) -> Appointment:
    await AppointmentType.update({AppointmentType.bookable_online: True}, force=True)
    await team.choose_online(cast.clinic.id, [cast.doctor.id])
    person = [cast.doctor.id]
    slot = (await self_booking.free_slots(cast.clinic, kind.mode, 15, person, now + timedelta(days=2)))[0]
    wish = Wish(kind.id, cast.doctor.id, slot.starts_at, has_device=True)
    return await self_booking.book(wish, patient or cast.patient, cast.clinic, now)


async def _fresh(appointment: Appointment) -> Appointment:
    found = await Appointment.objects().get(Appointment.id == appointment.id)
    assert found is not None
    return found


async def _said(appointment: Appointment) -> list[str]:
    """Purposes about the appointment that still hold, by SMS, oldest first."""
    rows = await Message.objects().where(Message.about == str(appointment.id), Message.channel == "sms")
    return [row.purpose for row in sorted(rows, key=lambda row: row.created_at) if row.state != "replaced"]


async def test_an_approved_video_booking_is_confirmed_with_its_link(cast: Cast, now: datetime) -> None:
    booked = await _booked(cast, now, cast.video_type)
    [waiting] = await review.to_review(cast.clinic.id, now)
    assert (waiting.appointment.id, waiting.suits_video) == (booked.id, True)
    await review.approve(booked, now + SECONDS)
    assert await _said(booked) == ["received", "confirmation"]
    assert await review.to_review(cast.clinic.id, now) == []
    assert await review.count(cast.clinic.id, now) == 0


async def test_an_approved_booking_at_the_clinic_is_confirmed_without_link(cast: Cast, now: datetime) -> None:
    booked = await _booked(cast, now, cast.in_person_type)
    await review.approve(booked, now + SECONDS)
    assert await _said(booked) == ["received", "in_person_confirmed"]


async def test_a_booking_that_suits_video_becomes_video_with_a_message(cast: Cast, now: datetime) -> None:
    booked = await _booked(cast, now, cast.in_person_type)
    assert await review.convert(booked, now + SECONDS) == "video"
    now_video = await _fresh(booked)
    assert (now_video.mode, now_video.type, now_video.starts_at) == ("video", cast.video_type.id, booked.starts_at)
    assert await _said(booked) == ["to_video"]
    [sms] = await Message.objects().where(Message.purpose == "to_video", Message.channel == "sms")
    link = outbox.opened(sms).body.split("\n")[0]
    assert (await join_links.open_link(link.rpartition("/")[2], now)).state == "ok"


async def test_an_unsuitable_video_booking_goes_to_the_clinic_with_a_message(cast: Cast, now: datetime) -> None:
    booked = await _booked(cast, now, cast.video_type)
    assert await review.convert(booked, now + SECONDS) == "in_person"
    assert (await _fresh(booked)).type == cast.in_person_type.id
    assert await _said(booked) == ["to_in_person"]


async def test_requirements_that_are_not_met_lead_to_the_clinic_and_are_named(cast: Cast, now: datetime) -> None:
    booked = await _booked(cast, now, cast.video_type)
    await Patient.update({Patient.eid: "none"}).where(Patient.id == cast.patient.id)
    [waiting] = await review.to_review(cast.clinic.id, now)
    assert not waiting.suits_video
    with pytest.raises(NotSuited):
        await review.approve(booked, now)
    assert await review.convert(booked, now + SECONDS) == "in_person"
    assert await _said(booked) == ["in_person_instead"]
    with pytest.raises(NotSuited):
        await review.convert(await _fresh(booked), now + 2 * SECONDS)


async def test_an_unconfirmed_phone_stands_in_the_way_of_video(cast: Cast, now: datetime) -> None:
    booked = await _booked(cast, now, cast.in_person_type)
    await Patient.update({Patient.phone_confirmed_at: None}).where(Patient.id == cast.patient.id)
    with pytest.raises(Invalid) as caught:
        await review.convert(booked, now)
    assert caught.value.field == "phone"


async def test_a_conversion_is_taken_back_before_the_patient_hears_of_it(cast: Cast, now: datetime) -> None:
    booked = await _booked(cast, now, cast.in_person_type)
    await review.convert(booked, now + SECONDS)
    await review.take_back(await _fresh(booked), now + 8 * SECONDS)
    back = await _fresh(booked)
    assert (back.mode, back.type) == ("in_person", cast.in_person_type.id)
    assert await _said(booked) == ["received"]
    assert [each.appointment.id for each in await review.to_review(cast.clinic.id, now)] == [booked.id]


async def test_an_approval_is_taken_back_too(cast: Cast, now: datetime) -> None:
    booked = await _booked(cast, now, cast.video_type)
    await review.approve(booked, now + SECONDS)
    await review.take_back(await _fresh(booked), now + 5 * SECONDS)
    assert await _said(booked) == ["received"]


async def test_a_second_conversion_is_taken_back_and_the_first_stands(cast: Cast, now: datetime) -> None:
    booked = await _booked(cast, now, cast.in_person_type)
    await review.convert(booked, now + SECONDS)
    await Message.update({Message.state: "sent"}).where(Message.purpose == "to_video")
    await review.convert(await _fresh(booked), now + 600 * SECONDS)
    await review.take_back(await _fresh(booked), now + 608 * SECONDS)
    back = await _fresh(booked)
    assert (back.mode, back.type, back.reviewed_at) == ("video", cast.video_type.id, now + SECONDS)
    assert back.converted_at == now + SECONDS
    assert await _said(booked) == ["to_video"]
    assert await review.to_review(cast.clinic.id, now) == []


async def test_an_approval_after_a_new_link_is_taken_back(cast: Cast, now: datetime) -> None:
    booked = await _booked(cast, now, cast.video_type)
    await appointments.send_link_again(booked, now + SECONDS)
    await Message.update({Message.state: "sent"}).where(Message.purpose == "confirmation")
    await review.approve(booked, now + 60 * SECONDS)
    await review.take_back(await _fresh(booked), now + 65 * SECONDS)
    assert await _said(booked) == ["confirmation"]
    assert await review.count(cast.clinic.id, now) == 1


async def test_an_approval_and_the_conversion_after_it_are_taken_back_one_by_one(cast: Cast, now: datetime) -> None:
    booked = await _booked(cast, now, cast.video_type)
    await review.approve(booked, now + SECONDS)
    await review.convert(await _fresh(booked), now + 3 * SECONDS)
    await review.take_back(await _fresh(booked), now + 5 * SECONDS)
    assert await _said(booked) == ["received", "confirmation"]
    await review.take_back(await _fresh(booked), now + 6 * SECONDS)
    assert await _said(booked) == ["received"]
    assert await review.count(cast.clinic.id, now) == 1


async def test_two_quick_conversions_are_not_both_taken_back(cast: Cast, now: datetime) -> None:
    booked = await _booked(cast, now, cast.in_person_type)
    await review.convert(booked, now + SECONDS)
    await review.convert(await _fresh(booked), now + 3 * SECONDS)
    await review.take_back(await _fresh(booked), now + 5 * SECONDS)
    with pytest.raises(TooLate):
        await review.take_back(await _fresh(booked), now + 6 * SECONDS)
    assert (await _fresh(booked)).mode == "video"
    assert await _said(booked) == ["to_video"]


async def test_once_told_it_stands(cast: Cast, now: datetime) -> None:
    booked = await _booked(cast, now, cast.in_person_type)
    await review.convert(booked, now + SECONDS)
    with pytest.raises(TooLate):
        await review.take_back(await _fresh(booked), now + 30 * SECONDS)
    await Message.update({Message.state: "sent"}).where(Message.purpose == "to_video")
    with pytest.raises(TooLate):
        await review.take_back(await _fresh(booked), now + 5 * SECONDS)
    assert (await _fresh(booked)).mode == "video"


async def test_of_two_colleagues_one_decides(cast: Cast, now: datetime) -> None:
    booked = await _booked(cast, now, cast.in_person_type)
    seen_by_both = await _fresh(booked)
    await review.convert(booked, now + SECONDS)
    with pytest.raises(Conflict):
        await review.approve(seen_by_both, now + 2 * SECONDS)
    assert await _said(booked) == ["to_video"]


async def test_the_message_is_seen_before_it_is_sent(cast: Cast, now: datetime) -> None:
    booked = await _booked(cast, now, cast.in_person_type)
    await own_phrases.keep(cast.clinic.id, "to_video", "sms", "da", "", "{link}\nVi ses på video {when}.", now)
    [waiting] = await review.to_review(cast.clinic.id, now)
    purpose = await review.message_of_conversion(waiting.appointment)
    sms, mail = await notices.preview(waiting.appointment, purpose, now)
    assert sms.words.body.endswith("Vi ses på video tors. 26. nov. kl. 10.00.")
    assert mail.words.subject.startswith("Din tid torsdag den 26. november")
    assert (sms.recipient, mail.recipient) == (cast.patient.phone, cast.patient.email)
    assert await _said(booked) == ["received"]


async def test_times_that_patients_gave_up_are_shown(cast: Cast, now: datetime) -> None:
    booked = await _booked(cast, now, cast.video_type)
    await queue.cancel(booked, now, by_patient=True)
    assert [each.id for each in await review.given_up(cast.clinic.id, now + SECONDS)] == [booked.id]
    assert await review.to_review(cast.clinic.id, now) == []
