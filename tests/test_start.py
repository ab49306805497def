"""What a start refuses, in words that name the variable, before anything in the database is touched."""

import os
import sqlite3
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from app.clinic.messages import key_mark, push_keys
from app.clinic.messages.key_mark import OtherKey
from app.clinic.people import installation
from app.clinic.people.tables import InstallationMark
from app.migrate import migrate
from tests.cast import Cast
from tests.conftest import BASE_URL, SECRET

ROOT = Path(__file__).parents[1]
OTHER = "another secret of thirty-two letters"


def _start(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m app migrate` in this folder."""
    unset = {name: value for name, value in os.environ.items() if name not in ("SECRET_KEY", "DATABASE_URL")}
    return subprocess.run(
        [sys.executable, "-m", "app", "migrate"],
        cwd=folder,
        env={**unset, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "url",
    [
        "mysql://somewhere/db",
        "sqlite://relative.sqlite",
        "nonsense",
        "postgresql://naervaer@127.0.0.1:1/naervaer",
        "sqlite:////proc/none/naervaer.sqlite",
    ],
)
def test_a_wrong_database_is_told_by_its_variable(tmp_path: Path, url: str) -> None:
    ended = _start(tmp_path, DATABASE_URL=url, SECRET_KEY=SECRET)

    assert ended.returncode == 1
    assert "DATABASE_URL" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_lost_key_stops_the_start_and_leaves_all_as_it_was(tmp_path: Path) -> None:
    assert _start(tmp_path).returncode == 0
    key = tmp_path / "var" / "secret.key"
    lost = key.read_text()
    assert key.stat().st_mode & 0o777 == 0o600
    key.unlink()
    before = _rows(tmp_path)

    ended = _start(tmp_path)

    assert ended.returncode == 1
    assert "SECRET_KEY" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not key.exists()
    assert _rows(tmp_path) == before
    key.write_text(lost)
    assert _start(tmp_path).returncode == 0


def _rows(folder: Path) -> list[str]:
    connection = sqlite3.connect(folder / "var" / "naervaer.sqlite")
    rows = list(connection.iterdump())
    connection.close()
    return rows


async def test_another_key_migrates_and_deletes_nothing(cast: Cast) -> None:
    mark = await InstallationMark.select()
    installation.install(OTHER, BASE_URL)
    try:
        with pytest.raises(OtherKey):
            await migrate()
    finally:
        installation.install(SECRET, BASE_URL)
    assert await InstallationMark.select() == mark
    await migrate()


async def test_a_database_without_a_mark_is_known_by_what_is_sealed(cast: Cast, now: datetime) -> None:
    await InstallationMark.delete(force=True)
    installation.install(OTHER, BASE_URL)
    try:
        with pytest.raises(OtherKey):
            await key_mark.check()
    finally:
        installation.install(SECRET, BASE_URL)

    await migrate()
    assert await InstallationMark.count() == 1
    assert (await push_keys.keys(now)).public
