"""What a clinic says of itself: name, region, phone, address, and its logo (A1).

Only superusers change it; the routes see to that. The public page's address stays as it is: it stands on leaflets.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.clinic.change import change
from app.clinic.errors import Conflict, Invalid, NotFound
from app.clinic.people import regions, setup, texts
from app.clinic.people.emails import read_email
from app.clinic.people.tables import Clinic, ClinicLogo, Region
from app.clinic.people.texts import one_line
from app.i18n import _

MIN_EARLY, MAX_EARLY = 5, 60
PATTERNS = ("spread", "blocks")
MAX_LOGO_BYTES = 40 * 1024
_KINDS = (
    ("image/png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("image/jpeg", re.compile(rb"\xff\xd8\xff")),
    ("image/webp", re.compile(rb"RIFF....WEBP", re.DOTALL)),
)


@dataclass(frozen=True, slots=True)
class Details:
    """The clinic's details as the form gives them; `plan_b_phone` is E.164, `early_minutes` the text as typed."""

    name: str
    region: str
    provider_number: str
    plan_b_phone: str
    email: str
    address: str
    languages: str
    early_minutes: str


async def clinic_of(clinic_id: UUID) -> Clinic:
    """The clinic; raises NotFound."""
    clinic = await Clinic.objects().get(Clinic.id == clinic_id)
    if clinic is None:
        raise NotFound(_("There is no such clinic."))
    return clinic


async def by_slug(slug: str) -> Clinic:
    """The clinic at this address; raises NotFound."""
    clinic = await Clinic.objects().get(Clinic.slug == slug.lower())
    if clinic is None:
        raise NotFound(_("There is no clinic at this address."))
    return clinic


async def by_name(limit: int) -> list[Clinic]:
    """The installation's clinics by name, `limit` at most."""
    return await Clinic.objects().order_by(Clinic.name).limit(limit)


async def region_of(clinic: Clinic, day: date) -> str:
    """Return the name of the clinic's region on `day`; empty when it has none."""
    region = await Region.objects().get(Region.id == clinic.region) if clinic.region else None
    return regions.name_on(region.name, day) if region else ""


async def correct(clinic: Clinic, details: Details, now: datetime) -> None:
    """Set right what is known of the clinic; raises Invalid with its field, and Conflict for a number in use."""
    early = _check(details, now)
    email = read_email(details.email) if details.email else ""
    async with change():
        taken = Clinic.exists().where(Clinic.provider_number == details.provider_number, Clinic.id != clinic.id)
        if await taken:
            raise Conflict(_("A clinic with this provider number is already here."), field="provider_number")
        clinic.region = (await regions.named(details.region)).id
        clinic.name, clinic.provider_number = one_line(details.name), details.provider_number
        clinic.plan_b_phone, clinic.email = details.plan_b_phone, email
        clinic.address, clinic.languages = details.address.strip(), details.languages.strip()
        clinic.early_minutes = early
        await clinic.save()


def _check(details: Details, now: datetime) -> int:
    """The minutes before the time when the waiting room opens."""
    setup.check_clinic(details.name, details.region, details.provider_number, now)
    for field, longest in (("name", 120), ("address", 200), ("languages", 120)):
        if len(getattr(details, field)) > longest:
            raise Invalid(_("That is too long. Write it shorter."), field=field)
    early = texts.whole_number(details.early_minutes, MIN_EARLY, MAX_EARLY)
    if early is None:
        raise Invalid(_("Write a number of minutes from 5 to 60."), field="early_minutes")
    return early


async def choose_pattern(clinic: Clinic, pattern: str) -> None:
    """Where video lies in the calendar: `spread` or in `blocks` (B6); raises Invalid for anything else."""
    if pattern not in PATTERNS:
        raise Invalid(_("Choose how video lies in the calendar."), field="pattern")
    clinic.booking_pattern = pattern
    async with change():
        await clinic.save([Clinic.booking_pattern])


async def keep_logo(clinic: Clinic, content: bytes) -> None:
    """Save the clinic's logo; raise Invalid unless it is a PNG, JPEG or WebP of at most 40 kB.

    The type is read from the first bytes; the file name and the browser's media type are ignored.
    """
    if len(content) > MAX_LOGO_BYTES:
        raise Invalid(_("The picture is too large. It may take up 40 kB at most."), field="logo")
    media_type = next((kind for kind, beginning in _KINDS if beginning.match(content)), None)
    if media_type is None:
        raise Invalid(_("Choose a picture: PNG, JPEG or WebP."), field="logo")
    clinic.logo = hashlib.sha256(content).hexdigest()[:16]
    async with change():
        await ClinicLogo.delete().where(ClinicLogo.clinic == clinic.id)
        await ClinicLogo(clinic=clinic.id, media_type=media_type, content=base64.b64encode(content).decode()).save()
        await clinic.save([Clinic.logo])


async def remove_logo(clinic: Clinic) -> None:
    """Go back to the name alone."""
    clinic.logo = ""
    async with change():
        await ClinicLogo.delete().where(ClinicLogo.clinic == clinic.id)
        await clinic.save([Clinic.logo])


async def logo_of(slug: str, name: str) -> tuple[str, bytes]:
    """The logo's media type and content, by the name `Clinic.logo` gives it; raises NotFound."""
    found = await ClinicLogo.objects().where(ClinicLogo.clinic.slug == slug, ClinicLogo.clinic.logo == name).first()
    if found is None:
        raise NotFound(_("There is no such picture."))
    return found.media_type, base64.b64decode(found.content)
