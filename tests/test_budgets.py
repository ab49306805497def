"""The one table of budgets: what operators read is what the code enforces, and networks pay for their addresses."""

from pathlib import Path

from app import budgets
from app.budgets import BUDGETS, DEADLINES, Budget

OPERATIONS = Path(__file__).parents[1] / "docs/operations.md"


def _row(budget: Budget) -> str:
    limits = ("" if limit is None else f"{limit:,}" for limit in (budget.person, budget.address, budget.installation))
    return " | ".join((f"| {budget.name}", budget.what, *limits, _within(budget.within_s) + " |"))


def _within(seconds: int) -> str:
    if not seconds:
        return "at once"
    return f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"


def test_operators_read_the_budgets_that_are_enforced() -> None:
    section = OPERATIONS.read_text("utf-8").partition("\n## Budgets\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    is_head = ("| budget", "| what ")
    told = [row for row in rows if not row.startswith(is_head)]
    assert told == [*map(_row, BUDGETS), *(f"| {each.what} | {each.seconds} s |" for each in DEADLINES)]


def test_every_budget_stands_in_the_table() -> None:
    for kind, table in ((budgets.Budget, BUDGETS), (budgets.Deadline, DEADLINES)):
        assert [each for each in vars(budgets).values() if isinstance(each, kind) and each not in table] == []
    assert len({each.name for each in BUDGETS}) == len(BUDGETS)


def test_a_subscriber_s_networks_pay_for_each_address_of_theirs() -> None:
    budget = Budget("x", "", 60, address=10)
    assert budgets.shares(budget, "2001:db8:1:2::5") == [
        ("2001:db8:1:2::/64", 10),
        ("2001:db8:1::/56", 40),
        ("2001:db8:1::/48", 160),
    ]
    assert budgets.shares(budget, budgets.network_of("2001:db8:1:2::5")) == budgets.shares(budget, "2001:db8:1:2::6")
    assert budgets.shares(budget, "::ffff:192.0.2.1") == budgets.shares(budget, "192.0.2.1") == [("192.0.2.1", 10)]
    assert budgets.shares(Budget("x", "", 60, installation=1), "192.0.2.1") == []
