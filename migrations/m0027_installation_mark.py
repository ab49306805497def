"""The mark that binds the database to its key."""

from app.migrate import run_sql

ID = "2026-11-30T00:00:00:0000270"
VERSION = "1.38.0"
DESCRIPTION = "The installation's mark"

STATEMENTS = (
    """CREATE TABLE installation_mark (
    id INTEGER PRIMARY KEY,
    key_mark VARCHAR(64) NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    looked_at TIMESTAMPTZ
)""",
)

forwards = run_sql(ID, DESCRIPTION, STATEMENTS)
