"""The waiting page: honest words in every state, and a way on from each."""

import html
import re
from datetime import timedelta

import pytest

from app.clinic.booking.tables import Appointment
from app.clinic.calls import call as calls
from app.clinic.calls.outcome import OutcomeForm, record_outcome
from app.clinic.people.tables import Patient
from app.clinic.waiting import queue, room
from app.clinic.waiting.tables import Place
from tests.booking.test_join_links import agree
from tests.cast import Cast, who
from tests.conftest import Browser


@pytest.fixture
async def place(browser: Browser, cast: Cast) -> Place:
    await browser.use_device_of(cast.patient)
    appointment = await agree(cast, browser.clock.now + timedelta(minutes=10))
    return await queue.enter(cast.patient, appointment, now=browser.clock.now)


async def test_it_says_when_you_came_and_for_what_time_but_no_position(browser: Browser, place: Place) -> None:
    text = (await browser.get("/waiting")).text
    assert "9.00" in text
    assert "9.10" in text
    assert f'<waiting-presence place="{place.id}">' in text
    assert f'topics="place:{place.id}"' in text


async def test_the_clinic_s_words_are_shown(browser: Browser, cast: Cast, place: Place) -> None:
    await room.announce_to_all(who(cast.doctor), "Vi er <lidt> bagud", browser.clock.now)
    await room.tell(place, "Kom gerne tættere på nettet", browser.clock.now)
    text = (await browser.get("/waiting")).text
    assert "Vi er &lt;lidt&gt; bagud" in text
    assert "Kom gerne tættere på nettet" in text


async def test_what_changes_is_read_aloud(browser: Browser, cast: Cast, place: Place) -> None:
    text = (await browser.get("/waiting?lang=en")).text
    status = re.search(
        r'<div role="status">\s*<div data-line="open" hidden>(.*?)</div>\s*<div data-line="lost" hidden>(.*)',
        text,
        re.S,
    )
    assert status and "The clinic can see you" in status.group(1)
    assert "Connecting again" in status.group(2)
    news = r'<div [^>]*id="waiting-news" role="status"[^>]*>'
    assert re.search(rf"{news}\s*</div>", text), "it is there before there is anything to say"
    await room.announce_to_all(who(cast.doctor), "Vi er bagud", browser.clock.now)
    text = (await browser.get("/waiting")).text
    assert re.search(rf"{news}\s*<div[^>]*>.*Vi er bagud", text)


async def test_a_nudge_fetches_the_fragment(browser: Browser, place: Place) -> None:
    answer = await browser.get("/waiting?shown=standing", headers={"HX-Request": "true"})
    assert answer.text.lstrip().startswith("<div")
    assert 'id="waiting"' in answer.text


async def test_when_the_wait_is_over_the_page_is_loaded_anew(browser: Browser, cast: Cast, place: Place) -> None:
    await room.open_up(who(cast.doctor), None, browser.clock.now)
    await room.close_and_send_away(who(cast.doctor), browser.clock.now, also_booked=True)
    answer = await browser.get("/waiting?shown=standing", headers={"HX-Request": "true"})
    assert answer.headers["hx-redirect"] == queue.page_of(place.id)
    text = (await browser.get("/waiting")).text
    assert 'href="tel:+4566112233"' in text
    assert "<waiting-presence" not in text


async def test_somebody_sent_away_who_is_taken_back_waits_again(browser: Browser, cast: Cast, place: Place) -> None:
    await room.open_up(who(cast.doctor), None, browser.clock.now)
    await room.close_and_send_away(who(cast.doctor), browser.clock.now, also_booked=True)
    await room.take_closing_back(who(cast.doctor), browser.clock.now)
    answer = await browser.get("/waiting?shown=over", headers={"HX-Request": "true"})
    assert answer.headers["hx-redirect"] == queue.page_of(place.id)


async def test_leaving_gives_the_place_up_and_offers_the_way_back(browser: Browser, place: Place) -> None:
    answer = await browser.post("/waiting/departure")
    assert answer.headers["location"] == queue.page_of(place.id)
    assert await queue.standing_place(place.patient) is None
    text = (await browser.get("/waiting")).text
    assert f'action="/appointments/{place.appointment}/place"' in text


async def test_being_called_shows_the_call(browser: Browser, cast: Cast, place: Place) -> None:
    await calls.call_in(place.id, who(cast.doctor), browser.clock.now)
    text = (await browser.get("/waiting?shown=standing", headers={"HX-Request": "true"})).text
    assert "<patient-call" in text
    assert cast.doctor.name in text


async def test_without_a_place_it_leads_to_the_appointments(browser: Browser, cast: Cast) -> None:
    await browser.use_device_of(cast.patient)
    assert (await browser.get("/waiting")).headers["location"] == "/appointments"


async def test_yesterday_s_wait_is_not_told_again(browser: Browser, place: Place) -> None:
    await queue.leave(place, browser.clock.now)
    browser.clock.forward(hours=13)
    assert (await browser.get("/waiting")).headers["location"] == "/appointments"


async def test_a_cancelled_appointment_ends_the_wait_with_words(browser: Browser, place: Place) -> None:
    appointment = await Appointment.objects().get(Appointment.id == place.appointment)
    assert appointment is not None
    await queue.cancel(appointment, browser.clock.now)
    answer = await browser.get("/waiting")
    assert answer.status_code == 200
    assert 'href="tel:+4566112233"' in answer.text


async def test_who_waited_for_a_moved_appointment_reads_the_new_time(browser: Browser, place: Place) -> None:
    appointment = await Appointment.objects().get(Appointment.id == place.appointment)
    assert appointment is not None
    await queue.move(appointment, browser.clock.now + timedelta(hours=3), browser.clock.now)
    text = (await browser.get("/waiting")).text
    assert "Din tid er flyttet" in text
    assert "Din nye tid er i dag kl." in text


async def test_another_patient_s_page_shows_their_own_place_only(browser: Browser, cast: Cast, place: Place) -> None:
    other = await Patient.objects().get(Patient.id == cast.second_patient.id)
    assert other is not None
    await browser.use_device_of(other)
    assert (await browser.get("/waiting")).headers["location"] == "/appointments"


async def test_an_open_page_about_how_it_ended_hears_when_that_changes(
    browser: Browser, cast: Cast, place: Place
) -> None:
    now = browser.clock.now
    call = await calls.call_in(place.id, who(cast.doctor), now)
    await calls.answer(call, now)
    await calls.hang_up(call, who(cast.doctor), now)
    shown = (await browser.get("/waiting")).text
    address = html.unescape(shown.partition('hx-get="/waiting?shown=over')[2].partition('"')[0])
    again = {"HX-Request": "true"}
    assert (await browser.get(f"/waiting?shown=over{address}", headers=again)).status_code == 204
    await record_outcome(call, who(cast.doctor), OutcomeForm("not_completed", "connection"), now)
    answer = await browser.get(f"/waiting?shown=over{address}", headers=again)
    assert answer.headers["hx-redirect"] == queue.page_of(place.id)
