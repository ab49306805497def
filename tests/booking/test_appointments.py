"""Booking, starting now, moving and cancelling, each with its message."""

import asyncio
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from app.clinic.booking import appointments, calendar, device_tests, join_links, measurements, preparation, readiness
from app.clinic.booking.access import appointment_for
from app.clinic.booking.appointments import BookingForm, NotSuited, TimeTaken
from app.clinic.booking.device_tests import DeviceReport
from app.clinic.booking.help_needed import needing_help
from app.clinic.booking.hours import at
from app.clinic.booking.measurements import TypedValue
from app.clinic.booking.requirements import Answers
from app.clinic.booking.tables import Appointment, JoinLink
from app.clinic.errors import Conflict, Invalid, NotFound, TooLate
from app.clinic.messages import outbox
from app.clinic.messages.tables import Message
from app.clinic.people.tables import Patient
from app.clinic.people.who import PatientWho
from app.i18n import local
from tests.cast import Cast, who

HOUR = timedelta(hours=1)
SECONDS = timedelta(seconds=1)


def _form(cast: Cast, now: datetime, **values: Any) -> BookingForm:
    known: dict[str, Any] = {
        "patient": cast.patient.id,
        "type": cast.video_type.id,
        "staff": cast.doctor.id,
        "starts_at": now + HOUR,
    }
    return BookingForm(**(known | values))


async def _messages() -> list[Message]:
    return await Message.objects().order_by(Message.created_at)


async def _fresh(appointment: Appointment) -> Appointment:
    found = await Appointment.objects().get(Appointment.id == appointment.id)
    assert found is not None
    return found


async def _carried() -> None:
    """A carrier has taken everything there was."""
    await Message.update({Message.state: "sent"}, force=True)


async def test_four_fields_book_a_known_patient_and_tell_them(cast: Cast, now: datetime) -> None:
    booked = await appointments.book(_form(cast, now), who(cast.secretary), now)
    assert (booked.state, booked.mode, booked.origin, booked.minutes) == ("booked", "video", "planned", 15)
    told = await _messages()
    assert {(each.channel, each.recipient) for each in told} == {
        ("sms", "+4520123456"),
        ("email", "jens@example.dk"),
    }
    sms = next(each for each in told if each.channel == "sms")
    link = outbox.opened(sms).body.splitlines()[0]
    assert link.startswith("http://testserver.local/j/")
    opened = await join_links.open_link(link.rsplit("/", 1)[1], now)
    assert opened.state == "ok"


async def test_the_message_waits_for_second_thoughts(cast: Cast, now: datetime) -> None:
    await appointments.book(_form(cast, now), who(cast.secretary), now)
    assert all(each.due_at >= now + 10 * SECONDS for each in await _messages())


async def test_undone_before_it_was_sent_the_patient_hears_nothing(cast: Cast, now: datetime) -> None:
    booked = await appointments.book(_form(cast, now), who(cast.secretary), now)
    await appointments.cancel(booked, now + 5 * SECONDS)
    assert await _messages() == []
    assert (await _fresh(booked)).state == "cancelled"


async def test_cancelled_later_the_patient_is_told(cast: Cast, now: datetime) -> None:
    booked = await appointments.book(_form(cast, now), who(cast.secretary), now)
    await _carried()
    await appointments.cancel(booked, now + 60 * SECONDS)
    told = [each for each in await _messages() if each.purpose == "cancelled"]
    assert len(told) == 2
    with pytest.raises(TooLate):
        await appointments.cancel(booked, now + 61 * SECONDS)


async def test_a_cancellation_is_undone_within_ten_seconds(cast: Cast, now: datetime) -> None:
    booked = await appointments.book(_form(cast, now), who(cast.secretary), now)
    await _carried()
    await appointments.cancel(booked, now + 60 * SECONDS)
    await appointments.restore(await _fresh(booked), now + 65 * SECONDS)
    assert (await _fresh(booked)).state == "booked"
    assert {each.purpose for each in await _messages()} == {"confirmation"}


async def test_a_told_cancellation_can_not_be_undone(cast: Cast, now: datetime) -> None:
    booked = await appointments.book(_form(cast, now), who(cast.secretary), now)
    await _carried()
    await appointments.cancel(booked, now)
    with pytest.raises(TooLate):
        await appointments.restore(await _fresh(booked), now + 30 * SECONDS)
    await _carried()
    with pytest.raises(TooLate):
        await appointments.restore(await _fresh(booked), now + 5 * SECONDS)
    assert (await _fresh(booked)).state == "cancelled"


async def test_unconfirmed_phone_must_be_confirmed_first(cast: Cast, now: datetime) -> None:
    await Patient.update({Patient.phone_confirmed_at: None}).where(Patient.id == cast.patient.id)
    with pytest.raises(Invalid) as caught:
        await appointments.book(_form(cast, now), who(cast.doctor), now)
    assert caught.value.field == "phone"
    assert await Appointment.count() == 0
    answers = Answers(phone="26 99 88 76", phone_confirmed=True)
    await appointments.book(_form(cast, now, answers=answers), who(cast.doctor), now)
    kept = await Patient.objects().get(Patient.id == cast.patient.id)
    assert kept is not None
    assert (kept.phone, kept.phone_confirmed_at) == ("+4526998876", now)


async def test_unmet_requirement_leads_to_the_clinic_with_a_message(cast: Cast, now: datetime) -> None:
    form = _form(cast, now, answers=Answers(has_device=False))
    with pytest.raises(NotSuited):
        await appointments.book(form, who(cast.doctor), now)
    booked = await appointments.book(replace(form, in_person=True), who(cast.doctor), now)
    assert (booked.mode, booked.type) == ("in_person", cast.in_person_type.id)
    assert {each.purpose for each in await _messages()} == {"in_person_instead"}
    assert await JoinLink.count() == 0


async def test_a_childs_message_goes_to_the_guardian(cast: Cast, now: datetime) -> None:
    booked = await appointments.book(_form(cast, now, patient=cast.child.id), who(cast.doctor), now)
    assert booked.guardian == cast.guardian.id
    assert {each.recipient for each in await _messages()} == {"+4531223344"}
    assert {each.purpose for each in await _messages()} == {"confirmation", "expectations"}


async def test_a_test_passants_appointment_is_a_test(cast: Cast, now: datetime) -> None:
    assert (await appointments.book(_form(cast, now, patient=cast.passant.id), who(cast.doctor), now)).is_test


async def test_instant_meeting_sends_the_link_at_once(cast: Cast, now: datetime) -> None:
    booked = await appointments.start_now(_form(cast, now), who(cast.doctor), now)
    assert (booked.origin, booked.starts_at) == ("instant", now)
    told = await _messages()
    assert {each.purpose for each in told} == {"instant"}
    assert all(each.due_at == now for each in told)


async def test_a_taken_time_names_the_next_free_one(cast: Cast, now: datetime) -> None:
    await appointments.book(_form(cast, now), who(cast.doctor), now)
    other = _form(cast, now, patient=cast.second_patient.id)
    with pytest.raises(TimeTaken, match="10:15"):
        await appointments.book(other, who(cast.doctor), now)
    await appointments.book(replace(other, despite_overlap=True), who(cast.doctor), now)
    assert await Appointment.count() == 2


async def test_two_who_book_the_same_time_at_once_book_once(cast: Cast, now: datetime) -> None:
    forms = [_form(cast, now), _form(cast, now, patient=cast.second_patient.id)]
    results = await asyncio.gather(
        *(appointments.book(form, who(cast.secretary), now) for form in forms), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in results) == ["Appointment", "TimeTaken"]


async def test_a_double_click_books_once(cast: Cast, now: datetime) -> None:
    form = _form(cast, now, despite_overlap=True)
    results = await asyncio.gather(
        *(appointments.book(form, who(cast.secretary), now) for _each in range(2)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in results) == ["Appointment", "Conflict"]


async def test_the_past_can_not_be_booked(cast: Cast, now: datetime) -> None:
    with pytest.raises(Invalid) as caught:
        await appointments.book(_form(cast, now, starts_at=now - HOUR), who(cast.doctor), now)
    assert caught.value.field == "starts_at"


async def test_nothing_of_another_clinic_can_be_booked(cast: Cast, now: datetime) -> None:
    for values in ({"patient": cast.other_patient.id}, {"staff": cast.outsider.id}, {"guardian": cast.patient.id}):
        with pytest.raises(NotFound):
            await appointments.book(_form(cast, now, **values), who(cast.doctor), now)
    with pytest.raises(NotFound):
        await appointments.book(_form(cast, now), who(cast.outsider), now)


async def test_a_moved_appointment_keeps_its_story(cast: Cast, now: datetime) -> None:
    booked = await appointments.book(_form(cast, now), who(cast.doctor), now)
    old = outbox.opened((await _messages())[0]).body.splitlines()[0].rsplit("/", 1)[1]
    await _carried()
    moved = await appointments.move(booked, now + 2 * HOUR, now)
    assert (await _fresh(booked)).state == "moved"
    assert (await _fresh(booked)).moved_to == moved.id
    assert {each.purpose for each in await _messages() if each.about == str(moved.id)} == {"moved"}
    opened = await join_links.open_link(old, now)
    assert opened.appointment is not None
    assert (opened.state, opened.appointment.id) == ("moved", moved.id)


async def test_what_was_prepared_goes_with_a_move(cast: Cast, now: datetime) -> None:
    booked = await appointments.book(_form(cast, now), who(cast.doctor), now)
    await measurements.ask(cast.video_type, ["weight"])
    await measurements.enter(booked, [TypedValue("weight", "72.5", "", now)], now)
    await preparation.tick(booked, "paper", True, now, now)
    await device_tests.record(booked, None, DeviceReport("denied", "ok", "ok"), now)
    moved = await appointments.move(booked, now + 2 * HOUR, now)
    ready = (await readiness.of([moved]))[moved.id]
    assert ([each.words for each in ready.readings], ready.ticked, ready.device) == (["72.5 kg"], 1, "failed")
    assert [each.appointment.id for each in await needing_help(cast.clinic.id, now)] == [moved.id]


async def test_moved_before_the_patient_was_told_is_a_plain_booking(cast: Cast, now: datetime) -> None:
    booked = await appointments.book(_form(cast, now), who(cast.doctor), now)
    await appointments.move(booked, now + 2 * HOUR, now + SECONDS)
    assert {each.purpose for each in await _messages()} == {"confirmation"}


async def test_cancelled_before_the_move_was_told_the_patient_hears_of_the_time_they_know(
    cast: Cast, now: datetime
) -> None:
    booked = await appointments.book(_form(cast, now), who(cast.doctor), now)
    await _carried()
    moved = await appointments.move(booked, now + 2 * HOUR, now)
    assert await appointments.cancel(moved, now + 5 * SECONDS)
    told = [each for each in await _messages() if each.state == "queued"]
    assert {each.purpose for each in told} == {"cancelled"}
    assert {outbox.opened(each).moments["starts_at"] for each in told} == {booked.starts_at}
    await appointments.restore(await _fresh(moved), now + 8 * SECONDS)
    told = [each for each in await _messages() if each.state == "queued"]
    assert {(each.purpose, each.channel) for each in told} == {("moved", "sms"), ("moved", "email")}


async def test_moved_again_before_the_first_move_was_told_it_is_still_a_move(cast: Cast, now: datetime) -> None:
    booked = await appointments.book(_form(cast, now), who(cast.doctor), now)
    await _carried()
    moved = await appointments.move(booked, now + 2 * HOUR, now)
    again = await appointments.move(moved, now + 3 * HOUR, now + 5 * SECONDS)
    told = [each for each in await _messages() if each.state == "queued"]
    assert {(each.purpose, each.about) for each in told} == {("moved", str(again.id))}


async def test_whoever_moved_it_themselves_knows_the_new_time(cast: Cast, now: datetime) -> None:
    booked = await appointments.book(_form(cast, now), who(cast.doctor), now)
    await _carried()
    moved = await appointments.move(booked, now + 2 * HOUR, now, by_patient=True)
    await appointments.cancel(moved, now + 5 * SECONDS)
    told = [each for each in await _messages() if each.purpose == "cancelled"]
    assert {outbox.opened(each).moments["starts_at"] for each in told} == {moved.starts_at}


async def test_a_booking_nobody_heard_of_stays_unheard_however_often_it_moves(cast: Cast, now: datetime) -> None:
    booked = await appointments.book(_form(cast, now), who(cast.doctor), now)
    moved = await appointments.move(booked, now + 2 * HOUR, now + SECONDS)
    assert {each.purpose for each in await _messages()} == {"confirmation"}
    assert not await appointments.cancel(moved, now + 2 * SECONDS)
    assert await _messages() == []


async def test_a_locked_link_is_replaced(cast: Cast, now: datetime) -> None:
    booked = await appointments.book(_form(cast, now), who(cast.doctor), now)
    await JoinLink.update({JoinLink.locked_at: now}, force=True)
    await appointments.send_link_again(booked, now)
    links = await JoinLink.objects().order_by(JoinLink.revoked_at)
    assert sorted(link.revoked_at is None for link in links) == [False, True]


async def test_a_new_link_closes_those_from_before_a_move_too(cast: Cast, now: datetime) -> None:
    booked = await appointments.book(_form(cast, now), who(cast.doctor), now)
    await _carried()
    await JoinLink.update({JoinLink.locked_at: now}, force=True)
    moved = await appointments.move(booked, now + 2 * HOUR, now)
    assert (await readiness.of([moved]))[moved.id].link_locked
    await _carried()
    await appointments.send_link_again(moved, now + 60 * SECONDS)
    assert not (await readiness.of([moved]))[moved.id].link_locked
    assert await JoinLink.count().where(JoinLink.revoked_at.is_null()) == 1


async def test_a_new_link_goes_instead_of_the_one_held_back(cast: Cast, now: datetime) -> None:
    booked = await appointments.book(_form(cast, now), who(cast.doctor), now)
    await appointments.send_link_again(booked, now + 2 * SECONDS)
    told = await _messages()
    assert {(each.channel, each.created_at) for each in told} == {
        ("sms", now + 2 * SECONDS),
        ("email", now + 2 * SECONDS),
    }
    with pytest.raises(Conflict):
        await appointments.send_link_again(booked, now + 4 * SECONDS)
    assert len(await _messages()) == 2


async def test_what_was_said_before_is_not_said_again_after_a_change(cast: Cast, now: datetime) -> None:
    later = now + 60 * SECONDS
    changed: list[tuple[str, Appointment]] = []
    for hours, name in enumerate(("cancel", "move", "relink"), 1):
        booked = await appointments.book(_form(cast, now, starts_at=now + hours * HOUR), who(cast.doctor), now)
        changed.append((name, booked))
    await _carried()
    await appointments.cancel(changed[0][1], later)
    await appointments.move(changed[1][1], now + 5 * HOUR, later)
    await appointments.send_link_again(changed[2][1], later)
    old = [each for each in await _messages() if each.created_at == now]
    assert len(old) == 6
    for message in old:
        with pytest.raises(TooLate):
            await outbox.send_again(message, "sms", later + 60 * SECONDS)
    await appointments.restore(await _fresh(changed[0][1]), later + 5 * SECONDS)
    kept = [each for each in await _messages() if each.about == str(changed[0][1].id)]
    assert {(each.purpose, each.state) for each in kept} == {("confirmation", "sent")}


async def test_starting_twice_starts_once(cast: Cast, now: datetime) -> None:
    first = await appointments.start_now(_form(cast, now), who(cast.doctor), now)
    told = len(await _messages())
    again = await appointments.start_now(_form(cast, now), who(cast.doctor), now + 59 * SECONDS)
    assert again.id == first.id
    assert len(await _messages()) == told
    later = await appointments.start_now(_form(cast, now), who(cast.doctor), now + 61 * SECONDS)
    assert later.id != first.id


async def test_the_next_free_time_is_free_and_tells_its_day(cast: Cast, now: datetime) -> None:
    last = at(local(now).date(), time(15, 45))
    tomorrow = at(local(now).date() + timedelta(days=1), time(8))
    await appointments.book(_form(cast, now, starts_at=last), who(cast.doctor), now)
    await appointments.book(_form(cast, now, starts_at=tomorrow), who(cast.doctor), now)
    with pytest.raises(TimeTaken, match=r"onsdag den 25\. november kl\. 08\.15|08:15") as caught:
        other = _form(cast, now, patient=cast.second_patient.id, starts_at=last)
        await appointments.book(other, who(cast.doctor), now)
    assert "25" in str(caught.value)


async def test_a_day_shows_what_stands(cast: Cast, now: datetime) -> None:
    booked = await appointments.book(_form(cast, now), who(cast.doctor), now)
    gone = await appointments.book(_form(cast, now, starts_at=now + 2 * HOUR), who(cast.doctor), now)
    await appointments.cancel(gone, now)
    day = await calendar.of_day(cast.clinic.id, local(now).date())
    assert [each.id for each in day] == [booked.id]
    assert await calendar.of_day(cast.other_clinic.id, local(now).date()) == []
    free = await calendar.suggest(cast.clinic.id, cast.doctor.id, "video", 15, now, 3)
    assert [local(each).strftime("%H:%M") for each in free] == ["09:15", "09:30", "09:45"]


async def test_appointments_belong_to_their_clinic_and_patient(cast: Cast, now: datetime) -> None:
    booked = await appointments.book(_form(cast, now), who(cast.doctor), now)
    mine = PatientWho("d", cast.patient.id, cast.clinic.id, "Jens", True, "da")
    assert (await appointment_for(mine, booked.id)).id == booked.id
    for stranger in (None, who(cast.outsider), replace(mine, confirmed=False), replace(mine, patient=cast.child.id)):
        with pytest.raises(NotFound):
            await appointment_for(stranger, booked.id)


async def test_a_type_held_at_the_clinic_sends_no_link(cast: Cast, now: datetime) -> None:
    booked = await appointments.book(_form(cast, now, type=cast.in_person_type.id), who(cast.secretary), now)
    assert booked.mode == "in_person"
    assert {each.purpose for each in await _messages()} == {"in_person_confirmed"}
    assert not await JoinLink.exists()


async def test_a_year_that_is_a_slip_of_the_hand_is_not_booked(cast: Cast, now: datetime) -> None:
    with pytest.raises(Invalid, match="two years"):
        await appointments.book(_form(cast, now, starts_at=now.replace(year=2126)), who(cast.doctor), now)
    booked = await appointments.book(_form(cast, now), who(cast.doctor), now)
    with pytest.raises(Invalid, match="two years"):
        await appointments.move(booked, now.replace(year=2126), now)
