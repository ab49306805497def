"""The ladder of calling in: ring on the page, push to the phone, SMS, and at last plan B, the clinic's own phone (D6).

When each rung is climbed is pure. A rung that can reach nobody is passed over, and the next takes its time: a patient
whose page sleeps is pushed at once, and texted at once if the phone can't be pushed either.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from app.clinic.calls.tables import Call, CallingIn
from app.clinic.errors import Invalid, NotAllowed
from app.clinic.messages import pushes, subscriptions
from app.clinic.people.who import StaffWho
from app.clinic.waiting.presence import presence
from app.i18n import _

MAX_LADDER_S = 600

Step = Literal["page", "push", "sms", "phone"]
State = Literal["reached", "failed", "coming", "none"]


@dataclass(frozen=True, slots=True)
class Times:
    """How long after the ring began each rung is climbed, in seconds."""

    push_s: int = 5
    text_s: int = 20
    phone_s: int = 60


@dataclass(frozen=True, slots=True)
class Ways:
    """How a patient can be reached: a page somebody looks at, a phone that may be pushed, a number for SMS."""

    page: bool
    push: bool
    sms: bool


@dataclass(frozen=True, slots=True)
class Rung:
    """One step: `reached` since `at`, `failed`, `coming` at `at`, or `none` where this way does not exist.

    `arrived_at` is the phone's own word that the push was shown.
    """

    step: Step
    state: State
    at: datetime | None = None
    arrived_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ladder:
    """A ring as the desk sees it. `seen_at` is when the patient's screen showed it to somebody."""

    rungs: tuple[Rung, ...]
    seen_at: datetime | None

    @property
    def present(self) -> Step:
        """Return the last step taken so far."""
        climbed = [rung.step for rung in self.rungs if rung.state in ("reached", "failed")]
        return climbed[-1] if climbed else "page"


def due(rang_at: datetime, times: Times, ways: Ways) -> dict[Step, datetime]:
    """When each rung is climbed; a way that does not exist has no moment, but plan B always comes."""
    moments: dict[Step, datetime] = {"phone": rang_at + timedelta(seconds=times.phone_s)}
    if ways.push:
        moments["push"] = rang_at + timedelta(seconds=times.push_s if ways.page else 0)
    if ways.sms:
        moments["sms"] = rang_at + timedelta(seconds=times.text_s if ways.page or ways.push else 0)
    return moments


async def times_of(clinic: UUID) -> Times:
    """The clinic's own times, or ours until it has chosen."""
    chosen = await CallingIn.objects().get(CallingIn.clinic == clinic)
    return Times(chosen.push_s, chosen.text_s, chosen.phone_s) if chosen else Times()


async def choose_times(who: StaffWho, times: Times) -> None:
    """The clinic's superuser sets its times. Raises NotAllowed for others, Invalid for a ladder nobody can climb."""
    if not who.is_superuser:
        raise NotAllowed(_("Only your clinic's superuser can do this."))
    for field, seconds in (("push_s", times.push_s), ("text_s", times.text_s), ("phone_s", times.phone_s)):
        if not 0 <= seconds <= MAX_LADDER_S:
            raise Invalid(_("Write a number of seconds from 0 to 600."), field=field)
    if times.text_s < times.push_s:
        raise Invalid(_("The SMS can't go before the notification."), field="text_s")
    if times.phone_s < times.text_s:
        raise Invalid(_("The phone can't come before the SMS."), field="phone_s")
    chosen = CallingIn(clinic=who.clinic, push_s=times.push_s, text_s=times.text_s, phone_s=times.phone_s)
    await CallingIn.insert(chosen).on_conflict(
        target=CallingIn.clinic,
        action="DO UPDATE",
        values=[CallingIn.push_s, CallingIn.text_s, CallingIn.phone_s],
    )


async def ways_of(call: Call, sms: str | None, now: datetime) -> Ways:
    """How the call's patient can be reached now; `sms` is where to, if anywhere. The call is loaded with its place."""
    pushable = await subscriptions.reachable([call.patient.id], now)
    return Ways(presence(call.place, now) == "here", bool(pushable), bool(sms))


async def ladder_of(call: Call, sms: str | None, now: datetime) -> Ladder:
    """How far a ring has come. The call is loaded by `calls.access`."""
    ways = await ways_of(call, sms, now)
    moments = due(call.rang_at, await times_of(call.clinic), ways)
    page = Rung("page", "reached", call.rang_at) if ways.page or call.seen_at else Rung("page", "failed")
    text, phone = _rung("sms", call.texted_at, moments), _rung("phone", call.plan_b_at, moments)
    rungs = (page, await _push_rung(call, moments), text, phone)
    return Ladder(rungs, call.seen_at)


async def _push_rung(call: Call, moments: dict[Step, datetime]) -> Rung:
    rung = _rung("push", call.pushed_at, moments)
    if rung.state != "reached":
        return rung
    trace = await pushes.trace(call.id, "your_turn", call.rang_at)
    return Rung("push", "failed" if trace.failed else "reached", rung.at, trace.arrived_at)


def _rung(step: Step, climbed_at: datetime | None, moments: dict[Step, datetime]) -> Rung:
    if climbed_at is not None:
        return Rung(step, "reached", climbed_at)
    return Rung(step, "coming", moments[step]) if step in moments else Rung(step, "none")
