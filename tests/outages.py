"""Databases that fail in earnest: one that does not answer, and one whose disk takes nothing more."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from app.clinic.database import PooledPostgres, PooledSQLite
from app.clinic.people.tables import Clinic


@asynccontextmanager
async def silent(url: str, table: str) -> AsyncIterator[None]:
    """Somebody else holds the lock while inside: on this table, or with SQLite on all that is written."""
    if url.startswith("sqlite"):
        other = sqlite3.connect(url.removeprefix("sqlite:///"))
        other.execute("BEGIN IMMEDIATE")
        yield
        other.close()
        return
    connection = await asyncpg.connect(url)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
    yield
    await transaction.rollback()
    await connection.close()


@asynccontextmanager
async def only_read(url: str) -> AsyncIterator[None]:
    """The engine of the tables can read and not write, as on a disk that is full or was set read-only."""
    await _let_write(url, allowed=False)
    yield
    await _let_write(url, allowed=True)


async def _let_write(url: str, *, allowed: bool) -> None:
    engine: Any = Clinic._meta.db
    if isinstance(engine, PooledSQLite):
        await engine.writer().execute(f"PRAGMA query_only={int(not allowed)}")
        return
    assert isinstance(engine, PooledPostgres)
    assert engine.pool is not None
    name = url.partition("@/")[2].partition("?")[0]
    connection = await asyncpg.connect(url.replace(f"/{name}?", "/postgres?"))
    await connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {'off' if allowed else 'on'}")
    await connection.close()
    await engine.pool.expire_connections()


async def cut(url: str) -> None:
    """Every connection to PostgreSQL ends, as when it is started anew; SQLite has none."""
    if not url.startswith("sqlite"):
        connection = await asyncpg.connect(url)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await connection.close()
