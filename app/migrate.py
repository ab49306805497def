"""Bring the database up to the newest migration."""

import io
import os
from contextlib import redirect_stdout
from datetime import UTC, datetime

from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager
from piccolo.apps.migrations.tables import Migration

from app import piccolo_conf
from app.clinic.messages import push_keys
from app.clinic.people.tables import Clinic


async def migrate() -> None:
    """Run every migration not run yet, each once; the same files serve both engines. Raises what the database raises.

    Piccolo's runner finds its engine by itself; it is given the one our tables use, so that all is one transaction.
    """
    os.environ.setdefault("PICCOLO_CONF", "app.piccolo_conf")
    piccolo_conf.DB = Migration._meta.db = Clinic._meta.db
    with redirect_stdout(io.StringIO()):
        await ForwardsMigrationManager(app_name="naervaer", migration_id="all").run()
    # made now, so that no page that is only read has to write them
    await push_keys.keys(datetime.now(UTC))
