"""The day's service codes, one line for each consultation held, to copy into the journal or the billing (F8)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.clinic.booking.calendar import day_span
from app.clinic.calls.counted_calls import counted, talked_s, whole_minutes
from app.clinic.calls.service_codes import AgreedCode, valid_on
from app.clinic.calls.tables import ENDED, Call


@dataclass(frozen=True, slots=True)
class BillingLine:
    """One consultation; `minutes` is -1 where nobody talked.

    `code` is None where nothing is charged: it was not held, or its sheet is not handed in.
    """

    call: UUID
    at: datetime
    patient: str
    staff: str
    minutes: int
    outcome: str
    code: AgreedCode | None


async def of_day(clinic: UUID, day: date) -> list[BillingLine]:
    """The day's calls that were answered, in the order they rang; test calls never."""
    begins, ends = day_span(day)
    codes = {each.code: each for each in await valid_on(day, clinic)}
    calls = (
        await counted(clinic)
        .prefetch(Call.patient, Call.staff)
        .where(Call.state == ENDED, Call.rang_at >= begins, Call.rang_at < ends)
        .order_by(Call.rang_at)
    )
    return [
        BillingLine(
            call=call.id,
            at=call.rang_at,
            patient=call.patient.name,
            staff=call.staff.name,
            minutes=whole_minutes(talked_s(call)),
            outcome=call.outcome if call.outcome_at else "",
            code=_charged(call, codes),
        )
        for call in calls
    ]


def _charged(call: Call, codes: dict[str, AgreedCode]) -> AgreedCode | None:
    """The noted code as the agreement has it that day; one that was set aside since keeps its number alone."""
    if not call.outcome_at or not call.service_code:
        return None
    return codes.get(call.service_code) or AgreedCode("video", call.service_code)
