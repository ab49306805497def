"""The clinics' own service codes, dated (F8); what was changed is set aside, never written over."""

from app.migrate import run_sql

ID = "2026-11-22T00:00:00:000018"
VERSION = "1.38.0"
DESCRIPTION = "Service codes"

STATEMENTS = (
    """
        CREATE TABLE service_code (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            kind VARCHAR(12) NOT NULL,
            code VARCHAR(4) NOT NULL,
            words VARCHAR(120) NOT NULL,
            fee_oere INTEGER,
            from_minutes INTEGER NOT NULL,
            valid_from DATE,
            valid_until DATE,
            set_at TIMESTAMPTZ NOT NULL,
            set_by UUID REFERENCES staff (id) ON DELETE CASCADE,
            set_aside_at TIMESTAMPTZ,
            set_aside_by UUID REFERENCES staff (id) ON DELETE CASCADE
        )
    """,
    "CREATE INDEX service_code_clinic ON service_code (clinic)",
)

forwards = run_sql(ID, DESCRIPTION, STATEMENTS)
