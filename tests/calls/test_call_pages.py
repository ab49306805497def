"""The call's buttons and screens through the whole application, in both languages."""

from typing import Any

import pytest
from litestar import Litestar
from piccolo.columns import Column

from app.clinic.calls.tables import Call
from app.clinic.waiting import queue
from app.clinic.waiting.tables import Place
from tests.calls.test_call import waiting
from tests.cast import Cast
from tests.conftest import Browser
from tests.waiting.agreed import appointment

HTMX = {"HX-Request": "true"}
PLAIN = {"Accept": "text/html"}
POSTCARD = {"picture": "good", "sound": "good", "longer": "no", "kind": "consultation"}


async def only_call() -> Call:
    (call,) = await Call.objects()
    return call


async def call_in(browser: Browser, cast: Cast) -> Place:
    place = await waiting(cast, browser.clock.now)
    await browser.sign_in(cast.doctor)
    await browser.use_device_of(cast.patient)
    answer = await browser.post(f"/queue/places/{place.id}/admission", headers=HTMX)
    assert answer.status_code < 300
    return place


async def test_a_whole_call_by_forms(browser: Browser, cast: Cast) -> None:
    await call_in(browser, cast)
    ringing = (await browser.get("/waiting")).text
    assert "Mette Holm" in ringing
    assert 'data-phase="ringing"' in ringing
    answered = await browser.post("/waiting/answer", headers={"Accept": "application/json"})
    assert answered.status_code == 204
    call = await only_call()
    assert call.state == "running"
    assert 'data-phase="running"' in (await browser.get("/waiting")).text
    assert f'data-call="{call.id}"' in (await browser.get("/desk/side", headers=HTMX)).text
    ended = await browser.post(f"/calls/{call.id}/end", headers=HTMX)
    assert "nudge:call" in ended.headers["HX-Trigger"]
    assert f"/calls/{call.id}/outcome" in (await browser.get("/desk/side", headers=HTMX)).text
    form = {"outcome": "completed", "solved": "new_time", "instead_of": "in_person"} | POSTCARD
    noted = await browser.post(f"/calls/{call.id}/outcome", form, headers=HTMX)
    assert f"/bookings/new?patient={cast.patient.id}" in noted.text
    assert (await only_call()).outcome == "completed"


async def test_forms_work_without_scripts(browser: Browser, cast: Cast) -> None:
    page = queue.page_of((await call_in(browser, cast)).id)
    assert (await browser.post("/waiting/answer", headers=PLAIN)).headers["Location"] == page
    call = await only_call()
    assert (await browser.post("/waiting/call/end", headers=PLAIN)).headers["Location"] == page
    assert (await browser.post(f"/calls/{call.id}/ring")).headers["Location"] == "/desk"
    assert (await browser.post(f"/calls/{call.id}/by-phone")).headers["Location"] == "/desk"
    form = {"outcome": "not_completed", "because": "connection"}
    assert (await browser.post(f"/calls/{call.id}/outcome", form)).headers["Location"] == "/desk"


async def test_answering_too_late_says_so(browser: Browser, cast: Cast) -> None:
    await call_in(browser, cast)
    call = await only_call()
    await browser.post(f"/calls/{call.id}/ring-cancellation", headers=HTMX)
    answer = await browser.post("/waiting/answer", headers={"Accept": "application/json"})
    assert answer.status_code == 410
    assert answer.json()["detail"]
    assert (await browser.post("/waiting/call/end", headers={"Accept": "application/json"})).status_code == 204


async def test_an_outcome_that_lacks_something_is_not_noted(browser: Browser, cast: Cast) -> None:
    await call_in(browser, cast)
    call = await only_call()
    await browser.post(f"/calls/{call.id}/end", headers=HTMX)
    answer = await browser.post(f"/calls/{call.id}/outcome", {"outcome": "completed"}, headers=HTMX)
    assert answer.status_code == 422
    assert (await only_call()).outcome_at is None


async def test_another_clinics_call_is_not_found(browser: Browser, cast: Cast) -> None:
    await call_in(browser, cast)
    call = await only_call()
    await browser.sign_in(cast.outsider)
    for noun in ("end", "ring-cancellation", "by-phone", "ring", "outcome"):
        assert (await browser.post(f"/calls/{call.id}/{noun}", headers=HTMX)).status_code == 404
    assert (await only_call()).state == "ringing"


@pytest.mark.parametrize("language", ["da", "en"])
async def test_every_state_of_a_call_can_be_shown(browser: Browser, cast: Cast, language: str) -> None:
    place = await call_in(browser, cast)
    call = await only_call()
    states: list[dict[Column | str, Any]] = [
        {"state": "ringing"},
        {"rang_at": browser.clock.forward(seconds=-40), "texted_at": browser.clock.now},
        {"pushed_at": browser.clock.now, "seen_at": browser.clock.now, "plan_b_at": browser.clock.now},
        {"state": "running", "answered_at": browser.clock.now},
        {"state": "ended", "ended_at": browser.clock.now, "outcome": "by_phone"},
        {"is_test": True},
    ]
    for state in states:
        await Call.update(state).where(Call.id == call.id)
        await Place.update({"state": "in_call"}).where(Place.id == place.id)
        browser.clock.forward(seconds=60)
        for address in ("/waiting", "/desk"):
            shown = await browser.get(f"{address}?lang={language}")
            assert shown.status_code == 200
            assert "style=" not in shown.text


async def test_a_call_that_was_not_completed_is_not_called_held(browser: Browser, cast: Cast) -> None:
    now = browser.clock.now
    booked = await appointment(cast, cast.patient, now)
    await waiting(cast, now, appointment=booked.id)
    await browser.sign_in(cast.doctor)
    await browser.use_device_of(cast.patient)
    (place,) = await Place.objects()
    await browser.post(f"/queue/places/{place.id}/admission", headers=HTMX)
    call = await only_call()
    await browser.post(f"/calls/{call.id}/end", headers=HTMX)
    await browser.post(f"/calls/{call.id}/outcome", {"outcome": "not_completed", "because": "connection"}, headers=HTMX)
    for path in ("/waiting", f"/appointments/{booked.id}"):
        told = (await browser.get(path)).text
        assert "Samtalen blev ikke gennemført" in told
        assert f"tel:{cast.clinic.plan_b_phone}" in told
        assert "Samtalen er slut" not in told
    assert "Ikke gennemført" in (await browser.get("/desk")).text
    refused = await browser.post(f"/appointments/{booked.id}/place", headers=PLAIN)
    assert refused.status_code >= 300
    assert await Place.count() == 1
    corrected = {"outcome": "completed", "solved": "solved", "instead_of": "in_person"} | POSTCARD
    await browser.post(f"/calls/{call.id}/outcome", corrected, headers=HTMX)
    assert "Samtalen er slut" in (await browser.get(f"/appointments/{booked.id}")).text


async def test_retiring_and_inviting_again_cut_off(
    browser: Browser, cast: Cast, app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut: list[object] = []
    monkeypatch.setattr(app.state.live, "cut_off", cut.append)
    await browser.sign_in(cast.superuser)
    await browser.post(f"/team/{cast.doctor.id}/invitation")
    await browser.post(f"/team/{cast.colleague.id}/retirement")
    assert cut == [cast.doctor.id, cast.colleague.id]
