"""What is said by SMS and e-mail, in every language: one segment, the link whole, nothing that is nobody's business."""

import re
import string
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice, permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import app as app_package
from app.clinic.messages import phrases
from app.clinic.messages.gsm7 import is_gsm7, segments
from app.clinic.messages.phrases import PURPOSES, say, shortened, times
from app.i18n import LANGUAGES

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ALL = [(purpose, language) for purpose in PURPOSES for language in LANGUAGES]
LINKLESS = {
    *("cancelled", "sign_in_code", "sent_away", "delay", "plan_b"),
    *("to_in_person", "in_person_instead", "in_person_confirmed", "in_person_moved"),
}

NAME_PARTS = (
    *("Lægerne", "Lægehuset", "Lægefællesskabet", "Familielægerne", "Almenlægeklinikken", "Sundhedscenter"),
    *("Søndergade", "Nørrebro og Omegn", "Åboulevarden", "Kgs. Lyngby", "Skanderborg-Hørning", "i Det Gamle Rådhus"),
    *("v/ Christian Højgaard-Pedersen", "& Sørensen", "I/S", "ApS", "“Vest”", "– Ærø", "Þórsson"),
)
names = st.lists(st.sampled_from(NAME_PARTS), min_size=1, max_size=5, unique=True).map(" ".join)
labels = st.text(string.ascii_lowercase + string.digits, min_size=2, max_size=18)
hosts = st.tuples(labels, labels).map(lambda parts: f"{parts[0]}.{parts[1]}.dk"[-40:].lstrip("."))
tokens = st.text(string.ascii_letters + string.digits + "-_", min_size=22, max_size=22)
starts = st.datetimes(datetime(2026, 11, 22), datetime(2028, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC))
phones = st.sampled_from(["86 12 34 56", "+46 8 123 456 78", "+354 410 4000"])


def values(
    name: str = "Lægerne Torvet",
    host: str = "video.torvet.dk",
    token: str = "aB3-_aB3-_aB3-_aB3-_xy",
    phone: str = "86 12 34 56",
) -> dict[str, str]:
    return {
        "clinic": name,
        "phone": phone,
        "address": "Store Kongensgade 112B, 3. sal th., 1264 København K",
        "early": "15",
        "host": host,
        "link": f"https://{host}/j/{token}",
        "code": "K7M2-9QXA",
        "code_page": f"{host}/kode",
    }


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.sampled_from(ALL), names, hosts, tokens, phones, starts)
def test_every_sms_is_one_segment_with_the_link_whole_first_and_alone(
    said: tuple[str, str], name: str, host: str, token: str, phone: str, start: datetime
) -> None:
    _promise_is_kept(*said, values(name, host, token, phone) | times(start, NOW, said[1]))


def test_four_thousand_clinics_on_as_many_hosts_keep_the_promise() -> None:
    clinics = islice(permutations(NAME_PARTS, 4), 0, 32_000, 8)
    letters = string.ascii_lowercase * 2
    start = times(NOW + timedelta(days=303), NOW, "da")
    for number, (parts, said) in enumerate(zip(clinics, cycle(ALL), strict=False)):
        host = f"{letters[number % 26 : number % 26 + number % 19 + 1]}.{number:04}laegerne-i-byen.dk"
        _promise_is_kept(*said, values(" ".join(parts), host) | start)
    assert number == 3999


def _promise_is_kept(purpose: str, language: str, known: dict[str, str]) -> None:
    text = say(purpose, "sms", language, known).body
    assert is_gsm7(text)
    assert segments(text) == 1, text
    if purpose not in LINKLESS:
        first, rest = text.split("\n", 1)
        assert first == known["link"]
        assert rest.strip()


@pytest.mark.parametrize("length", [1, 20, 40, 60, 90, 120])
def test_a_name_of_any_length_fits_even_behind_the_longest_host(length: int) -> None:
    known = values("Ø" * length, "h" * 37 + ".dk") | times(NOW + timedelta(days=304), NOW, "da")
    for purpose, language in ALL:
        assert segments(say(purpose, "sms", language, known).body) == 1


def test_an_ordinary_confirmation_says_where_when_and_the_second_way_in() -> None:
    known = values() | times(datetime(2026, 11, 24, 13, 15, tzinfo=UTC), NOW, "da")
    assert say("confirmation", "sms", "da", known).body == (
        "https://video.torvet.dk/j/aB3-_aB3-_aB3-_aB3-_xy\n"
        "Videotid hos Lægerne Torvet tirs. 24. nov. kl. 14.15. Driller linket: video.torvet.dk/kode, kode K7M2-9QXA"
    )


def test_a_long_name_is_shortened_before_help_is_left_out() -> None:
    name = "Lægefællesskabet Nørrebro og Omegn v/ Hansen, Jensen & Sørensen I/S"
    text = say("cancelled", "sms", "da", values(name) | times(NOW, NOW, "da")).body
    assert text.startswith("Din tid hos Lægefællesskabet Nørrebro og Omegn i dag kl. 10.00 er aflyst. Ring til os på")
    assert "86 12 34 56" in text


@pytest.mark.parametrize(
    ("longest", "short"),
    [(60, "Lægehuset Nord"), (14, "Lægehuset Nord"), (12, "Lægehuset"), (6, "Lægeh.")],
)
def test_a_name_loses_its_company_form_and_then_whole_words(longest: int, short: str) -> None:
    assert shortened("Lægehuset Nord v/ Bo Lund ApS", longest) == short


def test_a_shortened_name_does_not_end_in_and() -> None:
    assert shortened("Lægerne Bak og Holm", 15) == "Lægerne Bak"


@pytest.mark.parametrize(("purpose", "language"), ALL)
def test_an_email_has_a_subject_and_the_link_first_on_its_own_line(purpose: str, language: str) -> None:
    known = values() | times(NOW, NOW, language)
    words = say(purpose, "email", language, known)
    assert words.subject
    assert "\n" not in words.subject
    assert "{" not in words.subject + words.body
    if purpose not in LINKLESS:
        assert words.body.startswith(f"{known['link']}\n\n")


@pytest.mark.parametrize(("purpose", "language"), ALL)
def test_every_purpose_has_its_words_in_every_language(purpose: str, language: str) -> None:
    phrase = phrases.catalogue(language).phrase[purpose]
    assert phrase.sms
    for text in phrase.sms:
        assert is_gsm7(re.sub(r"{\w+}", "", text))
        assert "{link}" not in text or text.startswith("{link}\n")
        assert text.count("{link}") <= 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_is_left_over(language: str) -> None:
    assert phrases.catalogue(language).phrase.keys() == PURPOSES.keys()


@pytest.mark.parametrize(("purpose", "language"), ALL)
def test_no_message_mentions_names_reasons_or_cpr(purpose: str, language: str) -> None:
    phrase = phrases.catalogue(language).phrase[purpose]
    told = {name for text in (*phrase.sms, phrase.email, phrase.subject) for name in re.findall(r"{(\w+)}", text)}
    assert told <= {"link", "clinic", "phone", "address", "host", "early", "when", "whole_when", "code", "code_page"}


def test_the_sign_in_code_ends_as_phones_want_it_to_offer_it() -> None:
    text = say("sign_in_code", "sms", "da", values() | {"code": "123456"}).body
    assert text.splitlines()[-1] == "@video.torvet.dk #123456"


def test_what_is_not_known_is_not_mentioned() -> None:
    known = values() | times(NOW, NOW, "da") | {"code": "", "address": ""}
    assert "ode" not in say("confirmation", "sms", "da", known).body.split("\n", 1)[1]
    email = say("confirmation", "email", "da", known).body
    assert "koden" not in email
    assert email.endswith("Venlig hilsen\nLægerne Torvet\n")
    assert "\n\n\n" not in email


def test_too_little_to_say_anything_is_an_error() -> None:
    with pytest.raises(ValueError, match="too little"):
        say("confirmation", "sms", "da", {"clinic": "Lægerne"})


def test_today_is_called_today_on_the_danish_clock() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert times(NOW, NOW, "da")["when"] == "i dag kl. 10.00"
    assert times(late, NOW, "da")["when"] == "man. 23. nov. kl. 00.30"
    assert times(NOW, NOW, "da")["whole_when"] == "søndag den 22. november kl. 10.00"
    assert times(NOW, NOW, "en")["when"] == "today at 10:00"


def test_a_language_without_phrases_is_answered_in_danish() -> None:
    assert phrases.catalogue("xx") == phrases.catalogue("da")


def test_nothing_is_worded_that_nobody_sends() -> None:
    """Every purpose is named by a room or page that sends it, besides those that only word and list them."""
    listing = {"phrases.py", "states.py", "notices.py", "own_phrases.py"}
    app = Path(app_package.__file__).parent
    senders = [
        path.read_text()
        for folder in ("clinic", "routes")
        for path in (app / folder).rglob("*.py")
        if path.name not in listing
    ]
    assert [purpose for purpose in PURPOSES if not any(f'"{purpose}"' in text for text in senders)] == []
