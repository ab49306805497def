"""Staff passwords by argon2id (H1). Hashing takes about 160 ms and 64 MB, so it runs in threads, two at a time."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from app.clinic.errors import Invalid
from app.i18n import _

MIN_LENGTH = 12

_hasher = PasswordHasher()
_two_at_a_time = asyncio.Semaphore(2)
_nobodys_hash = ""


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
    async with _two_at_a_time:
        return await asyncio.to_thread(_hasher.hash, password)


async def is_right(password_hash: str, password: str) -> bool:
    """Whether the password fits. An empty hash takes as long as a real one, so nobody learns who exists."""
    async with _two_at_a_time:
        return await asyncio.to_thread(_verify, password_hash or _nobodys_hash, password) and bool(password_hash)


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
