"""Forms that made something, so that the same one sent again makes nothing more."""

from app.migrate import run_sql

ID = "2026-11-30T00:00:00:000025"
VERSION = "1.38.0"
DESCRIPTION = "Forms sent"

STATEMENTS = (
    "CREATE TABLE sent_form ("
    "id VARCHAR(64) PRIMARY KEY, answer TEXT NOT NULL DEFAULT '', sent_at TIMESTAMPTZ NOT NULL)",
    "CREATE INDEX sent_form_sent_at ON sent_form (sent_at)",
)

forwards = run_sql(ID, DESCRIPTION, STATEMENTS)
