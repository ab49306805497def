"""Evaluators: the people outside the clinics who see what calls amount to, and nobody's call (F3).

One of a region is its data consultant; one of no region sees the nation, and says who else may come in. They stand in
tables of their own, so that no door of a clinic ever opens for one of them.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.clinic.change import change
from app.clinic.errors import Conflict, Invalid, NotAllowed, NotFound
from app.clinic.outages import noting_along_the_way
from app.clinic.people import guesses, installation, invitations, regions
from app.clinic.people.emails import account_of, read_account
from app.clinic.people.sessions import IDLE, MAX_AGE, SEEN_EVERY
from app.clinic.people.tables import Evaluator, EvaluatorSession, Region
from app.clinic.people.texts import read_name
from app.clinic.people.who import EvaluatorWho
from app.i18n import _


@dataclass(frozen=True, slots=True)
class Coming:
    """Somebody to be let in; `region` is a region's name, empty for the nation."""

    name: str
    email: str
    region: str = ""


async def everybody() -> list[Evaluator]:
    """Those in use with their region, by name."""
    found: list[Evaluator] = await Evaluator.objects(Evaluator.region).where(Evaluator.active.eq(True))
    return sorted(found, key=lambda evaluator: evaluator.name.casefold())


async def invite(coming: Coming, who: EvaluatorWho | None, now: datetime) -> str:
    """Let somebody in; answers the one-time address that opens the account.

    `who` is nobody at the server's own command line. Raises NotAllowed, Invalid with its field, and Conflict.
    """
    _check_may(who)
    name, email = read_name(coming.name, _("Write the name.")), read_account(coming.email)
    if coming.region and coming.region not in [known.name for known in regions.KNOWN]:
        raise Invalid(_("Choose a region, or the whole country."), field="region")
    async with change():
        if await Evaluator.exists().where(Evaluator.email == email):
            raise Conflict(_("Somebody already signs in with this e-mail."), field="email")
        evaluator = Evaluator(
            name=name,
            email=email,
            region=(await regions.named(coming.region)).id if coming.region else None,
            created_at=now,
        )
        await evaluator.save()
        return await _new_invitation(evaluator, now)


async def invite_again(evaluator_id: UUID, who: EvaluatorWho, now: datetime) -> str:
    """A fresh address; the password and all sessions from before stop working."""
    evaluator = await _other(evaluator_id, who)
    evaluator.password_hash = ""
    async with change():
        await evaluator.save([Evaluator.password_hash])
        await EvaluatorSession.delete().where(EvaluatorSession.evaluator == evaluator.id)
        return await _new_invitation(evaluator, now)


async def retire(evaluator_id: UUID, who: EvaluatorWho) -> None:
    """Take an account out of use and end its sessions."""
    evaluator = await _other(evaluator_id, who)
    evaluator.active = False
    async with change():
        await evaluator.save([Evaluator.active])
        await EvaluatorSession.delete().where(EvaluatorSession.evaluator == evaluator.id)


def _check_may(who: EvaluatorWho | None) -> None:
    if who is not None and who.region is not None:
        raise NotAllowed(_("Only those who see the whole country decide who else may come in."))


async def _other(evaluator_id: UUID, who: EvaluatorWho) -> Evaluator:
    """Return somebody else's account. One's own is refused, so at least one account that may invite is always left."""
    _check_may(who)
    evaluator = await Evaluator.objects().get(Evaluator.id == evaluator_id)
    if evaluator is None or not evaluator.active:
        raise NotFound(_("There is no such account."))
    if evaluator.id == who.id:
        raise NotAllowed(_("You can't change your own account. Ask somebody else who sees the whole country."))
    return evaluator


async def _new_invitation(evaluator: Evaluator, now: datetime) -> str:
    return f"{installation.base_url()}/region/invitation/{await invitations.renew(evaluator, now)}"


async def sign_in(email: str, password: str, address: str, now: datetime) -> str:
    """The new session's cookie secret; raises Invalid for a wrong pair, SlowDown after many tries."""
    account = account_of(email)
    guess = await guesses.claim("evaluator", account, address, now)
    found = await Evaluator.objects().where(Evaluator.email == account, Evaluator.active.eq(True)).first()
    if not await guess.is_right(found.password_hash if found else "", password) or found is None:
        raise Invalid(_("The e-mail or the password is not right. Check both and try again."), field="password")
    await guess.was_right(now)
    return await open_session(found, now)


async def open_session(evaluator: Evaluator, now: datetime) -> str:
    """Make a session and return its cookie secret."""
    secret = installation.new_token()
    async with change():
        await EvaluatorSession(
            id=installation.digest("evaluator-session", secret),
            evaluator=evaluator.id,
            seen_at=now,
            expires_at=now + MAX_AGE,
        ).save()
    return secret


async def who(secret: str, now: datetime) -> EvaluatorWho | None:
    """Who holds this cookie, or None when the session is unknown, over or idle too long."""
    session = await EvaluatorSession.objects(EvaluatorSession.evaluator).get(
        EvaluatorSession.id == installation.digest("evaluator-session", secret)
    )
    if session is None or session.expires_at <= now or session.seen_at + IDLE <= now or not session.evaluator.active:
        return None
    if now - session.seen_at > SEEN_EVERY:
        with noting_along_the_way():
            await EvaluatorSession.update({EvaluatorSession.seen_at: now}).where(EvaluatorSession.id == session.id)
    evaluator = session.evaluator
    region = await Region.objects().get(Region.id == evaluator.region) if evaluator.region else None
    return EvaluatorWho(evaluator.id, evaluator.name, region.name if region else None, session.id)


async def sign_out(session_id: str) -> None:
    """End the session; the cookie is worth nothing afterwards."""
    await EvaluatorSession.delete().where(EvaluatorSession.id == session_id)


async def forget_old(now: datetime) -> None:
    """Drop sessions that are over."""
    await EvaluatorSession.delete().where(EvaluatorSession.expires_at <= now)
