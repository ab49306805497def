"""The first start: a clinic and its first superuser, made once with the secret the terminal printed (A1)."""

import re
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.clinic.change import change
from app.clinic.errors import Conflict, Invalid
from app.clinic.people import passwords, regions
from app.clinic.people.emails import read_account
from app.clinic.people.tables import Clinic, Staff
from app.clinic.people.texts import one_line, read_name
from app.i18n import _, local


@dataclass(frozen=True, slots=True)
class FirstClinic:
    """What the first page asks; `plan_b_phone` is E.164 already."""

    clinic_name: str
    region: str
    provider_number: str
    plan_b_phone: str
    address: str
    name: str
    role: str
    email: str
    password: str
    languages: str = ""


async def is_needed() -> bool:
    """Whether there is no clinic yet."""
    return not await Clinic.exists()


async def _leave_bare(_clinic: UUID) -> None:
    """Add nothing to the new clinic: the default for `furnish`."""


async def create(first: FirstClinic, now: datetime, furnish: Callable[[UUID], Awaitable[None]] = _leave_bare) -> Staff:
    """The clinic and its first superuser, and what `furnish` gives it, in one change: all of it or nothing.

    Raises Invalid (with its field) and Conflict (number or e-mail taken).
    """
    _check(first, now)
    passwords.check_strength(first.password, first.name, first.email)
    password_hash = await passwords.hash_password(first.password)
    async with change():
        if await Clinic.exists().where(Clinic.provider_number == first.provider_number):
            raise Conflict(_("A clinic with this provider number is already here."), field="provider_number")
        if await Staff.exists().where(Staff.email == read_account(first.email)):
            raise Conflict(_("Somebody already signs in with this e-mail."), field="email")
        clinic = Clinic(
            region=(await regions.named(first.region)).id,
            name=one_line(first.clinic_name),
            slug=await _free_slug(first.clinic_name),
            provider_number=first.provider_number,
            plan_b_phone=first.plan_b_phone,
            address=first.address.strip(),
            languages=first.languages.strip(),
            created_at=now,
        )
        await clinic.save()
        staff = Staff(
            clinic=clinic.id,
            name=one_line(first.name),
            role=first.role,
            is_superuser=True,
            email=read_account(first.email),
            password_hash=password_hash,
            created_at=now,
        )
        await staff.save()
        await furnish(clinic.id)
    return staff


def _check(first: FirstClinic, now: datetime) -> None:
    check_clinic(first.clinic_name, first.region, first.provider_number, now, name_field="clinic_name")
    read_name(first.name, _("Write your name."))
    read_account(first.email)
    for field, longest in (("clinic_name", 120), ("address", 200), ("languages", 120), ("name", 120)):
        if len(getattr(first, field)) > longest:
            raise Invalid(_("That is too long. Write it shorter."), field=field)


def check_clinic(name: str, region: str, provider_number: str, now: datetime, name_field: str = "name") -> None:
    """Raise Invalid, naming the field, when a clinic can't have these details."""
    read_name(name, _("Write the clinic's name as patients know it."), name_field)
    if not re.fullmatch(r"[0-9]{4,6}", provider_number):
        raise Invalid(_("A provider number has up to six digits."), field="provider_number")
    if region not in regions.names_on(local(now).date()):
        raise Invalid(_("Choose the clinic's region."), field="region")


def slug_of(name: str) -> str:
    """A short address made of the name: Lægehuset Ærø → laegehuset-aeroe."""
    plain = name.casefold()
    for letter, instead in (("æ", "ae"), ("ø", "oe"), ("å", "aa")):
        plain = plain.replace(letter, instead)
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "klinik"


async def _free_slug(name: str) -> str:
    slug = wanted = slug_of(name)
    number = 2
    while await Clinic.exists().where(Clinic.slug == slug):
        slug, number = f"{wanted}-{number}", number + 1
    return slug
