"""The lines of the preparation checklist, which a clinic can adjust for each type of appointment (C2).

Six lines stand built in, in the reader's language. A type may leave some out, say them in the clinic's own words, and
add lines of its own; those words are shown as written. What is measured is only a line where the type asks for it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from app.clinic.booking import measurements
from app.clinic.booking.tables import Appointment, AppointmentType, ChecklistLine
from app.clinic.change import change
from app.clinic.errors import Invalid
from app.i18n import _

ITEMS = ("guide", "room", "measurements", "phone", "queue", "paper")
MAX_OWN = 4
MAX_WORDS_LENGTH, MAX_HINT_LENGTH = 80, 160


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One line as it is shown; `item` names it in ticks."""

    item: str
    words: str
    hint: str


def built_in(item: str) -> ChecklistItem:
    """A built-in line in the present language."""
    words, hint = {
        "guide": (_("Read how it goes"), _("Two minutes, and nothing will surprise you.")),
        "room": (_("Find a private room"), _("Only those you want there should be able to hear.")),
        "measurements": (_("Take the measurements you were asked for"), _("Then write the numbers on this page.")),
        "phone": (_("Have your phone close by"), _("If video fails, the clinic calls you.")),
        "queue": (_("Come in good time, and stay"), _("Like in the clinic there can be a delay. You keep your place.")),
        "paper": (_("Have paper and pencil ready"), _("Then you can write down what you agree on.")),
    }[item]
    return ChecklistItem(item, words, hint)


def own(words: str, hint: str) -> ChecklistItem:
    """A line of the clinic's own. The same words are the same line, so a tick never moves to other words."""
    return ChecklistItem(f"own-{sha256(words.encode()).hexdigest()[:12]}", words, hint)


async def of_types(types: Collection[UUID]) -> dict[UUID, tuple[ChecklistItem, ...]]:
    """The lines that appointments of these types have, in order."""
    kept = await _kept(types)
    asked = await measurements.asked_of(types)
    return {
        each: tuple(line for line in _shown(kept.get(each)) if line.item != "measurements" or asked[each])
        for each in types
    }


async def of(appointment: Appointment) -> tuple[ChecklistItem, ...]:
    """The lines of this appointment."""
    kind = measurements.type_of(appointment)
    return (await of_types([kind]))[kind]


async def chosen(kind: UUID) -> tuple[ChecklistItem, ...]:
    """What the clinic has chosen for a type, whether something is to be measured or not."""
    return _shown((await _kept([kind])).get(kind))


async def write(kind: AppointmentType, lines: Sequence[ChecklistItem]) -> None:
    """Save these lines for the type; built-in lines with unchanged words stay in the reader's language.

    Raise Invalid (field `lines`) for none, too many, a line too long or twice the same.
    """
    _check(lines)
    rows = [
        ChecklistLine(type=kind.id, item=line.item, place=place, words=said.words, hint=said.hint)
        for place, line in enumerate(lines)
        for said in [ChecklistItem(line.item, "", "") if line.item in ITEMS and line == built_in(line.item) else line]
    ]
    async with change():
        await ChecklistLine.delete().where(ChecklistLine.type == kind.id)
        if tuple(lines) != _shown(None):
            await ChecklistLine.insert(*rows)


def _check(lines: Sequence[ChecklistItem]) -> None:
    if not lines:
        raise Invalid(_("Keep at least one line."), field="lines")
    if len({line.item for line in lines}) < len(lines) or len(lines) > len(ITEMS) + MAX_OWN:
        raise Invalid(_("The same line stands twice."), field="lines")
    if any(not line.words for line in lines):
        raise Invalid(_("A line has a hint but no words."), field="lines")
    if any(len(line.words) > MAX_WORDS_LENGTH or len(line.hint) > MAX_HINT_LENGTH for line in lines):
        raise Invalid(_("That is too long. Write it shorter."), field="lines")


async def _kept(types: Collection[UUID]) -> Mapping[UUID, list[ChecklistLine]]:
    found: dict[UUID, list[ChecklistLine]] = {}
    rows = ChecklistLine.objects().where(ChecklistLine.type.is_in(list(types))).order_by(ChecklistLine.place)
    for row in await rows if types else []:
        found.setdefault(row.type, []).append(row)
    return found


def _shown(rows: Sequence[ChecklistLine] | None) -> tuple[ChecklistItem, ...]:
    """The lines kept, or all the built-in ones where the clinic has chosen nothing."""
    if not rows:
        return tuple(built_in(item) for item in ITEMS)
    return tuple(ChecklistItem(row.item, row.words, row.hint) if row.words else built_in(row.item) for row in rows)
