"""Measurements: what the clinic asks for, numbers as Danes write them, only plausible ones; the newest word wins."""

from datetime import datetime, timedelta

import pytest

from app.clinic.booking import measurements, readiness
from app.clinic.booking.measurements import TypedValue
from app.clinic.booking.tables import Appointment
from app.clinic.errors import Invalid
from app.i18n import use_language
from tests.booking.test_join_links import agree
from tests.cast import Cast


@pytest.fixture
async def appointment(cast: Cast, now: datetime) -> Appointment:
    await measurements.ask(cast.video_type, ["blood_pressure", "weight"])
    return await agree(cast, now + timedelta(hours=2))


async def words(appointment: Appointment) -> list[str]:
    with use_language("da"):
        return [each.words for each in (await measurements.of([appointment]))[appointment.id]]


async def test_what_is_asked_for_is_shown_before_it_is_measured(appointment: Appointment, cast: Cast) -> None:
    readings = (await measurements.of([appointment]))[appointment.id]
    assert [(each.kind, each.words) for each in readings] == [("weight", ""), ("blood_pressure", "")]
    await measurements.ask(cast.video_type, [])
    assert (await measurements.of([appointment]))[appointment.id] == []


async def test_a_danish_comma_is_a_comma(appointment: Appointment, now: datetime) -> None:
    entries = [TypedValue("weight", "72,5", "", now), TypedValue("blood_pressure", "135", "85", now)]
    await measurements.enter(appointment, entries, now)
    assert await words(appointment) == ["72,5 kg", "135/85 mmHg"]
    seen = (await readiness.of([appointment]))[appointment.id]
    assert [each.kind for each in seen.readings] == ["weight", "blood_pressure"]


@pytest.mark.parametrize(
    ("kind", "value", "second", "field"),
    [
        ("weight", "725", "", "weight"),
        ("weight", "heavy", "", "weight"),
        ("weight", "nan", "", "weight"),
        ("blood_pressure", "135", "", "blood_pressure_second"),
        ("blood_pressure", "85", "135", "blood_pressure"),
        ("pulse", "70", "", "pulse"),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_kept(
    appointment: Appointment, now: datetime, kind: str, value: str, second: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await measurements.enter(
            appointment, [TypedValue("weight", "70", "", now), TypedValue(kind, value, second, now)], now
        )
    assert refused.value.field == field
    assert await words(appointment) == ["", ""]


async def test_the_newest_word_wins_however_late_the_other_comes(appointment: Appointment, now: datetime) -> None:
    await measurements.enter(appointment, [TypedValue("weight", "70", "", now)], now)
    await measurements.enter(appointment, [TypedValue("weight", "69", "", now - timedelta(hours=1))], now)
    assert (await words(appointment))[0] == "70 kg"
    later = now + timedelta(minutes=5)
    await measurements.enter(appointment, [TypedValue("weight", "71", "", later + timedelta(days=9))], later)
    assert (await words(appointment))[0] == "71 kg"


async def test_what_was_measured_stays_when_it_is_no_longer_asked_for(
    appointment: Appointment, cast: Cast, now: datetime
) -> None:
    await measurements.enter(appointment, [TypedValue("weight", "70", "", now)], now)
    await measurements.ask(cast.video_type, ["pulse"])
    assert await words(appointment) == ["70 kg", ""]
