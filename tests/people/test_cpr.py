"""CPR numbers as facts.md tells them."""

from datetime import date

import pytest

from app.clinic.errors import Invalid
from app.clinic.people import cpr


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("251248-9996", date(1948, 12, 25)),
        ("0101073000", date(1907, 1, 1)),
        ("010107 4000", date(2007, 1, 1)),
        ("0101374000", date(1937, 1, 1)),
        ("0101575000", date(2057, 1, 1)),
        ("0101585000", date(1858, 1, 1)),
        ("0101369000", date(2036, 1, 1)),
    ],
)
def test_the_seventh_digit_tells_the_century(text: str, born: date) -> None:
    assert cpr.read(text).birth_date == born


def test_official_test_numbers_that_fail_modulus_eleven_are_read() -> None:
    assert cpr.read("2512489996").formatted == "251248-9996"


def test_replacement_number_with_letters_is_read_without_a_birth_date() -> None:
    number = cpr.read("010180-1ab5")
    assert number.number == "0101801AB5"
    assert number.birth_date is None


@pytest.mark.parametrize("text", ["", "12", "3113481234", "25124899", "251248-99966", "abcdefghij"])
def test_what_can_not_be_a_cpr_number_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        cpr.read(text)
    assert refused.value.field == "cpr"
    assert not text or text not in refused.value.words
