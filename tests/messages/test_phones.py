"""Reading phone numbers as people write them."""

import pytest

from app.clinic.errors import Invalid
from app.clinic.messages.phones import read_phone, show_phone


@pytest.mark.parametrize(
    ("written", "phone"),
    [
        ("20123456", "+4520123456"),
        (" 20 12 34 56 ", "+4520123456"),
        ("20.12.34.56", "+4520123456"),
        ("20\u00a012\u00a034\u00a056", "+4520123456"),
        ("+45 20123456", "+4520123456"),
        ("0045 20 12 34 56", "+4520123456"),
        ("+46 8 123 456 78", "+46812345678"),
        ("+298 211234", "+298211234"),
        ("+49 (30) 901820", "+4930901820"),
    ],
)
def test_a_number_is_kept_as_e164(written: str, phone: str) -> None:
    assert read_phone(written) == phone


@pytest.mark.parametrize(
    "written", ["", "abc", "2012345", "201234567", "02012345", "20 12 34 5a", "112", "+45 1", "+1 1"]
)
def test_what_is_no_number_is_invalid_and_names_the_field(written: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_phone(written)
    assert refusal.value.field == "phone"
    assert written not in refusal.value.words or not written


def test_numbers_are_shown_the_way_danes_read_them() -> None:
    assert show_phone("+4512345678") == "12 34 56 78"
    assert show_phone("+46812345678") == "+46 8 123 456 78"
    assert show_phone("") == ""
