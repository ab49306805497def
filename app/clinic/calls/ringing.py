"""A ring that climbs its ladder until somebody answers, and that ends when nobody is left to ring (D6).

Every few seconds each ring is looked at; what is due is done once, by a conditional update, in however many processes.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from piccolo.columns import Timestamptz

from app.clinic.booking import notices
from app.clinic.calls import ladder
from app.clinic.calls.access import call_for
from app.clinic.calls.call import stop_ringing
from app.clinic.calls.tables import RINGING, Call
from app.clinic.change import announce, change, each_alone
from app.clinic.events import CallChanged
from app.clinic.messages import outbox, pushes
from app.clinic.moving import move_times
from app.clinic.people import installation
from app.clinic.people.tables import Clinic
from app.clinic.people.who import PatientWho, Who
from app.clinic.waiting import queue

DESK_LEASE = timedelta(seconds=20)
WAITING_PAGE = "/waiting"
"""The waiting page in its shortest form, for the SMS; on a shared phone it leads to whoever is called."""


async def climb(now: datetime) -> None:
    """Do for each ring what is due: push, SMS, and the word to the desk that plan B is next."""
    ringing = await Call.select(Call.id).where(Call.state == RINGING)
    await each_alone(ringing, lambda row: _climb(row["id"], now))


async def _climb(call_id: UUID, now: datetime) -> None:
    call = await Call.objects(Call.patient, Call.place, Call.appointment).get(Call.id == call_id)
    if call is None:
        return
    sms = await sms_of(call, now)
    times = await ladder.times_of(call.clinic)
    moments = ladder.due(call.rang_at, times, await ladder.ways_of(call, sms, now))
    climbed = {"push": call.pushed_at, "sms": call.texted_at, "phone": call.plan_b_at}
    late = {step for step, moment in moments.items() if moment <= now and climbed[step] is None}
    if "push" in late:
        await _push(call, now)
    if "sms" in late and sms:
        await _text(call, sms, now)
    if "phone" in late:
        async with change():
            await _claim(call, Call.plan_b_at, now)


async def sms_of(call: Call, now: datetime) -> str | None:
    """Where an SMS about this call goes: to the guardian who answers for the patient, else to the patient."""
    return dict(await notices.ways_to(call.patient, now, call.appointment)).get("sms")


async def seen(call_id: UUID, who: Who, now: datetime) -> None:
    """The patient's screen shows the ring, and somebody looks at it. Raises NotFound for somebody else's call."""
    call = await call_for(who, call_id)
    if isinstance(who, PatientWho):
        async with change():
            await _claim(call, Call.seen_at, now)


async def hold(staff: Collection[UUID] | None, now: datetime) -> None:
    """These doctors have a desk open somewhere, so what they ring rings on. None stands for everybody."""
    mine = Call.update({Call.desk_seen_at: now}).where(Call.state == RINGING)
    if staff is None:
        await mine
    elif staff:
        await mine.where(Call.staff.is_in(list(staff)))


async def clock_moved(by: timedelta) -> None:
    """Shift the times of ringing calls by as much as the clock was set; inside a change."""
    await move_times(Call, Call.state == RINGING, [Call.rang_at, Call.desk_seen_at], by)


async def release_abandoned(now: datetime) -> int:
    """Stop rings whose doctor has closed the desk; return how many. Those patients keep their turn."""
    released = 0
    for call in await Call.objects(Call.place).where(Call.state == RINGING, Call.rang_at <= now - DESK_LEASE):
        if call.desk_seen_at is None or call.desk_seen_at <= now - DESK_LEASE:
            async with change():
                released += await stop_ringing(call, "waiting", now)
    return released


async def _push(call: Call, now: datetime) -> None:
    async with change():
        if await _claim(call, Call.pushed_at, now):
            await pushes.notify(call.patient, "your_turn", call.id, queue.page_of(call.place.id), now)


async def _text(call: Call, phone: str, now: datetime) -> None:
    clinic = await Clinic.objects().get(Clinic.id == call.clinic)
    assert clinic is not None
    async with change():
        if await _claim(call, Call.texted_at, now):
            values = {"link": installation.base_url() + WAITING_PAGE}
            await outbox.queue(
                outbox.Draft(
                    clinic, "your_turn", values, patient=call.patient, channels=["sms"], about=call.id, recipient=phone
                ),
                now,
            )


async def _claim(call: Call, moment: Timestamptz, now: datetime) -> bool:
    """Set this time on a call that still rings and does not have it; return whether it was set. Inside a change."""
    won = (
        await Call.update({moment: now})
        .where(Call.id == call.id, Call.state == RINGING, moment.is_null())
        .returning(Call.id)
    )
    if won:
        announce(CallChanged(call.clinic, call.id, call.place.id))
    return bool(won)
