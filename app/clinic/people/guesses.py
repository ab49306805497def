"""How often a password may be guessed: from one address, for one account from there, and for it from everywhere (H6).

The last does not count where the account was signed in to lately, so that strangers, however many, lock nobody out of
the place they work at. Who guesses right is given the guess back: a whole clinic may sign in from one address.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.budgets import ACCOUNTS, SIGN_INS
from app.clinic.errors import SlowDown
from app.clinic.people import passwords, rates

Door = Literal["sign-in", "evaluator"]
_LATELY_S = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Guess:
    """One guess at a password; `is_friend` says that the account signed in from this address lately."""

    door: Door
    account: str
    address: str
    is_friend: bool

    @property
    def _pair(self) -> tuple[str, ...]:
        return (self.door, self.account, self.address)

    async def spend(self, now: datetime) -> None:
        """Count it; raises SlowDown after too many."""
        await rates.spend(SIGN_INS, now, person=self._pair, address=self.address, is_friend=self.is_friend)
        if not self.is_friend:
            await rates.spend(ACCOUNTS, now, person=(self.door, self.account))

    async def is_right(self, password_hash: str, password: str) -> bool:
        """Whether the password is right; raise SlowDown, and give the guess back, when too many checks are queued."""
        try:
            return await passwords.is_right(password_hash, password, is_friend=self.is_friend)
        except SlowDown:
            await self._refund()
            raise

    async def was_right(self, now: datetime) -> None:
        """Note that the account signs in from this address, and give the guess back."""
        await self._refund()
        await rates.note(_right(self.door, self.account, self.address), _LATELY_S, now)

    async def _refund(self) -> None:
        await rates.refund(SIGN_INS, person=self._pair, address=self.address, is_friend=self.is_friend)
        if not self.is_friend:
            await rates.refund(ACCOUNTS, person=(self.door, self.account))


async def claim(door: Door, account: str, address: str, now: datetime) -> Guess:
    """A guess, counted before it is judged; raises SlowDown after too many."""
    guess = Guess(door, account, address, await rates.is_noted(_right(door, account, address), now))
    await guess.spend(now)
    return guess


def _right(door: Door, account: str, address: str) -> tuple[str, ...]:
    return (f"{door}-right", account, address)
