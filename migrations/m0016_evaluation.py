"""Saved versions of evaluation reports and business cases."""

from app.migrate import run_sql

ID = "2026-11-22T00:00:00:000016"
VERSION = "1.38.0"
DESCRIPTION = "Evaluation reports and business cases"

STATEMENTS = (
    """
        CREATE TABLE edition (
            id UUID PRIMARY KEY,
            scope VARCHAR(45) NOT NULL,
            clinic UUID REFERENCES clinic (id) ON DELETE CASCADE,
            kind VARCHAR(15) NOT NULL,
            number INTEGER NOT NULL,
            since DATE NOT NULL,
            until DATE NOT NULL,
            content TEXT NOT NULL,
            author VARCHAR(120) NOT NULL,
            saved_at TIMESTAMPTZ NOT NULL
        )
    """,
    "CREATE UNIQUE INDEX edition_number ON edition (scope, kind, number)",
)

forwards = run_sql(ID, DESCRIPTION, STATEMENTS)
