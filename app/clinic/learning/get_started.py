"""Get started (A1): the guide's six steps, each line ticked by what the clinic has really done.

Nobody ticks anything by hand but what no record can know: that patients were told elsewhere, and that the clinic has
decided against the open consultation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.clinic.booking import hours, policy, types
from app.clinic.booking.tables import DeviceTest, EquipmentTest
from app.clinic.calls.tables import Call
from app.clinic.messages.tables import Message
from app.clinic.people import start_marks, support, team
from app.clinic.people.tables import Clinic
from app.clinic.waiting import room

STEPS: Mapping[str, tuple[str, ...]] = {
    "set_up": ("details", "equipment", "colleagues", "types", "online", "calendar", "published", "support"),
    "test": ("previewed", "test_call"),
    "decide": ("policy", "open", "hours"),
    "prepare": ("confirmed", "tried"),
    "hold": ("door", "held"),
    "routine": ("often",),
}
OFTEN, WITHIN = 10, timedelta(days=30)
"""Video is a routine after this many consultations within this time."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Which lines are done, of all the steps."""

    done: frozenset[str]

    @property
    def count(self) -> int:
        """How many lines are done."""
        return len(self.done)

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(len(items) for items in STEPS.values())

    @property
    def next(self) -> str:
        """The first line not done yet, or nothing."""
        return next((item for items in STEPS.values() for item in items if item not in self.done), "")

    def is_done(self, step: str) -> bool:
        """Whether every line of the step is."""
        return self.done.issuperset(STEPS[step])


async def progress(clinic: Clinic, now: datetime) -> Progress:
    """How far the clinic has come."""
    facts = {
        **await _set_up(clinic),
        **await _decided(clinic),
        **await _held(clinic.id, now),
    }
    marks = await start_marks.marks(clinic.id)
    marked = {"published", "previewed"} & marks
    if "no_open" in marks:
        facts["open"] = True
    return Progress(frozenset({item for item, is_done in facts.items() if is_done} | marked))


async def is_under_way(clinic: UUID) -> bool:
    """Whether the desk still shows the list: until it is done, or a superuser has put it away."""
    return "finished" not in await start_marks.marks(clinic)


async def _set_up(clinic: Clinic) -> dict[str, bool]:
    members = await team.members(clinic.id)
    kinds = await types.bookable(clinic.id)
    online = [kind for kind in kinds if kind.bookable_online and kind.mode == "video"]
    video = {kind.colour for kind in kinds if kind.mode == "video"}
    return {
        "details": bool(clinic.address and clinic.plan_b_phone),
        "equipment": await EquipmentTest.exists().where(EquipmentTest.clinic == clinic.id),
        "colleagues": sum(1 for each in members if each.password_hash) > 1,
        "types": bool(online),
        "online": bool(await team.online(clinic.id)),
        "calendar": bool(video) and video.isdisjoint(kind.colour for kind in kinds if kind.mode != "video"),
        "support": bool(await support.contacts(clinic.id)),
        "door": any(each.door_version != 0 for each in members),
    }


async def _decided(clinic: Clinic) -> dict[str, bool]:
    return {
        "policy": bool(await policy.policy_of(clinic)),
        "open": (await room.room_of(clinic.id)).opened_at is not None,
        "hours": bool(await hours.opening(clinic.id)),
    }


async def _held(clinic: UUID, now: datetime) -> dict[str, bool]:
    answered = Call.clinic == clinic, Call.answered_at.is_not_null()
    real = await Call.count().where(*answered, Call.is_test.eq(False), Call.rang_at >= now - WITHIN)
    return {
        "test_call": await Call.exists().where(*answered, Call.is_test.eq(True)),
        "confirmed": await Message.exists().where(Message.clinic == clinic, Message.purpose == "confirmation"),
        "tried": await DeviceTest.exists().where(DeviceTest.appointment.clinic == clinic),
        "held": await Call.exists().where(*answered, Call.is_test.eq(False)),
        "often": real >= OFTEN,
    }
