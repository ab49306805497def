"""The mark that binds the database to the key it was made with.

Another key reads nothing of what is sealed: messages would fail, browsers be forgotten, CPR numbers be unreadable. So
whoever starts with one stops before anything is claimed, deleted or migrated.
"""

from datetime import datetime

from app.clinic import database
from app.clinic.people import installation
from app.clinic.people.tables import InstallationMark

ONLY = 1
_SEALED = {
    "push_key": "SELECT private_sealed AS sealed FROM push_key LIMIT 1",
    "message": "SELECT body_encrypted AS sealed FROM message LIMIT 1",
    "patient": "SELECT cpr_encrypted AS sealed FROM patient WHERE cpr_encrypted <> '' LIMIT 1",
}
"""Sealed columns by which the key of a database without a mark is recognised."""


class OtherKey(Exception):
    """The database was made with another SECRET_KEY."""


async def check() -> None:
    """Raise OtherKey when the database was made with another key. Nothing is written; it may be empty, or older."""
    marks = await database.run("SELECT key_mark FROM installation_mark") if await _is_there("installation_mark") else []
    if marks:
        if marks[0]["key_mark"] != _mark():
            raise OtherKey
        return
    for table, query in _SEALED.items():
        if await _is_there(table):
            await _try(await database.run(query))


async def keep(now: datetime) -> None:
    """Bind the database to this key, if it is not bound yet; raises OtherKey when another process was faster."""
    mark = InstallationMark(id=ONLY, key_mark=_mark(), made_at=now)
    await InstallationMark.insert(mark).on_conflict(target=InstallationMark.id, action="DO NOTHING")
    await check()


async def look(now: datetime) -> None:
    """Test that the database can be written; raise Unavailable when it can't, OtherKey when it has another key."""
    rows = (
        await InstallationMark.update({InstallationMark.looked_at: now})
        .where(InstallationMark.id == ONLY)
        .returning(InstallationMark.key_mark)
    )
    if [row["key_mark"] for row in rows] != [_mark()]:
        raise OtherKey


def _mark() -> str:
    return installation.digest("installation", "mark")


async def _is_there(table: str) -> bool:
    if database.engine().engine_type == "sqlite":
        return bool(await database.run("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = {}", table))
    return bool((await database.run("SELECT to_regclass({}) IS NOT NULL AS found", table))[0]["found"])


async def _try(rows: list[dict[str, str]]) -> None:
    for row in rows:
        try:
            installation.unseal(row["sealed"])
        except ValueError:
            raise OtherKey from None
