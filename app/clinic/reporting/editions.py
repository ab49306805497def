"""Saved versions of what people write with the figures: each kept whole, with who and when, and never changed again.

Who saves says which version they began from. When somebody saved meanwhile it is a Conflict, and nothing is lost:
theirs stands, and the other's words are still in their form.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID, uuid4

from app.clinic.change import change
from app.clinic.errors import Conflict, NotFound
from app.clinic.reporting.tables import Edition
from app.i18n import _

Kind = Literal["evaluation", "business_case"]
MAX_NUMBER = 999_999
"""Far more than any scope has, and within both engines' integers."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose it is: a clinic's, a region's, the nation's or a programme's."""

    key: str
    clinic: UUID | None = None


def of_clinic(clinic: UUID) -> Scope:
    """The clinic's own."""
    return Scope(f"clinic {clinic}", clinic)


def of_region(name: str) -> Scope:
    """A region's; the nation's when none is named."""
    return Scope(f"region {name}" if name else "nation")


def of_programme(programme: UUID) -> Scope:
    """A programme's."""
    return Scope(f"programme {programme.hex}")


async def latest(scope: Scope, kind: Kind) -> Edition | None:
    """The version saved last, or None when nothing has been."""
    return await (
        Edition.objects()
        .where(Edition.scope == scope.key, Edition.kind == kind)
        .order_by(Edition.number, ascending=False)
        .first()
    )


async def all_of(scope: Scope, kind: Kind) -> list[Edition]:
    """Every version, the last first."""
    return await (
        Edition.objects()
        .where(Edition.scope == scope.key, Edition.kind == kind)
        .order_by(Edition.number, ascending=False)
    )


async def numbered(scope: Scope, kind: Kind, number: int) -> Edition:
    """The version with this number; raises NotFound."""
    this = (Edition.scope == scope.key) & (Edition.kind == kind) & (Edition.number == number)
    found = await Edition.objects().get(this) if number <= MAX_NUMBER else None
    if found is None:
        raise NotFound(_("There is no such version."))
    return found


async def keep(
    scope: Scope, kind: Kind, began_from: int, period: tuple[date, date], content: str, author: str, now: datetime
) -> int:
    """Save the next version after the one it began from (0: none) and answer its number; raises Conflict."""
    row = Edition(
        id=uuid4(),
        scope=scope.key,
        clinic=scope.clinic,
        kind=kind,
        number=began_from + 1,
        since=period[0],
        until=period[1],
        content=content,
        author=author,
        saved_at=now,
    )
    async with change():
        last = await latest(scope, kind)
        won = (last.number if last else 0) == began_from and await Edition.insert(row).on_conflict(
            target=(Edition.scope, Edition.kind, Edition.number), action="DO NOTHING"
        ).returning(Edition.id)
        if not won:
            raise Conflict(_("Somebody has saved a new version since you began. Yours is not lost: it stands below."))
    return began_from + 1


async def bring_back(scope: Scope, kind: Kind, number: int, author: str, now: datetime) -> int:
    """Make that version the last one again, as a whole new copy; answers its number. The versions between stay."""
    old = await numbered(scope, kind, number)
    last = await latest(scope, kind)
    assert last is not None
    return await keep(scope, kind, last.number, (old.since, old.until), old.content, author, now)
