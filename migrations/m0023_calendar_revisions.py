"""What a calendar knows an appointment by: one identity over its moves, a number that rises, when it last changed."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.clinic.people.tables import Clinic

ID = "2026-12-01T00:00:00:0000230"
VERSION = "1.38.0"
DESCRIPTION = "Calendar revisions"

STATEMENTS = (
    "ALTER TABLE appointment ADD COLUMN calendar_uid UUID",
    "ALTER TABLE appointment ADD COLUMN calendar_sequence INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE appointment ADD COLUMN calendar_changed_at TIMESTAMPTZ",
    "UPDATE appointment SET calendar_changed_at = ended_at, calendar_sequence = 1"
    " WHERE state IN ('cancelled', 'moved')",
)


async def forwards() -> MigrationManager:
    """Add the columns; what was given up or moved so far changed then."""
    manager = MigrationManager(migration_id=ID, app_name="naervaer", description=DESCRIPTION)

    async def run() -> None:
        for statement in STATEMENTS:
            await Clinic.raw(statement)

    manager.add_raw(run)
    return manager
