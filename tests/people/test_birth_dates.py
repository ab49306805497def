"""Dates of birth as people type them."""

from datetime import date

import pytest

from app.clinic.errors import Invalid
from app.clinic.people import birth_dates

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("typed", "born"),
    [
        (("24", "12", "1947"), date(1947, 12, 24)),
        (("4", "2", "1947"), date(1947, 2, 4)),
        (("04", "02", "47"), date(1947, 2, 4)),
        ((" 3 ", "5", "2017"), date(2017, 5, 3)),
    ],
)
def test_it_is_read_the_ways_people_write_it(typed: tuple[str, str, str], born: date) -> None:
    assert birth_dates.read(*typed, TODAY) == born


@pytest.mark.parametrize(
    "typed",
    [
        ("31", "2", "1947"),
        ("24", "12", ""),
        ("24", "december", "1947"),
        ("24", "12", "17"),
        ("24", "12", "2030"),
        ("251248", "9996", ""),
        ("²", "12", "1947"),
    ],
)
def test_what_can_mean_two_dates_or_none_is_asked_again(typed: tuple[str, str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        birth_dates.read(*typed, TODAY)
    assert refused.value.field == "birth_date"
