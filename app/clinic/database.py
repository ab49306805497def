"""The one database: SQLite in a file by default, PostgreSQL when its URL says so (I2).

Piccolo's own SQLite engine opens a connection for every query and fails under concurrent writes; ours keeps one
writer behind a lock with BEGIN IMMEDIATE and a few readers in WAL mode. Nothing here knows the tables' meaning.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
import asyncpg
from piccolo.engine.base import Engine
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction
from piccolo.engine.sqlite import SQLiteEngine, SQLiteTransaction, TransactionType, dict_factory
from piccolo.querystring import QueryString
from piccolo.table import Table

from app.clinic.errors import Unavailable
from app.clinic.outages import lack_of, unavailable_when_away

_PRAGMAS = """
    PRAGMA journal_mode=WAL;
    PRAGMA synchronous=NORMAL;
    PRAGMA busy_timeout={patience_ms};
    PRAGMA foreign_keys=1;
    PRAGMA cache_size=-20000;
"""
_READERS = 3
_CLOSE_WITHIN_S = 5
_PATIENCE_S = 10.0

T = TypeVar("T")

_engine: Engine[Any] | None = None


class _Transaction(SQLiteTransaction):
    """A write transaction on the pool's one writer; a nested one joins its parent, as Piccolo's own does."""

    engine: "PooledSQLite"

    async def __aenter__(self) -> SQLiteTransaction:
        if self._parent is not None:
            return self._parent
        await self.engine.lock_for_writing()
        try:
            self.connection = self.engine.writer()
            with unavailable_when_away():
                await self.connection.execute("BEGIN IMMEDIATE")
        except BaseException:
            await self._leave_nothing_open()
            self.engine.write_lock.release()
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(self, exception_type: Any, exception: Any, traceback: Any) -> bool:
        if self._parent:
            return exception is None
        try:
            if exception is not None and not self._rolled_back:
                # not by a statement: a full disk has SQLite roll back by itself
                await self.connection.rollback()
            elif not self._committed and not self._rolled_back:
                with unavailable_when_away():
                    await self.commit()  # type: ignore[no-untyped-call]
        except BaseException:
            await self._leave_nothing_open()
            raise
        finally:
            self.engine.current_transaction.reset(self.context)
            self.engine.write_lock.release()
        return exception is None

    async def _leave_nothing_open(self) -> None:
        """Roll back what a cancelled BEGIN or a failed COMMIT may have left: its statement still runs in its thread.

        The connection's thread takes one thing after another, so this comes after that, and before the next writer.
        """
        await asyncio.shield(self.connection.rollback())


class PooledSQLite(SQLiteEngine):
    """One writer, three readers, each on a thread of its own for as long as the process lives."""

    def __init__(self, path: str, patience_s: float = _PATIENCE_S) -> None:
        super().__init__(path=path, timeout=patience_s)
        self.patience_s = patience_s
        self.write_lock = asyncio.Lock()
        self._writer: aiosqlite.Connection | None = None
        self._readers: asyncio.Queue[aiosqlite.Connection] = asyncio.Queue()

    async def open(self) -> None:
        """Open every connection; none is opened later, so no cancelled task can lose one half open."""
        self._writer = await self.get_connection()
        for _reader in range(_READERS):
            self._readers.put_nowait(await self.get_connection())

    async def get_connection(self) -> aiosqlite.Connection:
        connection = await aiosqlite.connect(**self.connection_kwargs)
        connection.row_factory = dict_factory  # type: ignore[assignment]
        pragmas = _PRAGMAS.format(patience_ms=int(self.patience_s * 1000))
        await (await connection.executescript(pragmas)).close()
        return connection

    def writer(self) -> aiosqlite.Connection:
        """The one connection that writes; hold `write_lock` while using it. Raises RuntimeError before `open`."""
        if self._writer is None:
            raise RuntimeError("the database has not been started")
        return self._writer

    async def lock_for_writing(self) -> None:
        """Take `write_lock`; raises Unavailable when it takes too long."""
        with unavailable_when_away():
            async with asyncio.timeout(self.patience_s):
                await self.write_lock.acquire()

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[aiosqlite.Connection]:
        with unavailable_when_away():
            async with asyncio.timeout(self.patience_s):
                connection = await self._readers.get()
        try:
            yield connection
        finally:
            self._readers.put_nowait(connection)

    async def _run_in_new_connection(
        self, query: str, args: list[Any] | None = None, query_type: str = "generic", table: type[Table] | None = None
    ) -> Any:
        if query.lstrip()[:6].upper() == "SELECT":
            async with self._reader() as connection:
                return await _fetch(connection, query, args)
        await self.lock_for_writing()
        try:
            return await _fetch(self.writer(), query, args)
        finally:
            self.write_lock.release()

    async def _run_in_existing_connection(
        self,
        connection: Any,
        query: str,
        args: list[Any] | None = None,
        query_type: str = "generic",
        table: type[Table] | None = None,
    ) -> Any:
        return await _fetch(connection, query, args)

    def transaction(
        self, transaction_type: TransactionType = TransactionType.immediate, allow_nested: bool = True
    ) -> SQLiteTransaction:
        return _Transaction(engine=self, transaction_type=transaction_type, allow_nested=allow_nested)

    async def close(self) -> None:
        """Close every connection, waiting for those in use."""
        if self._writer is None:
            return
        async with self.write_lock:
            await self._writer.close()
            self._writer = None
        for _reader in range(_READERS):
            await (await self._readers.get()).close()


class _PooledTransaction(PostgresTransaction):
    """Returns its connection to the pool even when cancelled early; Piccolo's own transaction would lose it."""

    engine: "PooledPostgres"

    async def __aenter__(self) -> PostgresTransaction:
        if self._parent is not None:
            return self._parent
        with unavailable_when_away():
            self.connection = await self.engine.acquire()
            try:
                self.transaction = self.connection.transaction()
                await self.begin()  # type: ignore[no-untyped-call]
            except BaseException as error:
                await self._give_back(error)
                raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(self, exception_type: Any, exception: Any, traceback: Any) -> bool:
        if self._parent:
            return exception is None
        failed = exception
        try:
            with unavailable_when_away():
                if exception is None and not self._committed and not self._rolled_back:
                    await self.commit()  # type: ignore[no-untyped-call]
                elif exception is not None and not isinstance(exception, Unavailable) and not self._rolled_back:
                    await self.rollback()  # type: ignore[no-untyped-call]
        except BaseException as error:
            failed = error
            raise
        finally:
            self.engine.current_transaction.reset(self.context)
            await self._give_back(failed)
        return exception is None

    async def _give_back(self, failed: BaseException | None) -> None:
        await self.engine.give_back(self.connection, failed)


class PooledPostgres(PostgresEngine):
    """Piccolo's engine with our transactions and with time-outs for a silent server.

    Without `timeout_s` statements have no time limit, as migrations need.
    """

    def __init__(self, url: str, timeout_s: float | None) -> None:
        self._patience_s = timeout_s or _PATIENCE_S
        super().__init__(config={"dsn": url, "timeout": self._patience_s, "command_timeout": timeout_s})

    async def check_version(self) -> None:
        """Do nothing: Piccolo would connect here, before the pool and without a time-out."""

    async def prep_database(self) -> None:
        """No extension is needed."""

    async def acquire(self) -> Any:
        """A connection of the pool, within the time-out; hand it to `give_back`."""
        assert self.pool is not None
        return await self.pool.acquire(timeout=self._patience_s)

    async def give_back(self, connection: Any, failed: BaseException | None) -> None:
        """Return a connection to the pool, which rolls back what is left open; a cancellation does not interrupt this.

        When the database has fallen silent the connection is closed instead, and the server rolls back. If it falls
        silent only now, its work is done and the pool closes it.
        """
        assert self.pool is not None
        if isinstance(failed, Unavailable) or (failed is not None and lack_of(failed)):
            # one that ended by itself is the pool's again already
            with suppress(asyncpg.InterfaceError):
                connection.terminate()
        try:
            await asyncio.shield(self.pool.release(connection))
        except Exception as error:
            if lack_of(error) is None:
                raise

    async def run_querystring(self, querystring: QueryString, in_pool: bool = True) -> Any:
        with unavailable_when_away():
            return await super().run_querystring(querystring, in_pool)

    async def run_ddl(self, ddl: str, in_pool: bool = True) -> Any:
        with unavailable_when_away():
            return await super().run_ddl(ddl, in_pool)

    async def _run_in_pool(self, query: str, args: Sequence[Any] | None = None) -> Any:
        connection = await self.acquire()
        failed: BaseException | None = None
        try:
            return await connection.fetch(query, *(args or ()))
        except BaseException as error:
            failed = error
            raise
        finally:
            await self.give_back(connection, failed)

    def transaction(self, allow_nested: bool = True) -> PostgresTransaction:
        return _PooledTransaction(engine=self, allow_nested=allow_nested)


async def _fetch(connection: aiosqlite.Connection, query: str, args: list[Any] | None) -> Any:
    # one trip to the connection's thread, not three
    with unavailable_when_away():
        return await connection.execute_fetchall(query, args or [])


def batched(values: Collection[T], size: int = 500) -> Iterator[list[T]]:
    """The values in lists that both engines take in one statement."""
    listed = list(values)
    for at in range(0, len(listed), size):
        yield listed[at : at + size]


def open_engine(url: str, timeout_s: float | None = None) -> Engine[Any]:
    """The engine for `sqlite:///path/to/file` or `postgresql://user@host/name`; raises ValueError for anything else.

    After `timeout_s` without an answer it raises Unavailable. Without it a statement may take its time, and only who
    waits for a connection or a lock gives up.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        path = Path(rest.removeprefix("/") if not rest.startswith("//") else rest[1:])
        with unavailable_when_away():
            path.parent.mkdir(parents=True, exist_ok=True)
        return PooledSQLite(str(path), timeout_s or _PATIENCE_S)
    if scheme in ("postgres", "postgresql"):
        return PooledPostgres(url, timeout_s)
    raise ValueError("DATABASE_URL must begin with sqlite:/// or postgresql://")


def use_engine(engine: Engine[Any], tables: Sequence[type[Table]]) -> None:
    """Point the tables at this engine; tests use it to give every test a database of its own."""
    global _engine
    _engine = engine
    for table in tables:
        table._meta.db = engine


def engine() -> Engine[Any]:
    """Return the engine in use; raises RuntimeError before `use_engine`."""
    if _engine is None:
        raise RuntimeError("no database has been chosen")
    return _engine


async def run(query: str, *values: Any) -> Any:
    """Run SQL as written, each `{}` standing for one value, in the change under way if any. Rows come as dicts."""
    return await engine().run_querystring(QueryString(query, *values))


async def start(engine: Engine[Any]) -> None:
    """Open the pool; call inside the loop that will serve. Raises Unavailable when the database is not there."""
    with unavailable_when_away():
        if isinstance(engine, PostgresEngine):
            await engine.start_connection_pool(min_size=2, max_size=10)
        elif isinstance(engine, PooledSQLite):
            await engine.open()


async def stop(engine: Engine[Any]) -> None:
    """Close what `start` and later queries opened."""
    if isinstance(engine, PostgresEngine) and engine.pool is not None:
        try:
            async with asyncio.timeout(_CLOSE_WITHIN_S):
                await engine.close_connection_pool()
        except TimeoutError:
            # a query that hangs does not keep the process from ending
            engine.pool.terminate()
            engine.pool = None
    elif isinstance(engine, PooledSQLite):
        await engine.close()
