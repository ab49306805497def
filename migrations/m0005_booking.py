"""A clinic's own phrases, reminders, what is known of a message's way, and bookings that patients make themselves."""

from app.migrate import run_sql

ID = "2026-11-22T00:00:00:000005"
VERSION = "1.38.0"
DESCRIPTION = "Own phrases, reminders, online bookings"

STATEMENTS = (
    """
        CREATE TABLE own_phrase (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            purpose VARCHAR(40) NOT NULL,
            channel VARCHAR(5) NOT NULL,
            language VARCHAR(2) NOT NULL,
            subject VARCHAR(200) NOT NULL,
            text TEXT NOT NULL,
            changed_at TIMESTAMPTZ NOT NULL
        )
    """,
    "CREATE UNIQUE INDEX own_phrase_one_each ON own_phrase (clinic, purpose, channel, language)",
    """
        CREATE TABLE reminder_plan (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            minutes VARCHAR(60) NOT NULL
        )
    """,
    "CREATE UNIQUE INDEX reminder_plan_clinic ON reminder_plan (clinic)",
    """
        CREATE TABLE reminder (
            id UUID PRIMARY KEY,
            appointment UUID NOT NULL REFERENCES appointment (id) ON DELETE CASCADE,
            minutes INTEGER NOT NULL,
            queued_at TIMESTAMPTZ NOT NULL
        )
    """,
    "CREATE UNIQUE INDEX reminder_once ON reminder (appointment, minutes)",
    "ALTER TABLE message ADD COLUMN handed_at TIMESTAMPTZ",
    "ALTER TABLE message ADD COLUMN reported_at TIMESTAMPTZ",
    "CREATE INDEX message_reported ON message (reported_at)",
    "ALTER TABLE appointment ADD COLUMN booked_online BOOLEAN NOT NULL DEFAULT FALSE",
    "ALTER TABLE appointment ADD COLUMN reviewed_at TIMESTAMPTZ",
    "ALTER TABLE appointment ADD COLUMN converted_at TIMESTAMPTZ",
    "ALTER TABLE appointment ADD COLUMN mode_before VARCHAR(12) NOT NULL DEFAULT ''",
    "ALTER TABLE appointment ADD COLUMN type_before UUID REFERENCES appointment_type (id) ON DELETE CASCADE",
    "ALTER TABLE appointment ADD COLUMN ended_by_patient BOOLEAN NOT NULL DEFAULT FALSE",
)

forwards = run_sql(ID, DESCRIPTION, STATEMENTS)
