"""Random histories of calls, written as calls are, and the figures counted from them one by one without the book."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from app.clinic.calls.tables import Call, CallQuality
from app.clinic.change import change
from app.clinic.learning import book
from app.clinic.learning.book import Postcard
from app.clinic.learning.tables import Meeting
from app.clinic.people.tables import Clinic, Patient, Staff
from app.clinic.reporting.figures import Filter
from app.clinic.waiting.tables import Place
from app.i18n import local

# Around a change of the clock, ends of months, and the regions' reform.
MOMENTS = st.sampled_from(
    [
        datetime(2026, 10, 24, 23, 45, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 50, tzinfo=UTC),
        datetime(2026, 10, 31, 22, 30, tzinfo=UTC),
        datetime(2026, 10, 31, 23, 30, tzinfo=UTC),
        datetime(2026, 12, 31, 12, 0, tzinfo=UTC),
        datetime(2026, 12, 31, 23, 30, tzinfo=UTC),
        datetime(2027, 1, 15, 9, 0, tzinfo=UTC),
        datetime(2027, 3, 28, 0, 40, tzinfo=UTC),
        datetime(2027, 3, 28, 1, 10, tzinfo=UTC),
    ]
)


@dataclass(frozen=True)
class Told:
    """One call as it was, with what staff said of it; `clinic` is the number of its clinic."""

    clinic: int
    rang_at: datetime
    waited_s: int
    talked_s: int
    origin: str
    kind: str
    outcome: str
    because: str
    picture: str
    sound: str
    longer: str
    measured: str
    is_test: bool


def _told(**values: Any) -> Told:
    if values["outcome"] != "completed":
        values |= {"picture": "", "sound": "", "longer": "", "measured": ""}
    if values["outcome"] != "not_completed":
        values["because"] = ""
    return Told(**values)


histories = st.lists(
    st.builds(
        _told,
        clinic=st.integers(0, 2),
        rang_at=MOMENTS,
        waited_s=st.integers(0, 2400),
        talked_s=st.integers(1, 3600),
        origin=st.sampled_from(["planned", "instant", "open"]),
        kind=st.sampled_from(["consultation", "conference"]),
        outcome=st.sampled_from(["completed", "completed", "completed", "by_phone", "not_completed"]),
        because=st.sampled_from(["connection", "no_answer", "other"]),
        picture=st.sampled_from(["good", "bad"]),
        sound=st.sampled_from(["good", "bad"]),
        longer=st.sampled_from(["yes", "no"]),
        measured=st.sampled_from(["", "good", "weak", "bad"]),
        is_test=st.sampled_from([False, False, False, True]),
    ),
    max_size=30,
)


async def write(history: list[Told], clinics: list[UUID], staff: Staff, patient: Patient) -> None:
    """The history alone in the database, entered in the book as its calls ended."""
    await Meeting.delete(force=True)
    await Call.delete(force=True)
    await Place.delete(force=True)
    for told in history:
        place = Place(
            clinic=clinics[told.clinic],
            patient=patient.id,
            state="served",
            entered_at=told.rang_at - timedelta(seconds=told.waited_s),
        )
        await place.save()
        call = Call(
            clinic=clinics[told.clinic],
            place=place.id,
            patient=patient.id,
            staff=staff.id,
            state="ended",
            origin=told.origin,
            is_test=told.is_test,
            rang_at=told.rang_at,
            answered_at=told.rang_at,
            ended_at=told.rang_at + timedelta(seconds=told.talked_s),
            outcome=told.outcome,
            not_completed_because=told.because,
            outcome_at=told.rang_at + timedelta(hours=1),
        )
        await call.save()
        if told.measured:
            lost = {"good": 0, "weak": 80, "bad": 300}[told.measured]
            sample = [10, 40, 3, lost, 800, 700, 0, 0, False]
            await CallQuality(call=call.id, party="p", role="patient", samples=json.dumps([sample])).save()
        async with change():
            await book.enter(call.id, Postcard(told.kind, told.picture, told.sound, told.longer))


@dataclass(frozen=True)
class Counted:
    """The same figures, counted the slow way."""

    completed: int
    kinds: dict[str, int]
    origins: dict[str, int]
    outcomes: dict[str, int]
    reasons: dict[str, int]
    picture: dict[str, int]
    sound: dict[str, int]
    longer: dict[str, int]
    measured: dict[str, int]
    mean_seconds: float | None
    median_minutes: float | None
    mean_wait_s: float | None
    by_month: dict[str, int]


def by_hand(history: list[Told], wanted: Filter, clinics: set[int]) -> Counted:
    """Look at every call and count."""
    here = [
        told
        for told in history
        if not told.is_test
        and told.clinic in clinics
        and wanted.since <= local(told.rang_at).date() <= wanted.until
        and wanted.kind in ("", told.kind)
        and wanted.origin in ("", told.origin)
    ]
    held = [told for told in here if told.outcome == "completed"]
    lengths = [told.talked_s for told in held]
    return Counted(
        completed=len(held),
        kinds=dict(Counter(told.kind for told in held)),
        origins=dict(Counter(told.origin for told in held)),
        outcomes=dict(Counter(told.outcome for told in here)),
        reasons=dict(Counter(told.because for told in here if told.outcome == "not_completed")),
        picture=dict(Counter(told.picture for told in held)),
        sound=dict(Counter(told.sound for told in held)),
        longer=dict(Counter(told.longer for told in held)),
        measured=dict(Counter(told.measured or "unsaid" for told in held)),
        mean_seconds=sum(lengths) / len(lengths) if lengths else None,
        median_minutes=median((seconds + 30) // 60 for seconds in lengths) if lengths else None,
        mean_wait_s=sum(told.waited_s for told in here) / len(here) if here else None,
        by_month=dict(Counter(f"{local(told.rang_at):%Y-%m}" for told in held)),
    )


async def three_clinics(first: UUID, second: UUID, region: UUID) -> list[UUID]:
    """The cast's two clinics and a third in another region."""
    known = await Clinic.objects().get(Clinic.slug == "third")
    if known is None:
        known = Clinic(region=region, name="Tredje", slug="third", provider_number="777777", plan_b_phone="+4511223344")
        await known.save()
    return [first, second, known.id]
