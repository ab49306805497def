"""Measurements the patient takes at home (C3): which the clinic asks for by type of appointment, and what was written.

Numbers with units, plausible ranges and the time they were taken. They may come late from a phone that was offline, so
the newest word about each kind wins.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.clinic.booking.tables import Appointment, AppointmentType, Measurement, MeasurementAsked
from app.clinic.change import announce, change
from app.clinic.errors import Invalid
from app.clinic.events import AppointmentChanged
from app.clinic.people import texts
from app.i18n import _, format_decimal


@dataclass(frozen=True, slots=True)
class MeasurementKind:
    """What can be measured: unit, lowest and highest plausible number, and those of the second number if it has one."""

    unit: str
    low: float
    high: float
    second: tuple[float, float] | None = None


KINDS: Mapping[str, MeasurementKind] = {
    "weight": MeasurementKind("kg", 1, 400),
    "blood_pressure": MeasurementKind("mmHg", 50, 280, (30, 180)),
    "pulse": MeasurementKind("/min", 25, 250),
    "temperature": MeasurementKind("°C", 30, 45),
    "blood_sugar": MeasurementKind("mmol/l", 0.5, 50),
    "saturation": MeasurementKind("%", 50, 100),
    "peak_flow": MeasurementKind("l/min", 30, 900),
    "height": MeasurementKind("cm", 30, 250),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One measurement as it is shown; `words` is the number and its unit, empty when asked for and not yet taken."""

    kind: str
    value: str = ""
    second: str = ""
    words: str = ""
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TypedValue:
    """What was typed for one kind, and when by the phone's clock."""

    kind: str
    value: str
    second: str
    said_at: datetime


async def asked_of(kinds: Collection[UUID]) -> dict[UUID, list[str]]:
    """What is asked for by type of appointment, in the order of KINDS."""
    rows = await MeasurementAsked.objects().where(MeasurementAsked.type.is_in(list(kinds))) if kinds else []
    return {each: [kind for kind in KINDS if any(r.type == each and r.kind == kind for r in rows)] for each in kinds}


async def ask(kind: AppointmentType, wanted: Collection[str]) -> None:
    """Ask for exactly these measurements from now on."""
    async with change():
        await MeasurementAsked.delete().where(MeasurementAsked.type == kind.id)
        for each in KINDS:
            if each in wanted:
                await MeasurementAsked(type=kind.id, kind=each).save()


async def of(appointments: Collection[Appointment]) -> dict[UUID, list[Reading]]:
    """For each appointment what is asked for, with what was written; what is no longer asked for too, if written."""
    if not appointments:
        return {}
    asked = await asked_of({type_of(each) for each in appointments})
    rows = await Measurement.objects().where(Measurement.appointment.is_in([each.id for each in appointments]))
    found: dict[UUID, list[Reading]] = {}
    for each in appointments:
        taken = {row.kind: _reading(row) for row in rows if row.appointment == each.id}
        wanted = asked[type_of(each)]
        found[each.id] = [taken.get(kind, Reading(kind)) for kind in KINDS if kind in wanted or kind in taken]
    return found


async def enter(appointment: Appointment, entries: Collection[TypedValue], now: datetime) -> None:
    """Save the typed values, all or none; empty ones are skipped. Raise Invalid naming the field.

    A value typed before the one already stored is dropped.
    """
    asked = (await asked_of([type_of(appointment)]))[type_of(appointment)]
    rows = [_checked(appointment, each, asked, now) for each in entries if each.value or each.second]
    async with change():
        for row in rows:
            await _keep(row)
        if rows:
            announce(AppointmentChanged(clinic=appointment.clinic, appointment=appointment.id))


def type_of(appointment: Appointment) -> UUID:
    """The id of an appointment's type, prefetched or not."""
    found: UUID = getattr(appointment.type, "id", appointment.type)
    return found


def _checked(appointment: Appointment, entry: TypedValue, asked: Collection[str], now: datetime) -> Measurement:
    if entry.kind not in asked:
        raise Invalid(_("The clinic has not asked for this measurement."), field=entry.kind)
    kind = KINDS[entry.kind]
    said_at = min(entry.said_at, now)
    value = _number(entry.value, kind.low, kind.high, entry.kind)
    second = None
    if kind.second is not None:
        second = _number(entry.second, *kind.second, f"{entry.kind}_second")
        if second >= value:
            raise Invalid(_("The first number is the highest. Did you swap them?"), field=entry.kind)
    return Measurement(
        appointment=appointment.id, kind=entry.kind, value=value, second=second, taken_at=said_at, entered_at=now
    )


def _number(text: str, low: float, high: float, field: str) -> float:
    """A number as Danes or the English write it."""
    number = texts.decimal_number(text)
    if number is None:
        raise Invalid(_("Write a number, for example 72,5."), field=field)
    if not low <= number <= high:
        ends = {"low": format_decimal(low), "high": format_decimal(high)}
        raise Invalid(_("The number must be between %(low)s and %(high)s. Is the comma right?") % ends, field=field)
    return number


async def _keep(row: Measurement) -> None:
    await Measurement.insert(row).on_conflict(target=(Measurement.appointment, Measurement.kind), action="DO NOTHING")
    newer = (Measurement.appointment == row.appointment) & (Measurement.kind == row.kind)
    await Measurement.update(
        {
            Measurement.value: row.value,
            Measurement.second: row.second,
            Measurement.taken_at: row.taken_at,
            Measurement.entered_at: row.entered_at,
        }
    ).where(newer, Measurement.taken_at <= row.taken_at)


def _reading(row: Measurement) -> Reading:
    value = format_decimal(row.value)
    second = format_decimal(row.second) if row.second is not None else ""
    unit = KINDS[row.kind].unit
    words = f"{value}/{second} {unit}" if second else f"{value} {unit}"
    return Reading(row.kind, value, second, words, row.taken_at)
