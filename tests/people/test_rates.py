"""Budgets of tries: who pays for one, who is refused, who waits, and whom a right answer costs nothing."""

import asyncio
from datetime import datetime, timedelta

import pytest
from argon2 import PasswordHasher

from app import budgets
from app.budgets import PASSWORDS, SIGN_INS, Budget, Deadline
from app.clinic.errors import ClinicError, Invalid, SlowDown
from app.clinic.people import evaluators, invitations, passwords, rates, sessions
from app.clinic.people.evaluators import Coming
from app.clinic.people.tables import Evaluator, Staff
from tests.cast import PASSWORD, Cast
from tests.conftest import Browser
from tests.realtime.serving import until

HOUR = 3600


async def _tries(budget: Budget, addresses: list[str], now: datetime) -> list[bool]:
    """Which of these tries may be made, one after the other."""
    may = []
    for address in addresses:
        try:
            await rates.spend(budget, now, address=address)
        except SlowDown:
            may.append(False)
        else:
            may.append(True)
    return may


async def test_a_home_s_many_networks_share_one_budget(cast: Cast, now: datetime) -> None:
    budget = Budget("x", "", HOUR, address=2)
    one = [f"2001:db8:1:1::{number}" for number in range(1, 4)]
    assert await _tries(budget, one, now) == [True, True, False]
    of_a_56 = [f"2001:db8:1:{number:x}::1" for number in range(2, 10)]
    assert await _tries(budget, of_a_56, now) == [True] * 6 + [False] * 2
    of_a_48 = [f"2001:db8:1:{number:x}00::1" for number in range(1, 40)]
    assert (await _tries(budget, of_a_48, now)).count(True) == 32 - 8
    assert await _tries(budget, ["2001:db8:2::1", "192.0.2.1"], now) == [True, True]


async def test_one_network_spends_nobody_else_s_share(cast: Cast, now: datetime) -> None:
    budget = Budget("x", "", HOUR, address=2, installation=4)
    assert (await _tries(budget, ["192.0.2.1"] * 50, now)).count(True) == 2
    async with asyncio.timeout(budgets.LATENESS.seconds / 2):
        assert await _tries(budget, ["192.0.2.2", "192.0.2.3"], now) == [True, True]


async def test_past_the_installation_s_budget_answers_come_late_and_are_not_refused(
    cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "LATENESS", Deadline("", 0.1))
    monkeypatch.setattr(rates, "LATE", Budget("late", "", 0, installation=3))
    budget = Budget("x", "", HOUR, address=2, installation=2)
    assert await _tries(budget, ["192.0.2.1", "192.0.2.2"], now) == [True, True]
    began = asyncio.get_running_loop().time()
    assert await _tries(budget, ["192.0.2.3"], now) == [True]
    assert asyncio.get_running_loop().time() - began >= 0.1
    crowd = await asyncio.gather(
        *(rates.spend(budget, now, address=f"198.51.100.{number}") for number in range(10)), return_exceptions=True
    )
    assert [answer for answer in crowd if answer is None] == [None] * 3
    assert all(answer.after_s > 0 for answer in crowd if isinstance(answer, SlowDown))
    monkeypatch.setattr(rates, "LATENESS", Deadline("", HOUR))
    await asyncio.wait_for(rates.spend(budget, now, address="198.51.100.99", is_friend=True), 5)


async def test_a_try_that_proves_right_is_given_back(cast: Cast, now: datetime) -> None:
    budget = Budget("x", "", HOUR, 1, 1, 1)
    for _try in range(3):
        await rates.spend(budget, now, person=("a",), address="2001:db8::1")
        await rates.refund(budget, person=("a",), address="2001:db8::1")
    await rates.spend(budget, now, person=("a",), address="2001:db8::1")
    with pytest.raises(SlowDown) as refused:
        await rates.spend(budget, now + timedelta(minutes=20), person=("b",), address="2001:db8::2")
    assert refused.value.after_s == 40 * 60


async def test_a_whole_clinic_signs_in_from_one_address(cast: Cast, now: datetime) -> None:
    assert SIGN_INS.person and SIGN_INS.address
    for _morning in range(SIGN_INS.address + 10):
        await sessions.sign_in("mette@nordby.example", PASSWORD, "192.0.2.1", now)


async def test_evaluators_sign_in_as_often_as_they_like(cast: Cast, now: datetime) -> None:
    assert SIGN_INS.person
    link = await evaluators.invite(Coming("Ea Lund", "ea@region.example", ""), None, now)
    await invitations.accept(Evaluator, link.rpartition("/")[2], PASSWORD, now)
    for _morning in range(SIGN_INS.person + 2):
        await evaluators.sign_in("ea@region.example", PASSWORD, "192.0.2.1", now)


async def test_a_crowd_that_guesses_is_asked_to_wait_and_holds_up_no_friend(cast: Cast, now: datetime) -> None:
    mette = "mette@nordby.example"
    slow = PasswordHasher(memory_cost=8 * 1024, time_cost=3, parallelism=1).hash(PASSWORD)
    await Staff.update({Staff.password_hash: slow}).where(Staff.id == cast.doctor.id)
    await sessions.sign_in(mette, PASSWORD, "192.0.2.1", now)
    order: list[str] = []

    async def sign_in(name: str, address: str) -> BaseException | None:
        try:
            await sessions.sign_in(mette, PASSWORD if name == "friend" else "guess", address, now)
        except ClinicError as error:
            return error
        finally:
            order.append(name)
        return None

    crowd = [asyncio.create_task(sign_in("guess", f"198.51.100.{number}")) for number in range(60)]
    await until(lambda: passwords._strangers._asked == passwords._strangers._limit)
    assert await sign_in("friend", "192.0.2.1") is None
    answers = await asyncio.gather(*crowd)
    refused = [answer for answer in answers if isinstance(answer, SlowDown)]
    assert len(refused) + sum(isinstance(answer, Invalid) for answer in answers) == 60
    assert refused and all(answer.after_s == 10 for answer in refused)
    assert PASSWORDS.installation and order.index("friend") < 60 - PASSWORDS.installation // 2


async def test_an_unjudged_guess_costs_nothing(cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_strangers", passwords._Lane(1))
    monkeypatch.setattr(passwords._strangers, "_limit", 0)
    for _try in range(40):
        with pytest.raises(SlowDown, match="signing in"):
            await sessions.sign_in("mette@nordby.example", PASSWORD, "192.0.2.1", now)


async def test_a_sign_in_that_has_to_wait_keeps_what_was_written(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords._strangers, "_limit", 0)
    for path in ("/login", "/region/login"):
        answer = await browser.post(path, {"email": "mette@nordby.example", "password": PASSWORD})
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "10")
        assert "mette@nordby.example" in answer.text and "Vent et øjeblik" in answer.text
