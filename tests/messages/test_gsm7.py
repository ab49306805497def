"""The GSM 7-bit alphabet: what fits into one SMS."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.clinic.messages.gsm7 import is_gsm7, segments, septets, to_gsm7


def test_danish_letters_are_inside_and_typographic_signs_are_not() -> None:
    assert is_gsm7("Rødgrød på Æbeltoft, ÆØÅ é ü @ #")
    assert not is_gsm7("“Hej”")
    assert not is_gsm7("kl. 10–11")
    assert not is_gsm7("Hej 👋")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("“" * 70, 1),
        ("“" * 71, 2),
        ("👋" * 35, 1),
        ("👋" * 36, 2),
    ],
)
def test_segments_are_counted_as_operators_count_them(text: str, count: int) -> None:
    assert segments(text) == count


def test_an_escaped_character_is_never_split_over_two_parts() -> None:
    assert septets("a" * 152 + "€" + "a" * 152) == 306
    assert segments("a" * 152 + "€" + "a" * 152) == 3


def test_septets_refuses_what_is_not_gsm7() -> None:
    with pytest.raises(ValueError, match="GSM-7"):
        septets("👋")


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("Lægerne ‘Torvet’ – “Nørrebro”…", "Lægerne 'Torvet' - \"Nørrebro\"..."),
        ("Þórður Sæmundsdóttir", "Thordur Sæmundsdottir"),
        ("François Łukasz Şahin Kovač", "Francois Lukasz Sahin Kovac"),
        ("kl.\u00a010 👋", "kl. 10 "),
    ],
)
def test_names_are_brought_inside_the_alphabet(text: str, inside: str) -> None:
    assert to_gsm7(text) == inside


@settings(derandomize=True, deadline=None)
@given(st.text(max_size=60))
def test_whatever_is_brought_inside_is_inside(text: str) -> None:
    assert is_gsm7(to_gsm7(text))


@settings(derandomize=True, deadline=None)
@given(st.text(alphabet="aæøåÆØÅ€{}é 1", max_size=400))
def test_text_inside_the_alphabet_is_left_as_it_is(text: str) -> None:
    assert to_gsm7(text) == text
    assert segments(text) >= -(-septets(text) // 160)
