"""Marks of what a clinic has done once, for "get started" (A1): only what no other record tells."""

from datetime import datetime
from uuid import UUID, uuid4

from app.clinic import database
from app.clinic.people.tables import StartedMark

ITEMS = ("published", "previewed", "no_open", "finished")


async def mark(clinic: UUID, item: str, staff: UUID, now: datetime) -> None:
    """Note that it was done; a second time changes nothing. Raises ValueError for an unknown item."""
    if item not in ITEMS:
        raise ValueError(item)
    await database.run(
        "INSERT INTO started_mark (id, clinic, item, staff, marked_at) VALUES ({}, {}, {}, {}, {}) "
        "ON CONFLICT (clinic, item) DO NOTHING",
        uuid4(),
        clinic,
        item,
        staff,
        now,
    )


async def marks(clinic: UUID) -> set[str]:
    """Return the items that are marked."""
    rows = await StartedMark.select(StartedMark.item).where(StartedMark.clinic == clinic)
    return {row["item"] for row in rows}
