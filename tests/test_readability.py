"""What patients read, they can read: LIX of 35 at most over the messages and the pages written for them."""

import string

import pytest
from babel.messages.pofile import read_po

from app.clinic.messages.phrases import PURPOSES, catalogue
from app.i18n import LOCALE
from tests.lix import lix

EASY = 35
FOR_PATIENTS = ("patient.po", "public.po", "self_booking.po")
SPOKEN = {
    **dict.fromkeys(("link", "code", "code_page", "host", "phone", "address"), ""),
    "clinic": "Lægerne Torvet",
    "early": "15",
    "when": "i morgen kl. 9.15",
    "whole_when": "tirsdag den 24. november",
}


def _filled(text: str) -> str:
    return string.Formatter().vformat(text, (), SPOKEN)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_default_message_is_easy_danish(purpose: str) -> None:
    phrase = catalogue("da").phrase[purpose]
    assert lix(_filled(phrase.email)) <= EASY
    assert lix(_filled(phrase.sms[0])) <= EASY


def test_all_default_messages_together_are_easy_danish() -> None:
    phrases = catalogue("da").phrase.values()
    said = "\n".join(_filled(text) for phrase in phrases for text in (*phrase.sms, phrase.email))
    assert lix(said) <= EASY


@pytest.mark.parametrize("name", [name for name in FOR_PATIENTS if (LOCALE / "da" / name).exists()])
def test_the_pages_for_patients_are_easy_danish(name: str) -> None:
    with (LOCALE / "da" / name).open("rb") as file:
        texts = [str(message.string) for message in read_po(file, locale="da") if message.id and message.string]
    sentences = [text for text in texts if len(text.split()) >= 4]
    assert len(sentences) > 10
    assert lix("\n".join(sentences)) <= EASY


def test_hard_danish_is_found_hard() -> None:
    hard = "Videokonsultationen forudsætter tilstrækkelig internetforbindelse samt identitetsbekræftelse af patienten."
    assert lix(hard) > 60
    assert lix("Du kan gå ind nu. Tryk på den store knap.") < 20
