"""A language's code may be longer than two letters (nds, pt_BR), so that a folder more is a language more."""

from app.migrate import run_sql

ID = "2026-11-30T00:00:00:000023"
VERSION = "1.38.0"
DESCRIPTION = "Longer language codes"

TABLES = ("staff", "patient", "message", "own_phrase", "push", "shared_text")


def _statements(engine: str) -> list[str]:
    """SQLite does not count a text's letters, so there is nothing to widen."""
    if engine == "sqlite":
        return []
    return [f"ALTER TABLE {table} ALTER COLUMN language TYPE VARCHAR(12)" for table in TABLES]


forwards = run_sql(ID, DESCRIPTION, _statements)
