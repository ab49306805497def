"""Booking, moving and cancelling oneself, page by page, as a patient at home meets them."""

import re
from typing import Any

import pytest

from app.clinic.booking.tables import Appointment, AppointmentType
from app.clinic.messages.tables import Message
from app.clinic.people import team
from app.clinic.people.tables import Clinic
from tests.cast import Cast
from tests.conftest import Browser
from tests.patient.test_clinic_page import JENS
from tests.waiting.test_door_codes import sent_code

PAGE = "/k/laegehuset-nordby"


@pytest.fixture
async def online(browser: Browser, cast: Cast) -> Cast:
    """The clinic offers both types with the doctor and the colleague."""
    await AppointmentType.update({AppointmentType.bookable_online: True}, force=True)
    await team.choose_online(cast.clinic.id, [cast.doctor.id, cast.colleague.id])
    return cast


async def _first_time(browser: Browser, kind: AppointmentType, place: int = 0) -> str:
    """The address of the first free time of this type, or of a later one."""
    times = (await browser.get(f"{PAGE}/booking/{kind.id}")).text
    return str(re.findall(rf'href="({PAGE}/booking/{kind.id}/[^"]+Z)"', times)[place])


async def _only() -> Appointment:
    [booked] = await Appointment.objects().where(Appointment.state == "booked")
    return booked


async def _book(browser: Browser, cast: Cast, **form: Any) -> Appointment:
    await browser.use_device_of(cast.patient)
    address = await _first_time(browser, cast.video_type, 6)
    answer = await browser.post(address, {"has_device": "yes", "reason": "Prøvesvar", **form})
    assert answer.status_code == 303, answer.text
    return await _only()


async def test_a_stranger_becomes_known_on_the_way_and_loses_nothing(browser: Browser, online: Cast) -> None:
    assert f"{PAGE}/booking" in (await browser.get(PAGE)).text
    assert "Videokonsultation" in (await browser.get(f"{PAGE}/booking")).text
    address = await _first_time(browser, online.video_type)
    door = (await browser.post(address)).headers["location"]
    assert door == f"{PAGE}/door?next={address}"
    assert f'value="{address}"' in (await browser.get(door)).text
    code_page = (await browser.post(f"{PAGE}/door", {**JENS, "next": address})).headers["location"]
    assert f'value="{address}"' in (await browser.get(code_page)).text
    inside = await browser.post(code_page.partition("?")[0], {"code": await sent_code(), "next": address})
    assert inside.headers["location"] == address
    assert online.patient.name in (await browser.get(address)).text
    booked = await browser.post(address, {"has_device": "yes", "reason": "Prøvesvar"})
    appointment = await _only()
    assert booked.headers["location"] == f"/appointments/{appointment.id}"
    assert "Tiden er din" in (await browser.get(booked.headers["location"])).text


@pytest.mark.parametrize(
    "wrong", ["https://evil.example/", "//evil.example", "/desk", "/k/other/booking", "{page}/bookingx"]
)
async def test_the_door_leads_nowhere_but_to_a_booking_here(browser: Browser, online: Cast, wrong: str) -> None:
    answer = await browser.get(f"{PAGE}/door?next={wrong.format(page=PAGE)}")
    assert answer.headers["location"] == PAGE


async def test_video_without_a_device_is_turned_to_the_clinic(browser: Browser, online: Cast) -> None:
    await browser.use_device_of(online.patient)
    answer = await browser.post(await _first_time(browser, online.video_type), {"reason": "Prøvesvar"})
    assert answer.status_code == 422
    assert "Vælg en tid i klinikken" in answer.text
    assert "Prøvesvar" in answer.text
    in_person = await browser.post(await _first_time(browser, online.in_person_type))
    assert in_person.status_code == 303
    assert f'href="{in_person.headers["location"]}"' in (await browser.get("/appointments")).text
    assert f'{in_person.headers["location"]}/cancellation"' in (await browser.get(in_person.headers["location"])).text


async def test_another_language_keeps_what_was_chosen(browser: Browser, online: Cast) -> None:
    await browser.use_device_of(online.second_patient)
    only = (await browser.get(f"{PAGE}/booking/{online.video_type.id}?staff={online.colleague.id}&lang=da")).text
    assert f'href="?staff={online.colleague.id}&amp;lang=en"' in only


async def test_a_time_taken_meanwhile_says_so_and_shows_the_others(browser: Browser, online: Cast) -> None:
    await browser.use_device_of(online.second_patient)
    address = await _first_time(browser, online.video_type)
    await browser.post(address, {"has_device": "yes"})
    await browser.use_device_of(online.patient)
    late = await browser.post(address, {"has_device": "yes"})
    assert late.status_code == 422
    assert "lige taget" in late.text
    assert f'href="{PAGE}/booking/{online.video_type.id}"' in late.text


async def test_one_person_can_be_chosen(browser: Browser, online: Cast) -> None:
    address = f"{PAGE}/booking/{online.video_type.id}"
    both = (await browser.get(address)).text
    assert both.index("Mette Holm") < both.index("Anders Bak")
    only = (await browser.get(f"{address}?staff={online.colleague.id}")).text
    assert f"/{online.doctor.id}/" not in only
    assert f"/{online.colleague.id}/" in only
    later = re.search(r"from=(\d{4}-\d\d-\d\d)", only)
    assert later
    assert (await browser.get(f"{address}?from={later.group(1)}")).text != both


async def test_what_is_not_offered_has_no_page(browser: Browser, cast: Cast) -> None:
    assert f"{PAGE}/booking" not in (await browser.get(PAGE)).text
    assert "Ring til klinikken" in (await browser.get(f"{PAGE}/booking")).text
    assert (await browser.get(f"{PAGE}/booking/{cast.video_type.id}")).status_code == 404


async def test_the_clinics_page_says_what_video_is_good_for(browser: Browser, cast: Cast) -> None:
    await Clinic.update({Clinic.offer: "Vi bruger gerne video til prøvesvar."}).where(Clinic.id == cast.clinic.id)
    assert "Vi bruger gerne video til prøvesvar." in (await browser.get(PAGE)).text


async def test_a_patient_cancels_and_the_link_says_so(browser: Browser, online: Cast) -> None:
    booked = await _book(browser, online)
    address = f"/appointments/{booked.id}"
    assert f"{address}/cancellation" in (await browser.get(address)).text
    assert "Ja, aflys tiden" in (await browser.get(f"{address}/cancellation")).text
    assert (await browser.post(f"{address}/cancellation")).headers["location"] == address
    assert "aflyst" in (await browser.get(address)).text
    assert (await browser.get(f"{address}/cancellation")).headers["location"] == address
    said = {row["purpose"] for row in await Message.select(Message.purpose).where(Message.about == str(booked.id))}
    assert "cancelled" in said or "received" not in said


async def test_a_patient_moves_and_the_old_page_leads_on(browser: Browser, online: Cast) -> None:
    booked = await _book(browser, online)
    address = f"/appointments/{booked.id}/move"
    slots = re.findall(r'name="slot" value="([^"]+)"', (await browser.get(address)).text)
    moved = await browser.post(address, {"slot": slots[3]})
    new = await _only()
    assert moved.headers["location"] == f"/appointments/{new.id}"
    assert f"/appointments/{new.id}" in (await browser.get(f"/appointments/{booked.id}")).text
    again = await browser.post(f"/appointments/{new.id}/move", {"slot": "nonsense"})
    assert again.status_code == 422
    everybody = await browser.post(f"/appointments/{new.id}/move?everybody", {"slot": "nonsense"})
    assert f'action="/appointments/{new.id}/move?everybody"' in everybody.text


async def test_a_double_tap_and_going_back_lead_to_the_one_appointment(browser: Browser, online: Cast) -> None:
    await browser.use_device_of(online.patient)
    address, form = await _first_time(browser, online.video_type), {"has_device": "yes", "reason": "Prøvesvar"}
    led = [await browser.post(address, each) for each in (form, form, {"has_device": "yes"}, {**form, "_once": "s"})]
    assert {(answer.status_code, answer.headers["location"]) for answer in led} == {
        (303, f"/appointments/{(await _only()).id}")
    }
    assert await Message.count() == 2
