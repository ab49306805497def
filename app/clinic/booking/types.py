"""Appointment types: what can be booked at the clinic, in the order people see it (A4)."""

import re
from dataclasses import dataclass
from uuid import UUID

from app.clinic.booking.tables import AppointmentType
from app.clinic.change import change
from app.clinic.errors import Invalid, NotFound
from app.clinic.people import texts
from app.i18n import _

MODES = ("video", "conference", "in_person")
"""How a type is held. A conference is on video with more parties than the patient; only staff book one."""
COLOURS = ("petrol", "plum", "moss", "sky", "clay", "sand")
MIN_MINUTES, MAX_MINUTES = 5, 120


@dataclass(frozen=True, slots=True)
class TypeForm:
    """A type as it is written; `minutes` as typed."""

    name: str
    mode: str
    minutes: str
    colour: str
    sort_key: str
    bookable_online: bool
    suits_video_when: str


def order(kind: AppointmentType) -> tuple[list[tuple[int, int, str]], str]:
    """Return a sort key: by `sort_key` with its numbers in order (2 before 10), then by name; without one last."""
    parts = re.findall(r"\d+|\D+", kind.sort_key.casefold())
    key = [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]
    return key or [(2, 0, "")], kind.name.casefold()


def attended(kind: AppointmentType) -> str:
    """How the patient attends an appointment of this type: on video or in_person."""
    return "in_person" if kind.mode == "in_person" else "video"


async def bookable(clinic: UUID, mode: str | None = None) -> list[AppointmentType]:
    """The clinic's types in use (of one mode, if asked), in the order people see them."""
    types = AppointmentType.objects().where(AppointmentType.clinic == clinic, AppointmentType.active.eq(True))
    if mode is not None:
        types = types.where(AppointmentType.mode == mode)
    return sorted(await types, key=order)


async def all_types(clinic: UUID) -> list[AppointmentType]:
    """Every type the clinic has, those out of use last."""
    types = await AppointmentType.objects().where(AppointmentType.clinic == clinic)
    return sorted(types, key=lambda kind: (not kind.active, order(kind)))


async def any_type(clinic: UUID, type_id: UUID) -> AppointmentType:
    """The type, in use or not; raises NotFound when it is another clinic's."""
    kind = await AppointmentType.objects().get(AppointmentType.id == type_id)
    if kind is None or kind.clinic != clinic:
        raise NotFound(_("There is no such appointment type."))
    return kind


async def write(clinic: UUID, form: TypeForm, known: AppointmentType | None = None) -> AppointmentType:
    """Add a type, or replace `known`; raise Invalid with its field. Existing bookings keep what was agreed."""
    minutes = _check(form)
    kind = known or AppointmentType(clinic=clinic)
    kind.name, kind.mode, kind.minutes = form.name, form.mode, minutes
    kind.colour, kind.sort_key = form.colour, form.sort_key
    kind.bookable_online = form.bookable_online and form.mode != "conference"
    kind.suits_video_when = form.suits_video_when
    async with change():
        await kind.save()
    return kind


def _check(form: TypeForm) -> int:
    """Check the form and return the minutes."""
    if not 1 <= len(form.name) <= 80:
        raise Invalid(_("Write what patients and staff call it."), field="name")
    if form.mode not in MODES:
        raise Invalid(_("Choose video, conference or at the clinic."), field="mode")
    minutes = texts.whole_number(form.minutes, MIN_MINUTES, MAX_MINUTES)
    if minutes is None:
        raise Invalid(_("Write a number of minutes from 5 to 120."), field="minutes")
    if form.colour not in COLOURS:
        raise Invalid(_("Choose a colour."), field="colour")
    for field, longest in (("sort_key", 20), ("suits_video_when", 300)):
        if len(getattr(form, field)) > longest:
            raise Invalid(_("That is too long. Write it shorter."), field=field)
    return minutes


async def use(kind: AppointmentType, in_use: bool) -> None:
    """Take a type out of use, or back into it. Raises Invalid for the last one on video: staff could book none."""
    if not in_use and kind.mode == "video" and len(await bookable(kind.clinic, "video")) == 1:
        raise Invalid(_("This is the clinic's last type on video. Make another first."))
    kind.active = in_use
    async with change():
        await kind.save([AppointmentType.active])


async def online(clinic: UUID) -> list[AppointmentType]:
    """The types patients may book themselves, in the clinic's order (B4)."""
    return [each for each in await bookable(clinic) if each.bookable_online]


async def type_for(clinic: UUID, type_id: UUID) -> AppointmentType:
    """The type; raises NotFound when it is another clinic's or no longer in use."""
    kind = await any_type(clinic, type_id)
    if not kind.active:
        raise NotFound(_("There is no such appointment type."))
    return kind


async def in_person_type(clinic: UUID, otherwise: AppointmentType) -> AppointmentType:
    """The first type held at the clinic, or the given one where the clinic has none."""
    return next(iter(await bookable(clinic, "in_person")), otherwise)


async def nearest(clinic: UUID, mode: str, minutes: int, *, otherwise: UUID) -> UUID:
    """The type of this mode that is nearest in length, or the given one where the clinic has none."""
    known = await bookable(clinic, mode)
    return min(known, key=lambda kind: abs(kind.minutes - minutes)).id if known else otherwise


async def add_starters(clinic: UUID) -> None:
    """Give a new clinic types to begin with, named in the present language; they can be changed later."""
    starters = (
        (_("Video consultation"), "video", 15, "petrol"),
        (_("Short video consultation"), "video", 10, "plum"),
        (_("Consultation at the clinic"), "in_person", 15, "sand"),
        (_("Video conference"), "conference", 30, "sky"),
    )
    async with change():
        for place, (name, mode, minutes, colour) in enumerate(starters, 1):
            await AppointmentType(
                clinic=clinic, name=name, mode=mode, minutes=minutes, colour=colour, sort_key=str(place)
            ).save()
