"""The clinics' own service codes, dated (F8); what was changed is set aside, never written over."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.clinic.people.tables import Clinic

ID = "2026-11-22T00:00:00:000018"
VERSION = "1.38.0"
DESCRIPTION = "Service codes"

STATEMENTS = (
    """
        CREATE TABLE service_code (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            kind VARCHAR(12) NOT NULL,
            code VARCHAR(4) NOT NULL,
            words VARCHAR(120) NOT NULL,
            fee_oere INTEGER,
            from_minutes INTEGER NOT NULL,
            valid_from DATE,
            valid_until DATE,
            set_at TIMESTAMPTZ NOT NULL,
            set_by UUID REFERENCES staff (id) ON DELETE CASCADE,
            set_aside_at TIMESTAMPTZ,
            set_aside_by UUID REFERENCES staff (id) ON DELETE CASCADE
        )
    """,
    "CREATE INDEX service_code_clinic ON service_code (clinic)",
)


async def forwards() -> MigrationManager:
    """Make the table."""
    manager = MigrationManager(migration_id=ID, app_name="naervaer", description=DESCRIPTION)

    async def run() -> None:
        for statement in STATEMENTS:
            await Clinic.raw(statement)

    manager.add_raw(run)
    return manager
