"""Those outside the clinics who see the figures of a region or the nation, and their sessions."""

from app.migrate import run_sql

ID = "2026-11-22T00:00:00:000014"
VERSION = "1.38.0"
DESCRIPTION = "Evaluators"

STATEMENTS = (
    """
        CREATE TABLE evaluator (
            id UUID PRIMARY KEY,
            name VARCHAR(120) NOT NULL,
            email VARCHAR(254) NOT NULL,
            region UUID REFERENCES region (id) ON DELETE CASCADE,
            password_hash VARCHAR(200) NOT NULL,
            invitation_hash VARCHAR(64),
            invitation_expires_at TIMESTAMPTZ,
            active BOOLEAN NOT NULL,
            created_at TIMESTAMPTZ NOT NULL
        )
    """,
    """
        CREATE TABLE evaluator_session (
            id VARCHAR(64) PRIMARY KEY,
            evaluator UUID NOT NULL REFERENCES evaluator (id) ON DELETE CASCADE,
            seen_at TIMESTAMPTZ NOT NULL,
            expires_at TIMESTAMPTZ NOT NULL
        )
    """,
    "CREATE UNIQUE INDEX evaluator_email ON evaluator (email)",
    "CREATE INDEX evaluator_session_expires ON evaluator_session (expires_at)",
)

forwards = run_sql(ID, DESCRIPTION, STATEMENTS)
