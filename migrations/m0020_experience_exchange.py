"""What clinics share with their region and adopt from each other (F9)."""

from app.migrate import run_sql

ID = "2026-11-22T00:00:00:000020"
VERSION = "1.38.0"
DESCRIPTION = "Experience exchange"

STATEMENTS = (
    """
        CREATE TABLE shared_text (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            kind VARCHAR(10) NOT NULL,
            piece UUID NOT NULL,
            about VARCHAR(80) NOT NULL,
            channel VARCHAR(5) NOT NULL,
            language VARCHAR(2) NOT NULL,
            subject VARCHAR(200) NOT NULL,
            text TEXT NOT NULL,
            shared_at TIMESTAMPTZ NOT NULL,
            withdrawn_at TIMESTAMPTZ
        )
    """,
    """
        CREATE TABLE adoption (
            id UUID PRIMARY KEY,
            shared UUID NOT NULL REFERENCES shared_text (id) ON DELETE CASCADE,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            staff UUID REFERENCES staff (id) ON DELETE SET NULL,
            place UUID,
            before TEXT NOT NULL,
            after TEXT NOT NULL,
            adopted_at TIMESTAMPTZ NOT NULL,
            undone_at TIMESTAMPTZ
        )
    """,
    "CREATE UNIQUE INDEX shared_text_piece ON shared_text (clinic, kind, piece) WHERE withdrawn_at IS NULL",
    "CREATE INDEX adoption_shared ON adoption (shared)",
)

forwards = run_sql(ID, DESCRIPTION, STATEMENTS)
