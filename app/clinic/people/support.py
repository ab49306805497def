"""Whom the clinic calls when something fails: the region's data consultants, the system's vendor, others (A9).

Each clinic keeps its own list. What another clinic of the region has written of the region's consultants is offered,
so that one of them looks the number up for all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from app.clinic.change import change
from app.clinic.errors import Invalid, NotFound
from app.clinic.people.emails import read_email
from app.clinic.people.tables import Clinic, SupportContact
from app.clinic.people.texts import read_name
from app.i18n import _

KINDS = ("region", "vendor", "other")


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact as written; `phone` is E.164 already, or empty when there is an e-mail."""

    kind: str
    name: str
    phone: str
    email: str
    hours: str


async def contacts(clinic: UUID) -> list[SupportContact]:
    """The clinic's contacts: the region's, the vendor's, then others, each by name."""
    found = await SupportContact.objects().where(SupportContact.clinic == clinic)
    return sorted(found, key=lambda each: (KINDS.index(each.kind), each.name))


async def contact_for(clinic: UUID, contact_id: UUID) -> SupportContact:
    """The contact; raises NotFound when it is another clinic's."""
    found = (
        await SupportContact.objects().where(SupportContact.id == contact_id, SupportContact.clinic == clinic).first()
    )
    if found is None:
        raise NotFound(_("There is no such contact."))
    return found


async def write(clinic: UUID, contact: Contact, now: datetime, known: SupportContact | None = None) -> None:
    """Add a contact, or replace `known`; raise Invalid with its field."""
    checked = _checked(contact)
    row = known or SupportContact(clinic=clinic, created_at=now)
    row.kind, row.name, row.phone = checked.kind, checked.name, checked.phone
    row.email, row.hours = checked.email, checked.hours
    async with change():
        await row.save()


async def remove(contact: SupportContact) -> None:
    """Take the contact off the list."""
    async with change():
        await SupportContact.delete().where(SupportContact.id == contact.id)


async def offered(clinic: Clinic) -> Sequence[Contact]:
    """The region's consultants as other clinics of the region have written them, newest first, without those known."""
    if clinic.region is None:
        return ()
    known = {(each.phone, each.email) for each in await contacts(clinic.id)}
    written = (
        await SupportContact.objects()
        .where(
            SupportContact.clinic.region == clinic.region,
            SupportContact.clinic != clinic.id,
            SupportContact.kind == "region",
        )
        .order_by(SupportContact.created_at, ascending=False)
    )
    found = {(each.phone, each.email): each for each in reversed(written)}
    return [
        Contact(each.kind, each.name, each.phone, each.email, each.hours)
        for way, each in reversed(found.items())
        if way not in known
    ][:3]


def _checked(contact: Contact) -> Contact:
    if contact.kind not in KINDS:
        raise Invalid(_("Choose whose support it is."), field="kind")
    name = read_name(contact.name, _("Write whom one reaches there."))
    if not contact.phone and not contact.email:
        raise Invalid(_("Write a phone number or an e-mail address."), field="phone")
    if len(contact.hours) > 120:
        raise Invalid(_("That is too long. Write it shorter."), field="hours")
    return replace(contact, name=name, email=read_email(contact.email) if contact.email else "")
