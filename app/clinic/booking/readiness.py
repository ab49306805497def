"""How ready a patient is for an appointment, at a glance for the desk: checklist, device test, link and message.

One look at several appointments at once. What each sign means to people is said in templates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from app.clinic.booking import checklist, device_tests, join_links, measurements
from app.clinic.booking.measurements import Reading
from app.clinic.booking.tables import Appointment, DeviceTest, JoinLink, PreparationTick
from app.clinic.messages.tables import Message

Verdict = Literal["untried", "ok", "failed"]


@dataclass(frozen=True, slots=True)
class Readiness:
    """How ready a patient is for one appointment.

    `sound_alone`: the test failed, but talking works. `reminded_at`: when staff last told an absent patient that the
    clinic waits for them.
    """

    ticked: int = 0
    lines: int = 0
    unticked: tuple[str, ...] = ()
    device: Verdict = "untried"
    sound_alone: bool = False
    link_locked: bool = False
    message_failed: bool = False
    reminded_at: datetime | None = None
    guardian: str = ""
    readings: tuple[Reading, ...] = ()


def verdict(test: DeviceTest | None) -> Verdict:
    """One word for a device test: failed when anything failed or was denied, ok when everything works."""
    if device_tests.has_failed(test):
        return "failed"
    return "ok" if device_tests.has_passed(test) else "untried"


async def of(appointments: Sequence[Appointment]) -> dict[UUID, Readiness]:
    """Every appointment's readiness, in a few queries however many there are."""
    ids = [appointment.id for appointment in appointments]
    if not ids:
        return {}
    unticked = await _unticked(appointments)
    tests = await device_tests.latest(ids)
    locked = await _locked(ids)
    failed = await _undelivered(ids)
    reminded = await _reminded(ids)
    guardians = await _guardians(appointments)
    readings = await measurements.of(appointments)
    return {
        each: Readiness(
            ticked=unticked[each][0],
            lines=unticked[each][0] + len(unticked[each][1]),
            unticked=unticked[each][1],
            device=verdict(tests.get(each)),
            sound_alone=each in tests and device_tests.outlook(tests[each]) == "audio_only",
            link_locked=each in locked,
            message_failed=each in failed,
            reminded_at=reminded.get(each),
            guardian=guardians.get(each, ""),
            readings=tuple(readings[each]),
        )
        for each in ids
    }


async def _unticked(appointments: Sequence[Appointment]) -> dict[UUID, tuple[int, tuple[str, ...]]]:
    """How many lines of each checklist are ticked, and the words of those that are not."""
    lines = await checklist.of_types({measurements.type_of(each) for each in appointments})
    rows = await PreparationTick.select(PreparationTick.appointment, PreparationTick.item).where(
        PreparationTick.appointment.is_in([each.id for each in appointments]), PreparationTick.done.eq(True)
    )
    done = {(row["appointment"], row["item"]) for row in rows}
    found = {}
    for each in appointments:
        those = lines[measurements.type_of(each)]
        left = tuple(line.words for line in those if (each.id, line.item) not in done)
        found[each.id] = (len(those) - len(left), left)
    return found


async def _locked(ids: list[UUID]) -> set[UUID]:
    """Appointments with a link that three wrong dates have locked and nobody has replaced (H2), before a move too."""
    became = await join_links.leading_to(ids)
    rows = await JoinLink.select(JoinLink.appointment).where(
        JoinLink.appointment.is_in(list(became)), JoinLink.locked_at.is_not_null(), JoinLink.revoked_at.is_null()
    )
    return {became[row["appointment"]] for row in rows}


async def _undelivered(ids: list[UUID]) -> set[UUID]:
    """Return the appointments whose newest messages all failed."""
    messages = await Message.select(Message.about, Message.state, Message.created_at).where(
        Message.about.is_in([str(each) for each in ids])
    )
    failed: dict[str, datetime] = {}
    other: dict[str, datetime] = {}
    for message in messages:
        newest = failed if message["state"] == "failed" else other
        about, created_at = message["about"], message["created_at"]
        newest[about] = max(created_at, newest.get(about, created_at))
    return {UUID(about) for about, at in failed.items() if about not in other or at > other[about]}


async def _reminded(ids: list[UUID]) -> dict[UUID, datetime]:
    rows = await (
        Message.select(Message.about, Message.created_at)
        .where(Message.about.is_in([str(each) for each in ids]), Message.purpose == "expected")
        .order_by(Message.created_at)
    )
    return {UUID(row["about"]): row["created_at"] for row in rows}


async def _guardians(appointments: Sequence[Appointment]) -> dict[UUID, str]:
    ids = [each.id for each in appointments if each.guardian]
    if not ids:
        return {}
    rows = await Appointment.select(Appointment.id, Appointment.guardian.name, Appointment.guardian.relation).where(
        Appointment.id.is_in(ids)
    )
    return {row["id"]: f"{row['guardian.name']} ({row['guardian.relation']})" for row in rows}
