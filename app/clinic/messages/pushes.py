"""What is pushed: written in the change that made it necessary, taken by a carrier after the commit.

Each step is a conditional update, so of several processes exactly one sends. A push that was sent twice replaces itself
on the phone, so one whose carrier died is simply sent again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.clinic.change import announce, change
from app.clinic.events import PushChanged
from app.clinic.messages import subscriptions
from app.clinic.messages.push_tables import Push, PushSubscription
from app.clinic.messages.subscriptions import PushEndpoint
from app.clinic.moving import move_times
from app.clinic.people.tables import Patient

LEASE = timedelta(seconds=60)
KEPT = timedelta(days=2)
_BACK_OFF_S = (2, 5, 15, 60)


@dataclass(frozen=True, slots=True)
class PushKind:
    """After `useful_for` a push would only confuse. An `urgent` one wakes a phone that saves its battery."""

    useful_for: timedelta
    urgent: bool


KINDS: Mapping[str, PushKind] = {
    "your_turn": PushKind(timedelta(minutes=3), urgent=True),
    "delayed": PushKind(timedelta(minutes=30), urgent=False),
    "open": PushKind(timedelta(minutes=15), urgent=False),
    "reminder": PushKind(timedelta(minutes=30), urgent=True),
}


@dataclass(frozen=True, slots=True)
class Parcel:
    """A push held by a carrier."""

    id: UUID
    subscription: UUID
    browser: PushEndpoint
    kind: str
    page: str
    language: str
    attempt: int
    useful_until: datetime


@dataclass(frozen=True, slots=True)
class Trace:
    """How far the pushes about something came: as far as the best of its browsers; failed when all failed."""

    sent: bool
    failed: bool
    arrived_at: datetime | None


async def notify(patient: Patient, kind: str, about: UUID, page: str, now: datetime) -> int:
    """Push to every browser of this patient that may be pushed; inside a change. Answers to how many.

    Raises KeyError for an unknown kind.
    """
    assert KINDS[kind]
    browsers = await subscriptions.of(patient.id, now)
    for each in browsers:
        push = Push(
            clinic=patient.clinic,
            patient=patient.id,
            subscription=each.id,
            kind=kind,
            about=str(about),
            page=page,
            language=patient.language,
            created_at=now,
            due_at=now,
        )
        await push.save()
        announce(PushChanged(patient.clinic, push.id))
    return len(browsers)


async def trace(about: UUID, kind: str, since: datetime) -> Trace:
    """How far the pushes of this kind about this came that were written since then."""
    rows = await Push.select(Push.state, Push.arrived_at).where(
        Push.about == str(about), Push.kind == kind, Push.created_at >= since
    )
    arrived = [row["arrived_at"] for row in rows if row["arrived_at"]]
    states = {row["state"] for row in rows}
    return Trace("sent" in states, states <= {"failed"}, min(arrived, default=None))


async def was_told(about: UUID, kind: str) -> bool:
    """Whether a push of this kind about this was ever written."""
    return await Push.exists().where(Push.about == str(about), Push.kind == kind)


async def withdraw(about: UUID, kind: str) -> None:
    """Delete pushes of this kind about this that have not been sent; inside a change."""
    await Push.delete().where(Push.about == str(about), Push.kind == kind, Push.state == "queued")


async def claim(now: datetime) -> Parcel | None:
    """Take the oldest push that is due, for LEASE; None when nothing is due. What is too late or unreadable fails."""
    while (row := await _claimed(now)) is not None:
        subscription = await PushSubscription.objects().get(PushSubscription.id == row.subscription)
        useful_until = row.created_at + KINDS[row.kind].useful_for
        try:
            if subscription is None or now >= useful_until:
                raise ValueError
            browser = subscriptions.opened(subscription)
        except ValueError:
            await _settle(row.id, "failed")
            continue
        return Parcel(row.id, row.subscription, browser, row.kind, row.page, row.language, row.attempts, useful_until)
    return None


async def sent(parcel: Parcel) -> None:
    """The push service has it."""
    await _settle(parcel.id, "sent")


async def failed(parcel: Parcel) -> None:
    """It did not go, and trying again would not help."""
    await _settle(parcel.id, "failed")


async def again(parcel: Parcel, now: datetime, after_s: float = 0) -> None:
    """It did not go: due again after a while, ever longer, until it is of no use."""
    pause = _BACK_OFF_S[min(parcel.attempt, len(_BACK_OFF_S)) - 1]
    due_at = now + timedelta(seconds=max(after_s, pause))
    if due_at >= parcel.useful_until:
        await failed(parcel)
        return
    await Push.update({Push.state: "queued", Push.due_at: due_at}).where(Push.id == parcel.id, Push.state == "sending")


async def gone(parcel: Parcel) -> None:
    """Forget the browser: the push service no longer knows it (404, 410)."""
    async with change():
        row = await Push.objects().get(Push.id == parcel.id)
        await PushSubscription.delete().where(PushSubscription.id == parcel.subscription)
        if row is not None:
            announce(PushChanged(row.clinic, parcel.id))


async def arrived(push_id: UUID, now: datetime) -> None:
    """Record that the phone reports having shown this; ignored once the push is of no use."""
    async with change():
        rows = (
            await Push.update({Push.arrived_at: now, Push.state: "sent"})
            .where(Push.id == push_id, Push.arrived_at.is_null(), Push.created_at > now - timedelta(hours=1))
            .returning(Push.clinic)
        )
        for row in rows:
            announce(PushChanged(row["clinic"], push_id))


async def clock_moved(by: timedelta) -> None:
    """Shift the times of unsent pushes by as much as the clock was set; inside a change."""
    await move_times(Push, Push.state.is_in(["queued", "sending"]), [Push.due_at, Push.created_at], by)


async def forget_old(now: datetime) -> None:
    """Drop what was pushed days ago."""
    await Push.delete().where(Push.created_at < now - KEPT)


async def _claimed(now: datetime) -> Push | None:
    due = (Push.state.is_in(["queued", "sending"])) & (Push.due_at <= now)
    for candidate in await Push.objects().where(due).order_by(Push.due_at).limit(5):
        taken = (
            await Push.update({Push.state: "sending", Push.due_at: now + LEASE, Push.attempts: Push.attempts + 1})
            .where(due & (Push.id == candidate.id))
            .returning(*Push.all_columns())
        )
        if taken:
            return Push(**taken[0])
    return None


async def _settle(push_id: UUID, state: str) -> None:
    async with change():
        rows = (
            await Push.update({Push.state: state})
            .where(Push.id == push_id, Push.state == "sending")
            .returning(Push.clinic)
        )
        for row in rows:
            announce(PushChanged(row["clinic"], push_id))
