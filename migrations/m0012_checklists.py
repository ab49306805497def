"""The checklist as a clinic has adjusted it for a type of appointment (C2)."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.clinic.people.tables import Clinic

ID = "2026-11-22T00:00:00:000012"
VERSION = "1.38.0"
DESCRIPTION = "Checklists"

STATEMENTS = (
    """
        CREATE TABLE checklist_line (
            id UUID PRIMARY KEY,
            type UUID NOT NULL REFERENCES appointment_type (id) ON DELETE CASCADE,
            item VARCHAR(30) NOT NULL,
            place INTEGER NOT NULL,
            words VARCHAR(80) NOT NULL,
            hint VARCHAR(160) NOT NULL
        )
    """,
    "CREATE UNIQUE INDEX checklist_line_item ON checklist_line (type, item)",
)


async def forwards() -> MigrationManager:
    """Make the table."""
    manager = MigrationManager(migration_id=ID, app_name="naervaer", description=DESCRIPTION)

    async def run() -> None:
        for statement in STATEMENTS:
            await Clinic.raw(statement)

    manager.add_raw(run)
    return manager
