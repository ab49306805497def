"""The clinic's challenges with their technical facts and answers, and its evaluation meetings with minutes (F7)."""

from app.migrate import run_sql

ID = "2026-11-22T00:00:00:000019"
VERSION = "1.38.0"
DESCRIPTION = "Challenges and evaluation meetings"

STATEMENTS = (
    """
        CREATE TABLE challenge (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            source VARCHAR(8) NOT NULL,
            call UUID REFERENCES call (id) ON DELETE SET NULL,
            message UUID REFERENCES message (id) ON DELETE SET NULL,
            words VARCHAR(500) NOT NULL,
            status VARCHAR(8) NOT NULL,
            assigned_to UUID REFERENCES staff (id) ON DELETE SET NULL,
            noted_by UUID REFERENCES staff (id) ON DELETE SET NULL,
            noted_at TIMESTAMPTZ NOT NULL,
            solved_at TIMESTAMPTZ
        )
    """,
    """
        CREATE TABLE challenge_fact (
            id UUID PRIMARY KEY,
            challenge UUID NOT NULL REFERENCES challenge (id) ON DELETE CASCADE,
            place INTEGER NOT NULL,
            name VARCHAR(12) NOT NULL,
            value VARCHAR(80) NOT NULL
        )
    """,
    """
        CREATE TABLE challenge_answer (
            id UUID PRIMARY KEY,
            challenge UUID NOT NULL REFERENCES challenge (id) ON DELETE CASCADE,
            words VARCHAR(1000) NOT NULL,
            staff UUID REFERENCES staff (id) ON DELETE SET NULL,
            said_at TIMESTAMPTZ NOT NULL
        )
    """,
    """
        CREATE TABLE evaluation_meeting (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            held_on DATE NOT NULL,
            since DATE NOT NULL,
            until DATE NOT NULL,
            called_by UUID REFERENCES staff (id) ON DELETE SET NULL,
            called_at TIMESTAMPTZ NOT NULL
        )
    """,
    """
        CREATE TABLE minute_note (
            id UUID PRIMARY KEY,
            meeting UUID NOT NULL REFERENCES evaluation_meeting (id) ON DELETE CASCADE,
            question VARCHAR(10) NOT NULL,
            words TEXT NOT NULL,
            version INTEGER NOT NULL,
            saved_at TIMESTAMPTZ NOT NULL,
            saved_by UUID REFERENCES staff (id) ON DELETE SET NULL
        )
    """,
    """
        CREATE TABLE decision (
            id UUID PRIMARY KEY,
            meeting UUID NOT NULL REFERENCES evaluation_meeting (id) ON DELETE CASCADE,
            words VARCHAR(300) NOT NULL,
            responsible UUID REFERENCES staff (id) ON DELETE SET NULL,
            due_on DATE,
            written_at TIMESTAMPTZ NOT NULL,
            done_at TIMESTAMPTZ
        )
    """,
    "CREATE INDEX challenge_clinic ON challenge (clinic, status, noted_at)",
    "CREATE UNIQUE INDEX challenge_call ON challenge (call) WHERE call IS NOT NULL AND status <> 'solved'",
    "CREATE UNIQUE INDEX challenge_message ON challenge (message) WHERE message IS NOT NULL AND status <> 'solved'",
    "CREATE INDEX challenge_fact_challenge ON challenge_fact (challenge)",
    "CREATE INDEX challenge_answer_challenge ON challenge_answer (challenge)",
    "CREATE INDEX evaluation_meeting_clinic ON evaluation_meeting (clinic, held_on)",
    "CREATE UNIQUE INDEX minute_note_question ON minute_note (meeting, question)",
    "CREATE INDEX decision_meeting ON decision (meeting)",
)

forwards = run_sql(ID, DESCRIPTION, STATEMENTS)
