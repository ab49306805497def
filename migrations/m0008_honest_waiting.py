"""What honest waiting needs: when it really ended, who goes first and why, a note, and what was read (D7)."""

from app.migrate import run_sql

ID = "2026-11-22T00:00:00:000008"
VERSION = "1.38.0"
DESCRIPTION = "Honest waiting"

STATEMENTS = (
    "ALTER TABLE place ADD COLUMN started_at TIMESTAMPTZ",
    "ALTER TABLE place ADD COLUMN acute_at TIMESTAMPTZ",
    "ALTER TABLE place ADD COLUMN acute_because VARCHAR(120) NOT NULL DEFAULT ''",
    "ALTER TABLE place ADD COLUMN note VARCHAR(300) NOT NULL DEFAULT ''",
    "ALTER TABLE place ADD COLUMN word_read_at TIMESTAMPTZ",
    "ALTER TABLE place ADD COLUMN announcement_read_at TIMESTAMPTZ",
    "CREATE INDEX place_started ON place (clinic, started_at)",
    "CREATE INDEX place_appointment ON place (appointment)",
    "CREATE INDEX place_patient ON place (patient, entered_at)",
)

forwards = run_sql(ID, DESCRIPTION, STATEMENTS)
