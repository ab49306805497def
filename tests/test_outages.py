"""The database is silent, gone or full: words in the visitor's language, nothing lost, all back by itself."""

import asyncio
import sqlite3
from dataclasses import replace
from datetime import datetime

import asyncpg
import pytest
from litestar import Litestar

from app.clinic import database as databases
from app.clinic.booking import join_links
from app.clinic.change import change
from app.clinic.errors import Unavailable
from app.clinic.people.tables import Clinic, InstallationMark
from app.clinic.waiting import queue
from app.clinic.waiting.tables import Place
from app.piccolo_app import TABLES
from app.settings import Settings
from tests import outages
from tests.cast import Cast
from tests.conftest import Browser, open_database
from tests.waiting.agreed import appointment

AGAIN = '<meta http-equiv="refresh" content="5">'


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """An application that waits a second for its database."""
    return replace(settings, database_timeout_s=1)


async def test_a_page_says_one_moment_and_comes_back_by_itself(browser: Browser, cast: Cast, database_url: str) -> None:
    await browser.sign_in(cast.doctor)
    browser.clock.forward(minutes=2)

    async with outages.silent(database_url, "staff_session"):
        danish = await browser.get("/desk")
        english = await browser.get("/desk?lang=en")

    assert danish.status_code == english.status_code == 503
    assert danish.headers["Retry-After"] == "5"
    assert "Intet er gået tabt" in danish.text
    assert "Nothing is lost" in english.text
    assert AGAIN in danish.text
    assert (await browser.get("/desk")).status_code == 200


async def test_a_fragment_and_a_script_hear_it_too(browser: Browser, cast: Cast, database_url: str) -> None:
    await browser.get("/login")
    await browser.sign_in(cast.doctor)

    async with outages.silent(database_url, "staff_session"):
        form = await browser.post("/logout")
        toast = await browser.post("/logout", headers={"HX-Request": "true"})
        problem = await browser.post("/logout", headers={"Accept": "application/json"})

    for answer in (form, toast, problem):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        assert "Intet er gået tabt" in answer.text
        assert "refresh" not in answer.text
    assert toast.headers["HX-Retarget"] == "#toasts"
    assert problem.json()["status"] == 503


async def test_a_silent_database_keeps_nobody_waiting_for_another(database_url: str, cast: Cast) -> None:
    """As many as the pool has connections wait for it; whoever comes after waits no longer than they."""
    engine = databases.open_engine(database_url, 1)
    databases.use_engine(engine, TABLES)
    await databases.start(engine)

    async with outages.silent(database_url, "clinic"), asyncio.timeout(8):
        answers = await asyncio.gather(
            *(Clinic.update({Clinic.name: "New"}).where(Clinic.id == cast.clinic.id) for _each in range(25)),
            return_exceptions=True,
        )
    assert {type(each) for each in answers} == {Unavailable}

    await Clinic.update({Clinic.name: "Newer"}).where(Clinic.id == cast.clinic.id)
    await databases.stop(engine)


async def test_a_change_that_met_silence_leaves_nothing_behind(database_url: str, cast: Cast) -> None:
    engine = databases.open_engine(database_url, 1)
    databases.use_engine(engine, TABLES)
    await databases.start(engine)

    async with outages.silent(database_url, "place"):
        with pytest.raises(Unavailable):
            async with change():
                await Clinic.update({Clinic.name: "Half"}).where(Clinic.id == cast.clinic.id)
                await Place.update({Place.note: "x"}).where(Place.clinic == cast.clinic.id)

    assert not await Clinic.exists().where(Clinic.name == "Half")
    async with change():
        await Clinic.update({Clinic.name: "Whole"}).where(Clinic.id == cast.clinic.id)
    assert await Clinic.exists().where(Clinic.name == "Whole")
    await databases.stop(engine)


async def test_a_database_started_anew_is_found_again(browser: Browser, cast: Cast, database_url: str) -> None:
    await browser.sign_in(cast.doctor)
    await outages.cut(database_url)

    first = [(await browser.get("/desk")).status_code for _each in range(12)]

    assert set(first) <= {200, 503}
    assert first[-1] == 200


async def test_pages_can_be_read_when_nothing_can_be_written(
    browser: Browser, cast: Cast, now: datetime, database_url: str
) -> None:
    booked = await appointment(cast, cast.patient, now)
    await queue.enter(cast.patient, booked, now=now)
    async with change():
        link = await join_links.issue(booked, now)
    await browser.sign_in(cast.superuser)
    await browser.use_device_of(cast.patient)
    now = browser.clock.forward(minutes=61)

    async with outages.only_read(database_url):
        for page in (
            "/desk",
            "/desk/queue",
            "/desk/side",
            "/calendar",
            "/outbox",
            "/figures",
            "/calls",
            "/get-started",
        ):
            assert (await browser.get(page)).status_code == 200, page
        for page in ("/appointments", f"/appointments/{booked.id}", "/waiting", "/"):
            assert (await browser.get(page)).status_code == 200, page
        assert (await browser.get(f"/j/{link.url.rpartition('/')[2]}")).status_code < 400


async def test_what_can_not_be_saved_says_so(browser: Browser, cast: Cast, database_url: str) -> None:
    await browser.sign_in(cast.doctor)

    async with outages.only_read(database_url):
        answer = await browser.post("/queue/opening", {"kind": "open"})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert "Der kan ikke gemmes noget nyt" in answer.text

    assert (await browser.post("/queue/opening", {"kind": "open"})).status_code == 303


async def test_a_full_disk_turns_readiness_red_and_tells_the_desk_why(
    app: Litestar, browser: Browser, cast: Cast, now: datetime, database_url: str
) -> None:
    await browser.sign_in(cast.doctor)
    async with outages.only_read(database_url):
        red = await browser.get("/health/ready")
        desk, queue_only = await browser.get("/desk"), await browser.get("/desk/queue")
        alive = await browser.get("/health/live")
    assert (red.status_code, red.text) == (503, "missing: disk\n")
    assert alive.status_code == 200
    for page in (desk, queue_only):
        assert "Serverens disk tager ikke imod mere" in page.text

    await app.state.health.look(now)
    for method in ("GET", "HEAD"):
        for path in ("/health", "/health/ready", "/health/live"):
            assert (await browser.http.request(method, path)).status_code == 200
    assert "Serverens disk" not in (await browser.get("/desk")).text


async def test_readiness_names_what_is_missing(
    app: Litestar, browser: Browser, now: datetime, database_url: str
) -> None:
    async with outages.silent(database_url, "installation_mark"):
        silent = await browser.get("/health")
    await app.state.relay.stop()
    await app.state.health.look(now)
    relay = await browser.get("/health")
    await InstallationMark.update({InstallationMark.key_mark: "another"}, force=True)
    await app.state.health.look(now)
    key = await browser.get("/health")

    assert silent.text == "missing: database\n"
    assert relay.text == "missing: relay\n"
    assert key.text == "missing: key, relay\n"
    assert {each.status_code for each in (silent, relay, key)} == {503}
    assert (await browser.get("/health/live")).status_code == 200


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("postgresql://naervaer@127.0.0.1:1/none", OSError),
        ("postgresql://naervaer@/none?host=/nowhere", OSError),
        ("sqlite:////proc/none/naervaer.sqlite", OSError),
    ],
)
async def test_a_database_that_is_not_there_is_told_apart_from_mistakes(url: str, cause: type[Exception]) -> None:
    with pytest.raises(Unavailable) as caught:
        async with open_database(url):
            pass
    assert isinstance(caught.value.__cause__, cause)


async def test_a_rule_of_the_tables_stays_what_it_is(cast: Cast) -> None:
    with pytest.raises((sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError)):
        await Clinic.raw("INSERT INTO region (id, name) SELECT id, name FROM region")
