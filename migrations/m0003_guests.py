"""Third parties of a call."""

from app.migrate import run_sql

ID = "2026-11-22T00:00:00:000003"
VERSION = "1.38.0"
DESCRIPTION = "Third parties of a call"

STATEMENTS = (
    """
        CREATE TABLE guest (
            id UUID PRIMARY KEY,
            call UUID NOT NULL REFERENCES call (id) ON DELETE CASCADE,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            name VARCHAR(80) NOT NULL,
            kind VARCHAR(12) NOT NULL,
            recipient VARCHAR(254) NOT NULL,
            token_hash VARCHAR(64) NOT NULL,
            session_hash VARCHAR(64) NOT NULL,
            state VARCHAR(10) NOT NULL,
            is_muted BOOLEAN NOT NULL,
            invited_by UUID NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
            invited_at TIMESTAMPTZ NOT NULL,
            state_at TIMESTAMPTZ NOT NULL,
            admitted_at TIMESTAMPTZ
        )
    """,
    "CREATE UNIQUE INDEX guest_token ON guest (token_hash)",
    "CREATE INDEX guest_call ON guest (call)",
    "CREATE INDEX guest_session ON guest (session_hash)",
)

forwards = run_sql(ID, DESCRIPTION, STATEMENTS)
