"""Moving times along when the clock was set: those of what runs for seconds, by as much as the clock moved."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from piccolo.columns import Column, Timestamptz
from piccolo.custom_types import Combinable
from piccolo.table import Table


async def move_times(table: type[Table], which: Combinable, times: Sequence[Timestamptz], by: timedelta) -> None:
    """Move these times of these rows; a row that was written meanwhile, by the new clock, is left alone."""
    first, key = times[0], table._meta.primary_key
    for row in await table.select(key, *times).where(which):
        moved: dict[Column | str, Any] = {
            each: row[each._meta.name] + by for each in times if row[each._meta.name] is not None
        }
        await table.update(moved).where(key == row[key._meta.name], first == row[first._meta.name])
