"""The checklist as a clinic has adjusted it for a type of appointment (C2)."""

from app.migrate import run_sql

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

forwards = run_sql(ID, DESCRIPTION, STATEMENTS)
