"""Which questionnaires the clinic's report tells of: five at a time (F4)."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.clinic.people.tables import Clinic

ID = "2026-11-22T00:00:00:0000211"
VERSION = "1.38.0"
DESCRIPTION = "Answers shown five at a time"

STATEMENTS = ("ALTER TABLE questionnaire ADD COLUMN shown BOOLEAN NOT NULL DEFAULT FALSE",)


async def forwards() -> MigrationManager:
    """Add the column; the job that closes questionnaires shows those there are."""
    manager = MigrationManager(migration_id=ID, app_name="naervaer", description=DESCRIPTION)

    async def run() -> None:
        for statement in STATEMENTS:
            await Clinic.raw(statement)

    manager.add_raw(run)
    return manager
