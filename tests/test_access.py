"""Every route × every role × the other clinic (H7). A route without a row in the matrix fails.

`open` anybody; `guest` a third party with a call's link; `device` a known phone; `patient` a confirmed one; `staff`
signed-in staff; `superuser` the clinic's superusers; `evaluator` those outside the clinics who see figures. A row's
`own` says whose record the address names: somebody else's must be *not found*.
"""

import asyncio
import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from litestar import Litestar

from app.clinic.booking import hours, join_links
from app.clinic.booking.hours import DaysOff
from app.clinic.booking.tables import Appointment
from app.clinic.calls import call as calls
from app.clinic.calls import guests, service_codes
from app.clinic.calls.guests import Invitation
from app.clinic.change import change
from app.clinic.messages import outbox
from app.clinic.people import patients, support
from app.clinic.people.support import Contact
from app.clinic.people.tables import Patient
from app.clinic.reporting import basis, case, editions, evaluation
from app.clinic.reporting.evaluation import EvaluationReport
from app.clinic.waiting import queue
from app.clinic.waiting.tables import OpeningWindow
from tests.access_matrix import MATRIX, Audience, Row
from tests.cast import MORNING, Cast, who
from tests.conftest import Browser, Templates, copy_database, open_database, url_of
from tests.learning.practice_scene import learned


def _routes(app: Litestar) -> set[tuple[str, str]]:
    """Every method and address the application answers, the static build's name left out."""
    found = set()
    for route in app.routes:
        path = route.path_format
        if path.startswith("/static/"):
            path = "/static/{build}/{file_path}"
        found |= {(method, path) for method in getattr(route, "methods", ()) if method != "OPTIONS"}
    return found


def test_every_route_has_its_row(app: Litestar) -> None:
    assert _routes(app) == set(MATRIX)


@dataclass
class Scene:
    """Records of one clinic, for addresses that name one."""

    values: dict[str, str]

    def address(self, path: str) -> str:
        return path.format_map({**self.values, "build": "none", "file_path": "none"})


_PLAYED: dict[str, tuple[str, Scene]] = {}
"""By the server it was played on, once for all modules that begin with it."""


@pytest.fixture(scope="session")
def _played(_server: str, _templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Scene]:
    if _server in _PLAYED:
        return _PLAYED[_server]
    name = "scene" if _server else str(tmp_path_factory.mktemp("scene") / "scene")

    async def play() -> Scene:
        await copy_database(_server, _templates.played, name)
        async with open_database(url_of(_server, name)):
            return await _scene_of(copy.deepcopy(_templates.cast), MORNING)

    return _PLAYED.setdefault(_server, (name, asyncio.run(play())))


@pytest.fixture
def template(_played: tuple[str, Scene]) -> str:
    """Every test begins with the scene."""
    return _played[0]


@pytest.fixture
def scene(_played: tuple[str, Scene]) -> Scene:
    """A booked patient in the waiting room, a colleague's call under way, a message, and their ids."""
    return _played[1]


async def _scene_of(cast: Cast, now: datetime) -> Scene:
    waiting = await _booked(cast, cast.patient, now)
    called = await _booked(cast, cast.second_patient, now)
    place = await queue.enter(cast.patient, waiting, now=now)
    ringing = await calls.call_in((await queue.enter(cast.second_patient, called, now=now)).id, who(cast.doctor), now)
    async with change():
        link = await join_links.issue(waiting, now)
        values = {"name": "Ida", "link": "https://example.dk/invitation/x"}
        guest = await guests.invite(ringing, who(cast.doctor), Invitation("Bo", "relative", "22334455"), now)
        sent = await outbox.queue(
            outbox.Draft(cast.clinic, "staff_invitation", values, recipient="ida@nordby.example"), now
        )
    window = OpeningWindow(clinic=cast.clinic.id, weekday=1, starts=0, ends=23 * 60)
    await window.save()
    return Scene(
        {
            "patient_id": str(cast.patient.id),
            "guardian_id": str((await patients.add_guardian(cast.patient, "Ida Hansen", "datter")).id),
            "appointment_id": str(waiting.id),
            "place_id": str(place.id),
            "window_id": str(window.id),
            "call_id": str(ringing.id),
            "message_id": str(sent[0].id),
            "guest_id": str(guest.id),
            "staff_id": str(cast.colleague.id),
            **await _settings(cast, now),
            "slug": cast.clinic.slug,
            "purpose": "confirmation",
            "time": "20261125T0900Z",
            "token": link.url.rpartition("/")[2],
            "key": "contact",
            "secret": "wrong",
            "evaluator_id": str(uuid4()),
            "handoff": "wrong",
            "push_id": "00000000-0000-4000-8000-000000000000",
            "kind": "feed",
            "item": "finished",
            "shown": "waiting",
            "number": str(await _version(cast, now)),
            "asked": "00000000-0000-4000-8000-000000000000",
        }
    )


async def _settings(cast: Cast, now: Any) -> dict[str, str]:
    """Things a superuser changes: a type, days off, a contact."""
    off = DaysOff(uuid4(), None, now.date(), now.date(), "")
    await hours.take_off(cast.clinic.id, off)
    await support.write(cast.clinic.id, Contact("vendor", "Systemhuset", "+4570101010", "", ""), now)
    return {
        "type_id": str(cast.in_person_type.id),
        "absence_id": str(off.id),
        "contact_id": str((await support.contacts(cast.clinic.id))[0].id),
        **await learned(cast, now),
        "code_id": str((await service_codes.codes_of(cast.clinic.id))[0].id),
        "name": "none",
    }


async def _version(cast: Cast, now: Any) -> int:
    """A business case and an evaluation report, each saved once."""
    scope = editions.of_clinic(cast.clinic.id)
    made = case.continued(await basis.of_clinic(cast.clinic.id, now.date(), now.date()), None)
    await evaluation.keep(scope, 0, EvaluationReport(now.date(), now.date(), {}, {}), "Sara Juul", now)
    return await case.keep(scope, 0, made, "Sara Juul", now)


async def _booked(cast: Cast, patient: Patient, now: Any) -> Appointment:
    appointment = Appointment(
        clinic=cast.clinic.id,
        patient=patient.id,
        staff=cast.doctor.id,
        type=cast.video_type.id,
        mode="video",
        starts_at=now + timedelta(minutes=5),
    )
    await appointment.save()
    return appointment


async def _ask(browser: Browser, method: str, address: str) -> Any:
    return await (browser.get(address) if method in ("GET", "HEAD") else browser.post(address))


def _turned_away(answer: Any) -> str:
    """The door the answer leads to, when it leads to one."""
    location = str(answer.headers.get("location", ""))
    return next(
        (door for door in ("/login", "/region/login", "/kode", "/confirmation") if location.partition("?")[0] == door),
        "",
    )


def _rows(*audiences: Audience) -> list[tuple[tuple[str, str], Row]]:
    return sorted((route, row) for route, row in MATRIX.items() if row.audience in audiences)


def _owned(method: str, *audiences: Audience) -> list[tuple[str, str]]:
    return [route for route, row in _rows(*audiences) if row.own and route[0] == method]


async def test_nobody_comes_no_further_than_the_open_door(browser: Browser, scene: Scene) -> None:
    doors = {"open": "", "device": "/kode", "patient": "/kode", "staff": "/login", "superuser": "/login"}
    doors["evaluator"] = "/region/login"
    for route, row in _rows("open", "guest", "device", "patient", "staff", "superuser", "evaluator"):
        answer = await _ask(browser, route[0], scene.address(route[1]))
        assert answer.status_code < 500, route
        if row.audience == "guest":
            assert answer.status_code == 410, route
        elif row.audience != "open":
            assert _turned_away(answer) == doors[row.audience], route


async def test_an_unconfirmed_phone_sees_nothing_of_its_patient(browser: Browser, cast: Cast, scene: Scene) -> None:
    await browser.use_device_of(cast.patient, confirmed=False)
    for route, _row in _rows("patient"):
        assert _turned_away(await _ask(browser, route[0], scene.address(route[1]))) == "/confirmation", route


async def test_patients_never_come_to_the_clinics_pages(browser: Browser, cast: Cast, scene: Scene) -> None:
    await browser.use_device_of(cast.patient)
    for route, _row in _rows("staff", "superuser"):
        assert _turned_away(await _ask(browser, route[0], scene.address(route[1]))) == "/login", route


async def test_an_evaluator_gets_at_no_person(browser: Browser, scene: Scene) -> None:
    """Whoever sees the nation's figures is nobody at every door of clinics, patients and guests."""
    await browser.evaluate()
    doors = {"device": "/kode", "patient": "/kode", "staff": "/login", "superuser": "/login"}
    for route, row in _rows("guest", "device", "patient", "staff", "superuser"):
        answer = await _ask(browser, route[0], scene.address(route[1]))
        if row.audience == "guest":
            assert answer.status_code == 410, route
        else:
            assert _turned_away(answer) == doors[row.audience], route


async def test_only_evaluators_see_the_figures_outside(browser: Browser, cast: Cast, scene: Scene) -> None:
    await browser.use_device_of(cast.patient)
    await browser.sign_in(cast.superuser)
    for (method, path), _row in _rows("evaluator"):
        assert _turned_away(await _ask(browser, method, scene.address(path))) == "/region/login", path


async def test_only_who_sees_the_country_lets_others_in(browser: Browser, scene: Scene) -> None:
    await browser.evaluate("Region Syddanmark")
    for (method, path), row in sorted(_rows("evaluator"), key=lambda each: not each[1].own):
        status = (await _ask(browser, method, scene.address(path))).status_code
        if "people" in path or row.own:
            assert status == (403 if "people" in path else 404), path
        else:
            assert status in (200, 303, 422), path


async def test_another_patients_record_is_not_found(browser: Browser, cast: Cast, scene: Scene) -> None:
    await browser.use_device_of(cast.second_patient)
    for route, row in _rows("patient"):
        if row.own:
            assert (await _ask(browser, route[0], scene.address(route[1]))).status_code == 404, route


async def test_another_clinics_record_is_not_found(browser: Browser, cast: Cast, scene: Scene) -> None:
    outsider = cast.outsider
    outsider.is_superuser = True
    await outsider.save()
    await browser.sign_in(outsider)
    for route, row in _rows("staff", "superuser"):
        if row.own:
            assert (await _ask(browser, route[0], scene.address(route[1]))).status_code == 404, route


async def test_superusers_work_needs_a_superuser(browser: Browser, cast: Cast, scene: Scene) -> None:
    await browser.sign_in(cast.doctor)
    for route, _row in _rows("superuser"):
        assert (await _ask(browser, route[0], scene.address(route[1]))).status_code == 403, route


async def test_staff_see_their_own_clinics_pages(browser: Browser, cast: Cast, scene: Scene) -> None:
    await browser.sign_in(cast.doctor)
    for (method, path), row in _rows("staff"):
        if not row.own:
            answer = await _ask(browser, method, scene.address(path))
            assert answer.status_code not in (403, 404) and answer.status_code < 500, (method, path)
            assert not _turned_away(answer), (method, path)


async def _come_to_their_own(browser: Browser, scene: Scene, routes: list[tuple[str, str]]) -> None:
    for method, path in routes:
        answer = await _ask(browser, method, scene.address(path))
        assert answer.status_code not in (403, 404) and answer.status_code < 500, (method, path)
        assert not _turned_away(answer), (method, path)


async def test_patients_read_their_own_records(browser: Browser, cast: Cast, scene: Scene) -> None:
    await browser.use_device_of(cast.patient)
    await _come_to_their_own(browser, scene, _owned("GET", "patient"))


async def test_staff_read_their_own_clinics_records(browser: Browser, cast: Cast, scene: Scene) -> None:
    await browser.sign_in(cast.doctor)
    await _come_to_their_own(browser, scene, _owned("GET", "staff"))


async def test_superusers_read_their_own_clinics_records(browser: Browser, cast: Cast, scene: Scene) -> None:
    await browser.sign_in(cast.superuser)
    await _come_to_their_own(browser, scene, _owned("GET", "superuser"))


@pytest.mark.parametrize("path", [path for _, path in _owned("POST", "patient")])
async def test_patients_change_their_own_records(browser: Browser, cast: Cast, scene: Scene, path: str) -> None:
    await browser.use_device_of(cast.patient)
    await _come_to_their_own(browser, scene, [("POST", path)])


@pytest.mark.parametrize("path", [path for _, path in _owned("POST", "staff", "superuser")])
async def test_staff_change_their_own_clinics_records(browser: Browser, cast: Cast, scene: Scene, path: str) -> None:
    await browser.sign_in(cast.superuser if MATRIX["POST", path].audience == "superuser" else cast.doctor)
    await _come_to_their_own(browser, scene, [("POST", path)])
