"""Forms that made something, so that the same one sent again makes nothing more."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.clinic.people.tables import Clinic

ID = "2026-11-30T00:00:00:0000240"
VERSION = "1.38.0"
DESCRIPTION = "Forms sent"

STATEMENTS = (
    "CREATE TABLE sent_form ("
    "id VARCHAR(64) PRIMARY KEY, answer TEXT NOT NULL DEFAULT '', sent_at TIMESTAMPTZ NOT NULL)",
    "CREATE INDEX sent_form_sent_at ON sent_form (sent_at)",
)


async def forwards() -> MigrationManager:
    """Make the table."""
    manager = MigrationManager(migration_id=ID, app_name="naervaer", description=DESCRIPTION)

    async def run() -> None:
        for statement in STATEMENTS:
            await Clinic.raw(statement)

    manager.add_raw(run)
    return manager
