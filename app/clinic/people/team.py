"""The clinic's staff: who they are, inviting a colleague by a link, taking an account out of use (H1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.clinic.change import change
from app.clinic.errors import Conflict, Invalid, NotAllowed, NotFound
from app.clinic.people import installation, invitations
from app.clinic.people.emails import read_account
from app.clinic.people.tables import Staff, StaffSession
from app.clinic.people.texts import read_name
from app.clinic.people.who import StaffWho
from app.i18n import _

ROLES = ("doctor", "nurse", "secretary")
CLINICIANS = ("doctor", "nurse")
"""Those who talk to patients on video."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody to be invited."""

    name: str
    role: str
    email: str
    is_superuser: bool = False


async def members(clinic: UUID) -> list[Staff]:
    """Everybody in the clinic who is in use, doctors first, then by name."""
    everybody = await Staff.objects().where(Staff.clinic == clinic, Staff.active.eq(True)).order_by(Staff.name)
    return sorted(everybody, key=lambda staff: ROLES.index(staff.role))


async def colleague(clinic: UUID, staff_id: UUID) -> Staff:
    """Somebody in use in the clinic; raises NotFound."""
    staff = await somebody(clinic, staff_id)
    if not staff.active:
        raise NotFound(_("There is no such colleague."))
    return staff


async def somebody(clinic: UUID, staff_id: UUID) -> Staff:
    """Return the clinic's staff member, in use or not; raise NotFound for anybody else."""
    staff = await Staff.objects().where(Staff.id == staff_id, Staff.clinic == clinic).first()
    if staff is None:
        raise NotFound(_("There is no such colleague."))
    return staff


async def online(clinic: UUID) -> list[Staff]:
    """Those whom patients may book themselves, in the clinic's order (A5)."""
    chosen = [staff for staff in await members(clinic) if staff.bookable_online]
    return sorted(chosen, key=lambda staff: (staff.online_order, staff.name))


async def choose_online(clinic: UUID, chosen: Sequence[UUID]) -> None:
    """Let patients book these, in this order, and nobody else."""
    async with change():
        await Staff.update({Staff.bookable_online: False, Staff.online_order: 0}).where(Staff.clinic == clinic)
        for order, staff in enumerate(chosen, 1):
            await Staff.update({Staff.bookable_online: True, Staff.online_order: order}).where(
                Staff.id == staff, Staff.clinic == clinic
            )


async def invite(colleague: Colleague, who: StaffWho, now: datetime) -> tuple[Staff, str]:
    """The new account and the one-time address it is opened with; raises NotAllowed, Invalid and Conflict."""
    if not who.is_superuser:
        raise NotAllowed(_("Only your clinic's superuser can do this."))
    name = read_name(colleague.name, _("Write the colleague's name."))
    if colleague.role not in ROLES:
        raise Invalid(_("Choose a role."), field="role")
    email = read_account(colleague.email)
    staff = Staff(
        clinic=who.clinic,
        name=name,
        role=colleague.role,
        is_superuser=colleague.is_superuser,
        email=email,
        created_at=now,
    )
    async with change():
        if await Staff.exists().where(Staff.email == email):
            raise Conflict(_("Somebody already signs in with this e-mail."), field="email")
        await staff.save()
        return staff, await _new_invitation(staff, now)


async def _new_invitation(staff: Staff, now: datetime) -> str:
    return f"{installation.base_url()}/invitation/{await invitations.renew(staff, now)}"


async def invite_again(staff_id: UUID, who: StaffWho, now: datetime) -> tuple[Staff, str]:
    """A new invitation, also for somebody who forgot the password; the old one, the password and all sessions
    stop working."""
    staff = await member(staff_id, who)
    staff.password_hash = ""
    async with change():
        await staff.save([Staff.password_hash])
        await StaffSession.delete().where(StaffSession.staff == staff.id)
        return staff, await _new_invitation(staff, now)


async def retire(staff_id: UUID, who: StaffWho) -> Staff:
    """Take an account out of use and end its sessions; what it did is kept. A clinic keeps one superuser."""
    staff = await member(staff_id, who)
    if staff.id == who.id:
        raise NotAllowed(_("You can't take your own account out of use. Ask another superuser."))
    staff.active = False
    async with change():
        await staff.save([Staff.active])
        await StaffSession.delete().where(StaffSession.staff == staff.id)
    return staff


async def member(staff_id: UUID, who: StaffWho) -> Staff:
    """A colleague, for a superuser to change; raises NotAllowed, and NotFound for another clinic's."""
    if not who.is_superuser:
        raise NotAllowed(_("Only your clinic's superuser can do this."))
    return await somebody(who.clinic, staff_id)
