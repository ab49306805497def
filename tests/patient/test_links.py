"""From the link to the appointment: known and unknown devices, wrong dates, and every link that no longer opens."""

import re
from datetime import timedelta

import pytest

from app.clinic.booking import join_links
from app.clinic.booking.join_links import IssuedLink
from app.clinic.booking.tables import Appointment
from app.clinic.waiting import queue
from tests.booking.test_join_links import agree
from tests.cast import Cast
from tests.conftest import BASE_URL, Browser

BORN = {"day": "25", "month": "12", "year": "1948"}
WRONG = {"day": "26", "month": "12", "year": "1948"}


@pytest.fixture
async def appointment(browser: Browser, cast: Cast) -> Appointment:
    return await agree(cast, browser.clock.now + timedelta(hours=2))


@pytest.fixture
async def link(browser: Browser, appointment: Appointment) -> IssuedLink:
    return await join_links.issue(appointment, browser.clock.now)


def path_of(link: IssuedLink) -> str:
    return "/j/" + link.url.rsplit("/", 1)[1]


async def test_a_new_device_is_asked_for_the_date_of_birth_and_nothing_else_is_told(
    browser: Browser, cast: Cast, link: IssuedLink
) -> None:
    answer = await browser.get(path_of(link))
    assert answer.status_code == 200
    assert "When were you born?" in answer.text or "Hvornår er du født?" in answer.text
    assert cast.patient.name not in answer.text
    assert cast.doctor.name not in answer.text
    assert "naervaer-device" not in browser.http.cookies
    assert answer.headers["cache-control"] == "no-store"


def _told_of(page: str) -> dict[str, str]:
    """What a message program shows of the link (ogp.me)."""
    return dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)">', page))


async def test_a_links_preview_names_the_clinic_and_nobody(browser: Browser, cast: Cast, link: IssuedLink) -> None:
    told = _told_of((await browser.get(path_of(link))).text)
    assert told["site_name"] == cast.clinic.name
    assert told["title"] == f"Din aftale · {cast.clinic.name}"
    assert told["image"].startswith(f"{BASE_URL}/static/")
    assert (await browser.get(told["image"].removeprefix(BASE_URL))).headers["Content-Type"] == "image/png"
    assert not any(word in str(told) for word in (cast.patient.name, cast.doctor.name, link.url[-22:]))
    await browser.post(path_of(link), BORN)
    assert _told_of((await browser.get("/appointments")).text) == {}


async def test_the_date_of_birth_opens_the_appointment_and_is_asked_once(
    browser: Browser, appointment: Appointment, link: IssuedLink
) -> None:
    answer = await browser.post(path_of(link), BORN)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/appointments/{appointment.id}")
    again = await browser.get(path_of(link))
    assert (again.status_code, again.headers["location"]) == (303, f"/appointments/{appointment.id}")
    assert (await browser.get(again.headers["location"])).status_code == 200


async def test_sixty_residents_of_one_home_get_in(browser: Browser, cast: Cast) -> None:
    home = [await agree(cast, browser.clock.now + timedelta(hours=2)) for _resident in range(60)]
    for resident in home:
        browser.forget()
        answer = await browser.post(path_of(await join_links.issue(resident, browser.clock.now)), BORN)
        assert answer.status_code == 303
    link = await join_links.issue(home[0], browser.clock.now)
    wrong = [(await browser.post(path_of(link), WRONG)).status_code for _guess in range(31)]
    assert wrong[-1] == 429
    refused = await browser.post(path_of(link), BORN)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "600")


async def test_two_taps_lead_from_the_link_to_the_waiting_room(
    browser: Browser, appointment: Appointment, link: IssuedLink
) -> None:
    await browser.post(path_of(link), BORN)
    browser.clock.forward(hours=1, minutes=50)
    first = await browser.get(path_of(link))
    page = await browser.get(first.headers["location"])
    assert f'action="/appointments/{appointment.id}/place"' in page.text
    second = await browser.post(f"/appointments/{appointment.id}/place")
    place = await queue.standing_place(appointment.patient)
    assert place is not None
    assert (second.status_code, second.headers["location"]) == (303, queue.page_of(place.id))


async def test_a_wrong_date_brings_the_form_back_with_what_was_typed(browser: Browser, link: IssuedLink) -> None:
    answer = await browser.post(path_of(link), WRONG)
    assert answer.status_code == 422
    assert 'value="26"' in answer.text
    assert 'aria-invalid="true"' in answer.text


async def test_a_mistyped_date_costs_no_try(browser: Browser, link: IssuedLink) -> None:
    for _time in range(5):
        assert (await browser.post(path_of(link), {**BORN, "month": "13"})).status_code == 422
    assert (await browser.post(path_of(link), BORN)).status_code == 303


async def test_the_third_wrong_date_locks_and_says_whom_to_call(browser: Browser, link: IssuedLink) -> None:
    for status in (422, 422, 410):
        answer = await browser.post(path_of(link), WRONG)
        assert answer.status_code == status
    assert 'href="tel:+4566112233"' in answer.text
    assert (await browser.post(path_of(link), BORN)).status_code == 410
    assert (await browser.get(path_of(link))).status_code == 410


async def test_a_device_that_is_known_still_comes_in_by_a_locked_link(
    browser: Browser, cast: Cast, appointment: Appointment, link: IssuedLink
) -> None:
    for _try in range(3):
        await browser.post(path_of(link), WRONG)
    await browser.use_device_of(cast.patient)
    answer = await browser.get(path_of(link))
    assert answer.headers["location"] == f"/appointments/{appointment.id}"


async def test_another_patient_s_device_is_asked(browser: Browser, cast: Cast, link: IssuedLink) -> None:
    await browser.use_device_of(cast.second_patient)
    assert (await browser.get(path_of(link))).status_code == 200


async def test_a_cut_link_says_so_and_offers_the_code(browser: Browser, cast: Cast, link: IssuedLink) -> None:
    answer = await browser.get(path_of(link)[:-3])
    assert answer.status_code == 404
    assert 'href="/kode"' in answer.text


@pytest.mark.parametrize("state", ["cancelled", "done"])
async def test_what_became_of_the_appointment_is_told_with_the_phone(
    browser: Browser, appointment: Appointment, link: IssuedLink, state: str
) -> None:
    await Appointment.update({Appointment.state: state}).where(Appointment.id == appointment.id)
    answer = await browser.get(path_of(link))
    assert answer.status_code == 410
    assert 'href="tel:+4566112233"' in answer.text


async def test_a_moved_appointment_s_old_link_tells_the_new_time_and_leads_there(
    browser: Browser, cast: Cast, appointment: Appointment, link: IssuedLink
) -> None:
    new = await agree(cast, appointment.starts_at + timedelta(days=1))
    appointment.state, appointment.moved_to = "moved", new.id
    await appointment.save()
    answer = await browser.get(path_of(link))
    assert answer.status_code == 200
    assert "11.00" in answer.text
    confirmed = await browser.post(path_of(link), BORN)
    assert confirmed.headers["location"] == f"/appointments/{new.id}"


async def test_an_old_link_is_too_old(browser: Browser, link: IssuedLink) -> None:
    browser.clock.forward(days=2)
    assert (await browser.get(path_of(link))).status_code == 410


async def test_a_replaced_link_leads_to_the_newest_message(
    browser: Browser, appointment: Appointment, link: IssuedLink
) -> None:
    await join_links.revoke(appointment.id, browser.clock.now)
    answer = await browser.get(path_of(link))
    assert answer.status_code == 410
    assert 'href="/kode"' in answer.text


async def test_the_code_and_the_date_lead_in(browser: Browser, appointment: Appointment, link: IssuedLink) -> None:
    assert "66 11 22 33" in (await browser.get("/kode")).text.replace("&nbsp;", " ")
    answer = await browser.post("/kode", {"code": link.code.lower(), **BORN})
    assert answer.headers["location"] == f"/appointments/{appointment.id}"


async def test_an_unknown_code_is_asked_again_and_guessing_is_slowed_down(browser: Browser, cast: Cast) -> None:
    for _try in range(15):
        assert (await browser.post("/kode", {"code": "AAAA-BBBB", **BORN})).status_code == 422
    assert (await browser.post("/kode", {"code": "AAAA-BBBB", **BORN})).status_code == 429


async def test_a_wrong_date_with_the_right_code_counts_too(browser: Browser, link: IssuedLink) -> None:
    for status in (422, 422, 410):
        assert (await browser.post("/kode", {"code": link.code, **WRONG})).status_code == status


async def test_a_parent_is_asked_for_the_child_s_date_of_birth(browser: Browser, cast: Cast) -> None:
    visit = await agree(cast, browser.clock.now + timedelta(hours=1), guardian=cast.guardian.id)
    await Appointment.update({Appointment.patient: cast.child.id}).where(Appointment.id == visit.id)
    link = await join_links.issue(visit, browser.clock.now)
    page = await browser.get(path_of(link))
    assert "barn" in page.text
    await browser.post(path_of(link), {"day": "3", "month": "5", "year": "2017"})
    own = await browser.get(f"/appointments/{visit.id}")
    assert "Karen Lind" in own.text
    assert "Alma Lind" in own.text


async def test_an_embedded_browser_is_led_out(browser: Browser, link: IssuedLink) -> None:
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 [FBAN/FBIOS]"
    answer = await browser.get(path_of(link), headers={"User-Agent": agent})
    assert f'data-text="{link.url}"' in answer.text
    assert f">{link.url}</code>" in answer.text, "where nothing can be copied by a button"


async def test_a_browser_without_cookies_is_told_so_and_whom_to_call(browser: Browser, link: IssuedLink) -> None:
    path = path_of(link)
    for address, form in ((path, BORN), ("/kode", {"code": "K7M2-9QXA", **BORN}), ("/login", {})):
        browser.forget()
        answer = await browser.http.post(address, data=form, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{address}?cookies=refused")
        browser.forget()
        assert "gemmer ikke cookies" in (await browser.get(answer.headers["location"])).text
    browser.forget()
    assert 'role="alert"' in (told := (await browser.get(f"{path}?cookies=refused")).text)
    assert 'Eller ring til klinikken på <a class="nowrap" href="tel:+4566112233">' in told
    kept = (await browser.get(f"{path}?cookies=refused")).text
    assert 'role="alert"' not in kept, "it does keep them"
    browser.forget()
    answer = await browser.http.post("/waiting/departure", data={}, follow_redirects=False)
    assert (answer.status_code, "gemmer ikke cookies" in answer.text) == (403, True)
    await browser.get("/login")
    refused = await browser.http.post(path, data=BORN, follow_redirects=False)
    assert (refused.status_code, "cookies" in refused.text) == (403, False)


async def test_a_device_that_has_lost_its_cookie_is_told_why_it_is_asked(browser: Browser) -> None:
    answer = await browser.get("/appointments")
    assert answer.headers["location"] == "/kode?device=unknown"
    text = (await browser.get(answer.headers["location"])).text
    assert "Vi kan ikke se, hvem du er" in text
    assert 'href="tel:+4566112233"' in text
    assert "Vi kan ikke se, hvem du er" not in (await browser.get("/kode")).text
