"""Since when nobody looks at a waiting patient's page: a phone that sleeps keeps its place (D5)."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.clinic.people.tables import Clinic

ID = "2026-11-22T00:00:00:000007"
VERSION = "1.38.0"
DESCRIPTION = "Sleeping phones"


async def forwards() -> MigrationManager:
    """Add the column."""
    manager = MigrationManager(migration_id=ID, app_name="naervaer", description=DESCRIPTION)

    async def run() -> None:
        await Clinic.raw("ALTER TABLE place ADD COLUMN hidden_at TIMESTAMPTZ")

    manager.add_raw(run)
    return manager
