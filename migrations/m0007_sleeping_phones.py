"""Since when nobody looks at a waiting patient's page: a phone that sleeps keeps its place (D5)."""

from app.migrate import run_sql

ID = "2026-11-22T00:00:00:000007"
VERSION = "1.38.0"
DESCRIPTION = "Sleeping phones"

forwards = run_sql(ID, DESCRIPTION, ("ALTER TABLE place ADD COLUMN hidden_at TIMESTAMPTZ",))
