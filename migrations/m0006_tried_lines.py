"""What a device test counted of the line, and the tests of the clinic's own equipment."""

from app.migrate import run_sql

ID = "2026-11-22T00:00:00:000006"
VERSION = "1.38.0"
DESCRIPTION = "Tried lines"

COLUMNS = (
    "ALTER TABLE device_test ADD COLUMN line VARCHAR(12) NOT NULL DEFAULT 'untried'",
    "ALTER TABLE device_test ADD COLUMN rtt_ms REAL",
    "ALTER TABLE device_test ADD COLUMN jitter_ms REAL",
    "ALTER TABLE device_test ADD COLUMN loss_up REAL",
    "ALTER TABLE device_test ADD COLUMN loss_down REAL",
    "ALTER TABLE device_test ADD COLUMN up_kbps INTEGER",
    "ALTER TABLE device_test ADD COLUMN down_kbps INTEGER",
    "ALTER TABLE device_test ADD COLUMN frames INTEGER",
    "ALTER TABLE device_test ADD COLUMN frames_back INTEGER",
    "ALTER TABLE device_test ADD COLUMN level INTEGER",
)

TABLES = (
    """
        CREATE TABLE equipment_test (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            staff UUID NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
            camera VARCHAR(10) NOT NULL,
            microphone VARCHAR(10) NOT NULL,
            loudspeaker VARCHAR(10) NOT NULL,
            line VARCHAR(12) NOT NULL,
            rtt_ms REAL,
            jitter_ms REAL,
            loss_up REAL,
            loss_down REAL,
            up_kbps INTEGER,
            down_kbps INTEGER,
            tested_at TIMESTAMPTZ NOT NULL
        )
    """,
)

INDEXES = ("CREATE INDEX equipment_test_clinic ON equipment_test (clinic, tested_at)",)

forwards = run_sql(ID, DESCRIPTION, COLUMNS + TABLES + INDEXES)
