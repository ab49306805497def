"""Rate limits per address and account, in fixed windows kept in the database: every process counts alike (H6)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.clinic.change import change
from app.clinic.errors import SlowDown
from app.clinic.people import installation
from app.clinic.people.tables import RateBucket
from app.i18n import ngettext


async def spend(key: Sequence[str], limit: int, window_s: int, now: datetime) -> None:
    """Count one try for this key; raises SlowDown past `limit` tries in `window_s` seconds."""
    bucket_id = installation.digest("rate", "\0".join(key))
    async with change():
        bucket = await RateBucket.objects().get(RateBucket.id == bucket_id)
        if bucket is None or bucket.resets_at <= now:
            await RateBucket.delete().where(RateBucket.id == bucket_id)
            bucket = RateBucket(id=bucket_id, used=0, resets_at=now + timedelta(seconds=window_s))
            await bucket.save()
        if bucket.used < limit:
            await RateBucket.update({RateBucket.used: RateBucket.used + 1}).where(RateBucket.id == bucket_id)
            return
        resets_at = bucket.resets_at
    minutes = max(1, round((resets_at - now).total_seconds() / 60))
    raise SlowDown(
        ngettext(
            "Too many tries. Wait one minute and try again.",
            "Too many tries. Wait %(num)s minutes and try again.",
            minutes,
        )
        % {"num": minutes}
    )


async def forget_old(now: datetime) -> None:
    """Drop buckets whose window is over."""
    await RateBucket.delete().where(RateBucket.resets_at <= now)
