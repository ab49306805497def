"""Third parties of a call (E6, G3, G4): invited by a link of their own, let in by staff, and shown out for good.

A link leads no further than the lobby. Whoever opens it on another device begins there again, so that a link which was
passed on never opens the call by itself. Removing somebody closes the link, the device's session and the seat.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from piccolo.columns import Column

from app.clinic.calls.access import call_for
from app.clinic.calls.tables import Call, Guest
from app.clinic.change import announce, change
from app.clinic.database import batched
from app.clinic.errors import Conflict, Invalid, NotFound, TooLate
from app.clinic.events import GuestChanged
from app.clinic.messages import outbox
from app.clinic.messages.phones import read_phone
from app.clinic.people import installation
from app.clinic.people.emails import read_account
from app.clinic.people.tables import Clinic
from app.clinic.people.texts import read_name
from app.clinic.people.who import GuestWho, StaffWho
from app.i18n import _

KINDS = ("relative", "interpreter", "colleague", "specialist", "other")
INSIDE = ("present", "on_hold")
MAX_GUESTS = 6
"""With the doctor and the patient that is the eight of G3."""
_MAX_NAME_LENGTH = 80
_OPENS_FOR = timedelta(hours=12)
_GOING_ON = ("ringing", "running")

LinkState = Literal["open", "removed", "over", "unknown"]


@dataclass(frozen=True, slots=True)
class Invitation:
    """Whom staff want in the call. `to` is a phone number or an e-mail address."""

    name: str
    kind: str
    to: str


@dataclass(frozen=True, slots=True)
class OpenedGuestLink:
    """What a guest's link leads to; only `state` is known of an unknown one. `guest` has its call with it."""

    state: LinkState
    guest: Guest | None = None
    clinic: Clinic | None = None


async def invite(call: Call, staff: StaffWho, wanted: Invitation, now: datetime) -> Guest:
    """Send a link into this call. Raises Invalid naming the field, TooLate after its end, Conflict when it is full."""
    name, recipient = _checked(wanted)
    clinic = await Clinic.objects().get(Clinic.id == call.clinic)
    assert clinic is not None
    token = installation.new_token()
    guest = Guest(
        call=call.id,
        clinic=call.clinic,
        name=name,
        kind=wanted.kind,
        recipient=recipient,
        token_hash=installation.digest("guest-link", token),
        invited_by=staff.id,
        invited_at=now,
        state_at=now,
    )
    async with change():
        # the row's update makes invitations of one call wait for each other on both engines
        going_on = Call.update({Call.is_test: call.is_test}).where(Call.id == call.id, Call.state.is_in([*_GOING_ON]))
        if not await going_on.returning(Call.id):
            raise TooLate(_("The call is over, so nobody can be invited to it any more."))
        if await Guest.count().where(Guest.call == call.id, Guest.state != "removed") >= MAX_GUESTS:
            raise Conflict(_("There is room for eight in a call. Remove somebody first."))
        await guest.save()
        values = {"link": f"{installation.base_url()}/g/{token}"}
        await outbox.queue(outbox.Draft(clinic, "guest_invitation", values, about=guest.id, recipient=recipient), now)
        _tell(guest)
    return guest


def _checked(wanted: Invitation) -> tuple[str, str]:
    """Name and recipient as they are kept."""
    name = read_name(wanted.name, _("Write the name everybody in the call will see."), longest=_MAX_NAME_LENGTH)
    if wanted.kind not in KINDS:
        raise Invalid(_("Choose who it is."), field="kind")
    to = wanted.to.strip()
    try:
        return name, read_account(to) if "@" in to else read_phone(to)
    except Invalid as problem:
        raise Invalid(problem.words, field="to") from None


async def guest_for(who: StaffWho, guest_id: UUID) -> Guest:
    """The guest, for staff of the clinic; raises NotFound for everybody else."""
    guest = await Guest.objects(Guest.call).get(Guest.id == guest_id)
    if guest is None:
        raise NotFound(_("There is no such guest."))
    await call_for(who, guest.call.id)
    return guest


async def find(guest_id: UUID) -> Guest | None:
    """Return the guest's present row, or None. Checks nobody's rights: for passing on what the clinic decided."""
    return await Guest.objects().get(Guest.id == guest_id)


async def of_call(call_id: UUID) -> Sequence[Guest]:
    """Everybody invited who was not removed, in the order they were."""
    return await Guest.objects().where(Guest.call == call_id, Guest.state != "removed").order_by(Guest.invited_at)


async def admit(guest: Guest, now: datetime) -> None:
    """Let a guest in from the lobby; raise TooLate when they have left it."""
    async with change():
        if await _move(guest, ("lobby",), "present", now, admitted=True):
            return
        fresh = await Guest.objects().get(Guest.id == guest.id)
        if fresh is None or fresh.state not in INSIDE:
            raise TooLate(_("%(name)s is not waiting any more.") % {"name": guest.name})


async def mute(guest: Guest, now: datetime, *, on: bool) -> None:
    """Let nobody hear the guest, whatever their own page does, until they are let speak again."""
    async with change():
        await Guest.update({Guest.is_muted: on}).where(Guest.id == guest.id)
        _tell(guest)


async def hold(guest: Guest, now: datetime, *, on: bool) -> None:
    """Keep the guest out of hearing and sight without showing them out. Raises TooLate for one not in the call."""
    origins, to = (("present",), "on_hold") if on else (("on_hold",), "present")
    async with change():
        if not await _move(guest, origins, to, now):
            fresh = await Guest.objects().get(Guest.id == guest.id)
            if fresh is None or fresh.state != to:
                raise TooLate(_("%(name)s is not in the call.") % {"name": guest.name})


async def remove(guest: Guest, now: datetime) -> None:
    """Remove the guest; their link and their device's session stop working."""
    async with change():
        rows = await (
            Guest.update({Guest.state: "removed", Guest.state_at: now, Guest.session_hash: ""})
            .where(Guest.id == guest.id, Guest.state != "removed")
            .returning(Guest.id)
        )
        if rows:
            await outbox.supersede(guest.id, now)
            _tell(guest)


async def open_link(token: str, now: datetime) -> OpenedGuestLink:
    """What the link leads to; opening changes nothing."""
    guest = await Guest.objects(Guest.call).get(Guest.token_hash == installation.digest("guest-link", token))
    if guest is None:
        return OpenedGuestLink("unknown")
    clinic = await Clinic.objects().get(Clinic.id == guest.clinic)
    return OpenedGuestLink(_link_state(guest, now), guest, clinic)


def _link_state(guest: Guest, now: datetime) -> LinkState:
    if guest.state == "removed":
        return "removed"
    if guest.call.state not in _GOING_ON or now >= guest.invited_at + _OPENS_FOR:
        return "over"
    return "open"


async def come(guest: Guest, before: str, now: datetime) -> str:
    """The guest goes in with this device; answers the secret for its cookie, the same as `before` if that still counts.

    A device that is new goes to the lobby, and the one before it loses its session. Raises TooLate once removed.
    """
    if before and guest.session_hash == installation.digest("guest", before) and guest.state in ("lobby", *INSIDE):
        return before
    secret = installation.new_token()
    async with change():
        rows = await (
            Guest.update(
                {
                    Guest.state: "lobby",
                    Guest.state_at: now,
                    Guest.is_muted: False,
                    Guest.session_hash: installation.digest("guest", secret),
                }
            )
            .where(Guest.id == guest.id, Guest.state != "removed")
            .returning(Guest.id)
        )
        if not rows:
            raise TooLate(_("This link is closed."))
        _tell(guest)
    return secret


async def who(secret: str, now: datetime) -> GuestWho | None:
    """Whose device holds this cookie, or None when it is unknown, replaced, removed or too old."""
    session = installation.digest("guest", secret)
    guest = await Guest.objects().get(Guest.session_hash == session)
    if guest is None or guest.state == "removed" or now >= guest.invited_at + _OPENS_FOR:
        return None
    return GuestWho(guest.id, guest.call, guest.clinic, guest.name, session)


async def alive(ids: Collection[str], now: datetime) -> set[str]:
    """Those of these sessions (`GuestWho.session`) that `who` would still know."""
    found: set[str] = set()
    for some in batched(ids):
        rows = await Guest.select(Guest.session_hash).where(
            Guest.session_hash.is_in(some), Guest.state != "removed", Guest.invited_at > now - _OPENS_FOR
        )
        found |= {row["session_hash"] for row in rows}
    return found


async def as_guest(guest: GuestWho) -> Guest:
    """The guest's own row, with the call; raises NotFound when it is theirs no more."""
    found = await Guest.objects(Guest.call).get((Guest.id == guest.id) & (Guest.session_hash == guest.session))
    if found is None:
        raise NotFound(_("There is no such call."))
    return found


async def leave(guest: Guest, now: datetime) -> None:
    """The guest goes of their own will; the link still leads to the lobby."""
    async with change():
        await _move(guest, ("lobby", *INSIDE), "left", now)


async def joined(call_id: UUID) -> bool:
    """Whether a third party was ever let in: then the consultation was a conference."""
    return await Guest.exists().where(Guest.call == call_id, Guest.admitted_at.is_not_null())


async def _move(guest: Guest, origins: Sequence[str], to: str, now: datetime, *, admitted: bool = False) -> bool:
    values: dict[Column | str, Any] = {Guest.state: to, Guest.state_at: now}
    if admitted:
        values[Guest.admitted_at] = now
    moved = await Guest.update(values).where(Guest.id == guest.id, Guest.state.is_in([*origins])).returning(Guest.id)
    if moved:
        _tell(guest)
    return bool(moved)


def _tell(guest: Guest) -> None:
    call = guest.call.id if isinstance(guest.call, Call) else guest.call
    announce(GuestChanged(guest.clinic, call, guest.id))
