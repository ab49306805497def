"""Reminders: as long before as the clinic chose, with the link, never twice, never for what no longer stands."""

from datetime import datetime, timedelta

import pytest

from app.clinic.booking import appointments, reminders
from app.clinic.booking.appointments import BookingForm
from app.clinic.booking.reminders import due
from app.clinic.booking.tables import Appointment
from app.clinic.errors import Invalid
from app.clinic.messages import outbox
from app.clinic.messages.tables import Message, OwnPhrase
from app.clinic.people.tables import Patient
from tests.cast import MORNING, Cast, who

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


async def _book(cast: Cast, now: datetime, after: timedelta) -> Appointment:
    form = BookingForm(cast.second_patient.id, cast.video_type.id, cast.doctor.id, now + after)
    return await appointments.book(form, who(cast.secretary), now)


async def _reminders() -> list[Message]:
    """What was sent before: how to get ready counts, it is sent in a reminder's place."""
    purposes = ["reminder", "preparation"]
    return await Message.objects().where(Message.purpose.is_in(purposes)).order_by(Message.created_at)


def test_the_latest_reminder_that_is_due_goes_out() -> None:
    start, told = MORNING + 2 * DAY, MORNING
    assert due((1440, 15), start, told, start - DAY - MINUTE) is None
    assert due((1440, 15), start, told, start - DAY) == 1440
    assert due((1440, 15), start, told, start - 16 * MINUTE) == 1440
    assert due((1440, 15), start, told, start - 15 * MINUTE) == 15
    assert due((1440, 15), start, told, start) is None
    assert due((), start, told, start - HOUR) is None


def test_whoever_was_just_told_needs_no_reminder() -> None:
    assert due((1440, 15), MORNING + 3 * HOUR, MORNING, MORNING + HOUR) is None
    assert due((1440, 15), MORNING + 3 * HOUR, MORNING, MORNING + 2.75 * HOUR) == 15


async def test_a_patient_is_reminded_a_day_and_a_quarter_before(cast: Cast, now: datetime) -> None:
    booked = await _book(cast, now, 3 * DAY)
    start = booked.starts_at
    assert [await reminders.remind(start - before) for before in (DAY + MINUTE, DAY, 20 * MINUTE, 15 * MINUTE)] == [
        *(0, 1, 0, 1)
    ]
    told = await _reminders()
    assert len(told) == 2
    for message in told:
        assert outbox.opened(message).body.startswith("http://testserver.local/j/")
    assert "Gør klar til din videotid" in outbox.opened(told[0]).body
    assert "Husk din videotid hos Lægehuset Nordby" in outbox.opened(told[1]).body


async def test_nobody_is_reminded_twice(cast: Cast, now: datetime) -> None:
    booked = await _book(cast, now, 2 * DAY)
    for minute in range(5):
        await reminders.remind(booked.starts_at - DAY + minute * MINUTE)
    assert len(await _reminders()) == 1


async def test_after_an_outage_only_the_latest_reminder_goes_out(cast: Cast, now: datetime) -> None:
    booked = await _book(cast, now, 2 * DAY)
    assert await reminders.remind(booked.starts_at - 10 * MINUTE) == 1
    assert await reminders.remind(booked.starts_at - 9 * MINUTE) == 0


async def test_what_was_cancelled_or_moved_is_not_reminded_of(cast: Cast, now: datetime) -> None:
    off = await _book(cast, now, 2 * DAY)
    await appointments.cancel(off, now)
    moved = await _book(cast, now, 2 * DAY + HOUR)
    later = await appointments.move(moved, now + 4 * DAY, now)
    assert await reminders.remind(off.starts_at - DAY + 2 * HOUR) == 0
    assert await reminders.remind(later.starts_at - DAY) == 1
    assert [message.about for message in await _reminders()] == [str(later.id)]


async def test_an_appointment_at_the_clinic_has_no_link_to_remind_of(cast: Cast, now: datetime) -> None:
    form = BookingForm(cast.second_patient.id, cast.in_person_type.id, cast.doctor.id, now + 2 * DAY)
    await appointments.book(form, who(cast.secretary), now)
    assert await reminders.remind(now + DAY) == 0


async def test_a_clinic_chooses_when_or_never(cast: Cast, now: datetime) -> None:
    assert await reminders.plan_of(cast.clinic.id) == (1440, 15)
    await reminders.set_plan(cast.clinic.id, [60, 2880])
    assert await reminders.plan_of(cast.clinic.id) == (2880, 60)
    booked = await _book(cast, now, 3 * DAY)
    assert await reminders.remind(booked.starts_at - DAY) == 1
    await reminders.set_plan(cast.clinic.id, [])
    assert await reminders.remind(booked.starts_at - HOUR) == 0
    with pytest.raises(Invalid):
        await reminders.set_plan(cast.clinic.id, [17])


async def test_a_reminder_that_can_not_be_written_stops_no_other(cast: Cast, now: datetime) -> None:
    for patient, after in ((cast.patient, DAY), (cast.second_patient, DAY + HOUR)):
        form = BookingForm(patient.id, cast.video_type.id, cast.doctor.id, now + 2 * DAY + after)
        await appointments.book(form, who(cast.secretary), now)
    await Patient.update({Patient.language: "en"}).where(Patient.id == cast.patient.id)
    await OwnPhrase(
        clinic=cast.clinic.id, purpose="preparation", channel="sms", language="en", text="{", changed_at=now
    ).save()
    assert await reminders.remind(now + 2 * DAY + HOUR) == 1
    assert {each.patient for each in await _reminders()} == {cast.second_patient.id}
