"""What is learned from the calls: one row for each meeting, and the tallies the figures are read from.

The tallies are kept by triggers, so that they follow every write to the meetings, whoever makes it: a correction, an
import, a deleted clinic. Both engines read the same body; PostgreSQL wants it in a function.
"""

from app.migrate import run_sql

ID = "2026-11-22T00:00:00:000009"
VERSION = "1.38.0"
DESCRIPTION = "Meetings, postcards and their tallies"

TABLES = (
    "ALTER TABLE call ADD COLUMN put_off_at TIMESTAMPTZ",
    """
        CREATE TABLE meeting (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            region UUID NOT NULL,
            call UUID REFERENCES call (id) ON DELETE SET NULL,
            appointment UUID REFERENCES appointment (id) ON DELETE SET NULL,
            source VARCHAR(8) NOT NULL,
            held_on DATE NOT NULL,
            month DATE NOT NULL,
            kind VARCHAR(12) NOT NULL,
            origin VARCHAR(8) NOT NULL,
            outcome VARCHAR(15) NOT NULL,
            because VARCHAR(30) NOT NULL,
            seconds INTEGER,
            minutes INTEGER NOT NULL,
            waited_s INTEGER,
            picture VARCHAR(4) NOT NULL,
            sound VARCHAR(4) NOT NULL,
            longer VARCHAR(3) NOT NULL,
            solved VARCHAR(12) NOT NULL,
            instead_of VARCHAR(12) NOT NULL
        )
    """,
    """
        CREATE TABLE tally (
            id VARCHAR(160) PRIMARY KEY,
            region UUID NOT NULL,
            month DATE NOT NULL,
            kind VARCHAR(12) NOT NULL,
            origin VARCHAR(8) NOT NULL,
            outcome VARCHAR(15) NOT NULL,
            because VARCHAR(30) NOT NULL,
            minutes INTEGER NOT NULL,
            meetings INTEGER NOT NULL,
            seconds BIGINT NOT NULL,
            waits INTEGER NOT NULL,
            waited_s BIGINT NOT NULL,
            picture_good INTEGER NOT NULL,
            picture_bad INTEGER NOT NULL,
            sound_good INTEGER NOT NULL,
            sound_bad INTEGER NOT NULL,
            longer INTEGER NOT NULL,
            as_usual INTEGER NOT NULL
        )
    """,
    """
        CREATE TABLE learning_choice (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            asks_patients BOOLEAN NOT NULL
        )
    """,
    """
        CREATE TABLE questionnaire_offer (
            id UUID PRIMARY KEY,
            call UUID NOT NULL REFERENCES call (id) ON DELETE CASCADE,
            token_hash VARCHAR(64),
            opened BOOLEAN NOT NULL
        )
    """,
    """
        CREATE TABLE questionnaire (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            region UUID NOT NULL,
            month DATE NOT NULL,
            kind VARCHAR(12) NOT NULL,
            secret_hash VARCHAR(64),
            reached INTEGER NOT NULL
        )
    """,
    """
        CREATE TABLE answer (
            id UUID PRIMARY KEY,
            questionnaire UUID NOT NULL REFERENCES questionnaire (id) ON DELETE CASCADE,
            question VARCHAR(20) NOT NULL,
            choice VARCHAR(20) NOT NULL,
            words VARCHAR(1000) NOT NULL
        )
    """,
)

INDEXES = (
    "CREATE INDEX meeting_clinic ON meeting (clinic, held_on)",
    "CREATE UNIQUE INDEX meeting_call ON meeting (call) WHERE call IS NOT NULL",
    "CREATE UNIQUE INDEX meeting_appointment ON meeting (appointment) WHERE appointment IS NOT NULL",
    "CREATE UNIQUE INDEX learning_choice_clinic ON learning_choice (clinic)",
    "CREATE UNIQUE INDEX questionnaire_offer_call ON questionnaire_offer (call)",
    "CREATE UNIQUE INDEX questionnaire_offer_token ON questionnaire_offer (token_hash) WHERE token_hash IS NOT NULL",
    "CREATE UNIQUE INDEX questionnaire_secret ON questionnaire (secret_hash) WHERE secret_hash IS NOT NULL",
    "CREATE INDEX questionnaire_month ON questionnaire (month, region)",
    "CREATE INDEX questionnaire_clinic ON questionnaire (clinic, month)",
    "CREATE UNIQUE INDEX answer_choice ON answer (questionnaire, question, choice)",
    "CREATE INDEX tally_month ON tally (month, region)",
    "CREATE INDEX call_unfinished ON call (clinic, ended_at) WHERE state = 'ended' AND outcome_at IS NULL",
)

KEY = ("region", "month", "kind", "origin", "outcome", "because", "minutes")
SUMS = {
    "meetings": "1",
    "seconds": "COALESCE({row}.seconds, 0)",
    "waits": "CASE WHEN {row}.waited_s IS NULL THEN 0 ELSE 1 END",
    "waited_s": "COALESCE({row}.waited_s, 0)",
    "picture_good": "CASE WHEN {row}.picture = 'good' THEN 1 ELSE 0 END",
    "picture_bad": "CASE WHEN {row}.picture = 'bad' THEN 1 ELSE 0 END",
    "sound_good": "CASE WHEN {row}.sound = 'good' THEN 1 ELSE 0 END",
    "sound_bad": "CASE WHEN {row}.sound = 'bad' THEN 1 ELSE 0 END",
    "longer": "CASE WHEN {row}.longer = 'yes' THEN 1 ELSE 0 END",
    "as_usual": "CASE WHEN {row}.longer = 'no' THEN 1 ELSE 0 END",
}


def _count(row: str, sign: int) -> str:
    """Add the row (NEW or OLD) to its tally, or take it away."""
    key = " || ' ' || ".join(f"CAST({row}.{name} AS TEXT)" for name in KEY)
    values = [key, *(f"{row}.{name}" for name in KEY), *(f"{sign} * ({sql.format(row=row)})" for sql in SUMS.values())]
    raised = ", ".join(f"{name} = tally.{name} + excluded.{name}" for name in SUMS)
    return (  # names of our own, nothing anybody writes
        f"INSERT INTO tally (id, {', '.join(KEY)}, {', '.join(SUMS)}) VALUES ({', '.join(values)}) "  # noqa: S608
        f"ON CONFLICT (id) DO UPDATE SET {raised};"
    )


def _triggers(engine: str) -> list[str]:
    statements = []
    for event, body in {
        "insert": _count("NEW", 1),
        "update": _count("OLD", -1) + _count("NEW", 1),
        "delete": _count("OLD", -1),
    }.items():
        name = f"meeting_{event}"
        if engine == "sqlite":
            statements.append(f"CREATE TRIGGER {name} AFTER {event.upper()} ON meeting BEGIN {body} END")
            continue
        statements.append(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$"
        )
        statements.append(
            f"CREATE TRIGGER {name} AFTER {event.upper()} ON meeting FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
    return statements


forwards = run_sql(ID, DESCRIPTION, lambda engine: (*TABLES, *INDEXES, *_triggers(engine)))
