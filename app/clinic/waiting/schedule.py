"""The open consultation on schedule (D2): weekly windows in Danish time, opened and closed by themselves or by a tap.

What is done about a window on its day is claimed by a row, so it is done once, in however many processes, and what
staff do by hand holds: a window closed by hand is not opened again that day.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from uuid import UUID

from app.clinic.booking.hours import days_off
from app.clinic.change import announce, change, each_alone
from app.clinic.errors import Conflict, TooLate
from app.clinic.events import RoomChanged
from app.clinic.messages import outbox
from app.clinic.people import installation
from app.clinic.people.tables import Clinic, Staff
from app.clinic.people.who import StaffWho
from app.clinic.waiting import room
from app.clinic.waiting.tables import OpeningWindow, WaitingRoom, WindowDay
from app.i18n import COPENHAGEN, _, local

REMINDER = timedelta(minutes=30)
Step = Literal["reminded", "asked", "opened", "closed", "passed"]


@dataclass(frozen=True, slots=True)
class Due:
    """A window whose time it is and that asks whether to open."""

    window: UUID
    responsible: UUID | None
    responsible_name: str
    closes_at: datetime


def hours(window: OpeningWindow, day: date) -> tuple[datetime, datetime]:
    """When this window opens and closes on that day: by the clock on the wall, in summer time and out of it."""
    return _moment(day, window.starts), _moment(day, window.ends)


def _moment(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time(minutes // 60, minutes % 60), tzinfo=COPENHAGEN).astimezone(UTC)


async def keep(now: datetime) -> None:
    """Remind, ask, open and close: whatever is due now. Safe in several processes."""
    today = local(now).date()
    windows = OpeningWindow.objects(OpeningWindow.responsible, OpeningWindow.clinic)
    todays = await windows.where(OpeningWindow.active.eq(True), OpeningWindow.weekday == today.weekday())
    await each_alone(todays, lambda window: _keep(window, today, now))
    opened = await WaitingRoom.objects(WaitingRoom.span).where(
        WaitingRoom.is_open.eq(True), WaitingRoom.span.is_not_null()
    )
    await each_alone(opened, lambda one: _close_if_due(one, now))


async def _keep(window: OpeningWindow, today: date, now: datetime) -> None:
    opens_at, closes_at = hours(window, today)
    if not opens_at - REMINDER <= now < closes_at or await _is_off(window.clinic.id, today):
        return
    if now < opens_at:
        await _remind(window, today, opens_at, now)
    else:
        await _begin(window, today, now)


async def due(clinic: UUID, now: datetime) -> Due | None:
    """The window that asks to be opened now, if the room is closed and nobody has answered."""
    today = local(now).date()
    if (await room.room_of(clinic)).is_open:
        return None
    windows = OpeningWindow.objects(OpeningWindow.responsible).where(
        OpeningWindow.clinic == clinic, OpeningWindow.active.eq(True), OpeningWindow.weekday == today.weekday()
    )
    for window in await windows.where(OpeningWindow.opens == "ask").order_by(OpeningWindow.starts):
        opens_at, closes_at = hours(window, today)
        answered = await WindowDay.exists().where(
            WindowDay.span == window.id, WindowDay.day == today, WindowDay.step.is_in(["opened", "passed"])
        )
        if opens_at <= now < closes_at and not answered and not await _is_off(clinic, today):
            named = window.responsible if window.responsible.id else None
            return Due(window.id, named.id if named else None, named.name if named else "", closes_at)
    return None


async def next_opening(clinic: UUID, now: datetime) -> datetime | None:
    """When the next window begins, the clinic's days off left out; None when none does within two months."""
    today = local(now).date()
    windows = await OpeningWindow.objects().where(OpeningWindow.clinic == clinic, OpeningWindow.active.eq(True))
    closed = [off for off in await days_off(clinic, today) if off.staff is None] if windows else []
    for day in (today + timedelta(days=ahead) for ahead in range(60)):
        begin = [hours(each, day)[0] for each in windows if each.weekday == day.weekday()]
        coming = [moment for moment in begin if moment > now]
        if coming and not any(off.covers(day) for off in closed):
            return min(coming)
    return None


async def answer(window: OpeningWindow, staff: StaffWho, now: datetime, *, opens: bool) -> None:
    """Staff answer a window that asks: open, or not today. Raises TooLate when its time has passed, Conflict when a
    colleague has answered."""
    today = local(now).date()
    _opens_at, closes_at = hours(window, today)
    if now >= closes_at or window.weekday != today.weekday():
        raise TooLate(_("The time of this opening has passed."))
    async with change():
        held = await room.hold(window.clinic)
        if not await _claim(window, today, "opened" if opens else "passed"):
            raise Conflict(_("A colleague has answered already."))
        if opens:
            named = window.responsible or staff.id
            await room.open_room(held, named, now, by=staff.id, window=window.id, places=window.places)
        announce(RoomChanged(window.clinic))


async def _is_off(clinic: UUID, day: date) -> bool:
    """Whether the whole clinic has that day off: no window opens or asks then."""
    return any(off.staff is None and off.covers(day) for off in await days_off(clinic, day))


async def _remind(window: OpeningWindow, today: date, opens_at: datetime, now: datetime) -> None:
    """Tell the responsible person half an hour before: by e-mail, the address staff have."""
    staff: Staff = window.responsible
    if not staff.id or not staff.email:
        return
    async with change():
        if await _claim(window, today, "reminded"):
            clinic: Clinic = window.clinic
            values: dict[str, str | datetime] = {"starts_at": opens_at, "link": f"{installation.base_url()}/desk"}
            await outbox.queue(
                outbox.Draft(clinic, "opening_reminder", values, recipient=staff.email, language=staff.language), now
            )


async def _begin(window: OpeningWindow, today: date, now: datetime) -> None:
    """Open, or let the desks ask: once a day, and not after somebody has answered. A room that the window before left
    open goes on under this one."""
    clinic = window.clinic.id
    async with change():
        held = await room.hold(clinic)
        if window.opens == "ask":
            if await _claim(window, today, "asked"):
                announce(RoomChanged(clinic))
        elif await _claim(window, today, "opened"):
            named = window.responsible.id if window.responsible.id else None
            before = await OpeningWindow.objects().get(OpeningWindow.id == held.span) if held.span else None
            if not held.is_open:
                await room.open_room(held, named, now, window=window.id, places=window.places)
            elif before is not None and _is_over(before, held.opened_at, now):
                await room.hand_on(held, window.id, named, window.places)


def _is_over(window: OpeningWindow, opened_at: datetime | None, now: datetime) -> bool:
    """Whether the window that opened the room at `opened_at` has ended."""
    return now >= hours(window, local(opened_at or now).date())[1]


async def _close_if_due(opened: WaitingRoom, now: datetime) -> None:
    """Close what a window opened if its end has come, the way the window says."""
    window, opened_at = opened.span, opened.opened_at
    day = local(opened_at or now).date()
    if not _is_over(window, opened_at, now):
        return
    async with change():
        held = await room.hold(opened.clinic)
        if held.is_open and held.span == window.id and await _claim(window, day, "closed"):
            await room.close_room(held, now, send_away=window.closes == "send_away")


async def _claim(window: OpeningWindow, day: date, step: Step) -> bool:
    """Whether this is the first to take the step on that day; inside a change, with the room held."""
    known = await WindowDay.exists().where(WindowDay.span == window.id, WindowDay.day == day, WindowDay.step == step)
    if step in ("asked", "opened", "passed") and not known:
        known = await WindowDay.exists().where(
            WindowDay.span == window.id, WindowDay.day == day, WindowDay.step.is_in(["opened", "passed"])
        )
    if known:
        return False
    row = WindowDay(span=window.id, day=day, step=step)
    won = await WindowDay.insert(row).on_conflict(
        target=(WindowDay.span, WindowDay.day, WindowDay.step), action="DO NOTHING"
    )
    return bool(won)
