"""CPR numbers as facts.md tells them."""

from datetime import date

import pytest

from app.clinic.errors import Invalid
from app.clinic.people import cpr

TODAY = date(2026, 11, 24)


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
    assert cpr.read(text, date(2060, 1, 1)).birth_date == born


def test_official_test_numbers_that_fail_modulus_eleven_are_read() -> None:
    assert cpr.read("2512489996", TODAY).formatted == "251248-9996"


def test_replacement_number_with_letters_is_read_without_a_birth_date() -> None:
    number = cpr.read("010180-1ab5", TODAY)
    assert number.number == "0101801AB5"
    assert number.birth_date is None


@pytest.mark.parametrize("text", ["", "12", "3113481234", "25124899", "251248-99966", "abcdefghij"])
def test_what_can_not_be_a_cpr_number_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        cpr.read(text, TODAY)
    assert refused.value.field == "cpr"
    assert not text or text not in refused.value.words


@pytest.mark.parametrize(
    "text",
    [
        "251248–9996",
        "251248\u20119996",
        "\u202a251248-9996\u202c",
        "CPR: 251248-9996",
        "cpr-nr. 251248 9996",
        "٢٥١٢٤٨-٩٩٩٦",
        "２５１２４８－９９９６",
        "251248\u00ad-\u200b9996",
    ],
)
def test_it_is_read_the_ways_it_is_pasted(text: str) -> None:
    assert cpr.read(text, TODAY).number == "2512489996"


def test_a_century_that_lies_ahead_is_refused_with_its_year() -> None:
    with pytest.raises(Invalid, match="2050"):
        cpr.read("010150-5123", TODAY)


def test_a_superscript_is_no_digit() -> None:
    assert cpr.plain("25124²-9996") is None
