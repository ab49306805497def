"""Appointment types: what can be booked at the clinic, in the order people see it (A4)."""

from uuid import UUID

from app.clinic.booking.tables import AppointmentType
from app.clinic.change import change
from app.clinic.errors import NotFound
from app.i18n import _


async def bookable(clinic: UUID, mode: str | None = None) -> list[AppointmentType]:
    """The clinic's types in use (of one mode, if asked), by sort key and then name."""
    types = AppointmentType.objects().where(AppointmentType.clinic == clinic, AppointmentType.active.eq(True))
    if mode is not None:
        types = types.where(AppointmentType.mode == mode)
    return await types.order_by(AppointmentType.sort_key).order_by(AppointmentType.name)


async def online(clinic: UUID) -> list[AppointmentType]:
    """The types patients may book themselves, in the clinic's order (B4)."""
    return [each for each in await bookable(clinic) if each.bookable_online]


async def type_for(clinic: UUID, type_id: UUID) -> AppointmentType:
    """The type; raises NotFound when it is another clinic's or no longer in use."""
    kind = await AppointmentType.objects().get(AppointmentType.id == type_id)
    if kind is None or kind.clinic != clinic or not kind.active:
        raise NotFound(_("There is no such appointment type."))
    return kind


async def in_person_type(clinic: UUID, otherwise: AppointmentType) -> AppointmentType:
    """The first type held at the clinic, or the given one where the clinic has none."""
    return next(iter(await bookable(clinic, "in_person")), otherwise)


async def add_starters(clinic: UUID) -> None:
    """Give a new clinic types to begin with, named in the present language; they can be changed later."""
    starters = (
        (_("Video consultation"), "video", 15, "petrol"),
        (_("Short video consultation"), "video", 10, "petrol"),
        (_("Consultation at the clinic"), "in_person", 15, "sand"),
    )
    async with change():
        for order, (name, mode, minutes, colour) in enumerate(starters, 1):
            await AppointmentType(
                clinic=clinic, name=name, mode=mode, minutes=minutes, colour=colour, sort_key=str(order)
            ).save()
