"""Fixtures for every test: a fresh database on either engine, a clock that tests set, the cast, and the application.

`--database=postgres` runs the same tests on a temporary PostgreSQL cluster; the default is SQLite.
"""

import asyncio
import copy
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from typing import cast as cast_type
from uuid import uuid4

import asyncpg
import httpx
import pytest
from litestar import Litestar
from piccolo.engine.base import Engine

from app.clinic import database as databases
from app.clinic.people import devices, evaluators, installation, invitations, passwords
from app.clinic.people.evaluators import Coming
from app.clinic.people.tables import Evaluator, Patient, Staff
from app.i18n import use_language
from app.migrate import migrate
from app.network import trusted
from app.piccolo_app import TABLES
from app.settings import Settings
from app.web import headers
from tests import cast as casting
from tests.cast import MORNING, PASSWORD, Cast
from tests.postgres import temporary_cluster

BASE_URL = "http://testserver.local"
SECRET = "a secret for tests only, 32 characters"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgres"), default="sqlite")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What touches no database runs with SQLite only."""
    if config.getoption("--database") == "sqlite":
        return
    kept = [item for item in items if "database_url" in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


@pytest.fixture(scope="session", autouse=True)
def _installed() -> Iterator[None]:
    installation.install(SECRET, BASE_URL)
    passwords.use_cost(8, 1)
    headers.REFUSED_AFTER_S = 0
    with use_language("en"):
        yield


@dataclass
class Clock:
    """The time, standing still until a test moves it."""

    now: datetime = MORNING

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **time: float) -> datetime:
        """Move on by `timedelta(**time)` and tell the new time."""
        self.now += timedelta(**time)
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that tests set; it starts on a Tuesday morning at nine in Denmark."""
    return Clock()


@pytest.fixture
def now(clock: Clock) -> datetime:
    """The present moment at the start of the test."""
    return clock.now


@dataclass
class Templates:
    """Databases that every test's own is copied from: an empty migrated one, and one with the cast in it."""

    empty: str
    played: str
    cast: Cast


@pytest.fixture(scope="session")
def _server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The socket of a temporary PostgreSQL cluster; empty with SQLite."""
    if request.config.getoption("--database") == "sqlite":
        yield ""
        return
    with temporary_cluster() as socket:
        yield socket


@pytest.fixture(scope="session")
def _templates(_server: str, tmp_path_factory: pytest.TempPathFactory, _installed: None) -> Templates:
    folder = str(tmp_path_factory.mktemp("templates"))
    return asyncio.run(_fill(_server, *(("empty", "played") if _server else (f"{folder}/empty", f"{folder}/played"))))


async def _fill(server: str, empty: str, played: str) -> Templates:
    if server:
        await _execute(server, f"CREATE DATABASE {empty}")
    async with open_database(url_of(server, empty)):
        await migrate()
    await copy_database(server, empty, played)
    async with open_database(url_of(server, played)):
        return Templates(empty, played, await casting.play(await passwords.hash_password(PASSWORD)))


def url_of(server: str, name: str) -> str:
    """The address of the database of this name, or in this file."""
    return f"postgresql://naervaer@/{name}?host={server}" if server else f"sqlite:///{name}"


_COPYING = "STRATEGY FILE_COPY"
"""File by file is twice as fast as through the log, the default. PostgreSQL 15 and newer."""


async def copy_database(server: str, template: str, name: str) -> None:
    """A database like the template, which nobody may have open."""
    if server:
        await _execute(server, f"CREATE DATABASE {name} TEMPLATE {template} {_COPYING}")
    else:
        shutil.copy(template, name)


async def _execute(server: str, statement: str) -> None:
    connection = await asyncpg.connect(url_of(server, "postgres"))
    await connection.execute(statement)
    await connection.close()


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Engine[Any]]:
    """All tables use this database, while inside."""
    engine = databases.open_engine(url)
    databases.use_engine(engine, TABLES)
    await databases.start(engine)
    yield engine
    await databases.stop(engine)


@pytest.fixture
def template(request: pytest.FixtureRequest, _templates: Templates) -> str:
    """What this test's database is copied from; a module with a scene of its own may say so."""
    return _templates.played if "cast" in request.fixturenames else _templates.empty


class Reused:
    """PostgreSQL databases, one for each template, that a worker's tests use one after the other.

    To make and drop a database is several hundred files; to put its rows back as they were is a twentieth of that.
    """

    def __init__(self, server: str) -> None:
        self._server, self._loop = server, asyncio.new_event_loop()
        self._known: dict[str, tuple[asyncpg.Connection, str]] = {}

    def name(self, template: str) -> str:
        """The database that is like this template now."""
        if template not in self._known:
            self._loop.run_until_complete(self._make(template))
        return f"{template}_reused"

    async def _make(self, template: str) -> None:
        await copy_database(self._server, template, f"{template}_reused")
        connection = await asyncpg.connect(url_of(self._server, f"{template}_reused"))
        tables = [table._meta.tablename for table in TABLES]
        back = [f'DELETE FROM "{table}"' for table in tables]
        for table in tables:
            rows = await connection.fetchval(f'SELECT json_agg(t) FROM "{table}" t')
            if rows:
                back.append(
                    f'INSERT INTO "{table}" SELECT * FROM json_populate_recordset(NULL::"{table}", $_${rows}$_$)'
                )
        # without foreign keys' triggers, so in any order
        self._known[template] = (
            connection,
            "; ".join(("BEGIN; SET LOCAL session_replication_role = replica", *back, "COMMIT")),
        )

    def put_back(self, template: str) -> None:
        """Throw everybody out and undo what they did."""
        self._loop.run_until_complete(self._put_back(template))

    async def _put_back(self, template: str) -> None:
        connection, statements = self._known[template]
        try:
            await connection.execute(_THROW_OUT)
        except (asyncpg.ConnectionDoesNotExistError, asyncpg.InterfaceError):
            # a test that cuts every connection cuts ours too
            connection = await asyncpg.connect(url_of(self._server, f"{template}_reused"))
            self._known[template] = connection, statements
            await connection.execute(_THROW_OUT)
        await connection.execute(statements)

    def close(self) -> None:
        for connection, _statements in self._known.values():
            self._loop.run_until_complete(connection.close())
        self._loop.close()


_THROW_OUT = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""


@pytest.fixture(scope="session")
def _reused(_server: str) -> Iterator[Reused]:
    reused = Reused(_server)
    yield reused
    reused.close()


@pytest.fixture
def database_url(_server: str, _reused: Reused, template: str, tmp_path: Path) -> Iterator[str]:
    """The address of a database like the template, this test's alone."""
    if _server:
        yield url_of(_server, _reused.name(template))
        _reused.put_back(template)
    else:
        yield url_of("", shutil.copy(template, str(tmp_path / "test.sqlite")))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Engine[Any]]:
    """A fresh, migrated database that all tables use."""
    async with open_database(database_url) as engine:
        yield engine


@pytest.fixture
def cast(database: Engine[Any], _templates: Templates) -> Cast:
    """The cast, who are in the test's database."""
    return copy.deepcopy(_templates.cast)


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings for the application under test: cheap hashing, a relay on a free port, no carriers."""
    return Settings(
        base_url=BASE_URL,
        database_url=database_url,
        secret_key=SECRET,
        relay_host="127.0.0.1",
        relay_port=0,
        relay_public_hosts=("127.0.0.1",),
        relay_own_process=False,
        argon2_memory_kib=8,
        argon2_time_cost=1,
        setup_secret="the-setup-secret",
    )


@pytest.fixture(scope="session")
def _built() -> Litestar:
    from app.main import create_app

    return create_app(Settings(base_url=BASE_URL, secret_key=SECRET, argon2_memory_kib=8, argon2_time_cost=1))


@pytest.fixture
def app(settings: Settings, clock: Clock, _built: Litestar) -> Litestar:
    """The whole application on this test's database and clock: its own services behind routes built once, as that takes
    half a second."""
    from app.main import create_services

    services = create_services(settings, clock, regularly=False)
    app = copy.copy(_built)
    app.state, app._lifespan_managers = services.state, [services.lifespan]
    return app


@dataclass
class Browser:
    """A client that signs in and sends forms the way a browser would, CSRF token included."""

    http: httpx.AsyncClient
    clock: Clock

    async def sign_in(self, staff: Staff) -> None:
        """Carry this member of staff's session from now on."""
        self.http.cookies.set("naervaer-staff", await casting.cookie_of(staff, self.clock.now))

    async def evaluate(self, region: str = "") -> None:
        """Be a region's data consultant, or an evaluator of the whole country, from now on."""
        coming = Coming("Ea Lund", f"ea.{uuid4().hex}@region.example", region)
        link = await evaluators.invite(coming, None, self.clock.now)
        known = await invitations.accept(Evaluator, link.rpartition("/")[2], PASSWORD, self.clock.now)
        self.http.cookies.set("naervaer-evaluator", await evaluators.open_session(known, self.clock.now))

    async def use_device_of(self, patient: Patient, *, confirmed: bool = True) -> None:
        """Be a device of this patient from now on."""
        _device, secret = await devices.remember(patient, self.clock.now, confirmed=confirmed)
        self.http.cookies.set("naervaer-device", secret)

    def forget(self) -> None:
        """Lose all cookies."""
        self.http.cookies.clear()

    async def get(self, path: str, **kwargs: Any) -> Any:
        return await self.http.get(path, follow_redirects=False, **kwargs)

    async def post(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        if "csrftoken" not in self.http.cookies:
            await self.http.get("/login")
        headers = {"x-csrftoken": self.http.cookies["csrftoken"], **kwargs.pop("headers", {})}
        return await self.http.post(path, data=data or {}, headers=headers, follow_redirects=False, **kwargs)


@asynccontextmanager
async def _started(app: Litestar) -> AsyncIterator[None]:
    """The application's lifespan in a task of its own: pytest tears fixtures down in another task than it made them."""
    ready, enough = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            ready.set()
            await enough.wait()

    life = asyncio.create_task(live())
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait((life, waiting), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    try:
        yield
    finally:
        enough.set()
        await life


@asynccontextmanager
async def _in_front_of(app: Litestar, clock: Clock) -> AsyncIterator[Browser]:
    transport = httpx.ASGITransport(cast_type(Any, app), raise_app_exceptions=False)
    async with _started(app), httpx.AsyncClient(transport=transport, base_url=BASE_URL, verify=trusted()) as http:
        yield Browser(http, clock)


@pytest.fixture
async def browser(app: Litestar, clock: Clock, cast: Cast) -> AsyncIterator[Browser]:
    """The application, running with the cast, and a browser in front of it."""
    async with _in_front_of(app, clock) as browser:
        yield browser


@pytest.fixture
async def first_browser(app: Litestar, clock: Clock, database: Engine[Any]) -> AsyncIterator[Browser]:
    """The application on its first start, without a clinic, and a browser in front of it."""
    async with _in_front_of(app, clock) as browser:
        yield browser
