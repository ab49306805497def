"""Programmes: pilots and roll-outs with their clinics and milestones (F10)."""

from app.migrate import run_sql

ID = "2026-11-22T00:00:00:0000201"
VERSION = "1.38.0"
DESCRIPTION = "Programmes"

STATEMENTS = (
    """
        CREATE TABLE programme (
            id UUID PRIMARY KEY,
            region UUID REFERENCES region (id) ON DELETE CASCADE,
            name VARCHAR(120) NOT NULL,
            kind VARCHAR(8) NOT NULL,
            since DATE NOT NULL,
            until DATE NOT NULL,
            notes TEXT NOT NULL,
            created_at TIMESTAMPTZ NOT NULL
        )
    """,
    """
        CREATE TABLE programme_clinic (
            id UUID PRIMARY KEY,
            programme UUID NOT NULL REFERENCES programme (id) ON DELETE CASCADE,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            joined_at TIMESTAMPTZ NOT NULL,
            left_at TIMESTAMPTZ
        )
    """,
    """
        CREATE TABLE milestone (
            id UUID PRIMARY KEY,
            programme UUID NOT NULL REFERENCES programme (id) ON DELETE CASCADE,
            words VARCHAR(200) NOT NULL,
            due_on DATE NOT NULL,
            reached_on DATE
        )
    """,
    "CREATE UNIQUE INDEX programme_clinic_present ON programme_clinic (programme, clinic) WHERE left_at IS NULL",
    "CREATE INDEX programme_clinic_clinic ON programme_clinic (clinic)",
    "CREATE INDEX milestone_programme ON milestone (programme, due_on)",
)

forwards = run_sql(ID, DESCRIPTION, STATEMENTS)
