"""What patients read, they can read: LIX of 35 at most over the messages, the kit's texts and every page of theirs."""

import string
import tomllib
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file

from app.clinic.messages.phrases import PURPOSES, catalogue
from app.i18n import LOCALE, translations
from app.web.html import TEMPLATES
from tests.lix import lix

EASY = 35
OF_THE_CLINIC = {"public/setup.html"}
SHARED = (
    "_call_stage.html", "_components.html", "_device_test.html", "_measured.html", "_permission_steps.html",
    "_tried.html", "base.html", "error.html", "staff/leaflet.html",
)  # fmt: skip
SAID_TO_PATIENTS = (
    "clinic/booking/appointments.py", "clinic/booking/checklist.py", "clinic/booking/device_tests.py",
    "clinic/booking/join_links.py", "clinic/booking/measurements.py", "clinic/booking/policy.py",
    "clinic/booking/preparation.py", "clinic/booking/self_booking.py", "clinic/calls/guests.py",
    "clinic/learning/questionnaire.py", "clinic/learning/questions.py", "clinic/messages/phones.py",
    "clinic/people/birth_dates.py", "clinic/people/devices.py", "clinic/people/rates.py",
    "clinic/waiting/door_codes.py", "clinic/waiting/queue.py", "pwa/manifest.py", "pwa/push.py", "web/errors.py",
    "web/guards.py", "web/forms.py", "routes/patient/waiting.py", "routes/public/links.py",
)  # fmt: skip
SPOKEN = {
    **dict.fromkeys(("link", "code", "code_page", "host", "phone", "address", "what"), ""),
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


def test_every_text_of_the_kit_is_easy_danish() -> None:
    texts = tomllib.loads((LOCALE / "da" / "kit.toml").read_text())["text"]
    assert len(texts) == 7
    hard = {text["channel"]: lix(_filled(text["body"])) for text in texts if lix(_filled(text["body"])) > EASY}
    assert not hard


def _sentences(path: Path) -> str:
    """What a page or module says in Danish, without labels and single words."""
    options = {"trimmed": "true", "silent": "false", "extensions": "jinja2.ext.i18n,jinja2.ext.do"}
    method = "jinja2.ext:babel_extract" if path.suffix == ".html" else "python"
    said = []
    for _line, message, _comments, _context in extract_from_file(method, str(path), options=options):
        one, many = message if isinstance(message, tuple) else (message, message)
        said.append(translations("da").ngettext(one, many, 2) if one != many else translations("da").gettext(one))
    return "\n".join(text for text in said if len(text.split()) >= 4)


def test_every_page_of_the_patient_s_is_easy_danish() -> None:
    own = {
        str(path.relative_to(TEMPLATES))
        for who in ("patient", "public", "guest")
        for path in TEMPLATES.glob(f"{who}/*")
    }
    pages = [TEMPLATES / name for name in sorted({*own, *SHARED} - OF_THE_CLINIC)]
    modules = [TEMPLATES.parent / name for name in SAID_TO_PATIENTS]
    said = {str(path): _sentences(path) for path in (*pages, *modules)}
    assert sum(1 for text in said.values() if text) > 60
    hard = {name: round(lix(text)) for name, text in said.items() if lix(text) > EASY}
    assert not hard
    assert lix("\n".join(said.values())) <= 25


def test_hard_danish_is_found_hard() -> None:
    hard = "Videokonsultationen forudsætter tilstrækkelig internetforbindelse samt identitetsbekræftelse af patienten."
    assert lix(hard) > 60
    assert lix("Du kan gå ind nu. Tryk på den store knap.") < 20
