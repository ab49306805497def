"""The open consultation's weekly windows, what was done about each on its day, and who opened and closed when (D2)."""

from app.migrate import run_sql

ID = "2026-11-22T00:00:00:0000081"
VERSION = "1.38.0"
DESCRIPTION = "Opening windows"

STATEMENTS = (
    """
        CREATE TABLE opening_window (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            weekday INTEGER NOT NULL,
            starts INTEGER NOT NULL,
            ends INTEGER NOT NULL,
            responsible UUID REFERENCES staff (id) ON DELETE CASCADE,
            opens VARCHAR(4) NOT NULL,
            closes VARCHAR(9) NOT NULL,
            places INTEGER NOT NULL,
            active BOOLEAN NOT NULL
        )
    """,
    """
        CREATE TABLE window_day (
            id UUID PRIMARY KEY,
            span UUID NOT NULL REFERENCES opening_window (id) ON DELETE CASCADE,
            day DATE NOT NULL,
            step VARCHAR(8) NOT NULL
        )
    """,
    """
        CREATE TABLE opening (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            opened_at TIMESTAMPTZ NOT NULL,
            opened_by UUID REFERENCES staff (id) ON DELETE CASCADE,
            closed_at TIMESTAMPTZ,
            closed_by UUID REFERENCES staff (id) ON DELETE CASCADE,
            closing VARCHAR(9) NOT NULL,
            sent_away INTEGER NOT NULL
        )
    """,
    "ALTER TABLE waiting_room ADD COLUMN span UUID REFERENCES opening_window (id) ON DELETE SET NULL",
    "ALTER TABLE waiting_room ADD COLUMN places INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX opening_window_weekday ON opening_window (weekday)",
    "CREATE UNIQUE INDEX window_day_step ON window_day (span, day, step)",
    "CREATE INDEX opening_clinic ON opening (clinic, opened_at)",
)

forwards = run_sql(ID, DESCRIPTION, STATEMENTS)
