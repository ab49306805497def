"""A call's life: calling in, ringing, answering, hanging up. A call never ends because a socket or a line did.

Every verb moves the call and its place together in one change, by an update that only one of two can win.
It knows nothing of media: the relay's room hears of the end as an event.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from piccolo.columns import Column
from piccolo.columns.combination import Where

from app.clinic.booking import notices
from app.clinic.booking.calendar import working_day_began
from app.clinic.booking.tables import BOOKED, DONE, Appointment
from app.clinic.calls.access import call_for
from app.clinic.calls.service_codes import suggested
from app.clinic.calls.tables import ENDED, GOING_ON, RINGING, RUNNING, UNANSWERED, Call
from app.clinic.change import announce, change
from app.clinic.errors import Conflict, NotAllowed, NotFound, TooLate
from app.clinic.events import AppointmentChanged, CallChanged, CallEnded, PlaceChanged
from app.clinic.messages import pushes
from app.clinic.messages.outbox import Draft
from app.clinic.people.tables import Clinic, Staff
from app.clinic.people.who import StaffWho, Who
from app.clinic.waiting.tables import CALLED, IN_CALL, RUNG, SERVED, WAITING, Place
from app.i18n import _, local

RINGS_AT_MOST, LASTS_AT_MOST = timedelta(minutes=30), timedelta(hours=12)

Values = dict[Column | str, Any]


async def call_in(place_id: UUID, staff: StaffWho, now: datetime) -> Call:
    """Ring the patient in this place. Exactly one of several who try at once gets the patient (D6).

    Raises Conflict naming who was first, or the caller's own unfinished call; TooLate when the patient has left.
    """
    async with change():
        await _refuse_second_call(staff)
        won = await _move_place(place_id, WAITING, CALLED, now, staff)
        if not won:
            await _explain_lost(place_id, staff)
        place = await Place.objects(Place.patient, Place.appointment).get(Place.id == place_id)
        assert place is not None
        appointment = place.appointment if place.appointment.id else None
        call = Call(
            clinic=place.clinic,
            place=place.id,
            appointment=appointment.id if appointment else None,
            patient=place.patient.id,
            staff=staff.id,
            origin=appointment.origin if appointment else "open",
            is_test=place.patient.is_test or bool(appointment and appointment.is_test),
            rang_at=now,
        )
        await call.save()
        _tell(call, place.id)
    return await call_for(staff, call.id)


async def take_back(call: Call, staff: StaffWho, now: datetime) -> None:
    """Stop ringing; the patient keeps the place they had. Raises TooLate when they have answered meanwhile."""
    async with change():
        if not await stop_ringing(call, "waiting", now):
            raise TooLate(_("The patient has already answered."))


async def call_next(call: Call, place_id: UUID, staff: StaffWho, now: datetime) -> Call:
    """Leave this patient, who keeps the place they had, and ring the one in that place instead: both or neither.

    Raises TooLate when the patient has answered meanwhile, and what `call_in` raises.
    """
    async with change():
        await take_back(call, staff, now)
        return await call_in(place_id, staff, now)


async def answer(call: Call, now: datetime) -> None:
    """Answer the call as the patient; repeating it changes nothing. Raise TooLate when nobody rings any more."""
    async with change():
        if await _move(call, (RINGING,), {Call.state: RUNNING, Call.answered_at: now}):
            await _move_place(call.place.id, CALLED, IN_CALL, now)
            await Place.update({Place.started_at: now}).where(Place.id == call.place.id, Place.started_at.is_null())
            await pushes.withdraw(call.id, "your_turn")
            _tell(call, call.place.id)
            return
        fresh = await Call.objects().get(Call.id == call.id)
        if fresh is None or fresh.state != "running":
            raise TooLate(_("The clinic is not ringing any more. You still have your place."))


async def connected(call_id: UUID, now: datetime) -> None:
    """Media flows both ways for the first time."""
    async with change():
        rows = (
            await Call.update({Call.connected_at: now})
            .where(Call.id == call_id, Call.connected_at.is_null(), Call.state == RUNNING)
            .returning(Call.id, Call.clinic, Call.place)
        )
        for row in rows:
            announce(CallChanged(row["clinic"], row["id"], row["place"]))


async def hang_up(call: Call, who: Who, now: datetime) -> None:
    """End the call for everybody: the two who talk may, and any colleague, since people go home and forget.

    Ending an ended call changes nothing; what came of it is asked for afterwards.
    """
    async with change():
        await _end(call, now)


async def end_abandoned(now: datetime) -> int:
    """End rings and calls that have gone on too long; return how many.

    A patient who did not answer keeps their turn if they came today.
    """
    ended = 0
    rung = Call.objects(Call.place).where(Call.state == RINGING, Call.rang_at <= now - RINGS_AT_MOST)
    for call in await rung:
        came_today = call.place.entered_at >= working_day_began(now)
        async with change():
            ended += await stop_ringing(call, "waiting" if came_today else "gone_home", now)
    held = Call.objects(Call.place, Call.appointment)
    for call in await held.where(Call.state == RUNNING, Call.answered_at <= now - LASTS_AT_MOST):
        async with change():
            ended += await _end(call, now)
    return ended


async def continue_by_phone(call: Call, staff: StaffWho, now: datetime) -> None:
    """Plan B: end the video, and note that the consultation goes on by phone, with the service code of a phone call.

    The patient gets an SMS that the clinic phones, so that a number they don't know is answered.
    """
    async with change():
        if await _end(call, now):
            await _tell_of_plan_b(call, now)
        code = await suggested(call.clinic, "phone", local(now).date())
        await Call.update({Call.outcome: "by_phone", Call.service_code: code}).where(
            Call.id == call.id, Call.outcome_at.is_null()
        )


async def _tell_of_plan_b(call: Call, now: datetime) -> None:
    clinic = await Clinic.objects().get(Clinic.id == call.clinic)
    assert clinic is not None
    ways = await notices.ways_to(call.patient, now, call.appointment)
    draft = Draft(clinic, "plan_b", {}, patient=call.patient, channels=["sms"], about=call.id)
    await notices.say(draft, ways, now, hold=False)


async def ring_again(call: Call, staff: StaffWho, now: datetime) -> None:
    """Take up an ended call before its outcome is noted: somebody hung up by mistake.

    Raises Conflict when the patient stands in the queue anew, TooLate when the outcome is noted, NotAllowed for others.
    """
    if call.staff.id != staff.id:
        raise NotAllowed(_("Only the one who held the call can take it up again."))
    async with change():
        await _refuse_second_call(staff)
        if await Place.exists().where(
            Place.clinic == call.clinic,
            Place.patient == call.patient.id,
            Place.state.is_in([WAITING, CALLED, IN_CALL]),
        ):
            raise Conflict(_("The patient is back in the waiting room. Call them in from there."))
        again: Values = {Call.state: RINGING, Call.rang_at: now}
        again |= {Call.ended_at: None, Call.outcome: "", Call.put_off_at: None}
        again |= dict.fromkeys((Call.pushed_at, Call.texted_at, Call.plan_b_at, Call.seen_at, Call.desk_seen_at))
        if not await _move(call, (ENDED,), again, Call.outcome_at.is_null()):
            raise TooLate(_("This call is finished. Start a new one from the waiting room or the calendar."))
        await Place.update({Place.state: CALLED, Place.state_at: now, Place.called_by: staff.id}).where(
            Place.id == call.place.id
        )
        await _move_appointment(call, DONE, BOOKED, None)
        _tell(call, call.place.id)


async def stop_ringing(call: Call, place_state: str, now: datetime) -> bool:
    """End the ring, inside a change; return whether it still rang.

    The place gets `place_state`, and a push not yet sent is withdrawn.
    """
    if not await _move(call, (RINGING,), {Call.state: UNANSWERED, Call.ended_at: now}):
        return False
    await Place.update({Place.state: place_state, Place.state_at: now, Place.called_by: None}).where(
        Place.id == call.place.id, Place.state == CALLED
    )
    await pushes.withdraw(call.id, "your_turn")
    _tell(call, call.place.id, ended=True)
    return True


async def _end(call: Call, now: datetime) -> bool:
    """Whether it was still going."""
    if not await _move(call, GOING_ON, {Call.state: ENDED, Call.ended_at: now}):
        return False
    await Place.update({Place.state: SERVED, Place.state_at: now}).where(
        Place.id == call.place.id, Place.state.is_in([*RUNG])
    )
    await _move_appointment(call, BOOKED, DONE, now)
    _tell(call, call.place.id, ended=True)
    return True


async def _move(call: Call, origins: tuple[str, ...], values: Values, *conditions: Where) -> bool:
    mine = Call.update(values).where(Call.id == call.id, Call.state.is_in(list(origins)), *conditions)
    return bool(await mine.returning(Call.id))


async def _move_place(place_id: UUID, origin: str, to: str, now: datetime, staff: StaffWho | None = None) -> bool:
    values: Values = {Place.state: to, Place.state_at: now}
    condition = (Place.id == place_id) & (Place.state == origin)
    if staff is not None:
        values[Place.called_by] = staff.id
        condition = condition & (Place.clinic == staff.clinic)
    return bool(await Place.update(values).where(condition).returning(Place.id))


async def _move_appointment(call: Call, origin: str, to: str, ended_at: datetime | None) -> None:
    if not call.appointment.id:
        return
    moved = (
        await Appointment.update({Appointment.state: to, Appointment.ended_at: ended_at})
        .where(Appointment.id == call.appointment.id, Appointment.state == origin)
        .returning(Appointment.id)
    )
    if moved:
        announce(AppointmentChanged(call.clinic, call.appointment.id))


async def _refuse_second_call(staff: StaffWho) -> None:
    """Raise Conflict when they are in another call. Locks the staff row, so two windows of one person take turns."""
    await Staff.update({Staff.active: True}).where(Staff.id == staff.id, Staff.active.eq(True))
    held = await Call.objects(Call.patient).where(Call.staff == staff.id, Call.state.is_in([*GOING_ON])).first()
    if held is not None:
        raise Conflict(_("You are in a call with %(name)s. End it first.") % {"name": held.patient.name})


async def _explain_lost(place_id: UUID, staff: StaffWho) -> None:
    place = await Place.objects(Place.called_by).where(Place.id == place_id, Place.clinic == staff.clinic).first()
    if place is None:
        raise NotFound(_("There is no such place in the waiting room."))
    if place.state in RUNG:
        raise Conflict(_("%(name)s was first and has called this patient in.") % {"name": place.called_by.name})
    raise TooLate(_("The patient is not in the waiting room any more."))


def _tell(call: Call, place_id: UUID, *, ended: bool = False) -> None:
    fact = CallEnded if ended else CallChanged
    announce(fact(call.clinic, call.id, place_id))
    announce(PlaceChanged(call.clinic, place_id))
