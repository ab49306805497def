"""The ladder of calling in: what reaches a patient who does not answer, and when (D6)."""

import asyncio
from datetime import datetime, timedelta

import pytest

from app.clinic.calls import call as calls
from app.clinic.calls import ladder, ringing
from app.clinic.calls.access import call_for
from app.clinic.calls.ladder import Ladder, Times, Ways, due
from app.clinic.calls.tables import Call
from app.clinic.change import listening
from app.clinic.errors import Conflict, Invalid, NotAllowed, NotFound, TooLate
from app.clinic.events import CallChanged, CallEnded, Event
from app.clinic.messages import pushes, subscriptions
from app.clinic.messages.push_tables import Push
from app.clinic.messages.subscriptions import PushEndpoint
from app.clinic.messages.tables import Message
from app.clinic.people.tables import Guardian, Patient
from app.clinic.waiting import presence, queue
from app.clinic.waiting.tables import Place
from tests.calls.test_call import as_patient, place_state, waiting
from tests.cast import Cast, who
from tests.messages.phones import phone_of

S = timedelta(seconds=1)
PIXEL = PushEndpoint("https://fcm.googleapis.com/fcm/send/one", "p" * 87, "a" * 22)
EVERYTHING = Ways(page=True, push=True, sms=True)


@pytest.mark.parametrize(
    ("ways", "seconds"),
    [
        (EVERYTHING, {"push": 5, "sms": 20, "phone": 60}),
        (Ways(page=False, push=True, sms=True), {"push": 0, "sms": 20, "phone": 60}),
        (Ways(page=True, push=False, sms=True), {"sms": 20, "phone": 60}),
        (Ways(page=False, push=False, sms=True), {"sms": 0, "phone": 60}),
        (Ways(page=False, push=False, sms=False), {"phone": 60}),
    ],
)
def test_a_rung_that_reaches_nobody_is_passed_over(ways: Ways, seconds: dict[str, int], now: datetime) -> None:
    assert due(now, Times(), ways) == {step: now + after * S for step, after in seconds.items()}


async def ring(cast: Cast, now: datetime, *, may_push: bool = True) -> Call:
    """A patient who looks at the waiting page is called in."""
    place = await waiting(cast, now)
    if may_push:
        await subscriptions.subscribe(await phone_of(cast.patient, now), PIXEL, now)
    return await calls.call_in(place.id, who(cast.doctor), now)


async def seen_from_the_desk(cast: Cast, call: Call, now: datetime) -> Ladder:
    """The ladder as the doctor reads it."""
    fresh = await call_for(who(cast.doctor), call.id)
    return await ladder.ladder_of(fresh, await ringing.sms_of(fresh, now), now)


async def steps(cast: Cast, call: Call, now: datetime) -> dict[str, str]:
    """Each rung's state."""
    return {rung.step: rung.state for rung in (await seen_from_the_desk(cast, call, now)).rungs}


async def test_the_ladder_is_climbed_rung_by_rung(cast: Cast, now: datetime) -> None:
    call = await ring(cast, now)
    expected = {"page": "reached", "push": "coming", "sms": "coming", "phone": "coming"}
    for seconds, step in ((4, ""), (5, "push"), (19, ""), (20, "sms"), (59, ""), (60, "phone")):
        await presence.here(call.place.id, now + seconds * S)
        await ringing.climb(now + seconds * S)
        if step:
            expected[step] = "reached"
        assert await steps(cast, call, now + seconds * S) == expected, seconds
    assert (await seen_from_the_desk(cast, call, now + 60 * S)).present == "phone"
    assert [push.page for push in await Push.objects()] == [queue.page_of(call.place.id)]
    assert [(each.channel, each.purpose) for each in await Message.objects()] == [("sms", "your_turn")]


async def test_a_sleeping_phone_is_pushed_at_once_and_a_deaf_one_texted_at_once(cast: Cast, now: datetime) -> None:
    for may_push, reached in ((True, "push"), (False, "sms")):
        patient = cast.patient if may_push else cast.second_patient
        place = await waiting(cast, now, patient)
        if may_push:
            await subscriptions.subscribe(await phone_of(patient, now), PIXEL, now)
        await presence.here(place.id, now, visible=False)
        call = await calls.call_in(place.id, who(cast.doctor if may_push else cast.colleague), now + 20 * S)
        await ringing.climb(now + 20 * S)
        states = {rung.step: rung.state for rung in (await seen_from_the_desk(cast, call, now + 20 * S)).rungs}
        assert states["page"] == "failed"
        assert [step for step, state in states.items() if state == "reached"] == [reached]


async def test_several_processes_climb_each_rung_once(cast: Cast, now: datetime) -> None:
    await ring(cast, now)
    await asyncio.gather(*(ringing.climb(now + 60 * S) for _each in range(4)))
    assert await Push.count() == 1
    assert await Message.count() == 1


async def test_a_childs_guardian_is_texted(cast: Cast, now: datetime) -> None:
    await Guardian.update({Guardian.phone: "+4551515151"}).where(Guardian.id == cast.guardian.id)
    place = await waiting(cast, now, cast.child)
    await calls.call_in(place.id, who(cast.doctor), now)
    await ringing.climb(now + 20 * S)
    (message,) = await Message.objects()
    assert message.recipient == "+4551515151"


async def test_whom_nothing_can_be_sent_to_is_told_so(cast: Cast, now: datetime) -> None:
    await Patient.update({Patient.phone: ""}).where(Patient.id == cast.patient.id)
    call = await ring(cast, now, may_push=False)
    await ringing.climb(now + 60 * S)
    assert await steps(cast, call, now + 60 * S) == {
        "page": "failed", "push": "none", "sms": "none", "phone": "reached"
    }  # fmt: skip
    assert await Message.count() == 0


async def test_nothing_more_is_sent_once_the_patient_answers(cast: Cast, now: datetime) -> None:
    call = await ring(cast, now)
    await ringing.climb(now + 5 * S)
    await calls.answer(call, now + 6 * S)
    await ringing.climb(now + 60 * S)
    assert await pushes.claim(now + 6 * S) is None, "a push that had not left stays"
    assert await Message.count() == 0


async def test_the_doctor_sees_that_the_push_arrived_and_that_the_patient_saw_it(cast: Cast, now: datetime) -> None:
    call = await ring(cast, now)
    await ringing.climb(now + 5 * S)
    parcel = await pushes.claim(now + 5 * S)
    assert parcel is not None
    await pushes.arrived(parcel.id, now + 6 * S)
    heard: list[Event] = []
    async with listening(heard.append):
        await ringing.seen(call.id, as_patient(cast.patient), now + 8 * S)
        await ringing.seen(call.id, as_patient(cast.patient), now + 9 * S)
        await ringing.seen(call.id, who(cast.doctor), now + 9 * S)
    assert heard == [CallChanged(cast.clinic.id, call.id, call.place.id)]
    climbed = await seen_from_the_desk(cast, call, now + 9 * S)
    assert climbed.seen_at == now + 8 * S
    assert climbed.rungs[1].arrived_at == now + 6 * S
    with pytest.raises(NotFound):
        await ringing.seen(call.id, as_patient(cast.second_patient), now + 9 * S)


async def test_a_push_that_fails_is_shown_as_failed(cast: Cast, now: datetime) -> None:
    call = await ring(cast, now)
    await ringing.climb(now + 5 * S)
    parcel = await pushes.claim(now + 5 * S)
    assert parcel is not None
    await pushes.gone(parcel)
    assert (await steps(cast, call, now + 6 * S))["push"] == "failed"


async def test_a_second_ring_climbs_anew(cast: Cast, now: datetime) -> None:
    call = await ring(cast, now)
    await ringing.climb(now + 60 * S)
    await calls.hang_up(call, who(cast.doctor), now + 61 * S)
    await calls.ring_again(await call_for(who(cast.doctor), call.id), who(cast.doctor), now + 62 * S)
    await presence.here(call.place.id, now + 62 * S)
    assert await steps(cast, call, now + 62 * S) == {
        "page": "reached", "push": "coming", "sms": "coming", "phone": "coming"
    }  # fmt: skip


async def test_the_next_patient_is_rung_and_the_first_keeps_the_place(cast: Cast, now: datetime) -> None:
    call = await ring(cast, now)
    following = await waiting(cast, now + S, cast.second_patient)
    second = await calls.call_next(call, following.id, who(cast.doctor), now + 10 * S)
    assert second.patient.id == cast.second_patient.id
    kept = await place_state(call.place.id)
    assert (kept.state, kept.entered_at) == ("waiting", now)


async def test_if_the_next_patient_is_taken_the_ring_goes_on(cast: Cast, now: datetime) -> None:
    call = await ring(cast, now)
    following = await waiting(cast, now + S, cast.second_patient)
    await calls.call_in(following.id, who(cast.colleague), now + 9 * S)
    with pytest.raises(Conflict, match="Anders Bak"):
        await calls.call_next(call, following.id, who(cast.doctor), now + 10 * S)
    assert (await call_for(who(cast.doctor), call.id)).state == "ringing"


async def test_an_answer_wins_over_the_next_patient(cast: Cast, now: datetime) -> None:
    call = await ring(cast, now)
    following = await waiting(cast, now + S, cast.second_patient)
    await calls.answer(call, now + 5 * S)
    with pytest.raises(TooLate):
        await calls.call_next(call, following.id, who(cast.doctor), now + 10 * S)
    assert (await place_state(following.id)).state == "waiting"


async def test_a_doctor_who_closes_the_desk_gives_the_patient_back(cast: Cast, now: datetime) -> None:
    call = await ring(cast, now)
    for seconds in (5, 10, 15, 20, 25):
        await ringing.hold({cast.doctor.id}, now + seconds * S)
        assert await ringing.release_abandoned(now + seconds * S) == 0
    heard: list[Event] = []
    async with listening(heard.append):
        await ringing.hold({cast.colleague.id}, now + 44 * S)
        assert await ringing.release_abandoned(now + 44 * S) == 0
        assert await ringing.release_abandoned(now + 45 * S) == 1
        assert await ringing.release_abandoned(now + 46 * S) == 0
    back = await place_state(call.place.id)
    assert (back.state, back.entered_at, back.called_by) == ("waiting", now, None)
    assert sum(isinstance(event, CallEnded) for event in heard) == 1


async def test_a_desk_that_never_showed_itself_holds_nobody(cast: Cast, now: datetime) -> None:
    await ring(cast, now)
    assert await ringing.release_abandoned(now + 19 * S) == 0
    assert await ringing.release_abandoned(now + 20 * S) == 1


async def test_a_call_that_runs_is_never_given_back(cast: Cast, now: datetime) -> None:
    call = await ring(cast, now)
    await calls.answer(call, now)
    assert await ringing.release_abandoned(now + timedelta(hours=1)) == 0
    row = await Place.objects().get(Place.id == call.place.id)
    assert row is not None
    assert row.state == "in_call"


async def test_a_clinic_sets_its_own_times(cast: Cast, now: datetime) -> None:
    assert await ladder.times_of(cast.clinic.id) == Times()
    for chosen in (Times(10, 30, 90), Times(0, 0, 0)):
        await ladder.choose_times(who(cast.superuser), chosen)
        assert await ladder.times_of(cast.clinic.id) == chosen
    assert await ladder.times_of(cast.other_clinic.id) == Times()


@pytest.mark.parametrize(
    ("times", "field"),
    [
        (Times(-1, 20, 60), "push_s"),
        (Times(5, 601, 602), "text_s"),
        (Times(30, 20, 60), "text_s"),
        (Times(5, 20, 10), "phone_s"),
    ],
)
async def test_a_ladder_nobody_can_climb_is_refused(cast: Cast, times: Times, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await ladder.choose_times(who(cast.superuser), times)
    assert refused.value.field == field


async def test_only_a_superuser_sets_the_times(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        await ladder.choose_times(who(cast.doctor), Times())
