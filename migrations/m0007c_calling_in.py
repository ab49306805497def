"""The ladder of calling in: when each rung was climbed, whether the ring was seen, and the clinic's own times (D6)."""

from app.migrate import run_sql

ID = "2026-11-22T00:00:00:0000072"
VERSION = "1.38.0"
DESCRIPTION = "Calling in"

STATEMENTS = (
    "ALTER TABLE call ADD COLUMN pushed_at TIMESTAMPTZ",
    "ALTER TABLE call ADD COLUMN plan_b_at TIMESTAMPTZ",
    "ALTER TABLE call ADD COLUMN seen_at TIMESTAMPTZ",
    "ALTER TABLE call ADD COLUMN desk_seen_at TIMESTAMPTZ",
    """
        CREATE TABLE calling_in (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            push_s INTEGER NOT NULL,
            text_s INTEGER NOT NULL,
            phone_s INTEGER NOT NULL
        )
    """,
    "CREATE UNIQUE INDEX calling_in_clinic ON calling_in (clinic)",
)

forwards = run_sql(ID, DESCRIPTION, STATEMENTS)
