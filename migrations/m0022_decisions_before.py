"""When a booking was reviewed and converted before its newest decision, for when that is taken back."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.clinic.people.tables import Clinic

ID = "2026-11-22T00:00:00:0000220"
VERSION = "1.38.0"
DESCRIPTION = "Decisions before the newest"

STATEMENTS = (
    "ALTER TABLE appointment ADD COLUMN reviewed_before TIMESTAMPTZ",
    "ALTER TABLE appointment ADD COLUMN converted_before TIMESTAMPTZ",
)


async def forwards() -> MigrationManager:
    """Add the columns."""
    manager = MigrationManager(migration_id=ID, app_name="naervaer", description=DESCRIPTION)

    async def run() -> None:
        for statement in STATEMENTS:
            await Clinic.raw(statement)

    manager.add_raw(run)
    return manager
