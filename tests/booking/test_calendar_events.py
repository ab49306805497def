"""What a patient's mails put into their calendar, from booking to cancelling, and the second way in."""

from datetime import datetime, timedelta

from app.clinic.booking import appointments, review
from app.clinic.booking.appointments import BookingForm
from app.clinic.booking.tables import Appointment
from app.clinic.messages import outbox
from app.clinic.messages.calendar_event import CalendarEvent
from app.clinic.messages.tables import Message
from app.clinic.people.tables import Patient
from tests.cast import Cast, who
from tests.conftest import BASE_URL, Clock

HOUR = timedelta(hours=1)


async def _book(cast: Cast, now: datetime) -> Appointment:
    """Jens, who reads e-mail, with Mette on video in an hour."""
    await Patient.update({Patient.email: "jens@example.dk"}).where(Patient.id == cast.patient.id)
    form = BookingForm(cast.patient.id, cast.video_type.id, cast.doctor.id, now + HOUR)
    return await appointments.book(form, who(cast.doctor), now)


async def _fresh(appointment: Appointment) -> Appointment:
    found = await Appointment.objects().get(Appointment.id == appointment.id)
    assert found is not None
    return found


async def _carried() -> None:
    """A carrier has taken everything there was."""
    await Message.update({Message.state: "sent"}, force=True)


async def _told_for_the_calendar(appointment: Appointment) -> CalendarEvent:
    """What the newest mail about it puts into the patient's calendar."""
    mails = Message.objects().where(Message.channel == "email", Message.about == str(appointment.id))
    newest = await mails.order_by(Message.created_at, ascending=False).first()
    assert newest is not None
    event = outbox.opened(newest).event
    assert event is not None
    return event


async def test_mails_put_the_time_into_the_calendar_move_it_and_take_it_out(cast: Cast, clock: Clock) -> None:
    booked = await _book(cast, clock.now)
    first = await _told_for_the_calendar(booked)
    assert (first.uid, first.starts_at, first.on_video, first.cancelled) == (booked.id, booked.starts_at, True, False)
    await _carried()
    moved = await appointments.move(await _fresh(booked), booked.starts_at + HOUR, clock.forward(minutes=1))
    second = await _told_for_the_calendar(moved)
    assert (second.uid, second.starts_at) == (first.uid, first.starts_at + HOUR)
    await _carried()
    await review.convert(await _fresh(moved), clock.forward(minutes=1))
    third = await _told_for_the_calendar(moved)
    assert (third.on_video, third.location) == (False, cast.clinic.address)
    await _carried()
    await appointments.cancel(await _fresh(moved), clock.forward(minutes=1))
    last = await _told_for_the_calendar(moved)
    assert (last.uid, last.cancelled, last.starts_at) == (first.uid, True, second.starts_at)
    assert 0 == first.sequence < second.sequence < third.sequence < last.sequence


async def test_a_mail_gives_the_page_for_the_code_as_a_link_and_an_sms_to_be_typed(cast: Cast, now: datetime) -> None:
    await _book(cast, now)
    said = {each.channel: outbox.opened(each).body for each in await Message.objects()}
    assert f" {BASE_URL}/kode " in said["email"]
    assert " testserver.local/kode" in said["sms"] and "//testserver.local/kode" not in said["sms"]
