"""Join links: the address in the message that opens one appointment, and the code that is the second way in (C6).

A link is random, kept only as a keyed hash, and never used up by being opened: previews open links too (H3). The
first time on a device the date of birth is asked; three wrong ones lock the link and show at the desk (H2).
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from app.clinic.booking.tables import CANCELLED, DONE, MOVED, NOT_HELD, Appointment, JoinLink
from app.clinic.change import announce, change
from app.clinic.errors import Invalid, NotFound, TooLate
from app.clinic.events import AppointmentChanged
from app.clinic.people import devices, installation, texts
from app.clinic.people.tables import Clinic, Patient, PatientDevice
from app.i18n import _

LinkState = Literal["ok", "moved", "locked", "revoked", "expired", "cancelled", "done", "not_held", "unknown"]

MAX_TRIES = 3
OPENS_FOR = timedelta(hours=12)
_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_CODE_LENGTH = 8
_DOUBLE_CLICK = timedelta(seconds=10)
_MAX_MOVES = 20


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """What goes into the message; it can't be read again afterwards."""

    url: str
    code: str
    code_page: str


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """What a link leads to. `appointment` is the present one: a moved appointment's link follows it.

    Everything but `state` is None when the link is unknown.
    """

    state: LinkState
    link: JoinLink | None = None
    appointment: Appointment | None = None
    clinic: Clinic | None = None

    @property
    def opens(self) -> bool:
        """Whether the date of birth may be given for it."""
        return self.state in ("ok", "moved")


class LinkClosed(TooLate):
    """The link does not open; `opened` says why, for the page that explains it."""

    def __init__(self, words: str, opened: OpenedLink) -> None:
        super().__init__(words)
        self.opened = opened


def state_of(link: JoinLink, current: Appointment, now: datetime) -> LinkState:
    """Return the state of a link; `current` is its appointment, or the one it was moved to.

    What became of the appointment comes before what became of the link: that is what the person wants to know.
    """
    if current.state == CANCELLED:
        return "cancelled"
    if current.state == DONE:
        return "done"
    if current.state == NOT_HELD:
        return "not_held"
    if link.revoked_at:
        return "revoked"
    if link.locked_at:
        return "locked"
    if now >= max(link.expires_at, expiry(current)):
        return "expired"
    return "ok" if current.id == _id_of(link.appointment) else "moved"


def expiry(appointment: Appointment) -> datetime:
    """Until when the appointment's links open: half a day after its end, so a late patient still gets an answer."""
    return appointment.starts_at + timedelta(minutes=appointment.minutes) + OPENS_FOR


def _id_of(reference: UUID | Appointment) -> UUID:
    return reference.id if isinstance(reference, Appointment) else reference


async def issue(appointment: Appointment, now: datetime) -> IssuedLink:
    """A new link of this appointment, call inside `change()`. Earlier ones keep working: people open any message."""
    token = installation.new_token()
    code = "".join(secrets.choice(_ALPHABET) for _each in range(_CODE_LENGTH))
    link = JoinLink(
        appointment=appointment.id,
        token_hash=installation.digest("join-link", token),
        code_hash=installation.digest("join-code", code),
        created_at=now,
        expires_at=expiry(appointment),
    )
    async with change():
        await link.save()
    base = installation.base_url()
    return IssuedLink(f"{base}/j/{token}", f"{code[:4]}-{code[4:]}", f"{base}/kode")


async def revoke(appointment: UUID, now: datetime) -> None:
    """Close every link that leads to the appointment, locked ones and those from before a move too; a new one may be
    issued afterwards."""
    async with change():
        await JoinLink.update({JoinLink.revoked_at: now}).where(
            JoinLink.appointment.is_in(list(await leading_to([appointment]))), JoinLink.revoked_at.is_null()
        )


async def leading_to(appointments: Sequence[UUID]) -> dict[UUID, UUID]:
    """These appointments and all that were moved to them, each with the one of these that it became."""
    became = {each: each for each in appointments}
    newest = list(became)
    for _move in range(_MAX_MOVES):
        if not newest:
            break
        rows = await Appointment.select(Appointment.id, Appointment.moved_to).where(Appointment.moved_to.is_in(newest))
        became |= {row["id"]: became[row["moved_to"]] for row in rows}
        newest = [row["id"] for row in rows]
    return became


async def was_just_revoked(appointment: UUID, now: datetime) -> bool:
    """Whether links of the appointment were closed seconds ago: whoever asks has pressed twice."""
    return await JoinLink.exists().where(JoinLink.appointment == appointment, JoinLink.revoked_at > now - _DOUBLE_CLICK)


async def open_link(token: str, now: datetime) -> OpenedLink:
    """What the link in the message leads to; opening changes nothing."""
    digest = installation.digest("join-link", token)
    return await _opened(await JoinLink.objects().get(JoinLink.token_hash == digest), now)


async def by_code(code: str, now: datetime) -> OpenedLink:
    """The same by the code from the message, typed with or without dash, in any case."""
    plain = "".join(each for each in texts.ascii_digits(code).upper() if each.isalnum())
    digest = installation.digest("join-code", plain)
    return await _opened(await JoinLink.objects().get(JoinLink.code_hash == digest), now)


async def _opened(link: JoinLink | None, now: datetime) -> OpenedLink:
    if link is None:
        return OpenedLink("unknown")
    appointment = await current(link.appointment)
    clinic = await Clinic.objects().get(Clinic.id == appointment.clinic)
    return OpenedLink(state_of(link, appointment, now), link, appointment, clinic)


async def current(appointment_id: UUID) -> Appointment:
    """The appointment, or the one it was moved to in the end."""
    for _move in range(_MAX_MOVES):
        appointment = await Appointment.objects().get(Appointment.id == appointment_id)
        if appointment is None:
            break
        if appointment.state != MOVED or appointment.moved_to is None:
            return appointment
        appointment_id = appointment.moved_to
    raise NotFound(_("There is no such appointment."))


async def confirm(opened: OpenedLink, birth_date: date, now: datetime) -> tuple[PatientDevice, str]:
    """Remember this device as the patient's (C7: a child's by the child's date). Returns it with its cookie secret.

    Raises Invalid (birth_date) with the tries left, LinkClosed when the link does not open or this try locked it.
    """
    if opened.link is None or opened.appointment is None or not opened.opens:
        raise LinkClosed(_("This link can't be used any more."), opened)
    patient = await Patient.objects().get(Patient.id == opened.appointment.patient)
    async with change():
        left = await _claim_try(opened.link, now)
        if left >= 0 and patient is not None and patient.birth_date == birth_date:
            await JoinLink.update({JoinLink.wrong_tries: 0, JoinLink.locked_at: None}).where(
                JoinLink.id == opened.link.id
            )
            return await devices.remember(patient, now, confirmed=True)
        if left == 0:
            announce(AppointmentChanged(clinic=opened.appointment.clinic, appointment=opened.appointment.id))
    if left <= 0:
        words = _("That was the third wrong date, so the link is locked. Call the clinic: they send a new one.")
        raise LinkClosed(words, await _opened(await JoinLink.objects().get(JoinLink.id == opened.link.id), now))
    raise Invalid(_wrong(left), field="birth_date")


def _wrong(left: int) -> str:
    if left == 1:
        return _("That date does not match. Check day, month and year. You have one try left.")
    return _("That date does not match. Check day, month and year.")


async def _claim_try(link: JoinLink, now: datetime) -> int:
    """Tries left after this one, claimed before the date is judged so that many at once are still three; -1 for none.

    The last one locks the link, until its date proves right.
    """
    claimed = await (
        JoinLink.update({JoinLink.wrong_tries: JoinLink.wrong_tries + 1})
        .where(JoinLink.id == link.id, JoinLink.wrong_tries < MAX_TRIES, JoinLink.revoked_at.is_null())
        .returning(JoinLink.wrong_tries)
    )
    left = MAX_TRIES - int(claimed[0]["wrong_tries"]) if claimed else -1
    if left == 0:
        await JoinLink.update({JoinLink.locked_at: now}).where(JoinLink.id == link.id)
    return left
