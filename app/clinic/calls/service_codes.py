"""Which service code fits a consultation, by the day it was held (F8). Agreements change, so the codes are dated.

A clinic begins with the agreement's codes as we know them, `NATIONAL`; they become rows of its own when its superuser
changes the first of them. Nothing is written over: a correction sets the earlier row aside, with who did it and when.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, cast
from uuid import UUID, uuid5

from app.clinic.calls.tables import ServiceCode
from app.clinic.change import change
from app.clinic.errors import Invalid, NotFound
from app.clinic.people.tables import Clinic
from app.clinic.people.who import StaffWho
from app.i18n import _

Kind = Literal["video", "conference", "phone"]
KINDS: tuple[Kind, ...] = ("video", "conference", "phone")
_DAY = timedelta(days=1)
_MAX_WORDS_LENGTH, _MAX_MINUTES, _MAX_FEE = 120, 240, 1_000_000


@dataclass(frozen=True, slots=True)
class AgreedCode:
    """A code of the agreement and the days it may be used on, both included; None means no limit that way.

    It is for consultations of this kind that lasted `from_minutes` or longer. `fee_oere` is None where nobody has
    written the fee, `words` are empty for the agreement's own, whose words follow the reader's language.
    """

    kind: Kind
    code: str
    words: str = ""
    fee_oere: int | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    from_minutes: int = 0
    id: UUID | None = None

    def is_valid_on(self, day: date) -> bool:
        """Whether it may be used that day."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_until is None or day <= self.valid_until)

    def meets(self, other: "AgreedCode") -> bool:
        """Whether both would apply to some consultation."""
        alike = self.kind == other.kind and self.from_minutes == other.from_minutes
        starts_in_time = other.valid_until is None or self.valid_from is None or self.valid_from <= other.valid_until
        return (
            alike
            and starts_in_time
            and (self.valid_until is None or other.valid_from is None or other.valid_from <= self.valid_until)
        )


NATIONAL = (AgreedCode("video", "0125"), AgreedCode("conference", "0126"), AgreedCode("phone", "0201"))
"""The agreement's codes without end, since we know no dates (facts.md); a clinic that knows them writes them."""


def suggestion(codes: Sequence[AgreedCode], kind: Kind, on: date, minutes: int = 0) -> AgreedCode | None:
    """The code for a consultation of this kind, day and length, or None when the agreement has none."""
    fitting = [each for each in codes if each.kind == kind and each.is_valid_on(on) and each.from_minutes <= minutes]
    return max(fitting, key=lambda each: each.from_minutes, default=None)


def shortened(old: AgreedCode, new: AgreedCode) -> AgreedCode:
    """The older code, ended the day before the new one begins; raises Invalid where it begins later itself."""
    if new.valid_from is None or (old.valid_from is not None and old.valid_from >= new.valid_from):
        words = _("%(code)s already holds in these days. Change that one, or choose other dates.") % {"code": old.code}
        raise Invalid(words, field="valid_from")
    return replace(old, valid_until=new.valid_from - _DAY)


async def valid_on(day: date, clinic: UUID | None = None) -> list[AgreedCode]:
    """Return the codes valid on `day`: the clinic's or, without one, the agreement's."""
    codes = list(NATIONAL) if clinic is None else await codes_of(clinic)
    return [each for each in codes if each.is_valid_on(day)]


async def suggested(clinic: UUID, kind: Kind, on: date, minutes: int = 0) -> str:
    """The clinic's code for such a consultation, or an empty text."""
    found = suggestion(await codes_of(clinic), kind, on, minutes)
    return found.code if found else ""


async def codes_of(clinic: UUID) -> list[AgreedCode]:
    """Every code the clinic uses, of all times: by kind and length, the latest first."""
    rows = await ServiceCode.objects().where(ServiceCode.clinic == clinic)
    kept = [_code(row) for row in rows if row.set_aside_at is None] if rows else _as_of(clinic)
    kept.sort(key=lambda each: each.valid_from or date.min, reverse=True)
    return sorted(kept, key=lambda each: (KINDS.index(each.kind), each.from_minutes))


async def history(clinic: UUID) -> list[ServiceCode]:
    """The rows that were set aside, the latest first, with who did it."""
    return (
        await ServiceCode.objects(ServiceCode.set_aside_by)
        .where(ServiceCode.clinic == clinic, ServiceCode.set_aside_at.is_not_null())
        .order_by(ServiceCode.set_aside_at, ascending=False)
    )


async def code_for(clinic: UUID, code_id: UUID) -> AgreedCode:
    """The code in use; raises NotFound when it is another clinic's or was set aside."""
    found = next((each for each in await codes_of(clinic) if each.id == code_id), None)
    if found is None:
        raise NotFound(_("There is no such service code."))
    return found


async def write(staff: StaffWho, new: AgreedCode, now: datetime, known: AgreedCode | None = None) -> None:
    """Add a code, or correct `known`; raise Invalid with its field.

    An open-ended code ends the day before its successor begins.
    """
    _check(new)
    async with change():
        await _make_own(staff, now)
        if known is not None:
            await _set_aside(staff, known, now)
        for old in await codes_of(staff.clinic):
            if old.meets(new):
                await _set_aside(staff, old, now)
                await _save(staff, shortened(old, new), now)
        await _save(staff, new, now)


async def remove(staff: StaffWho, known: AgreedCode, now: datetime) -> None:
    """Use the code no more. What was noted with it stays as it was."""
    async with change():
        await _make_own(staff, now)
        await _set_aside(staff, known, now)


def _check(new: AgreedCode) -> None:
    if new.kind not in KINDS:
        raise Invalid(_("Choose what the code is for."), field="kind")
    if not re.fullmatch(r"\d{4}", new.code):
        raise Invalid(_("A service code is four digits."), field="code")
    if len(new.words) > _MAX_WORDS_LENGTH:
        raise Invalid(_("That is too long. Write it shorter."), field="words")
    if new.fee_oere is not None and not 0 <= new.fee_oere <= _MAX_FEE:
        raise Invalid(_("Write the fee in kroner, like 182,50."), field="fee")
    if not 0 <= new.from_minutes <= _MAX_MINUTES:
        raise Invalid(_("Write a number of minutes from 0 to 240."), field="from_minutes")
    if new.valid_from and new.valid_until and new.valid_until < new.valid_from:
        raise Invalid(_("The last day lies before the first."), field="valid_until")


def _as_of(clinic: UUID) -> list[AgreedCode]:
    """The agreement's codes under the ids they will have when they become the clinic's own."""
    return [replace(each, id=uuid5(clinic, each.code)) for each in NATIONAL]


def _code(row: ServiceCode) -> AgreedCode:
    return AgreedCode(
        kind=cast(Kind, row.kind),
        code=row.code,
        words=row.words,
        fee_oere=row.fee_oere,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        from_minutes=row.from_minutes,
        id=row.id,
    )


async def _make_own(staff: StaffWho, now: datetime) -> None:
    """Copy the agreement's codes to the clinic if it has none. Locks the clinic, so two first changes take turns."""
    await Clinic.update({Clinic.id: staff.clinic}).where(Clinic.id == staff.clinic)
    if not await ServiceCode.exists().where(ServiceCode.clinic == staff.clinic):
        for each in _as_of(staff.clinic):
            await _save(staff, each, now, each.id)


async def _set_aside(staff: StaffWho, known: AgreedCode, now: datetime) -> None:
    moved = (
        await ServiceCode.update({ServiceCode.set_aside_at: now, ServiceCode.set_aside_by: staff.id})
        .where(ServiceCode.id == known.id, ServiceCode.clinic == staff.clinic, ServiceCode.set_aside_at.is_null())
        .returning(ServiceCode.id)
    )
    if not moved:
        raise NotFound(_("There is no such service code."))


async def _save(staff: StaffWho, code: AgreedCode, now: datetime, code_id: UUID | None = None) -> None:
    row = ServiceCode(
        clinic=staff.clinic,
        kind=code.kind,
        code=code.code,
        words=code.words,
        fee_oere=code.fee_oere,
        from_minutes=code.from_minutes,
        valid_from=code.valid_from,
        valid_until=code.valid_until,
        set_at=now,
        set_by=staff.id,
    )
    if code_id is not None:
        row.id = code_id
    await row.save()
