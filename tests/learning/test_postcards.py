"""The sheet after a call: filled in from what the call knows, put off but never lost, and entered in the book once."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.clinic.booking import appointments, device_tests
from app.clinic.booking.device_tests import DeviceReport
from app.clinic.booking.tables import Appointment
from app.clinic.calls import call as calls
from app.clinic.calls.access import call_for
from app.clinic.calls.outcome import OutcomeForm
from app.clinic.calls.tables import Call
from app.clinic.calls.view import desk_call
from app.clinic.errors import Conflict, Invalid
from app.clinic.learning import book, postcards
from app.clinic.learning.book import Postcard
from app.clinic.learning.tables import Meeting, Tally
from app.clinic.people import regions
from app.clinic.people.tables import Clinic, Patient, Region
from app.clinic.reporting import figures
from app.clinic.reporting.figures import Filter
from tests.calls.test_call import waiting
from tests.cast import Cast, who
from tests.conftest import Browser
from tests.waiting.agreed import appointment

HELD = OutcomeForm("completed", solved="solved", instead_of="in_person")
GOOD = Postcard("consultation", "good", "good", "no")


async def held(cast: Cast, now: datetime, minutes: int = 12, patient: Patient | None = None, **place: object) -> Call:
    """A call that was held from now on, hung up after so many minutes."""
    called = await calls.call_in((await waiting(cast, now, patient, **place)).id, who(cast.doctor), now)
    await calls.answer(called, now)
    await calls.connected(called.id, now)
    await calls.hang_up(called, who(cast.doctor), now + timedelta(minutes=minutes))
    return await call_for(who(cast.doctor), called.id)


async def tallied() -> int:
    return sum([tally.meetings for tally in await Tally.objects()])


async def only_meeting() -> Meeting:
    (meeting,) = await Meeting.objects()
    return meeting


async def test_the_sheet_is_filled_in_from_what_the_call_knows(cast: Cast, now: datetime) -> None:
    booked = await appointment(cast, cast.patient, now, minutes=15)
    call = await held(cast, now, 20, appointment=booked.id)
    sheet = await postcards.sheet_of(call)
    assert (sheet.outcome, sheet.picture, sheet.sound, sheet.longer, sheet.kind) == (
        "completed",
        "good",
        "good",
        "yes",
        "consultation",
    )


async def test_a_call_nobody_answered_is_suggested_as_not_held(cast: Cast, now: datetime) -> None:
    called = await calls.call_in((await waiting(cast, now)).id, who(cast.doctor), now)
    await calls.hang_up(called, who(cast.doctor), now + timedelta(minutes=1))
    sheet = await postcards.sheet_of(await call_for(who(cast.doctor), called.id))
    assert (sheet.outcome, sheet.reason) == ("not_completed", "no_answer")


async def test_what_was_handed_in_can_be_corrected_and_is_entered_once(cast: Cast, now: datetime) -> None:
    call = await held(cast, now)
    await postcards.hand_in(call, who(cast.doctor), HELD, GOOD, now)
    wrong = Postcard("conference", "bad", "good", "yes")
    await postcards.hand_in(call, who(cast.secretary), HELD, wrong, now)
    meeting = await only_meeting()
    assert (meeting.kind, meeting.picture, meeting.sound, meeting.longer) == ("conference", "bad", "good", "yes")
    assert (meeting.seconds, meeting.minutes, meeting.outcome) == (720, 12, "completed")
    sheet = await postcards.sheet_of(await call_for(who(cast.doctor), call.id))
    assert (sheet.kind, sheet.picture, sheet.solved) == ("conference", "bad", "solved")


async def test_a_postcard_that_lacks_an_answer_notes_nothing(cast: Cast, now: datetime) -> None:
    call = await held(cast, now)
    with pytest.raises(Invalid) as refused:
        await postcards.hand_in(call, who(cast.doctor), HELD, Postcard("consultation", "good", "", "no"), now)
    assert refused.value.field == "sound"
    assert (await call_for(who(cast.doctor), call.id)).outcome_at is None
    assert await Meeting.count() == 0


async def test_a_sheet_put_off_leaves_the_desk_and_stays_on_the_list(cast: Cast, now: datetime) -> None:
    call = await held(cast, now)
    assert await desk_call(who(cast.doctor), now) is not None
    await postcards.put_off(call, now)
    assert await desk_call(who(cast.doctor), now) is None
    assert [each.id for each in await postcards.unfinished(cast.clinic.id)] == [call.id]
    assert await postcards.count_unfinished(cast.other_clinic.id) == 0
    await postcards.hand_in(call, who(cast.colleague), HELD, GOOD, now)
    assert await postcards.count_unfinished(cast.clinic.id) == 0
    assert [each.id for each in await postcards.latest(cast.clinic.id)] == [call.id]
    with pytest.raises(Conflict):
        await postcards.put_off(call, now)


async def test_a_test_call_leaves_no_trace_in_the_book(cast: Cast, now: datetime) -> None:
    call = await held(cast, now, patient=cast.passant)
    await postcards.hand_in(call, who(cast.doctor), OutcomeForm("completed"), Postcard(), now)
    await book.keep(now + timedelta(days=2))
    assert await Meeting.count() == 0
    assert await Tally.count() == 0


async def test_a_call_nobody_says_anything_of_is_entered_by_itself(cast: Cast, now: datetime) -> None:
    await held(cast, now)
    assert await book.keep(now + timedelta(hours=2)) == 0
    assert await book.keep(now + timedelta(hours=13)) == 1
    assert await book.keep(now + timedelta(hours=14)) == 0
    assert (await only_meeting()).outcome == ""


async def test_who_never_came_is_a_no_show_the_day_after(cast: Cast, now: datetime) -> None:
    await appointment(cast, cast.patient, now)
    await appointment(cast, cast.passant, now, is_test=True)
    came = await appointment(cast, cast.second_patient, now)
    await waiting(cast, now, cast.second_patient, appointment=came.id)
    assert await book.keep(now + timedelta(hours=5)) == 0
    assert await book.keep(now + timedelta(days=1)) == 1
    meeting = await only_meeting()
    assert (meeting.outcome, meeting.source, meeting.minutes) == ("no_show", "booking", -1)


async def test_a_call_over_the_change_of_the_clock_lasts_as_long_as_it_lasted(cast: Cast) -> None:
    before = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)  # 2.50, and ten minutes later it is 2.00 again
    call = await held(cast, before, 20)
    await postcards.hand_in(call, who(cast.doctor), HELD, GOOD, before)
    assert ((await only_meeting()).seconds, (await only_meeting()).held_on) == (1200, date(2026, 10, 25))


async def test_a_meeting_belongs_to_the_danish_day_and_month(cast: Cast) -> None:
    late = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)  # half past midnight on 1 July in Denmark
    await postcards.hand_in(await held(cast, late), who(cast.doctor), HELD, GOOD, late)
    assert ((await only_meeting()).held_on, (await only_meeting()).month) == (date(2026, 7, 1), date(2026, 7, 1))


@pytest.mark.parametrize(
    ("day", "name"),
    [(datetime(2026, 12, 31, 9, tzinfo=UTC), "Region Sjælland"), (datetime(2027, 1, 1, 9, tzinfo=UTC), regions.EAST)],
)
async def test_history_keeps_the_region_of_its_day(cast: Cast, day: datetime, name: str) -> None:
    zealand = await regions.named("Region Sjælland")
    await Clinic.update({Clinic.region: zealand.id}).where(Clinic.id == cast.clinic.id)
    await postcards.hand_in(await held(cast, day), who(cast.doctor), HELD, GOOD, day)
    region = await Region.objects().get(Region.id == (await only_meeting()).region)
    assert region is not None
    assert region.name == name


def test_regions_are_those_of_the_day() -> None:
    assert len(regions.names_on(date(2026, 12, 31))) == 5
    assert regions.EAST in regions.names_on(date(2027, 1, 1))
    assert "Region Hovedstaden" not in regions.names_on(date(2027, 1, 1))
    assert regions.merged_into(regions.EAST) == [regions.EAST, "Region Hovedstaden", "Region Sjælland"]


async def test_a_deleted_clinics_meetings_and_tallies_go_with_it(cast: Cast, now: datetime) -> None:
    await postcards.hand_in(await held(cast, now), who(cast.doctor), HELD, GOOD, now)
    assert await tallied() == 1
    await Clinic.delete().where(Clinic.id == cast.clinic.id)
    assert await Meeting.count() == 0
    assert await tallied() == 0


async def test_the_sheet_is_a_page_of_its_own_and_comes_back_filled_in(browser: Browser, cast: Cast) -> None:
    call = await held(cast, browser.clock.now)
    await browser.sign_in(cast.doctor)
    assert "/calls" in (await browser.get("/desk")).text
    await browser.post(f"/calls/{call.id}/postponement")
    assert f"/calls/{call.id}/outcome" in (await browser.get("/calls")).text
    address = f"/calls/{call.id}/outcome"
    assert 'value="completed" required checked' in (await browser.get(address)).text
    form = {"outcome": "completed", "instead_of": "phone", "next": "calls", "kind": "consultation"}
    refused = await browser.post(address, form | {"picture": "bad"})
    assert refused.status_code == 422
    assert 'value="bad" checked' in refused.text
    assert 'value="no_answer">' in refused.text, "without scripts nobody is made to say why a held meeting was not"
    good = {"picture": "bad", "sound": "good", "longer": "no", "solved": "solved"}
    assert (await browser.post(address, form | good)).headers["Location"] == "/calls"
    assert (await only_meeting()).picture == "bad"


async def test_a_device_test_that_failed_before_the_day_counts_once(cast: Cast, now: datetime) -> None:
    failed, passed = DeviceReport("denied", "ok", "ok"), DeviceReport("ok", "ok", "ok")
    tomorrow, today = now + timedelta(days=1), now + timedelta(hours=1)
    for report, starts_at, times, is_test in (
        (failed, tomorrow, 2, False),
        (failed, today, 1, False),
        (passed, tomorrow, 1, False),
        (failed, tomorrow, 1, True),
    ):
        booked = await appointment(cast, cast.patient, starts_at)
        await Appointment.update({Appointment.is_test: is_test}).where(Appointment.id == booked.id)
        for _time in range(times):
            await device_tests.record(booked, None, report, now)
    for _time in range(2):
        await book.keep(now)
    day = now.date()
    found = await figures.of_clinic(cast.clinic.id, Filter(day, day))
    assert (found.caught, found.tried, found.outcomes) == (1, 0, {})
    month = Filter(day.replace(day=1), day.replace(day=30))
    assert (await figures.of_all(month, limit=1)).caught == 1
    assert (await figures.of_all(month, limit=5)).caught == 0


async def test_a_failed_device_test_counts_once_when_its_appointment_is_moved(cast: Cast, now: datetime) -> None:
    booked = await appointment(cast, cast.patient, now + timedelta(days=1))
    await device_tests.record(booked, None, DeviceReport("denied", "ok", "ok"), now)
    await book.keep(now)
    await appointments.move(booked, now + timedelta(days=2), now)
    await book.keep(now)
    assert (await figures.of_clinic(cast.clinic.id, Filter(now.date(), now.date()))).caught == 1
