"""Bring the database up to the newest migration; and what a migration in SQL is made of."""

import io
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import redirect_stdout
from datetime import UTC, datetime

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager
from piccolo.apps.migrations.tables import Migration

from app.clinic import database
from app.clinic.messages import key_mark, push_keys


async def migrate() -> None:
    """Run every migration not run yet, each once; the same files serve both engines.

    Raises what the database raises, and OtherKey, with nothing changed, when it was made with another key.

    Piccolo's runner finds its engine by itself; it is given the one our tables use, so that all is one transaction.
    """
    await key_mark.check()
    # it opens the engine DATABASE_URL names, which the settings have checked by now
    from app import piccolo_conf

    os.environ.setdefault("PICCOLO_CONF", "app.piccolo_conf")
    piccolo_conf.DB = Migration._meta.db = database.engine()
    with redirect_stdout(io.StringIO()):
        await ForwardsMigrationManager(app_name="naervaer", migration_id="all").run()
    now = datetime.now(UTC)
    await key_mark.keep(now)
    # made now, so that no page that is only read has to write them
    await push_keys.keys(now)


def run_sql(
    migration_id: str, description: str, statements: Sequence[str] | Callable[[str], Sequence[str]]
) -> Callable[[], Awaitable[MigrationManager]]:
    """Return a migration's `forwards`: these statements in turn, in SQL that both engines read.

    Where they differ, `statements` is asked with "sqlite" or "postgres".
    """

    async def run() -> None:
        engine = database.engine()
        for statement in statements(engine.engine_type) if callable(statements) else statements:
            await database.run(statement)

    async def forwards() -> MigrationManager:
        manager = MigrationManager(migration_id=migration_id, app_name="naervaer", description=description)
        manager.add_raw(run)
        return manager

    return forwards
