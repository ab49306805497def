"""When a booking was reviewed and converted before its newest decision, for when that is taken back."""

from app.migrate import run_sql

ID = "2026-11-22T00:00:00:0000220"
VERSION = "1.38.0"
DESCRIPTION = "Decisions before the newest"

STATEMENTS = (
    "ALTER TABLE appointment ADD COLUMN reviewed_before TIMESTAMPTZ",
    "ALTER TABLE appointment ADD COLUMN converted_before TIMESTAMPTZ",
)

forwards = run_sql(ID, DESCRIPTION, STATEMENTS)
