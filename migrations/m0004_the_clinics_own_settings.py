"""What a clinic decides for itself: its hours, policy, contacts and logo, and what patients may book online."""

from app.migrate import run_sql

ID = "2026-11-22T00:00:00:000004"
VERSION = "1.38.0"
DESCRIPTION = "The clinic's own settings"

COLUMNS = (
    "ALTER TABLE clinic ADD COLUMN languages VARCHAR(120) NOT NULL DEFAULT ''",
    "ALTER TABLE clinic ADD COLUMN offer VARCHAR(500) NOT NULL DEFAULT ''",
    "ALTER TABLE clinic ADD COLUMN booking_pattern VARCHAR(8) NOT NULL DEFAULT 'spread'",
    "ALTER TABLE clinic ADD COLUMN logo VARCHAR(16) NOT NULL DEFAULT ''",
    "ALTER TABLE staff ADD COLUMN bookable_online BOOLEAN NOT NULL DEFAULT FALSE",
    "ALTER TABLE staff ADD COLUMN online_order INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE staff ADD COLUMN feed_version INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE staff ADD COLUMN door_version INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE appointment_type ADD COLUMN bookable_online BOOLEAN NOT NULL DEFAULT FALSE",
    "ALTER TABLE appointment_type ADD COLUMN suits_video_when VARCHAR(300) NOT NULL DEFAULT ''",
)

TABLES = (
    """
        CREATE TABLE clinic_logo (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            media_type VARCHAR(20) NOT NULL,
            content TEXT NOT NULL
        )
    """,
    """
        CREATE TABLE support_contact (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            kind VARCHAR(8) NOT NULL,
            name VARCHAR(120) NOT NULL,
            phone VARCHAR(20) NOT NULL,
            email VARCHAR(254) NOT NULL,
            hours VARCHAR(120) NOT NULL,
            created_at TIMESTAMPTZ NOT NULL
        )
    """,
    """
        CREATE TABLE started_mark (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            item VARCHAR(30) NOT NULL,
            staff UUID REFERENCES staff (id) ON DELETE CASCADE,
            marked_at TIMESTAMPTZ NOT NULL
        )
    """,
    """
        CREATE TABLE opening_hours (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            weekday INTEGER NOT NULL,
            starts INTEGER NOT NULL,
            ends INTEGER NOT NULL
        )
    """,
    """
        CREATE TABLE working_hours (
            id UUID PRIMARY KEY,
            staff UUID NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
            kind VARCHAR(5) NOT NULL,
            weekday INTEGER NOT NULL,
            starts INTEGER NOT NULL,
            ends INTEGER NOT NULL
        )
    """,
    """
        CREATE TABLE absence (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            staff UUID REFERENCES staff (id) ON DELETE CASCADE,
            first_day DATE NOT NULL,
            last_day DATE NOT NULL,
            words VARCHAR(80) NOT NULL
        )
    """,
    """
        CREATE TABLE policy_line (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            kind VARCHAR(10) NOT NULL,
            words VARCHAR(160) NOT NULL,
            place INTEGER NOT NULL
        )
    """,
)

INDEXES = (
    "CREATE UNIQUE INDEX clinic_logo_clinic ON clinic_logo (clinic)",
    "CREATE INDEX support_contact_clinic ON support_contact (clinic)",
    "CREATE UNIQUE INDEX started_mark_item ON started_mark (clinic, item)",
    "CREATE INDEX opening_hours_clinic ON opening_hours (clinic)",
    "CREATE INDEX working_hours_staff ON working_hours (staff)",
    "CREATE INDEX absence_clinic ON absence (clinic, last_day)",
    "CREATE INDEX policy_line_clinic ON policy_line (clinic, place)",
)

forwards = run_sql(ID, DESCRIPTION, COLUMNS + TABLES + INDEXES)
