"""The machine's clock is set an hour forward or back: nothing that runs for seconds ends by it or goes on."""

import asyncio
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from typing import cast as cast_type

import pytest

from app import jobs
from app.clinic.calls import call as calls
from app.clinic.calls import ringing
from app.clinic.calls.tables import Call
from app.clinic.change import change
from app.clinic.messages import deliveries, outbox
from app.clinic.messages.tables import Message
from app.clinic.waiting import presence, queue
from app.clinic.waiting.tables import Place
from app.clock_steps import ClockSteps
from app.main import move_along
from tests.cast import Cast, who
from tests.conftest import Clock
from tests.waiting.agreed import appointment

HOUR = timedelta(hours=1)
LIVE = cast_type(Any, SimpleNamespace(clock_moved=lambda _by: None))


class Machine:
    """A machine's clock, which may be set, and the time that passes."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.passed = clock, 0.0
        self.steps = ClockSteps(lambda by: move_along(LIVE, by), lambda: self.passed)

    async def after(self, seconds: float, *, set_by: timedelta = timedelta()) -> datetime:
        """Let time pass, set the clock, and have the jobs' first look at it."""
        self.passed += seconds
        now = self.clock.forward(seconds=seconds + set_by.total_seconds())
        await self.steps.look(now)
        return now


@pytest.fixture
async def machine(clock: Clock) -> Machine:
    """A machine that has been looked at once."""
    machine = Machine(clock)
    await machine.after(0)
    return machine


@pytest.mark.parametrize("step", [HOUR, -HOUR])
async def test_an_sms_in_hand_stays_in_hand(machine: Machine, cast: Cast, now: datetime, step: timedelta) -> None:
    async with change():
        await outbox.queue(
            outbox.Draft(cast.clinic, "your_turn", {"link": "x"}, patient=cast.patient, channels=["sms"]), now
        )
    assert await deliveries.claim("sms", now) is not None

    await deliveries.end_leases(await machine.after(5, set_by=step))
    assert [row["state"] for row in await Message.select(Message.state)] == ["sending"]

    await deliveries.end_leases(await machine.after(90))
    assert [row["state"] for row in await Message.select(Message.state)] == ["unknown"]


@pytest.mark.parametrize("step", [HOUR, -HOUR])
async def test_a_message_that_waits_waits_no_longer(
    machine: Machine, cast: Cast, now: datetime, step: timedelta
) -> None:
    async with change():
        await outbox.queue(
            outbox.Draft(cast.clinic, "your_turn", {"link": "x"}, patient=cast.patient, channels=["sms"]), now
        )

    assert await deliveries.claim("sms", await machine.after(1, set_by=step)) is not None


@pytest.mark.parametrize("step", [HOUR, -HOUR])
async def test_whoever_waits_is_here_and_is_missed_in_time(
    machine: Machine, cast: Cast, now: datetime, step: timedelta
) -> None:
    place = await _waiting(cast, now)

    now = await machine.after(5, set_by=step)
    assert await presence.notice_absences(now) == 0
    await presence.here(place.id, now, visible=False)
    assert (await _again(place)).hidden_at == now

    await presence.here(place.id, now)
    await presence.notice_absences(await machine.after(120))
    assert (await _again(place)).presence == "absent"


async def test_news_is_heard_before_the_step_is_noticed(cast: Cast, now: datetime) -> None:
    place = await _waiting(cast, now)

    await presence.here(place.id, now - HOUR, visible=False)

    assert (await _again(place)).hidden_at == now - HOUR


@pytest.mark.parametrize("step", [HOUR, -HOUR])
async def test_a_ring_rings_on_and_climbs_no_faster(
    machine: Machine, cast: Cast, now: datetime, step: timedelta
) -> None:
    place = await _waiting(cast, now)
    await calls.call_in(place.id, who(cast.doctor), now)
    await ringing.hold(None, now)

    now = await machine.after(2, set_by=step)
    await ringing.climb(now)
    assert await ringing.release_abandoned(now) == 0
    call = await Call.objects().first()
    assert call is not None
    assert call.state == "ringing"
    assert not any([call.texted_at, call.plan_b_at])

    assert await ringing.release_abandoned(await machine.after(30)) == 1


async def test_time_that_only_passes_moves_nothing() -> None:
    moved: list[timedelta] = []
    seconds = [0.0]

    async def move(by: timedelta) -> None:
        moved.append(by)

    clock, steps = Clock(), ClockSteps(move, lambda: seconds[0])
    for passed, by in ((3600, 3600), (5, 6), (0, -3600)):
        await steps.look(clock.now)
        seconds[0] += passed
        clock.forward(seconds=by)
    await steps.look(clock.now)

    assert moved == [-HOUR]


async def test_every_job_is_preceded_by_the_look(clock: Clock) -> None:
    told: list[str] = []
    done = asyncio.Event()

    async def before(_now: datetime) -> None:
        told.append("look")

    async def work(_now: datetime) -> None:
        told.append("work")
        done.set()

    async with jobs.running([jobs.Job("work", 60, work)], clock, before):
        await done.wait()
    assert told == ["look", "work"]


async def _waiting(cast: Cast, now: datetime) -> Place:
    return await queue.enter(cast.patient, await appointment(cast, cast.patient, now), now=now)


async def _again(place: Place) -> Place:
    found = await Place.objects().get(Place.id == place.id)
    assert found is not None
    return found
