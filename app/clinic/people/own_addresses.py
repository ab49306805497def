"""Two addresses each member of staff may have that need no signing in: the calendar's feed and the page at the door.

Their secrets follow from the installation's key and a version (H3): a stolen database tells none of them, the address
can be shown again, and a new version ends the one before.
"""

import secrets
from typing import Literal
from uuid import UUID

from app.clinic.change import change
from app.clinic.errors import NotFound
from app.clinic.people import installation
from app.clinic.people.tables import Staff
from app.i18n import _

Kind = Literal["feed", "door"]
_COLUMNS = {"feed": Staff.feed_version, "door": Staff.door_version}
_PATHS = {"feed": "/calendar/{staff}/{secret}/naervaer.ics", "door": "/door/{staff}/{secret}"}


def address(staff: Staff, kind: Kind) -> str:
    """The whole address, or nothing when there is none."""
    if _version(staff, kind) <= 0:
        return ""
    return installation.base_url() + _PATHS[kind].format(staff=staff.id, secret=_secret(staff, kind))


def _version(staff: Staff, kind: Kind) -> int:
    return int(getattr(staff, f"{kind}_version"))


def _secret(staff: Staff, kind: Kind) -> str:
    return installation.derive(kind, f"{staff.id}:{_version(staff, kind)}")


async def renew(staff_id: UUID, kind: Kind) -> None:
    """A new address; the one before stops working."""
    await _number(staff_id, kind, stopped=False)


async def stop(staff_id: UUID, kind: Kind) -> None:
    """End the address. The version is negated rather than reset, so that no earlier address ever works again."""
    await _number(staff_id, kind, stopped=True)


async def _number(staff_id: UUID, kind: Kind, *, stopped: bool) -> None:
    async with change():
        staff = await Staff.objects().get(Staff.id == staff_id)
        if staff is None:
            raise NotFound(_("There is no such colleague."))
        last = abs(_version(staff, kind))
        await Staff.update({_COLUMNS[kind]: -last if stopped else last + 1}).where(Staff.id == staff_id)


async def owner(staff_id: UUID, secret: str, kind: Kind) -> Staff:
    """Whose address this is; raises NotFound for a wrong or ended one."""
    staff = await Staff.objects(Staff.clinic).where(Staff.id == staff_id, Staff.active.eq(True)).first()
    is_owner = (
        staff is not None
        and _version(staff, kind) > 0
        and secrets.compare_digest(secret.encode(), _secret(staff, kind).encode())
    )
    if staff is not None and is_owner:
        return staff
    raise NotFound(_("This address no longer works. Its owner can make a new one."))
