"""Rate limits per address and account, in fixed windows kept in the database: every process counts alike (H6)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.clinic.errors import SlowDown
from app.clinic.people import installation
from app.clinic.people.tables import RateBucket
from app.i18n import ngettext


async def spend(key: Sequence[str], limit: int, window_s: int, now: datetime) -> None:
    """Count one try for this key; raises SlowDown past `limit` tries in `window_s` seconds."""
    bucket_id = _id(key)
    counted = await RateBucket.raw(
        "INSERT INTO rate_bucket (id, used, resets_at) VALUES ({}, 1, {}) ON CONFLICT (id) DO UPDATE SET "
        "used = CASE WHEN rate_bucket.resets_at <= {} THEN 1 ELSE rate_bucket.used + 1 END, "
        "resets_at = CASE WHEN rate_bucket.resets_at <= {} THEN excluded.resets_at ELSE rate_bucket.resets_at END "
        "RETURNING used",
        bucket_id,
        now + timedelta(seconds=window_s),
        now,
        now,
    )
    if int(counted[0]["used"]) <= limit:
        return
    bucket = await RateBucket.objects().get(RateBucket.id == bucket_id)
    resets_at = bucket.resets_at if bucket else now
    minutes = max(1, round((resets_at - now).total_seconds() / 60))
    raise SlowDown(
        ngettext(
            "Too many tries. Wait one minute and try again.",
            "Too many tries. Wait %(num)s minutes and try again.",
            minutes,
        )
        % {"num": minutes}
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
    """Whether that is still remembered."""
    return await RateBucket.exists().where(RateBucket.id == _id(key), RateBucket.resets_at > now)


def _id(key: Sequence[str]) -> str:
    return installation.digest("rate", "\0".join(key))


async def forget_old(now: datetime) -> None:
    """Drop buckets whose window is over."""
    await RateBucket.delete().where(RateBucket.resets_at <= now)
