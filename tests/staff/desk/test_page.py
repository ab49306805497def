"""The desk's pages: the waiting room, the open consultation, calling in, and words to patients."""

import json
from datetime import datetime, timedelta

from app.clinic.messages.tables import Message
from app.clinic.waiting import queue, room
from app.clinic.waiting.tables import Place
from tests.cast import Cast, who
from tests.conftest import Browser
from tests.waiting.agreed import appointment, state_of, three_waiting

HTMX = {"HX-Request": "true"}


async def test_desk_shows_the_waiting_room_the_day_and_the_switch(browser: Browser, cast: Cast, now: datetime) -> None:
    await three_waiting(cast, now)
    await browser.sign_in(cast.doctor)
    desk = await browser.get("/desk")
    assert desk.status_code == 200
    for words in ("Venteværelse", "Jens Hansen", "Birthe Sørensen", "Luk, behold køen", "Videokonsultation"):
        assert words in desk.text
    assert "unsafe" not in desk.headers["Content-Security-Policy"]
    assert desk.headers["Cache-Control"] == "no-store"


async def test_consequences_name_how_many_they_concern(browser: Browser, cast: Cast, now: datetime) -> None:
    await three_waiting(cast, now)
    await browser.sign_in(cast.doctor)
    switch = (await browser.get("/queue/opening", headers=HTMX)).text
    assert "3 venter videre, ingen nye" in switch
    assert "2 får besked om at ringe, én med tid bliver" in switch
    assert "også den ene med tid" in switch


async def test_fragments_hold_their_part_only(browser: Browser, cast: Cast, now: datetime) -> None:
    await three_waiting(cast, now)
    await browser.sign_in(cast.colleague)
    everybody = (await browser.get("/desk/queue", headers=HTMX)).text
    mine = (await browser.get("/desk/queue?mine=1", headers=HTMX)).text
    assert "<html" not in everybody
    assert "Jens Hansen" in everybody
    assert "Jens Hansen" not in mine
    assert "<html" not in (await browser.get("/desk/side", headers=HTMX)).text


async def test_nobody_but_staff_reaches_the_desk(browser: Browser, cast: Cast, now: datetime) -> None:
    places = await three_waiting(cast, now)
    await browser.use_device_of(cast.patient)
    for path in ("/desk", "/desk/queue", "/desk/side", "/queue/opening", "/bookings/new", "/patients"):
        answer = await browser.get(path)
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/login")
    await browser.post(f"/queue/places/{places[0].id}/removal")
    assert await state_of(places[0]) == "waiting"


async def test_another_clinics_staff_find_nothing_here(browser: Browser, cast: Cast, now: datetime) -> None:
    places = await three_waiting(cast, now)
    booked = await appointment(cast, cast.patient, now + timedelta(hours=2))
    await browser.sign_in(cast.outsider)
    for path in (
        f"/queue/places/{places[0].id}/admission",
        f"/queue/places/{places[0].id}/word",
        f"/queue/places/{places[0].id}/removal",
        f"/queue/places/{places[0].id}/return",
        f"/desk/appointments/{booked.id}/cancellation",
        f"/desk/appointments/{booked.id}/restoration",
        f"/desk/appointments/{booked.id}/link",
        f"/desk/appointments/{booked.id}/move",
    ):
        assert (await browser.post(path, {"words": "x"})).status_code == 404, path
    assert "Jens Hansen" not in (await browser.get("/desk")).text


async def test_forms_work_without_javascript(browser: Browser, cast: Cast, now: datetime) -> None:
    await browser.sign_in(cast.doctor)
    answer = await browser.post("/queue/opening", {"kind": "open", "responsible": str(cast.colleague.id)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk")
    assert (await room.room_of(cast.clinic.id)).is_open
    assert (await browser.post("/queue/opening", {"kind": "shut"})).status_code == 422


async def test_closing_by_htmx_says_what_it_did_and_offers_undo(browser: Browser, cast: Cast, now: datetime) -> None:
    await three_waiting(cast, now)
    await browser.sign_in(cast.doctor)
    answer = await browser.post("/queue/opening", {"kind": "send_away"}, headers=HTMX)
    assert "Lukket. 2 patienter sendes hjem." in answer.text
    assert 'hx-post="/queue/opening/undo"' in answer.text
    assert json.loads(answer.headers["HX-Trigger"])["nudge:queue"]
    undone = await browser.post("/queue/opening/undo", headers=HTMX)
    assert "2 patienter er tilbage" in undone.text
    assert await Message.count().where(Message.purpose == "sent_away") == 0


async def test_the_booked_are_sent_away_when_ticked(browser: Browser, cast: Cast, now: datetime) -> None:
    places = await three_waiting(cast, now)
    await browser.sign_in(cast.doctor)
    await browser.post("/queue/opening", {"kind": "send_away", "also_booked": "yes"})
    assert {await state_of(place) for place in places} == {"sent_away"}


async def test_calling_in_takes_the_patient_and_the_second_is_told(browser: Browser, cast: Cast, now: datetime) -> None:
    first, *_others = await three_waiting(cast, now)
    await browser.sign_in(cast.doctor)
    assert (await browser.post(f"/queue/places/{first.id}/admission", headers=HTMX)).status_code == 200
    assert await state_of(first) == "called"
    assert "Kaldt ind" in (await browser.get("/desk")).text
    await browser.sign_in(cast.colleague)
    late = await browser.post(f"/queue/places/{first.id}/admission", headers=HTMX)
    assert late.status_code == 409
    assert "Mette Holm" in late.text


async def test_words_reach_one_or_all(browser: Browser, cast: Cast, now: datetime) -> None:
    first, *_others = await three_waiting(cast, now)
    await browser.sign_in(cast.secretary)
    await browser.post(f"/queue/places/{first.id}/word", {"words": "Du er den næste."})
    told = await Place.objects().get(Place.id == first.id)
    assert told is not None
    assert told.word == "Du er den næste."
    await browser.post("/queue/announcement", {"words": "Vi er forsinkede."})
    assert "Vi er forsinkede." in (await browser.get("/desk")).text
    long = await browser.post("/queue/announcement", {"words": "x" * 301})
    assert long.status_code == 422
    assert "300 tegn" in long.text
    for path in ("/queue/announcement", f"/queue/places/{first.id}/word"):
        assert (await browser.get(path)).status_code == 200


async def test_a_removed_patient_is_put_back_by_undo(browser: Browser, cast: Cast, now: datetime) -> None:
    first, *_others = await three_waiting(cast, now)
    await browser.sign_in(cast.secretary)
    removed = await browser.post(f"/queue/places/{first.id}/removal", headers=HTMX)
    assert f"/queue/places/{first.id}/return" in removed.text
    assert await state_of(first) == "gone_home"
    await browser.post(f"/queue/places/{first.id}/return", headers=HTMX)
    assert await state_of(first) == "waiting"


async def test_a_locked_link_shows_at_the_desk(browser: Browser, cast: Cast, now: datetime) -> None:
    from app.clinic.booking.tables import JoinLink

    booked = await appointment(cast, cast.patient, now + timedelta(hours=1))
    await JoinLink(appointment=booked.id, token_hash="t", code_hash="c", locked_at=now).save()
    await browser.sign_in(cast.doctor)
    assert "Linket er låst" in (await browser.get("/desk")).text


async def test_other_days_can_be_looked_at(browser: Browser, cast: Cast, now: datetime) -> None:
    await appointment(cast, cast.patient, now + timedelta(days=1), reason="Blodprøve")
    await browser.sign_in(cast.doctor)
    assert "Blodprøve" not in (await browser.get("/desk/side", headers=HTMX)).text
    assert "Blodprøve" in (await browser.get("/desk/side?day=2026-11-25", headers=HTMX)).text
    assert (await browser.get("/desk/side?day=i+morgen", headers=HTMX)).status_code == 200


async def test_an_english_desk_speaks_english(browser: Browser, cast: Cast, now: datetime) -> None:
    await room.open_up(who(cast.doctor), None, now)
    await queue.enter(cast.second_patient, None, now=now)
    await browser.sign_in(cast.doctor)
    assert "Close, keep the queue" in (await browser.get("/desk?lang=en")).text
