"""Which of the engines' many errors mean that the database can't be used just now: silent, gone or full.

Everything else they raise is our own mistake or a rule of the tables, and stays what it is.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from app.clinic.errors import Lack, Unavailable

_AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InternalClientError,
)
_SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}
_SQLITE_TAKES_NOTHING = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_SHMSIZE,
    sqlite3.SQLITE_IOERR_SHMMAP,
}
_PRIMARY = 0xFF
"""SQLite's extended codes hold the plain one in their lowest byte."""


def lack_of(error: BaseException) -> Lack | None:
    """What is missing when the database raises this; None when the error is another."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0)
        if {code, code & _PRIMARY} & _SQLITE_TAKES_NOTHING:
            return "disk"
        return "database" if code & _PRIMARY in _SQLITE_AWAY else None
    if isinstance(error, asyncpg.DiskFullError | asyncpg.ReadOnlySQLTransactionError):
        return "disk"
    if isinstance(error, _AWAY) or _is_closed(error):
        return "database"
    return None


def _is_closed(error: BaseException) -> bool:
    """Whether asyncpg says that the connection has ended; it raises the same class for mistakes of ours."""
    return type(error) is asyncpg.InterfaceError and re.search("clos(ed|ing)", str(error)) is not None


@contextmanager
def unavailable_when_away() -> Iterator[None]:
    """Raise Unavailable in place of errors that mean it; put only database calls inside."""
    try:
        yield
    except Exception as error:
        lack = lack_of(error)
        if lack is None:
            raise
        raise Unavailable(lack) from error


@contextmanager
def noting_along_the_way() -> Iterator[None]:
    """Skip writes made only in the course of reading when the disk takes no more, so that reading goes on."""
    try:
        yield
    except Unavailable as error:
        if error.lack != "disk":
            raise
