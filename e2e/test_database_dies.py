"""The database stops, hangs or fills its disk: nobody loses a place, a call or a word, and all comes back by itself."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from e2e.conftest import Visitors
from e2e.server import Server
from e2e.steps import (
    ANDERS,
    BIRTHE,
    INGER,
    JENS,
    LONG,
    POUL,
    button,
    come,
    confirm_birth_date,
    is_talking,
    is_waiting,
    link_in_message,
    names_present,
    open_link,
    place_of,
    printed_link,
    row,
    sign_in,
    talk,
)
from tests.postgres import Cluster, cluster

AWAY_S = 20.0

pytestmark = pytest.mark.media


@pytest.fixture(scope="module")
def postgres() -> Iterator[Cluster]:
    """A cluster of this module's own."""
    with cluster() as made:
        yield made


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path, postgres: Cluster) -> Iterator[Server]:
    """The demo clinic on PostgreSQL, which is given three seconds to answer."""
    name = f"journey_{os.getpid()}_{abs(hash(request.node.name))}"
    createdb = ["psql", "-h", str(postgres.home), "-U", "naervaer", "-d", "postgres", "-qc", f"CREATE DATABASE {name}"]
    subprocess.run(createdb, check=True)
    url = f"postgresql://naervaer@/{name}?host={postgres.home}"
    started = Server(tmp_path, extra={"DATABASE_URL": url, "DATABASE_TIMEOUT_S": "3"})
    started.start()
    yield started
    started.end()


def health(server: Server) -> tuple[int, str]:
    """What /health/ready says."""
    try:
        with urllib.request.urlopen(f"{server.url}/health/ready", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def is_away_for(server: Server, seconds: float) -> None:
    """Readiness says so all the while, and each time within seconds."""
    pause, until = Event(), time.monotonic() + seconds
    while time.monotonic() < until:
        assert health(server) == (503, "missing: database\n")
        pause.wait(1)


def becomes_well(server: Server) -> None:
    """Readiness is green again."""
    pause = Event()
    for _attempt in range(150):
        if health(server)[0] == 200:
            return
        pause.wait(0.2)
    raise AssertionError(health(server))


def three_wait(visitors: Visitors) -> tuple[Page, list[Page]]:
    """A desk of the other doctor's, and three phones in the waiting room."""
    front = visitors.open().new_page()
    sign_in(front, ANDERS)
    poul, inger, birthe = (visitors.open(device).new_page() for device in ("Pixel 7", "iPhone 14", "Galaxy S9+"))
    come(inger, link_in_message(front, INGER.name), INGER)
    open_link(poul, link_in_message(front, POUL.name))
    confirm_birth_date(poul, POUL)
    poul.get_by_role("link", name="Tilbage til venteværelset").click()
    open_link(birthe, link_in_message(front, BIRTHE.name))
    confirm_birth_date(birthe, BIRTHE)
    birthe.get_by_role("link", name="Tilbage til venteværelset").click()
    waiting = [poul, inger, birthe]
    for page in waiting:
        is_waiting(page)
    for person in (POUL, INGER, BIRTHE):
        expect(row(front, person.name)).to_have_attribute("data-group", "present")
    return front, waiting


@pytest.mark.parametrize("how", ["stops", "hangs"])
def test_a_database_that_is_away_costs_nobody_anything(
    visitors: Visitors, desk: Page, phone: Page, server: Server, postgres: Cluster, how: str
) -> None:
    front, waiting = three_wait(visitors)
    talk(desk, phone, printed_link(server))
    places, order = [place_of(page) for page in waiting], names_present(front)
    everybody = (*waiting, front, desk, phone)
    for page in everybody:
        page.evaluate("window.loadedOnce = true")

    away, back = _ways(postgres)[how]
    away()
    late = visitors.open().new_page()
    late.goto("/", wait_until="commit")
    expect(late.get_by_text("Intet er gået tabt")).to_be_visible()
    is_away_for(server, AWAY_S)
    is_talking(phone, desk)
    back()

    becomes_well(server)
    expect(late.get_by_text("Intet er gået tabt")).to_be_hidden(timeout=LONG)
    for page in waiting:
        is_waiting(page)
    for person in (POUL, INGER, BIRTHE):
        expect(row(front, person.name).locator(".status.warn")).to_have_count(0, timeout=LONG)
    assert [place_of(page) for page in waiting] == places
    assert names_present(front) == order
    is_talking(phone, desk)
    assert all(page.evaluate("window.loadedOnce === true") for page in everybody), "a page was loaded anew"
    button(front, f"Kald ind: {BIRTHE.name}").click()
    expect(waiting[-1].get_by_role("alertdialog")).to_contain_text("kalder dig ind", timeout=LONG)
    assert server.printed.count("Traceback") < 10


def _ways(postgres: Cluster) -> dict[str, tuple[Callable[[], None], Callable[[], None]]]:
    return {
        "stops": (postgres.stop, postgres.start),
        "hangs": (lambda: postgres.signal(signal.SIGSTOP), lambda: postgres.signal(signal.SIGCONT)),
    }


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 30 MB, of memory."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=30m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, check=False).returncode:
        pytest.skip("a disk of its own takes root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_is_told_at_the_desk_and_nothing_is_lost(
    playwright: Playwright, small_chromium: Browser, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        server = Server(tmp_path, extra={"DATABASE_URL": f"sqlite:///{disk / 'naervaer.sqlite'}"})
        server.start()
        visitors = Visitors(playwright, server, small_chromium)
        desk, phone = visitors.open().new_page(), visitors.open("Pixel 7").new_page()
        sign_in(desk)
        come(phone, printed_link(server), JENS)
        expect(row(desk, JENS.name)).to_have_attribute("data-group", "present")

        filler = disk / "filler"
        fill(filler)
        told = desk.get_by_role("alert").filter(has_text="Serverens disk tager ikke imod mere")
        expect(told).to_be_visible(timeout=LONG)
        assert health(server) == (503, "missing: disk\n")
        desk.reload()
        expect(row(desk, JENS.name)).to_be_visible()
        button(desk, f"Kald ind: {JENS.name}").click()
        expect(desk.get_by_text("Der kan ikke gemmes noget nyt lige nu.").first).to_be_visible()

        filler.unlink()
        becomes_well(server)
        expect(told).to_be_hidden(timeout=LONG)
        is_waiting(phone)
        button(desk, f"Kald ind: {JENS.name}").click()
        expect(phone.get_by_role("alertdialog")).to_contain_text("kalder dig ind", timeout=LONG)
        visitors.close()
        server.end()


def fill(filler: Path) -> None:
    """Write until the disk takes nothing more."""
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return
