"""How patients prepare for appointments of a type, decided by superusers: what they measure and tick (C2, C3)."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.clinic.booking import checklist, measurements, types
from app.clinic.booking.checklist import ITEMS, MAX_OWN, ChecklistItem
from app.clinic.booking.measurements import KINDS
from app.clinic.booking.tables import AppointmentType
from app.clinic.change import change
from app.clinic.errors import Invalid
from app.routes.staff.settings.clinic import clinic_of
from app.web.forms import Form, read_form
from app.web.html import Asked, page, see_other


@get("/settings/types/{type_id:uuid}/preparation")
async def show_preparation(request: Asked, type_id: FromPath[UUID]) -> Response[Any]:
    """The kinds of measurement, those asked for ticked, and the checklist as it stands."""
    kind = await types.any_type(clinic_of(request).id, type_id)
    asked = (await measurements.asked_of([kind.id]))[kind.id]
    return _page(request, kind, asked, await checklist.chosen(kind.id))


@post("/settings/types/{type_id:uuid}/preparation")
async def change_preparation(request: Asked, type_id: FromPath[UUID]) -> Response[Any]:
    """Ask for what is ticked, and for nothing else; mistakes bring the form back filled in."""
    kind = await types.any_type(clinic_of(request).id, type_id)
    form = await read_form(request)
    asked, lines = [each for each in KINDS if form.ticked(each)], _lines(form)
    try:
        async with change():
            await measurements.ask(kind, asked)
            await checklist.write(kind, lines)
    except Invalid as error:
        return _page(request, kind, asked, lines, error, form)
    return see_other("/settings/types")


def _page(
    request: Asked,
    kind: AppointmentType,
    asked: Collection[str],
    lines: Sequence[ChecklistItem],
    error: Invalid | None = None,
    form: Form | None = None,
) -> Response[Any]:
    shown = {line.item: line for line in lines if line.item in ITEMS}
    usual = {item: _written(item, form) if form else checklist.built_in(item) for item in ITEMS}
    own = [line for line in lines if line.item not in ITEMS]
    context = {
        "built_in": [(shown.get(item, usual[item]), item in shown) for item in ITEMS],
        "own": [*own, *[ChecklistItem("", "", "")] * (MAX_OWN - len(own))],
        "longest": (checklist.MAX_WORDS_LENGTH, checklist.MAX_HINT_LENGTH),
    }
    status = 422 if error else 200
    template = "staff/settings/preparation.html"
    return page(request, template, status=status, kind=kind, kinds=KINDS, asked=asked, error=error, **context)


def _written(item: str, form: Form) -> ChecklistItem:
    """A line left out, in the words that stand in the form all the same."""
    return ChecklistItem(item, form[f"words-{item}"], form[f"hint-{item}"])


def _lines(form: Form) -> list[ChecklistItem]:
    """The built-in lines that are ticked, in these words or, if none are written, in the usual ones; then the own."""
    lines = []
    for item in ITEMS:
        if form.ticked(f"show-{item}"):
            words, hint = form[f"words-{item}"], form[f"hint-{item}"]
            lines.append(ChecklistItem(item, words, hint) if words else checklist.built_in(item))
    for number in range(MAX_OWN):
        words, hint = form[f"words-{number}"], form[f"hint-{number}"]
        if words or hint:
            lines.append(checklist.own(words, hint))
    return lines
