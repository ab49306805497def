"""How often a password may be guessed: from one address, for one account from there, and for it from everywhere (H6).

The last does not count where the account was signed in to lately, so that strangers, however many, lock nobody out of
the place they work at.
"""

from datetime import datetime
from typing import Literal

from app.clinic.people import rates

Door = Literal["sign-in", "evaluator"]
_WINDOW_S, _LATELY_S = 300, 30 * 86_400


async def claim(door: Door, account: str, address: str, now: datetime) -> None:
    """Count one guess before it is judged; raises SlowDown after too many."""
    await rates.spend(("sign-in-address", address), 30, _WINDOW_S, now)
    await rates.spend((f"{door}-pair", account, address), 10, _WINDOW_S, now)
    if not await rates.is_noted((f"{door}-right", account, address), now):
        await rates.spend((f"{door}-account", account), 200, _WINDOW_S, now)


async def was_right(door: Door, account: str, address: str, now: datetime) -> None:
    """The account was signed in to from this address."""
    await rates.note((f"{door}-right", account, address), _LATELY_S, now)
