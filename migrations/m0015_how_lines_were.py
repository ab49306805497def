"""How calls' lines were: what was counted of each party, the verdict on each meeting, and its place in the tallies."""

from app.migrate import run_sql

ID = "2026-11-22T00:00:00:000015"
VERSION = "1.38.0"
DESCRIPTION = "How lines were"

STATEMENTS = (
    """
        CREATE TABLE call_quality (
            id UUID PRIMARY KEY,
            call UUID NOT NULL REFERENCES call (id) ON DELETE CASCADE,
            party VARCHAR(40) NOT NULL,
            role VARCHAR(8) NOT NULL,
            device VARCHAR(8) NOT NULL,
            browser VARCHAR(8) NOT NULL,
            connect_ms INTEGER,
            reconnects INTEGER NOT NULL,
            samples TEXT NOT NULL,
            arrivals TEXT NOT NULL,
            kept_at TIMESTAMPTZ NOT NULL
        )
    """,
    "CREATE UNIQUE INDEX call_quality_party ON call_quality (call, party)",
    "CREATE INDEX call_quality_kept ON call_quality (kept_at)",
    "ALTER TABLE meeting ADD COLUMN measured VARCHAR(4) NOT NULL DEFAULT ''",
    "ALTER TABLE tally ADD COLUMN measured_good INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE tally ADD COLUMN measured_weak INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE tally ADD COLUMN measured_bad INTEGER NOT NULL DEFAULT 0",
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
    "measured_good": "CASE WHEN {row}.measured = 'good' THEN 1 ELSE 0 END",
    "measured_weak": "CASE WHEN {row}.measured = 'weak' THEN 1 ELSE 0 END",
    "measured_bad": "CASE WHEN {row}.measured = 'bad' THEN 1 ELSE 0 END",
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
    """What keeps the tallies (migration 9), now with the verdicts."""
    statements = []
    for event, body in {
        "insert": _count("NEW", 1),
        "update": _count("OLD", -1) + _count("NEW", 1),
        "delete": _count("OLD", -1),
    }.items():
        name = f"meeting_{event}"
        if engine == "sqlite":
            statements.append(f"DROP TRIGGER {name}")
            statements.append(f"CREATE TRIGGER {name} AFTER {event.upper()} ON meeting BEGIN {body} END")
        else:
            statements.append(
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql "
                f"AS $$ BEGIN {body} RETURN NULL; END $$"
            )
    return statements


forwards = run_sql(ID, DESCRIPTION, lambda engine: (*STATEMENTS, *_triggers(engine)))
