"""The clinic's own page and the door of the open consultation, as a patient at home meets them."""

from datetime import date

import pytest

from app.clinic.booking import hours
from app.clinic.booking.hours import Stretch
from app.clinic.people import patients
from app.clinic.people.patients import NewPatient
from app.clinic.people.tables import Clinic, SmsCode
from app.clinic.waiting import queue, room
from app.clinic.waiting.tables import OpeningWindow
from tests.cast import Cast, who
from tests.conftest import Browser
from tests.waiting.test_door_codes import sent_code

DOOR = "/k/laegehuset-nordby/door"
JENS = {"phone": "20 12 34 56", "day": "25", "month": "12", "year": "1948"}


@pytest.fixture
async def opened(browser: Browser, cast: Cast) -> None:
    await room.open_up(who(cast.doctor), None, browser.clock.now)


async def test_closed_says_so_and_gives_the_phone(browser: Browser, cast: Cast) -> None:
    answer = await browser.get("/k/laegehuset-nordby")
    assert answer.status_code == 200
    assert 'href="tel:+4566112233"' in answer.text
    assert DOOR not in answer.text
    assert (await browser.get(DOOR)).headers["location"] == "/k/laegehuset-nordby"
    assert (await browser.post(DOOR, JENS)).headers["location"] == "/k/laegehuset-nordby"
    assert (await browser.get("/k/nowhere")).status_code == 404


async def test_the_page_says_when_the_clinic_and_its_open_consultation_are_open(browser: Browser, cast: Cast) -> None:
    assert "Åbningstider" not in (await browser.get("/k/laegehuset-nordby")).text
    await hours.set_opening(cast.clinic.id, [Stretch(day, 8 * 60, 16 * 60) for day in (0, 1, 2, 4)])
    await OpeningWindow(clinic=cast.clinic.id, weekday=1, starts=8 * 60, ends=9 * 60).save()
    await Clinic.update({Clinic.languages: "dansk og tysk"}).where(Clinic.id == cast.clinic.id)
    page = (await browser.get("/k/laegehuset-nordby")).text
    for words in ("Mandag–onsdag", "8.00–16.00", "Fredag", "Tirsdag", "8.00–9.00", "dansk og tysk"):
        assert words in page
    assert "Den åbner normalt igen" in page


async def test_a_queue_without_places_left_keeps_what_was_written(browser: Browser, cast: Cast) -> None:
    await room.open_up(who(cast.doctor), None, browser.clock.now, places=1)
    await queue.enter(cast.child, None, now=browser.clock.now)
    await browser.use_device_of(cast.patient)
    answer = await browser.post("/k/laegehuset-nordby/place", {"reason": "Udslæt på armen"})
    assert answer.status_code == 403
    assert "Udslæt på armen</textarea>" in answer.text


@pytest.mark.usefixtures("opened")
async def test_phone_birth_date_and_code_lead_into_the_queue(browser: Browser, cast: Cast) -> None:
    assert DOOR in (await browser.get("/k/laegehuset-nordby")).text
    assert (await browser.post("/k/laegehuset-nordby/place")).headers["location"] == DOOR
    asked = await browser.post(DOOR, JENS)
    assert asked.status_code == 303
    code_page = asked.headers["location"]
    assert (await browser.get(code_page)).status_code == 200
    inside = await browser.post(code_page, {"code": await sent_code()})
    assert inside.headers["location"] == "/k/laegehuset-nordby"
    assert cast.patient.name in (await browser.get("/k/laegehuset-nordby")).text
    placed = await browser.post("/k/laegehuset-nordby/place", {"reason": "Udslæt"})
    place = await queue.standing_place(cast.patient.id)
    assert place is not None
    assert placed.headers["location"] == queue.page_of(place.id)
    assert place.reason == "Udslæt"
    assert f'href="{queue.page_of(place.id)}"' in (await browser.get("/k/laegehuset-nordby")).text


@pytest.mark.usefixtures("opened")
async def test_a_stranger_sees_the_same_pages_as_a_patient(browser: Browser, cast: Cast) -> None:
    known = await browser.get((await browser.post(DOOR, JENS)).headers["location"])
    stranger = await browser.get((await browser.post(DOOR, {**JENS, "year": "1949"})).headers["location"])
    assert known.status_code == stranger.status_code == 200
    assert len(known.text) == len(stranger.text)


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize("mistake", [{"phone": "123"}, {"month": "14"}])
async def test_a_mistake_brings_the_form_back(browser: Browser, cast: Cast, mistake: dict[str, str]) -> None:
    assert (await browser.post(DOOR, {**JENS, **mistake})).status_code == 422


@pytest.mark.usefixtures("opened")
async def test_a_wrong_code_is_asked_again(browser: Browser, cast: Cast) -> None:
    page = (await browser.post(DOOR, JENS)).headers["location"]
    right = await sent_code()
    assert (await browser.post(page, {"code": "000000" if right != "000000" else "111111"})).status_code == 422
    assert (await browser.post(page, {"code": right})).status_code == 303


@pytest.mark.usefixtures("opened")
async def test_twins_choose_who_it_is_about(browser: Browser, cast: Cast) -> None:
    twin = NewPatient("Ebbe Lind", birth_date=date(2017, 5, 3), phone="+4531223344", eid="guardian")
    ebbe = await patients.add(cast.clinic.id, twin, browser.clock.now)
    asked = await browser.post(DOOR, {"phone": "31223344", "day": "3", "month": "5", "year": "2017"})
    page = asked.headers["location"]
    choice = await browser.post(page, {"code": await sent_code()})
    assert choice.status_code == 200
    assert "Alma Lind" in choice.text
    assert "Ebbe Lind" in choice.text
    chosen = await browser.post(page, {"code": await sent_code(), "patient": str(ebbe.id)})
    assert chosen.status_code == 303
    assert "Ebbe Lind" in (await browser.get("/k/laegehuset-nordby")).text


@pytest.mark.usefixtures("opened")
async def test_a_closed_door_after_the_code_says_whom_to_call(browser: Browser, cast: Cast) -> None:
    await browser.use_device_of(cast.patient)
    await room.close_and_keep(who(cast.doctor), browser.clock.now)
    answer = await browser.post("/k/laegehuset-nordby/place")
    assert answer.headers["location"] == "/k/laegehuset-nordby"
    assert 'href="tel:+4566112233"' in (await browser.get("/k/laegehuset-nordby")).text
    assert await queue.standing_place(cast.patient.id) is None


@pytest.mark.usefixtures("opened")
async def test_another_clinic_s_patient_is_a_stranger_here(browser: Browser, cast: Cast) -> None:
    await browser.use_device_of(cast.other_patient)
    assert cast.other_patient.name not in (await browser.get("/k/laegehuset-nordby")).text
    assert (await browser.post("/k/laegehuset-nordby/place")).headers["location"] == DOOR
    assert not await SmsCode.exists()
