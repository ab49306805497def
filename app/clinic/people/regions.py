"""Denmark's regions and the days they are valid on, so that history reports as it was (facts.md, Organisations)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.clinic.people.tables import Clinic, Region

NOWHERE = UUID(int=0)
"""The region of a clinic that has none."""


@dataclass(frozen=True, slots=True)
class Known:
    """A region as the law has it; `became` is the name of the one that took over after `until`."""

    name: str
    since: date | None = None
    until: date | None = None
    became: str = ""


_REFORM = date(2027, 1, 1)
_EVE = date(2026, 12, 31)
EAST = "Region Østdanmark"
KNOWN = (
    Known("Region Hovedstaden", until=_EVE, became=EAST),
    Known("Region Sjælland", until=_EVE, became=EAST),
    Known(EAST, since=_REFORM),
    Known("Region Syddanmark"),
    Known("Region Midtjylland"),
    Known("Region Nordjylland"),
)


def names_on(day: date) -> list[str]:
    """Return the regions that exist on `day`."""
    return [r.name for r in KNOWN if (r.since is None or r.since <= day) and (r.until is None or day <= r.until)]


def name_on(name: str, day: date) -> str:
    """What the region of that name is called that day: its successor after a reform. Unknown names stay."""
    for region in KNOWN:
        if region.name == name and region.until is not None and day > region.until:
            return name_on(region.became, day)
    return name


def merged_into(name: str) -> list[str]:
    """Return the region's name and those it replaced, whose history it includes."""
    return [name, *(each for region in KNOWN if region.became == name for each in merged_into(region.name))]


async def ids_of(names: Iterable[str]) -> dict[UUID, str]:
    """Return the names of these regions by id; regions that no clinic or evaluator has had are left out."""
    rows = await Region.select(Region.id, Region.name).where(Region.name.is_in(list(names)))
    return {row["id"]: row["name"] for row in rows}


async def named(name: str) -> Region:
    """Return the region of that name, creating it if needed. Inside a change."""
    region = await Region.objects().where(Region.name == name).first()
    if region is None:
        known = next((each for each in KNOWN if each.name == name), Known(name))
        region = Region(name=name, valid_from=known.since, valid_until=known.until)
        await region.save()
    return region


async def region_on(clinic: UUID, day: date) -> UUID:
    """The clinic's region that day, NOWHERE when it has none. Inside a change."""
    row = await Clinic.objects(Clinic.region).get(Clinic.id == clinic)
    if row is None or not row.region.id:
        return NOWHERE
    name = name_on(row.region.name, day)
    present: UUID = row.region.id if name == row.region.name else (await named(name)).id
    return present
