"""Which questionnaires the clinic's report tells of: five at a time (F4)."""

from app.migrate import run_sql

ID = "2026-11-22T00:00:00:0000211"
VERSION = "1.38.0"
DESCRIPTION = "Answers shown five at a time"

STATEMENTS = ("ALTER TABLE questionnaire ADD COLUMN shown BOOLEAN NOT NULL DEFAULT FALSE",)

forwards = run_sql(ID, DESCRIPTION, STATEMENTS)
