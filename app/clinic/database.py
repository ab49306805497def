"""The one database: SQLite in a file by default, PostgreSQL when its URL says so (I2).

Piccolo's own SQLite engine opens a connection for every query and fails under concurrent writes; ours keeps one
writer behind a lock with BEGIN IMMEDIATE and a few readers in WAL mode. Nothing here knows the tables' meaning.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
from piccolo.engine.base import Engine
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction
from piccolo.engine.sqlite import SQLiteEngine, SQLiteTransaction, TransactionType, dict_factory
from piccolo.querystring import QueryString
from piccolo.table import Table

_PRAGMAS = """
    PRAGMA journal_mode=WAL;
    PRAGMA synchronous=NORMAL;
    PRAGMA busy_timeout=10000;
    PRAGMA foreign_keys=1;
    PRAGMA cache_size=-20000;
"""
_READERS = 3
_CLOSE_WITHIN_S = 5

T = TypeVar("T")

_engine: Engine[Any] | None = None


class _Transaction(SQLiteTransaction):
    """A write transaction on the pool's one writer; a nested one joins its parent, as Piccolo's own does."""

    engine: "PooledSQLite"

    async def __aenter__(self) -> SQLiteTransaction:
        if self._parent is not None:
            return self._parent
        await self.engine.write_lock.acquire()
        try:
            self.connection = self.engine.writer()
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
                await self.rollback()  # type: ignore[no-untyped-call]
            elif not self._committed and not self._rolled_back:
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

    def __init__(self, path: str) -> None:
        super().__init__(path=path, timeout=10)
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
        await (await connection.executescript(_PRAGMAS)).close()
        return connection

    def writer(self) -> aiosqlite.Connection:
        """The one connection that writes; hold `write_lock` while using it. Raises RuntimeError before `open`."""
        if self._writer is None:
            raise RuntimeError("the database has not been started")
        return self._writer

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[aiosqlite.Connection]:
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
        async with self.write_lock:
            return await _fetch(self.writer(), query, args)

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
    """Gives its connection back however early it is cancelled; with Piccolo's own the pool would never see it again."""

    async def __aenter__(self) -> PostgresTransaction:
        if self._parent is not None:
            return self._parent
        self.connection = await self.get_connection()  # type: ignore[no-untyped-call]
        try:
            self.transaction = self.connection.transaction()
            await self.begin()  # type: ignore[no-untyped-call]
        except BaseException:
            await self._give_back()
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(self, exception_type: Any, exception: Any, traceback: Any) -> bool:
        if self._parent:
            return exception is None
        try:
            if exception is not None and not self._rolled_back:
                await self.rollback()  # type: ignore[no-untyped-call]
            elif not self._committed and not self._rolled_back:
                await self.commit()  # type: ignore[no-untyped-call]
        finally:
            self.engine.current_transaction.reset(self.context)
            await self._give_back()
        return exception is None

    async def _give_back(self) -> None:
        """To the pool, which rolls back what is left open; a cancellation does not stop it."""
        assert self.engine.pool is not None
        await asyncio.shield(self.engine.pool.release(self.connection))


class PooledPostgres(PostgresEngine):
    """Piccolo's engine with our transactions."""

    def transaction(self, allow_nested: bool = True) -> PostgresTransaction:
        return _PooledTransaction(engine=self, allow_nested=allow_nested)


async def _fetch(connection: aiosqlite.Connection, query: str, args: list[Any] | None) -> Any:
    # one trip to the connection's thread, not three
    return await connection.execute_fetchall(query, args or [])


def batched(values: Collection[T], size: int = 500) -> Iterator[list[T]]:
    """The values in lists that both engines take in one statement."""
    listed = list(values)
    for at in range(0, len(listed), size):
        yield listed[at : at + size]


def open_engine(url: str) -> Engine[Any]:
    """The engine for `sqlite:///path/to/file` or `postgresql://user@host/name`; raises ValueError for anything else."""
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        path = Path(rest.removeprefix("/") if not rest.startswith("//") else rest[1:])
        path.parent.mkdir(parents=True, exist_ok=True)
        return PooledSQLite(str(path))
    if scheme in ("postgres", "postgresql"):
        return PooledPostgres(config={"dsn": url})
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
    """Open the pool where the engine has one; call inside the loop that will serve."""
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
