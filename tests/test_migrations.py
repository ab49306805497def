"""The migrations make just the tables the code describes, on both engines."""

from typing import Any

from piccolo.engine.base import Engine

from app.clinic import database
from app.piccolo_app import TABLES


async def _columns(engine: Engine[Any], table: str) -> set[tuple[str, bool]]:
    """Each column's name and whether it may be null."""
    if engine.engine_type == "sqlite":
        rows = await database.run(f"PRAGMA table_info({table})")
        return {(row["name"], not row["notnull"] and not row["pk"]) for row in rows}
    rows = await database.run(
        "SELECT column_name, is_nullable FROM information_schema.columns WHERE table_name = {}", table
    )
    return {(row["column_name"], row["is_nullable"] == "YES") for row in rows}


async def test_migrated_tables_have_the_described_columns(database: Engine[Any]) -> None:
    for table in TABLES:
        names = {name for name, _null in await _columns(database, table._meta.tablename)}
        assert names == {column._meta.db_column_name for column in table._meta.columns}, table.__name__


async def test_optional_columns_may_be_null(database: Engine[Any]) -> None:
    for table in TABLES:
        optional = {name for name, null in await _columns(database, table._meta.tablename) if null}
        described = {c._meta.db_column_name for c in table._meta.columns if c._meta.null and not c._meta.primary_key}
        assert optional <= described, table.__name__
