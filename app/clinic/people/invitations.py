"""The one-time invitation by which somebody let in chooses a password: staff of a clinic (H1), or an evaluator (F3).

It belongs to the account it opens, works once within a week, and falls with the account. Who may invite whom, and what
the address looks like, is each kind of account's own business.
"""

from datetime import datetime, timedelta
from typing import TypeVar

from app.clinic.change import change
from app.clinic.errors import TooLate
from app.clinic.people import installation, passwords
from app.clinic.people.tables import Evaluator, Staff
from app.i18n import _

LIFE = timedelta(days=7)

Account = TypeVar("Account", Staff, Evaluator)


def _digest(kind: type[Account], token: str) -> str:
    return installation.digest("invitation" if kind is Staff else "evaluator-invitation", token)


async def renew(account: Account, now: datetime) -> str:
    """The secret of a fresh invitation to this account; one from before stops working."""
    token = installation.new_token()
    account.invitation_hash = _digest(type(account), token)
    account.invitation_expires_at = now + LIFE
    async with change():
        await account.save(["invitation_hash", "invitation_expires_at"])
    return token


async def find(kind: type[Account], token: str, now: datetime) -> Account:
    """The account this invitation is for; raises TooLate when it was used or has expired."""
    account = await kind.objects().get(kind.invitation_hash == _digest(kind, token))
    expires_at = account.invitation_expires_at if account else None
    if account is None or not account.active or expires_at is None or expires_at <= now:
        raise _spent()
    return account


async def accept(kind: type[Account], token: str, password: str, now: datetime) -> Account:
    """Set the account's first password and use up the invitation.

    Raise Invalid for a weak password, TooLate when the invitation was used, also by a request at the same moment.
    """
    account = await find(kind, token, now)
    passwords.check_strength(password, account.name, account.email)
    chosen = await passwords.hash_password(password)
    async with change():
        opened = (
            await kind.update({kind.password_hash: chosen, kind.invitation_hash: None})
            .where(kind.invitation_hash == _digest(kind, token), kind.active.eq(True))
            .returning(kind.id)
        )
        if not opened:
            raise _spent()
    return account


def _spent() -> TooLate:
    return TooLate(_("This invitation has been used or has expired. Ask whoever invited you for a new one."))
