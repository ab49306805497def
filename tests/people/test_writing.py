"""How text, numbers, days and e-mail addresses are read, whoever typed them on whatever keyboard."""

from datetime import UTC, date, datetime

import pytest

from app.clinic.errors import Invalid
from app.clinic.people import days, emails, texts


def test_letters_typed_in_pieces_are_the_same_letters() -> None:
    assert texts.tidy("A\u030ase\u0301") == "Åsé"


def test_what_turns_the_words_around_it_is_left_out() -> None:
    assert texts.tidy("\u202eJens\u202c \u2066Hansen\u2069\0\ufeff") == "Jens Hansen"
    assert texts.tidy("first\r\nsecond\rthird\u2028fourth\tfifth") == "first\nsecond\nthird\nfourth\tfifth"


def test_half_a_character_is_left_out() -> None:
    assert texts.tidy("Jens \ud800").encode() == b"Jens"


@pytest.mark.parametrize("name", ["Zoë", "محمد", "李小龍", "می‌خواهم", "👩‍⚕️"])
def test_what_is_seen_stays(name: str) -> None:
    assert texts.tidy(name) == name


@pytest.mark.parametrize(
    ("text", "number"), [("15", 15), (" 15 ", 15), ("٠١٥", 15), ("１５", 15), ("0", 0), ("60", 60)]
)
def test_a_whole_number_may_be_in_any_digits(text: str, number: int) -> None:
    assert texts.whole_number(text, 0, 60) == number


@pytest.mark.parametrize("text", ["", "²", "1²", "½", "-1", "61", "1.5", "1e1", "1_0", "9" * 5000, "Ⅴ"])
def test_what_is_no_whole_number_in_its_bounds_is_none(text: str) -> None:
    assert texts.whole_number(text, 0, 60) is None


@pytest.mark.parametrize(
    ("text", "number"), [("72,5", 72.5), ("72.5", 72.5), ("1 200", 1200), ("٧٢,٥", 72.5), ("−3", -3)]
)
def test_decimals_have_a_comma_or_a_point(text: str, number: float) -> None:
    assert texts.decimal_number(text) == number


@pytest.mark.parametrize("text", ["", "nan", "inf", "1e400", "1_0", "²", ",5", "1,2,3"])
def test_what_is_no_decimal_is_none(text: str) -> None:
    assert texts.decimal_number(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-31",
        "31.1.2027",
        "31/1 2027",
        "31-01-27",
        "31. januar 2027",
        "31 Jan 27",
        "31012027",
        "٣١.١.٢٠٢٧",
        "３１．０１．２０２７",
    ],
)
def test_a_day_is_read_the_ways_danes_write_it(text: str) -> None:
    assert days.day_of(text) == date(2027, 1, 31)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0001-01-01",
        "1899-12-31",
        "2201-01-01",
        "9999-12-31",
        "31.2.2027",
        "²-1-2027",
        "2027",
        "31.1.02027",
        "x" * 9999,
    ],
)
def test_what_is_no_day_within_three_centuries_is_none(text: str) -> None:
    assert days.day_of(text) is None
    with pytest.raises(Invalid) as refused:
        days.read(text, "since")
    assert refused.value.field == "since"


@pytest.mark.parametrize("text", ["2026-11-24T10:15", "24.11.2026 kl. 10.15", "24/11 2026 10:15", "2026-11-24T09:15Z"])
def test_a_moment_is_on_the_danish_clock_unless_it_says_otherwise(text: str) -> None:
    assert days.moment_of(text) == datetime(2026, 11, 24, 9, 15, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00", "24.11.2026 kl. 25.15"])
def test_what_is_no_moment_is_none(text: str) -> None:
    assert days.moment_of(text) is None


def test_danish_letters_stand_in_domains() -> None:
    assert emails.read_email(" jens@BLÅBÆR.dk\u200b") == "jens@blåbær.dk"
    assert emails.in_ascii("jens@blåbær.dk") == "jens@xn--blbr-roah.dk"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jens",
        "jens hansen(at)mail.dk",
        '"><img/src=x@x.dk',
        "=?utf-8?q?a=0d=0a?=@x.dk",
        "jens@localhost",
        "jens@a..dk",
        "jens@-a.dk",
        ".jens@a.dk",
        "jens@a.dk, bo@a.dk",
        "åse@a.dk",
        "a" * 65 + "@a.dk",
        "a@" + "b" * 64 + ".dk",
        "a@" + "b." * 130 + "dk",
    ],
)
def test_what_no_mail_server_takes_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        emails.read_email(text, "to")
    assert refused.value.field == "to"


def test_a_name_is_one_line_and_no_code_of_a_mails_head() -> None:
    assert texts.read_name(" Jens \n Hansen ", "Write it.") == "Jens Hansen"
    for text in ("", "\u202e", "a" * 121, "=?utf-8?q?Klinik=0d=0a?="):
        with pytest.raises(Invalid):
            texts.read_name(text, "Write it.")
