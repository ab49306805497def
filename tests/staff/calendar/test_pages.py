"""Calendar, feed, door page and shortcuts, through the real application."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from app.clinic.booking.tables import Appointment
from app.clinic.calls import call as calls
from app.clinic.calls.access import call_for
from app.clinic.people import team
from app.clinic.waiting import queue
from tests.cast import Cast, who
from tests.conftest import Browser


@pytest.fixture
async def desk(browser: Browser, cast: Cast) -> Browser:
    """The doctor's browser, in English."""
    browser.http.cookies.set("lang", "en")
    await browser.sign_in(cast.doctor)
    return browser


@pytest.fixture
async def booked(cast: Cast, now: datetime) -> Appointment:
    """Jens with Mette, on video, in two hours."""
    appointment = Appointment(
        clinic=cast.clinic.id,
        patient=cast.patient.id,
        staff=cast.doctor.id,
        type=cast.video_type.id,
        mode="video",
        starts_at=now + timedelta(hours=2),
        reason="Blodtryk",
    )
    await appointment.save()
    return appointment


async def test_day_and_week_show_an_appointment_and_free_times(desk: Browser, cast: Cast, booked: Appointment) -> None:
    whose = f"staff={cast.doctor.id}"
    for address in ("/calendar", "/calendar?view=week", f"/calendar?{whose}", f"/calendar?view=week&{whose}"):
        shown = (await desk.get(address)).text
        assert "Jens Hansen" in shown and "1 on video" in shown, address
    day = (await desk.get("/calendar")).text
    assert f"/bookings/new?staff={cast.colleague.id}&amp;other_time=2026-11-24T10:15" in day
    assert "other_time=2026-11-24T08:45" not in day, "a time that has passed can't be booked"
    assert f"/bookings/new?staff={cast.doctor.id}&amp;other_time=2026-11-24T11:00" not in day


async def test_the_calendar_fetches_only_itself_when_nudged(desk: Browser, booked: Appointment) -> None:
    part = (await desk.get("/calendar", headers={"HX-Request": "true"})).text
    assert part.lstrip().startswith("<section") and "Jens Hansen" in part


async def test_a_free_time_opens_the_booking_with_it_filled_in(desk: Browser, cast: Cast) -> None:
    form = (await desk.get(f"/bookings/new?staff={cast.colleague.id}&other_time=2026-11-24T10:15")).text
    assert 'value="2026-11-24T10:15"' in form
    assert f'value="{cast.colleague.id}" selected' in form


async def test_an_appointment_opens_with_what_can_be_done_with_it(desk: Browser, booked: Appointment) -> None:
    shown = (await desk.get(f"/desk/appointments/{booked.id}")).text
    assert "Blodtryk" in shown and "tel:+4520123456" in shown
    assert f"/desk/appointments/{booked.id}/move" in shown
    assert "<task-page>" in shown and 'hx-target="#dialogs"' not in shown
    over_desk = (await desk.get(f"/desk/appointments/{booked.id}", headers={"HX-Request": "true"})).text
    assert "<dialog" in over_desk and 'hx-target="#dialogs"' in over_desk
    await desk.post(f"/desk/appointments/{booked.id}/cancellation")
    assert f"/desk/appointments/{booked.id}/move" not in (await desk.get(f"/desk/appointments/{booked.id}")).text


async def test_an_appointment_whose_patient_is_called_in_is_left_alone(
    desk: Browser, cast: Cast, booked: Appointment, now: datetime
) -> None:
    await Appointment.update({Appointment.starts_at: now}).where(Appointment.id == booked.id)
    booked.starts_at = now
    place = await queue.enter(cast.patient, booked, now=now)
    assert f"/desk/appointments/{booked.id}/move" in (await desk.get(f"/desk/appointments/{booked.id}")).text
    await calls.call_in(place.id, who(cast.doctor), now)
    shown = (await desk.get(f"/desk/appointments/{booked.id}")).text
    assert "Called in" in shown and f"/desk/appointments/{booked.id}/move" not in shown
    refused = await desk.post(f"/desk/appointments/{booked.id}/cancellation")
    assert (refused.status_code, "has been called in" in refused.text) == (409, True)


async def _own_address(desk: Browser, cast: Cast, kind: str) -> str:
    staff = await team.colleague(cast.clinic.id, cast.doctor.id)
    shown = (await desk.get("/me")).text
    address = str(shown).partition(f'data-text="http://testserver.local/{"calendar" if kind == "feed" else "door"}/')[2]
    assert str(staff.id) in address[:40]
    return f"/{'calendar' if kind == 'feed' else 'door'}/" + address.partition('"')[0]


async def test_the_feed_tells_when_and_how_but_never_who_or_why(desk: Browser, cast: Cast, booked: Appointment) -> None:
    await desk.post("/me/feed")
    address = await _own_address(desk, cast, "feed")
    desk.forget()
    answer = await desk.get(address)
    assert answer.headers["content-type"].startswith("text/calendar")
    assert "Jens" not in answer.text and "Blodtryk" not in answer.text
    read: Any = Calendar.from_ical(answer.content)
    (event,) = read.walk("VEVENT")
    start = event["dtstart"].dt
    assert start == booked.starts_at and start.astimezone(ZoneInfo("Europe/Copenhagen")).hour == 11
    assert event["dtend"].dt - start == timedelta(minutes=15)
    assert str(event["summary"]) == "Videokonsultation"
    assert [str(zone["tzid"]) for zone in read.walk("VTIMEZONE")] == ["Europe/Copenhagen"]


async def test_a_new_or_stopped_feed_ends_the_address_before(desk: Browser, cast: Cast) -> None:
    await desk.post("/me/feed")
    first = await _own_address(desk, cast, "feed")
    await desk.post("/me/feed")
    second = await _own_address(desk, cast, "feed")
    assert (await desk.get(first)).status_code == 404
    assert (await desk.get(second)).status_code == 200
    await desk.post("/me/feed/removal")
    assert (await desk.get(second)).status_code == 404
    await desk.post("/me/feed")
    assert await _own_address(desk, cast, "feed") not in (first, second)
    assert (await desk.get(first)).status_code == 404


async def test_a_feed_secret_opens_neither_a_door_nor_a_colleagues_feed(desk: Browser, cast: Cast) -> None:
    await desk.post("/me/feed")
    await desk.post("/me/door")
    secret = (await _own_address(desk, cast, "feed")).split("/")[3]
    assert (await desk.get(f"/door/{cast.doctor.id}/{secret}")).status_code == 404
    assert (await desk.get(f"/calendar/{cast.colleague.id}/{secret}/naervaer.ics")).status_code == 404


async def test_the_feed_of_somebody_retired_is_gone(desk: Browser, cast: Cast) -> None:
    await desk.post("/me/feed")
    address = await _own_address(desk, cast, "feed")
    await team.retire(cast.doctor.id, who(cast.superuser))
    assert (await desk.get(address)).status_code == 404


async def test_the_door_says_do_not_disturb_while_a_call_runs(desk: Browser, cast: Cast, booked: Appointment) -> None:
    await desk.post("/me/door")
    address = await _own_address(desk, cast, "door")
    desk.forget()
    assert 'data-state="free"' in (await desk.get(address)).text
    now = desk.clock.forward(hours=2)
    place = await queue.enter(cast.patient, booked, now=now)
    ringing = await calls.call_in(place.id, who(cast.doctor), now)
    shown = (await desk.get(address, headers={"HX-Request": "true"})).text
    assert 'data-state="busy"' in shown and "Jens" not in shown
    assert "forstyr ikke" in shown
    call = await call_for(who(cast.doctor), ringing.id)
    await calls.answer(call, now)
    assert 'data-state="busy"' in (await desk.get(address)).text
    await calls.hang_up(call, who(cast.doctor), now)
    assert 'data-state="free"' in (await desk.get(address)).text


async def test_a_journal_systems_link_leads_to_the_waiting_room_after_signing_in(desk: Browser) -> None:
    assert (await desk.get("/waiting-room")).headers["location"] == "/desk#waiting-room"
    assert 'id="waiting-room"' in (await desk.get("/desk")).text
    desk.forget()
    assert (await desk.get("/waiting-room")).headers["location"] == "/login?next=/waiting-room"


async def test_the_desk_can_be_installed(desk: Browser) -> None:
    assert 'rel="manifest" href="/desk.webmanifest"' in (await desk.get("/desk")).text
    manifest = (await desk.get("/desk.webmanifest")).json()
    assert (manifest["start_url"], manifest["display"]) == ("/desk", "standalone")
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}
