"""The open consultation's weekly windows as a clinic keeps them (D2). Keeping to them is `schedule`'s."""

from dataclasses import dataclass
from uuid import UUID

from app.clinic.booking import hours
from app.clinic.change import announce, change
from app.clinic.errors import Invalid, NotFound
from app.clinic.events import RoomChanged
from app.clinic.people.tables import Staff
from app.clinic.waiting.room import read_places
from app.clinic.waiting.tables import OpeningWindow
from app.i18n import _

OPENS, CLOSES = ("ask", "auto"), ("keep", "send_away")


@dataclass(frozen=True, slots=True)
class WindowForm:
    """A window as it was written; `clock` like "8-9"."""

    weekday: str
    clock: str
    responsible: str
    opens: str
    closes: str
    places: str


async def windows(clinic: UUID) -> list[OpeningWindow]:
    """The clinic's windows through the week, with the responsible person."""
    kept = OpeningWindow.objects(OpeningWindow.responsible)
    return await kept.where(OpeningWindow.clinic == clinic, OpeningWindow.active.eq(True)).order_by(
        OpeningWindow.weekday, OpeningWindow.starts
    )


async def add(clinic: UUID, form: WindowForm) -> None:
    """One window more. Raises Invalid for the field that needs another look."""
    window = _read(form)
    window.clinic = clinic
    async with change():
        window.responsible = await _responsible(clinic, form.responsible)
        for other in await windows(clinic):
            if other.weekday == window.weekday and other.starts < window.ends and window.starts < other.ends:
                raise Invalid(_("This overlaps another opening of the same day."), field="clock")
        await window.save()
        announce(RoomChanged(clinic))


async def window_for(clinic: UUID, window_id: UUID) -> OpeningWindow:
    """The window; raises NotFound when it is not this clinic's, or is kept no longer."""
    window = await OpeningWindow.objects().get(OpeningWindow.id == window_id)
    if window is None or window.clinic != clinic or not window.active:
        raise NotFound(_("There is no such opening."))
    return window


async def remove(window: OpeningWindow) -> None:
    """Remove the window from the schedule; the record of when it opened stays."""
    async with change():
        await OpeningWindow.update({OpeningWindow.active: False}).where(OpeningWindow.id == window.id)
        announce(RoomChanged(window.clinic))


def _read(form: WindowForm) -> OpeningWindow:
    weekday = int(form.weekday) if form.weekday in tuple("0123456") else -1
    if weekday < 0 or form.opens not in OPENS or form.closes not in CLOSES:
        raise Invalid(_("Choose a day."), field="weekday")
    try:
        stretches = hours.read_day(weekday, form.clock, "open")
    except Invalid:
        stretches = []
    if len(stretches) != 1 or not stretches[0].starts < stretches[0].ends < 24 * 60:
        raise Invalid(_("Write one time, like 8-9 or 12.30-13.30."), field="clock")
    return OpeningWindow(
        weekday=weekday,
        starts=stretches[0].starts,
        ends=stretches[0].ends,
        opens=form.opens,
        closes=form.closes,
        places=read_places(form.places),
    )


async def _responsible(clinic: UUID, chosen: str) -> UUID | None:
    """The person chosen, or nobody: then it is whoever opens."""
    if not chosen:
        return None
    for row in await Staff.select(Staff.id).where(Staff.clinic == clinic, Staff.active.eq(True)):
        if str(row["id"]) == chosen:
            return UUID(chosen)
    raise Invalid(_("There is no such person in this clinic."), field="responsible")
