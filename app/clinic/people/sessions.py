"""Staff sessions: our own table, a new row at every sign-in, the cookie's secret kept only as a hash.

A session ends by signing out, after twelve hours, or two hours after it was last used.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from app.clinic.change import change
from app.clinic.database import batched
from app.clinic.errors import Invalid
from app.clinic.outages import noting_along_the_way
from app.clinic.people import guesses, installation
from app.clinic.people.emails import account_of
from app.clinic.people.tables import Staff, StaffSession
from app.clinic.people.who import StaffWho
from app.i18n import _

MAX_AGE = timedelta(hours=12)
IDLE = timedelta(hours=2)
SEEN_EVERY = timedelta(minutes=1)


async def sign_in(email: str, password: str, address: str, now: datetime) -> tuple[Staff, str]:
    """The staff member and the new cookie secret; raises Invalid for a wrong pair, SlowDown after many tries."""
    account = account_of(email)
    guess = await guesses.claim("sign-in", account, address, now)
    staff = await Staff.objects().where(Staff.email == account, Staff.active.eq(True)).first()
    if not await guess.is_right(staff.password_hash if staff else "", password) or staff is None:
        raise Invalid(_("The e-mail or the password is not right. Check both and try again."), field="password")
    await guess.was_right(now)
    return staff, await open_session(staff, now)


async def open_session(staff: Staff, now: datetime) -> str:
    """Make a session and return its cookie secret."""
    secret = installation.new_token()
    async with change():
        await StaffSession(
            id=installation.digest("staff-session", secret),
            staff=staff.id,
            created_at=now,
            seen_at=now,
            expires_at=now + MAX_AGE,
        ).save()
    return secret


async def who(secret: str, now: datetime, *, active: bool = True) -> StaffWho | None:
    """Who holds this cookie, or None when the session is unknown, over or idle too long.

    `active` says that a person did something: an open page that fetches by itself keeps nobody signed in.
    """
    session = await StaffSession.objects(StaffSession.staff).get(
        StaffSession.id == installation.digest("staff-session", secret)
    )
    if session is None or session.expires_at <= now or session.seen_at + IDLE <= now or not session.staff.active:
        return None
    if active and now - session.seen_at > SEEN_EVERY:
        with noting_along_the_way():
            await StaffSession.update({StaffSession.seen_at: now}).where(StaffSession.id == session.id)
    staff = session.staff
    return StaffWho(staff.id, staff.clinic, staff.name, staff.role, staff.is_superuser, staff.language, session.id)


async def alive(ids: Collection[str], now: datetime) -> set[str]:
    """Those of these sessions (`StaffWho.session`) that `who` would still know."""
    found: set[str] = set()
    for some in batched(ids):
        rows = await StaffSession.select(StaffSession.id).where(
            StaffSession.id.is_in(some),
            StaffSession.expires_at > now,
            StaffSession.seen_at > now - IDLE,
            StaffSession.staff.active == True,  # noqa: E712
        )
        found |= {row["id"] for row in rows}
    return found


async def sign_out(session_id: str) -> None:
    """End the session; the cookie is worth nothing afterwards."""
    await StaffSession.delete().where(StaffSession.id == session_id)


async def forget_old(now: datetime) -> None:
    """Drop sessions that are over."""
    await StaffSession.delete().where(StaffSession.expires_at <= now)
