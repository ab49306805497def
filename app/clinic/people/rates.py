"""Spending the budgets of tries, in fixed windows kept in the database: every process counts alike (H6)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from app.budgets import LATE, LATENESS, Budget, shares
from app.clinic.errors import SlowDown
from app.clinic.people import installation
from app.clinic.people.tables import RateBucket
from app.i18n import _, ngettext

_late = 0


async def spend(
    budget: Budget, now: datetime, *, person: Sequence[str] = (), address: str = "", is_friend: bool = False
) -> None:
    """Count one try; raise SlowDown when the person or the address has none left.

    Limits are counted from the narrowest outwards and counting stops at the first one that is spent, so one network
    never uses up what its neighbours share. Past the installation's limit nobody is refused, but the answer is delayed
    (`is_friend`, who succeeded from this address before, is exempt).
    """
    for key, limit in _purses(budget, person, address):
        if await _count(key, budget.within_s, now) > limit:
            raise _slow_down(await _left(key, now))
    if budget.installation is None or is_friend:
        return
    if await _count((budget.name,), budget.within_s, now) > budget.installation:
        await _be_late()


async def refund(budget: Budget, *, person: Sequence[str] = (), address: str = "", is_friend: bool = False) -> None:
    """Give back a try that succeeded; takes the same arguments as `spend`."""
    keys = [key for key, _limit in _purses(budget, person, address)]
    if budget.installation is not None and not is_friend:
        keys.append((budget.name,))
    for key in keys:
        await RateBucket.update({RateBucket.used: RateBucket.used - 1}).where(
            RateBucket.id == _id(key), RateBucket.used > 0
        )


async def note(key: Sequence[str], window_s: int, now: datetime) -> None:
    """Remember that something happened, for `window_s` seconds from now."""
    await RateBucket.raw(
        "INSERT INTO rate_bucket (id, used, resets_at) VALUES ({}, 1, {}) "
        "ON CONFLICT (id) DO UPDATE SET resets_at = excluded.resets_at",
        _id(key),
        now + timedelta(seconds=window_s),
    )


async def is_noted(key: Sequence[str], now: datetime) -> bool:
    """Whether `note` was called with this key and its window has not ended."""
    return await RateBucket.exists().where(RateBucket.id == _id(key), RateBucket.resets_at > now)


async def forget_old(now: datetime) -> None:
    """Drop buckets whose window is over."""
    await RateBucket.delete().where(RateBucket.resets_at <= now)


def _purses(budget: Budget, person: Sequence[str], address: str) -> list[tuple[Sequence[str], int]]:
    """Return the counters a try is charged to with their limits, narrowest first: the person, then the networks."""
    purses: list[tuple[Sequence[str], int]] = []
    if budget.person is not None and person:
        purses.append(((budget.name, "person", *person), budget.person))
    if address:
        purses += [((budget.name, "network", network), limit) for network, limit in shares(budget, address)]
    return purses


async def _count(key: Sequence[str], window_s: int, now: datetime) -> int:
    """Add one to this key's counter, starting a new window if the last is over, and return the new value."""
    counted = await RateBucket.raw(
        "INSERT INTO rate_bucket (id, used, resets_at) VALUES ({}, 1, {}) ON CONFLICT (id) DO UPDATE SET "
        "used = CASE WHEN rate_bucket.resets_at <= {} THEN 1 ELSE rate_bucket.used + 1 END, "
        "resets_at = CASE WHEN rate_bucket.resets_at <= {} THEN excluded.resets_at ELSE rate_bucket.resets_at END "
        "RETURNING used",
        _id(key),
        now + timedelta(seconds=window_s),
        now,
        now,
    )
    return int(counted[0]["used"])


async def _left(key: Sequence[str], now: datetime) -> timedelta:
    bucket = await RateBucket.objects().get(RateBucket.id == _id(key))
    return bucket.resets_at - now if bucket else timedelta()


def _slow_down(left: timedelta) -> SlowDown:
    minutes = max(1, round(left.total_seconds() / 60))
    words = ngettext(
        "Too many tries. Wait one minute and try again.",
        "Too many tries. Wait %(num)s minutes and try again.",
        minutes,
    )
    return SlowDown(words % {"num": minutes}, after_s=max(1, round(left.total_seconds())))


async def _be_late() -> None:
    """Delay the answer instead of refusing it; raise SlowDown when too many are being delayed already."""
    global _late
    if _late >= (LATE.installation or 0):
        raise SlowDown(_("Very many people are trying just now. Wait a moment and try again."), after_s=10)
    _late += 1
    try:
        await asyncio.sleep(LATENESS.seconds)
    finally:
        _late -= 1


def _id(key: Sequence[str]) -> str:
    return installation.digest("rate", "\0".join(key))
