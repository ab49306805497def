"""How to get ready and what to expect (C2, C4): sent by themselves where they are news, and by staff; never twice."""

from datetime import datetime, timedelta

import pytest

from app.clinic.booking import appointments, device_tests, notices, preparation, reminders
from app.clinic.booking.appointments import BookingForm
from app.clinic.booking.tables import Appointment
from app.clinic.errors import Conflict, TooLate
from app.clinic.messages import outbox
from app.clinic.messages.tables import Message
from app.clinic.people.tables import Patient
from tests.cast import Cast, who

DAY = timedelta(days=1)


async def book(cast: Cast, patient: Patient, at: datetime, now: datetime) -> Appointment:
    form = BookingForm(patient.id, cast.video_type.id, cast.doctor.id, at)
    return await appointments.book(form, who(cast.secretary), now)


async def said(purpose: str) -> list[tuple[str, str]]:
    """By which channel and to whom this was said."""
    rows = await Message.objects().where(Message.purpose == purpose).order_by(Message.created_at)
    return [(row.channel, row.recipient) for row in rows]


async def test_whoever_has_not_begun_is_told_how_to_get_ready_in_the_reminders_place(cast: Cast, now: datetime) -> None:
    booked = await book(cast, cast.second_patient, now + 3 * DAY, now)
    assert await reminders.remind(booked.starts_at - DAY) == 1
    assert await said("preparation") == [("sms", cast.second_patient.phone)]
    assert await said("reminder") == []
    assert await reminders.remind(booked.starts_at - timedelta(minutes=15)) == 1
    assert len(await said("reminder")) == 1
    sms = await Message.objects().where(Message.purpose == "preparation").first()
    assert sms is not None
    assert outbox.opened(sms).body.startswith("http://testserver.local/j/")


@pytest.mark.parametrize("begun", ["ticked", "tested"])
async def test_whoever_has_begun_is_only_reminded(cast: Cast, now: datetime, begun: str) -> None:
    booked = await book(cast, cast.second_patient, now + 3 * DAY, now)
    if begun == "ticked":
        await preparation.tick(booked, "room", True, now, now)
    else:
        await device_tests.record(booked, None, device_tests.DeviceReport("ok", "ok", "ok"), now)
    await reminders.remind(booked.starts_at - DAY)
    assert await said("preparation") == []
    assert len(await said("reminder")) == 1


async def test_the_first_video_without_email_says_what_to_expect_once(cast: Cast, now: datetime) -> None:
    await book(cast, cast.second_patient, now + 3 * DAY, now)
    assert await said("expectations") == [("sms", cast.second_patient.phone)]
    await book(cast, cast.second_patient, now + 4 * DAY, now)
    assert len(await said("expectations")) == 1


async def test_a_confirmation_by_email_says_it_already(cast: Cast, now: datetime) -> None:
    await book(cast, cast.patient, now + 3 * DAY, now)
    assert await said("expectations") == []
    mail = await Message.objects().where(Message.purpose == "confirmation", Message.channel == "email").first()
    assert mail is not None
    assert "Det kan du vente dig" in outbox.opened(mail).body


async def test_a_booking_undone_takes_it_back(cast: Cast, now: datetime) -> None:
    booked = await book(cast, cast.second_patient, now + 3 * DAY, now)
    assert not await appointments.cancel(booked, now + timedelta(seconds=5))
    assert not await Message.exists()


async def test_staff_send_it_once_more_but_not_twice_in_a_moment(cast: Cast, now: datetime) -> None:
    booked = await book(cast, cast.patient, now + 3 * DAY, now)
    await notices.inform(booked, "preparation", now)
    assert await said("preparation") == [("sms", cast.patient.phone), ("email", cast.patient.email)]
    with pytest.raises(Conflict):
        await notices.inform(booked, "preparation", now + timedelta(seconds=30))
    await notices.inform(booked, "expectations", now + timedelta(seconds=30))
    with pytest.raises(TooLate):
        await notices.inform(booked, "preparation", booked.starts_at + timedelta(minutes=1))
