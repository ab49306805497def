"""The book of meetings: each call and each no-show is entered once, without saying who, and corrected in place.

Test calls are never entered, and a clinic's meetings go with the clinic. The tallies follow by themselves.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from piccolo.columns import Column

from app.clinic.booking.calendar import working_day_began
from app.clinic.booking.device_tests import has_failed
from app.clinic.booking.join_links import leading_to
from app.clinic.booking.tables import BOOKED, Appointment, DeviceTest
from app.clinic.calls import quality
from app.clinic.calls.call import LASTS_AT_MOST
from app.clinic.calls.counted_calls import talked_s, whole_minutes
from app.clinic.calls.tables import ENDED, Call
from app.clinic.change import change
from app.clinic.learning.tables import Meeting
from app.clinic.people.regions import region_on
from app.clinic.waiting.tables import Place
from app.i18n import local

_LOOK_BACK = timedelta(days=7)

Values = dict[Column | str, Any]


@dataclass(frozen=True, slots=True)
class Postcard:
    """The five questions' answers that the call does not know by itself (F1)."""

    kind: str = "consultation"
    picture: str = ""
    sound: str = ""
    longer: str = ""


def waited_s(call: Call) -> int:
    """From when the patient was there and it was time, until it rang. `place` and `appointment` must be loaded."""
    since: datetime = call.place.entered_at
    if call.appointment.id:
        since = max(since, call.appointment.starts_at)
    return max(0, int((call.rang_at - since).total_seconds()))


def month_of(day: date) -> date:
    """The first of its month."""
    return day.replace(day=1)


def meeting_of(call: Call) -> Values:
    """What the book says of an ended call; its place and appointment must be loaded."""
    held_on = local(call.rang_at).date()
    seconds = None if call.outcome == "not_completed" else talked_s(call)
    return {
        Meeting.held_on: held_on,
        Meeting.month: month_of(held_on),
        Meeting.origin: call.origin,
        Meeting.outcome: call.outcome if call.outcome_at else "",
        Meeting.because: call.not_completed_because,
        Meeting.seconds: seconds,
        Meeting.minutes: whole_minutes(seconds),
        Meeting.waited_s: waited_s(call),
        Meeting.solved: call.solved,
        Meeting.instead_of: call.instead_of,
    }


async def enter(call_id: UUID, postcard: Postcard | None = None) -> None:
    """Enter the call, replacing an earlier entry; inside a change. A test call is not entered."""
    call = await Call.objects(Call.place, Call.appointment).get(Call.id == call_id)
    assert call is not None
    if call.is_test or call.state != ENDED:
        return
    values = meeting_of(call) | {Meeting.measured: await quality.measured(call_id)}
    if postcard is not None:
        values |= {
            Meeting.kind: postcard.kind,
            Meeting.picture: postcard.picture,
            Meeting.sound: postcard.sound,
            Meeting.longer: postcard.longer,
        }
    if await Meeting.update(values).where(Meeting.call == call_id).returning(Meeting.id):
        return
    region = await region_on(call.clinic, values[Meeting.held_on])
    row = {column._meta.name: value for column, value in values.items() if isinstance(column, Column)}
    await Meeting(clinic=call.clinic, region=region, call=call_id, source="call", **row).save()


async def keep(now: datetime) -> int:
    """Enter what nobody has said anything of: calls without an outcome, patients who never came, and device tests that
    failed before the day. How many."""
    return await _enter_unfinished(now) + await _enter_no_shows(now) + await _enter_caught(now)


async def _enter_unfinished(now: datetime) -> int:
    known = Meeting.select(Meeting.call).where(Meeting.call.is_not_null())
    left = await Call.select(Call.id).where(
        Call.state == ENDED,
        Call.is_test.eq(False),
        Call.outcome_at.is_null(),
        Call.ended_at <= now - LASTS_AT_MOST,
        Call.ended_at > now - LASTS_AT_MOST - _LOOK_BACK,
        Call.id.not_in(known),
    )
    for row in left:
        async with change():
            await enter(row["id"])
    return len(left)


async def _enter_no_shows(now: datetime) -> int:
    """Video appointments of earlier days that still stand, and whose patient never took a place."""
    known = Meeting.select(Meeting.appointment).where(Meeting.appointment.is_not_null())
    came = Place.select(Place.appointment).where(Place.appointment.is_not_null())
    missed = await Appointment.objects().where(
        Appointment.mode == "video",
        Appointment.state == BOOKED,
        Appointment.is_test.eq(False),
        Appointment.starts_at < working_day_began(now),
        Appointment.starts_at > now - _LOOK_BACK,
        Appointment.id.not_in(known),
        Appointment.id.not_in(came),
    )
    for appointment in missed:
        held_on = local(appointment.starts_at).date()
        async with change():
            await Meeting(
                clinic=appointment.clinic,
                region=await region_on(appointment.clinic, held_on),
                appointment=appointment.id,
                source="booking",
                held_on=held_on,
                month=month_of(held_on),
                origin=appointment.origin,
                outcome="no_show",
            ).save()
    return len(missed)


async def _enter_caught(now: datetime) -> int:
    """Device tests that failed on a day before the appointment's, once for each, moved or not: trouble caught in time
    (C5)."""
    entered = 0
    for test in await DeviceTest.objects(DeviceTest.appointment).where(DeviceTest.tested_at > now - _LOOK_BACK):
        appointment, tested_on = test.appointment, local(test.tested_at).date()
        if appointment.is_test or not has_failed(test) or tested_on >= local(appointment.starts_at).date():
            continue
        async with change():
            known = [_caught(each) for each in await leading_to([appointment.id])]
            if await Meeting.exists().where(Meeting.id.is_in(known)):
                continue
            await Meeting(
                id=_caught(appointment.id),
                clinic=appointment.clinic,
                region=await region_on(appointment.clinic, tested_on),
                source="test",
                held_on=tested_on,
                month=month_of(tested_on),
                origin=appointment.origin,
                outcome="caught",
            ).save()
        entered += 1
    return entered


def _caught(appointment: UUID) -> UUID:
    """The id of what the book says of trouble caught before this appointment."""
    return uuid5(appointment, "caught")
