"""Every form that makes something makes it once, however often it is sent: a double tap, back and forth, a retry."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from litestar import Litestar

from app.clinic.people import sent_forms
from app.clinic.people.tables import SentForm
from app.piccolo_app import TABLES
from app.web.html import TEMPLATES
from tests.access_matrix import MATRIX
from tests.cast import Cast
from tests.conftest import Browser
from tests.test_access import Scene, _played, scene, template  # noqa: F401  fixtures
from tests.test_odd_values import Forms

PERIOD = {"held_on": "2026-12-01", "since": "2026-11-01", "until": "2026-11-30"}
BOOKED = {"starts_at": "2026-11-25T10:15"}
MAKES: dict[str, dict[str, str]] = {
    "/bookings": BOOKED,
    "/patients": {"kind": "registered", "name": "Ali Demir", "born": "010150-1123", "phone": "20 99 88 77"},
    "/calls/{call_id}/guests": {"name": "Ida", "kind": "relative", "to": "31 22 33 44"},
    "/calls/{call_id}/challenges": {},
    "/outbox/{message_id}/challenges": {},
    "/outbox/{message_id}/copies": {"channel": "email"},
    "/challenges": {"words": "The camera was dark."},
    "/challenges/{challenge_id}/answers": {"answer": "Open the lid."},
    "/evaluation-meetings": PERIOD,
    "/evaluation-meetings/{meeting_id}/decisions": {"words": "Try it at the window."},
    "/desk/appointments/{appointment_id}/move": {"starts_at": "2026-11-25T11:15", "despite_overlap": "yes"},
    "/desk/appointments/{appointment_id}/link": {},
    "/desk/appointments/{appointment_id}/information": {"about": "expectations"},
    "/equipment": {"camera": "ok", "microphone": "ok", "loudspeaker": "ok"},
    "/me/{kind}": {},
    "/team": {"name": "Ida Dam", "role": "nurse", "email": "ida.dam@nordby.example"},
    "/team/{staff_id}/invitation": {},
    "/exchange/own/{shared_kind}/{piece_id}": {},
    "/exchange/{shared_id}/adoption": {},
    "/settings/types": {"name": "Kort", "mode": "video", "minutes": "10", "colour": "petrol"},
    "/settings/openings": {"weekday": "2", "clock": "9-10", "opens": "ask", "closes": "keep"},
    "/settings/days-off": {"first_day": "2026-12-24", "words": "Jul"},
    "/settings/codes": {"kind": "video", "code": "0127", "words": "Video", "valid_from": "2027-01-01"},
    "/settings/support": {"kind": "vendor", "name": "Systemhuset", "phone": "70 10 10 11"},
    "/figures/business-case": {"began_from": "1"},
    "/figures/business-case/versions/{number}/return": {},
    "/figures/evaluation": {"began_from": "1"},
    "/figures/evaluation/versions/{number}/return": {},
    "/region/people": {"name": "Bo Friis", "email": "bo@rsyd.example", "region": ""},
    "/region/programmes": {"name": "Pilot", "kind": "pilot", "since": "2026-11-01", "until": "2027-11-01"},
    "/region/programmes/{programme_id}/milestones": {"words": "Halfway", "due_on": "2026-12-01"},
    "/appointments/{appointment_id}/device-test": {"camera": "ok", "microphone": "ok", "loudspeaker": "ok"},
}
"""What each of them takes to make something in the scene."""

NOT_IN_THE_SCENE = {
    "/k/{slug}/booking/{type_id}/{staff_id}/{time}": "tests/patient/test_self_booking_pages.py",
    "/q/{token}": "tests/learning/test_questionnaire.py",
    "/desk/appointments/{appointment_id}/reminder": "tests/waiting/test_expecting.py",
    "/region/people/{evaluator_id}/invitation": "as /team/{staff_id}/invitation",
    **{
        f"/region/{own}{page}": "the same handler as below /figures"
        for own in ("", "programmes/{programme_id}/")
        for page in ("business-case", "evaluation")
        for page in (page, f"{page}/versions/{{number}}/return")
    },
}


def _once_only(app: Litestar) -> Iterator[str]:
    for route in app.routes:
        for method, (handler, _parameters) in getattr(route, "route_handler_map", {}).items():
            if method == "POST" and handler.fn.__code__.co_name == "answered":
                yield route.path_format


def test_every_form_that_is_made_once_is_tried_here(app: Litestar) -> None:
    assert set(_once_only(app)) == set(MAKES) | set(NOT_IN_THE_SCENE)


async def _rows() -> dict[str, int]:
    return {table._meta.tablename: await table.count() for table in TABLES if table is not SentForm}


@pytest.fixture
async def anybody(browser: Browser, cast: Cast, scene: Scene) -> Browser:  # noqa: F811
    """Superuser, patient and evaluator in one browser."""
    await browser.sign_in(cast.superuser)
    await browser.use_device_of(cast.patient)
    await browser.evaluate()
    return browser


@pytest.mark.parametrize("path", sorted(MAKES))
async def test_a_form_sent_twice_makes_one_thing(anybody: Browser, scene: Scene, cast: Cast, path: str) -> None:  # noqa: F811
    chosen = {"patient": str(cast.second_patient.id), "type": str(cast.video_type.id), "staff": str(cast.doctor.id)}
    fields = {**MAKES[path], **(chosen if path == "/bookings" else {}), "_once": "a-secret-of-this-form"}
    address = path.format_map(scene.values)
    if path == "/figures/business-case":
        fields |= next(each for to, each in Forms(address, (await anybody.get(address)).text).found if path in to)
    first = await anybody.post(address, fields)
    assert first.status_code in (200, 303)
    made = await _rows()
    second = await anybody.post(address, fields)
    assert second.status_code == 303
    if first.status_code == 303:
        assert second.headers["Location"] == first.headers["Location"]
    assert await _rows() == made


async def test_two_at_once_make_one_thing(anybody: Browser) -> None:
    fields = {"words": "The camera was dark.", "_once": "a-secret-of-this-form"}
    before = await _rows()
    answers = await asyncio.gather(*(anybody.post("/challenges", fields) for _each in range(5)))
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert (await _rows())["challenge"] == before["challenge"] + 1


async def test_other_words_make_another_thing(anybody: Browser) -> None:
    for words in ("The camera was dark.", "The sound was low."):
        answer = await anybody.post("/challenges", {"words": words, "_once": "a-secret-of-this-form"})
        assert answer.status_code == 303
    assert len(await SentForm.objects()) == 2


async def test_a_form_that_came_back_may_be_sent_again(anybody: Browser, cast: Cast) -> None:
    fields = {"name": "Ida Dam", "role": "nurse", "email": "mette@nordby.example", "_once": "a-secret-of-this-form"}
    for _each in range(2):
        refused = await anybody.post("/team", fields)
        assert refused.status_code == 422 and "allerede" in refused.text
    assert await SentForm.count() == 0


async def test_a_form_that_came_back_shows_nothing_that_was_rolled_back(anybody: Browser) -> None:
    """A code is made the clinic's own before its days are found taken; the page must not say so."""
    fields = {"kind": "video", "code": "0126", "words": "Video"}
    plain = await anybody.post("/settings/codes", fields)
    once = await anybody.post("/settings/codes", {**fields, "_once": "a-secret-of-this-form"})
    assert (plain.status_code, once.status_code) == (422, 422)
    assert plain.text.count("/removal") == once.text.count("/removal")


async def test_the_desk_says_that_it_is_done_and_stays(anybody: Browser, cast: Cast) -> None:
    chosen = {"patient": str(cast.patient.id), "type": str(cast.video_type.id), "staff": str(cast.doctor.id)}
    for said in ("er booket", "allerede gjort"):
        answer = await anybody.post("/bookings", {**BOOKED, **chosen, "_once": "s"}, headers={"HX-Request": "true"})
        assert said in answer.text and "close-dialog" in answer.headers["HX-Trigger"]
        assert "HX-Redirect" not in answer.headers


async def test_forms_sent_are_forgotten_and_kept_sealed(anybody: Browser, now: datetime) -> None:
    await anybody.post("/challenges", {"words": "The camera was dark.", "_once": "a-secret-of-this-form"})
    [kept] = await SentForm.objects()
    assert "challenges" not in kept.answer and "secret" not in kept.id
    await sent_forms.forget_old(now + timedelta(hours=23))
    assert await SentForm.count() == 1
    await sent_forms.forget_old(now + timedelta(hours=25))
    assert await SentForm.count() == 0


async def test_every_page_gives_its_making_forms_a_secret(anybody: Browser, app: Litestar, scene: Scene) -> None:  # noqa: F811
    """Found by crawling every page there is; forms that stand only where the scene has nothing are looked for below."""
    making = set(_once_only(app))
    patterns = {path: path.format_map(scene.values) for path in making}
    without: list[str] = []
    for path in sorted(path for method, path in MATRIX if method == "GET"):
        address = path.format_map({**scene.values, "build": "none", "file_path": "none"})
        page = await anybody.get(address)
        if page.headers.get("content-type", "").startswith("text/html"):
            for to, fields in Forms(address, page.text, ours=True).found:
                if to.partition("?")[0] in patterns.values() and "_once" not in fields:
                    without.append(f"{address}: {to}")
    assert not without, "\n".join(without)
    assert sum("csrf(once=true)" in each.read_text() for each in TEMPLATES.rglob("*.html")) > 25
