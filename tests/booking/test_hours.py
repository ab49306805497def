"""When people work: opening hours, weeks, video blocks, days off."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.clinic.booking import hours
from app.clinic.booking.hours import Stretch, Week
from app.clinic.booking.tables import Absence
from app.clinic.errors import Invalid
from app.clinic.people import team
from app.clinic.people.tables import Staff
from app.i18n import local
from tests.cast import Cast

TUESDAY = date(2026, 11, 24)
MORNING = Stretch(1, 8 * 60, 12 * 60)
AFTERNOON = Stretch(1, 13 * 60, 16 * 60)
BLOCK = Stretch(1, 9 * 60, 10 * 60)


def _shown(spans: list[hours.Span]) -> list[str]:
    return [f"{local(start):%a %H:%M}-{local(end):%H:%M}" for start, end in spans]


def test_time_kept_for_video_takes_nothing_else() -> None:
    week = Week((MORNING, AFTERNOON), (BLOCK,))
    assert _shown(hours.spans_on(week, TUESDAY, "in_person", "spread")) == [
        "Tue 08:00-09:00",
        "Tue 10:00-12:00",
        "Tue 13:00-16:00",
    ]
    assert _shown(hours.spans_on(week, TUESDAY, "video", "spread")) == ["Tue 08:00-12:00", "Tue 13:00-16:00"]
    assert _shown(hours.spans_on(week, TUESDAY, "video", "blocks")) == ["Tue 09:00-10:00"]


def test_whoever_keeps_no_time_for_video_offers_it_all_day_in_blocks_too() -> None:
    assert _shown(hours.spans_on(Week((MORNING,)), TUESDAY, "video", "blocks")) == ["Tue 08:00-12:00"]


def test_a_video_block_outside_working_hours_is_no_working_time() -> None:
    week = Week((AFTERNOON,), (Stretch(1, 12 * 60, 14 * 60),))
    assert week.pieces(TUESDAY) == [(13 * 60, 14 * 60, True), (14 * 60, 16 * 60, False)]


def test_hours_are_those_of_the_danish_clock_in_winter_and_summer() -> None:
    week = Week((Stretch(0, 8 * 60, 24 * 60),))
    winter = hours.spans_on(week, date(2026, 11, 23), "video", "spread")
    summer = hours.spans_on(week, date(2026, 6, 1), "video", "spread")
    assert winter == [(datetime(2026, 11, 23, 7, tzinfo=UTC), datetime(2026, 11, 23, 23, tzinfo=UTC))]
    assert summer == [(datetime(2026, 6, 1, 6, tzinfo=UTC), datetime(2026, 6, 1, 22, tzinfo=UTC))]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("8-12, 13.30-16", [(480, 720), (810, 960)]),
        ("8.00–16.00", [(480, 960)]),
        ("08:15 - 12:00 og 13-15", [(495, 720), (780, 900)]),
        ("0800-1200", [(480, 720)]),
        ("0-24", [(0, 1440)]),
        ("", []),
    ],
)
def test_a_day_is_read_as_people_write_it(text: str, read: list[tuple[int, int]]) -> None:
    stretches = hours.read_day(3, text, "open")
    assert [(each.starts, each.ends) for each in stretches] == read
    assert hours.read_day(3, hours.written(stretches, 3), "open") == stretches


@pytest.mark.parametrize("text", ["morgen", "8", "8-", "25-26", "8-12-14", "8.75-9"])
def test_what_is_no_time_is_said_to_be_none(text: str) -> None:
    with pytest.raises(Invalid) as wrong:
        hours.read_day(4, text, "work")
    assert wrong.value.field == "work-4"


@pytest.mark.parametrize("stretches", [[(600, 540)], [(480, 720), (700, 800)], [(480, 480)]])
def test_times_that_run_backwards_or_overlap_are_refused(stretches: list[tuple[int, int]]) -> None:
    with pytest.raises(Invalid) as wrong:
        hours.check([Stretch(2, *each) for each in stretches], "open")
    assert wrong.value.field == "open-2"


async def test_who_writes_no_hours_works_the_clinics(cast: Cast) -> None:
    doctor = cast.doctor.id
    usual = await hours.spans_for(cast.clinic, doctor, "video", date(2026, 11, 20), date(2026, 11, 23))
    assert _shown(usual) == ["Fri 08:00-16:00", "Mon 08:00-16:00"]
    await hours.set_opening(cast.clinic.id, [Stretch(0, 9 * 60, 11 * 60)])
    assert _shown(await hours.spans_for(cast.clinic, doctor, "video", date(2026, 11, 20), date(2026, 11, 23))) == [
        "Mon 09:00-11:00"
    ]
    await hours.set_week(doctor, Week((MORNING,), (BLOCK,)))
    assert await hours.own_week(doctor) == Week((MORNING,), (BLOCK,))
    assert _shown(await hours.spans_for(cast.clinic, doctor, "video", TUESDAY, TUESDAY)) == ["Tue 08:00-12:00"]
    assert (await hours.weeks(cast.clinic.id, [cast.colleague.id]))[cast.colleague.id].work == (
        Stretch(0, 9 * 60, 11 * 60),
    )


async def test_nobody_is_free_on_days_off(cast: Cast) -> None:
    async def keep(**who: Any) -> None:
        await Absence(clinic=cast.clinic.id, first_day=TUESDAY, last_day=date(2026, 11, 25), **who).save()

    async def free(staff: Staff) -> list[str]:
        return _shown(await hours.spans_for(cast.clinic, staff.id, "video", TUESDAY, date(2026, 11, 26)))

    await keep(staff=cast.doctor.id)
    assert await free(cast.doctor) == ["Thu 08:00-16:00"]
    assert len(await free(cast.colleague)) == 3
    await keep()
    assert await free(cast.colleague) == ["Thu 08:00-16:00"]
    assert await hours.days_off(cast.other_clinic.id, TUESDAY) == []


async def test_patients_are_offered_those_the_clinic_chose_in_its_order(cast: Cast) -> None:
    assert await team.online(cast.clinic.id) == []
    for staff, order in ((cast.doctor, 2), (cast.colleague, 1), (cast.superuser, 2)):
        await Staff.update({Staff.bookable_online: True, Staff.online_order: order}).where(Staff.id == staff.id)
    assert [each.name for each in await team.online(cast.clinic.id)] == ["Anders Bak", "Mette Holm", "Sara Juul"]


def test_the_week_is_told_as_a_sign_at_the_door_tells_it() -> None:
    week = [Stretch(day, 8 * 60, 16 * 60) for day in (0, 1, 3, 4)] + [Stretch(5, 9 * 60, 10 * 60 + 30)]
    rows = [(row.first, row.last, row.times) for row in hours.grouped(week)]
    assert rows == [(0, 1, "8.00–16.00"), (3, 4, "8.00–16.00"), (5, 5, "9.00–10.30")]
    assert hours.grouped([]) == []
