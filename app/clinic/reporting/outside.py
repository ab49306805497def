"""The figures outside the clinics (F3): who may ask for which regions and months, and how small a group is too small.

A month is told of when it is over: else two looks on the same day would tell of the one meeting between them.
"""

from dataclasses import replace
from datetime import date, timedelta

from app.clinic.learning.book import month_of
from app.clinic.people import regions
from app.clinic.people.who import EvaluatorWho
from app.clinic.reporting import figures
from app.clinic.reporting.figures import Figures, Filter

LIMIT = 5
"""No number shown tells of fewer meetings than this, nor does the difference of any two."""


def last_day(today: date) -> date:
    """The last day there are figures of."""
    return month_of(today) - timedelta(days=1)


def regions_for(who: EvaluatorWho, today: date) -> list[str]:
    """The regions they may choose among: all there ever were, or their own with those it took over."""
    if who.region is None:
        return [region.name for region in regions.KNOWN]
    return regions.merged_into(regions.name_on(who.region, today))


async def of_asked(who: EvaluatorWho, region: str, wanted: Filter, today: date) -> tuple[Figures, Filter]:
    """The figures of this region with those it took over (empty: of all they may see), and what was really asked."""
    really = await asked(who, region, wanted, today)
    return await figures.of_all(really, LIMIT), really


async def asked(who: EvaluatorWho, region: str, wanted: Filter, today: date) -> Filter:
    """Return the filter limited to what they may see. A region hidden from them gives the same as an unknown one."""
    until = min(wanted.until, last_day(today))
    wanted = replace(wanted, since=min(wanted.since, until), until=until)
    theirs = regions_for(who, today)
    if region in theirs:
        wanted = replace(wanted, regions=frozenset(await regions.ids_of(regions.merged_into(region))))
    elif who.region is not None:
        wanted = replace(wanted, regions=frozenset(await regions.ids_of(theirs)))
    return wanted
