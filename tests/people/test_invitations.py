"""An invitation opens an account once, whoever it is for."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from app.clinic.errors import Invalid, TooLate
from app.clinic.people import evaluators, invitations, passwords, team
from app.clinic.people.evaluators import Coming
from app.clinic.people.tables import Evaluator, Staff
from tests.cast import Cast, who

WORDS = "grøn cykel mod vinden"
OTHERS = "tre hvide svaner flyver"
each_kind = pytest.mark.parametrize("kind", [Staff, Evaluator])


async def invite(kind: Any, cast: Cast, now: datetime) -> str:
    """The secret of an invitation to a new account of this kind."""
    if kind is Staff:
        colleague = team.Colleague("Ida Dam", "nurse", "ida@nordby.example")
        _staff, address = await team.invite(colleague, who(cast.superuser), now)
    else:
        address = await evaluators.invite(Coming("Ea Lund", "ea@region.example"), None, now)
    return address.rpartition("/")[2]


async def opens(kind: Any, account: Any, words: str) -> bool:
    found = await kind.objects().get(kind.id == account.id)
    return await passwords.is_right(found.password_hash, words)


@each_kind
async def test_an_invitation_works_once_and_expires(kind: Any, cast: Cast, now: datetime) -> None:
    token = await invite(kind, cast, now)
    with pytest.raises(TooLate):
        await invitations.find(kind, token, now + invitations.LIFE)
    with pytest.raises(Invalid):
        await invitations.accept(kind, token, "kort", now)
    account = await invitations.accept(kind, token, WORDS, now)
    with pytest.raises(TooLate):
        await invitations.find(kind, token, now)
    assert await opens(kind, account, WORDS)


@each_kind
async def test_of_two_who_accept_at_once_one_is_let_in(kind: Any, cast: Cast, now: datetime) -> None:
    token = await invite(kind, cast, now)
    first, second = await asyncio.gather(
        *(invitations.accept(kind, token, words, now) for words in (WORDS, OTHERS)), return_exceptions=True
    )
    account, theirs, told = (first, WORDS, second) if isinstance(first, kind) else (second, OTHERS, first)
    assert isinstance(told, TooLate)
    assert "has been used" in told.words
    assert await opens(kind, account, theirs)


async def test_an_account_closed_while_its_password_is_made_stays_shut(
    cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await invite(Staff, cast, now)
    invited = await invitations.find(Staff, token, now)
    hashing = passwords.hash_password

    async def slowly(password: str) -> str:
        await team.retire(invited.id, who(cast.superuser))
        return await hashing(password)

    monkeypatch.setattr(passwords, "hash_password", slowly)
    with pytest.raises(TooLate):
        await invitations.accept(Staff, token, WORDS, now)
    assert not await opens(Staff, invited, WORDS)
