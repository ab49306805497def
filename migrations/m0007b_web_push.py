"""Web push: keys, the browsers that may be pushed, and what is pushed."""

from app.migrate import run_sql

ID = "2026-11-22T00:00:00:0000071"
VERSION = "1.38.0"
DESCRIPTION = "Web push"

STATEMENTS = (
    """
        CREATE TABLE push_key (
            id INTEGER PRIMARY KEY,
            public VARCHAR(100) NOT NULL,
            private_sealed TEXT NOT NULL,
            created_at TIMESTAMPTZ NOT NULL
        )
    """,
    """
        CREATE TABLE push_subscription (
            id UUID PRIMARY KEY,
            patient UUID NOT NULL REFERENCES patient (id) ON DELETE CASCADE,
            device VARCHAR(64) NOT NULL REFERENCES patient_device (id) ON DELETE CASCADE,
            endpoint_hash VARCHAR(64) NOT NULL,
            sealed TEXT NOT NULL,
            created_at TIMESTAMPTZ NOT NULL
        )
    """,
    """
        CREATE TABLE push (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            patient UUID NOT NULL REFERENCES patient (id) ON DELETE CASCADE,
            subscription UUID NOT NULL REFERENCES push_subscription (id) ON DELETE CASCADE,
            kind VARCHAR(12) NOT NULL,
            about VARCHAR(36) NOT NULL,
            page VARCHAR(100) NOT NULL,
            language VARCHAR(2) NOT NULL,
            state VARCHAR(8) NOT NULL,
            attempts INTEGER NOT NULL,
            created_at TIMESTAMPTZ NOT NULL,
            due_at TIMESTAMPTZ NOT NULL,
            arrived_at TIMESTAMPTZ
        )
    """,
    "CREATE UNIQUE INDEX push_subscription_endpoint ON push_subscription (endpoint_hash)",
    "CREATE INDEX push_subscription_patient ON push_subscription (patient)",
    "CREATE INDEX push_due ON push (state, due_at)",
    "CREATE INDEX push_about ON push (about)",
)

forwards = run_sql(ID, DESCRIPTION, STATEMENTS)
