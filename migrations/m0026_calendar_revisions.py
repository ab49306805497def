"""What a calendar knows an appointment by: one identity over its moves, a number that rises, when it last changed."""

from app.migrate import run_sql

ID = "2026-12-01T00:00:00:0000260"
VERSION = "1.38.0"
DESCRIPTION = "Calendar revisions"

STATEMENTS = (
    "ALTER TABLE appointment ADD COLUMN calendar_uid UUID",
    "ALTER TABLE appointment ADD COLUMN calendar_sequence INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE appointment ADD COLUMN calendar_changed_at TIMESTAMPTZ",
    "UPDATE appointment SET calendar_changed_at = ended_at, calendar_sequence = 1"
    " WHERE state IN ('cancelled', 'moved')",
)

forwards = run_sql(ID, DESCRIPTION, STATEMENTS)
