"""Measurements asked for by type of appointment, and what patients measured."""

from app.migrate import run_sql

ID = "2026-11-22T00:00:00:0000061"
VERSION = "1.38.0"
DESCRIPTION = "Measurements"

TABLES = (
    """
        CREATE TABLE measurement_asked (
            id UUID PRIMARY KEY,
            type UUID NOT NULL REFERENCES appointment_type (id) ON DELETE CASCADE,
            kind VARCHAR(20) NOT NULL
        )
    """,
    """
        CREATE TABLE measurement (
            id UUID PRIMARY KEY,
            appointment UUID NOT NULL REFERENCES appointment (id) ON DELETE CASCADE,
            kind VARCHAR(20) NOT NULL,
            value REAL NOT NULL,
            second REAL,
            taken_at TIMESTAMPTZ NOT NULL,
            entered_at TIMESTAMPTZ NOT NULL
        )
    """,
)

INDEXES = (
    "CREATE UNIQUE INDEX measurement_asked_kind ON measurement_asked (type, kind)",
    "CREATE UNIQUE INDEX measurement_kind ON measurement (appointment, kind)",
)

forwards = run_sql(ID, DESCRIPTION, TABLES + INDEXES)
