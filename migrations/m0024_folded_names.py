"""Patients' names composed, and as searches compare them since æ, ø and å are found written either way."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.clinic import database
from app.clinic.people.texts import folded, one_line

ID = "2026-11-30T00:00:00:000024"
VERSION = "1.38.0"
DESCRIPTION = "Names folded both ways"


async def forwards() -> MigrationManager:
    """Fold every name anew; neither engine knows how."""
    manager = MigrationManager(migration_id=ID, app_name="naervaer", description=DESCRIPTION)

    async def run() -> None:
        for row in await database.run("SELECT id, name, name_folded FROM patient"):
            name = one_line(row["name"])[:120]
            if (row["name"], row["name_folded"]) != (name, folded(name)[:120]):
                change = "UPDATE patient SET name = {}, name_folded = {} WHERE id = {}"
                await database.run(change, name, folded(name)[:120], row["id"])

    manager.add_raw(run)
    return manager
