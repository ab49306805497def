"""Staff passwords by argon2id (H1). Hashing takes about 160 ms and 64 MB, so it runs in threads, a few at a time.

Friends, who were right before or hold an invitation, have a lane of their own: a crowd that guesses fills the
strangers' only. In each so many wait; whoever comes then is asked to try again, at once.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from app.budgets import PASSWORDS
from app.clinic.errors import Invalid, SlowDown
from app.i18n import _

MIN_LENGTH = 12

T = TypeVar("T")

_hasher = PasswordHasher()
_nobodys_hash = ""


class _Lane:
    """A pool of hashing threads, and how many callers are waiting for it."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._limit = threads + (PASSWORDS.installation or 0)
        self._asked = 0

    async def do(self, work: Callable[..., T], *arguments: str) -> T:
        if self._asked >= self._limit:
            raise SlowDown(_("Very many people are signing in just now. Wait a moment and try again."), after_s=10)
        self._asked += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        finally:
            self._asked -= 1


_strangers, _friends = _Lane(2), _Lane(1)


def use_cost(memory_kib: int, time_cost: int) -> None:
    """Set argon2's cost for this process; tests make it cheap."""
    global _hasher, _nobodys_hash
    _hasher = PasswordHasher(memory_cost=memory_kib, time_cost=time_cost, parallelism=1)
    _nobodys_hash = _hasher.hash("nobody")


def check_strength(password: str, *known: str) -> None:
    """Raises Invalid (field password) when it is too short or made of the person's own name or address."""
    if len(password) < MIN_LENGTH:
        raise Invalid(
            _("A password needs at least 12 characters. Three or four words make a good one."), field="password"
        )
    if any(word and len(word) > 3 and password.casefold() == word.casefold() for word in known):
        raise Invalid(_("Choose a password that isn't your name or address."), field="password")


async def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    return await _friends.do(_hasher.hash, password)


async def is_right(password_hash: str, password: str, *, is_friend: bool = False) -> bool:
    """Whether the password fits. An empty hash takes as long as a real one, so nobody learns who exists."""
    lane = _friends if is_friend else _strangers
    return await lane.do(_verify, password_hash or _nobodys_hash, password) and bool(password_hash)


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
