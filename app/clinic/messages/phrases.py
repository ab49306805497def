"""What is said to people, and how it is made to fit: the phrases of `app/locale/<language>/phrases.toml`.

An SMS is always one GSM-7 segment: a shorter wording and a shorter clinic name are tried before anything is cut, and
the link never is. Nothing here knows who is told or how it gets there.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from string import Formatter
from typing import Literal

import msgspec
from babel.dates import format_datetime

from app import i18n
from app.clinic.messages.gsm7 import segments, to_gsm7

Channel = Literal["sms", "email"]


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why a message is sent, and what follows from it.

    After `useful_for` it would only confuse, so it is no longer sent; nor when the appointment it is about began
    `begun` ago. `urgent` asks the gateway to hurry. What is `secret` opens a door in somebody's name: staff don't get
    to read it once it is on its way.
    """

    useful_for: timedelta = timedelta(hours=24)
    begun: timedelta = timedelta(hours=1)
    urgent: bool = False
    secret: bool = False


PURPOSES: Mapping[str, Purpose] = {
    "confirmation": Purpose(),
    "reminder": Purpose(begun=timedelta(minutes=10)),
    "received": Purpose(),
    "instant": Purpose(timedelta(minutes=30), urgent=True),
    "cancelled": Purpose(begun=timedelta(hours=24)),
    "moved": Purpose(),
    "to_video": Purpose(),
    "to_in_person": Purpose(),
    "in_person_instead": Purpose(),
    "in_person_confirmed": Purpose(),
    "in_person_moved": Purpose(),
    "preparation": Purpose(begun=timedelta(minutes=10)),
    "expectations": Purpose(begun=timedelta(minutes=10)),
    "expected": Purpose(timedelta(hours=1), urgent=True),
    "delay": Purpose(timedelta(hours=1), urgent=True),
    "plan_b": Purpose(timedelta(minutes=20), urgent=True),
    "sign_in_code": Purpose(timedelta(minutes=10), urgent=True, secret=True),
    "sent_away": Purpose(timedelta(hours=4), urgent=True),
    "your_turn": Purpose(timedelta(minutes=5), urgent=True),
    "guest_invitation": Purpose(timedelta(hours=1), urgent=True),
    "questionnaire": Purpose(timedelta(hours=72), secret=True),
    "opening_reminder": Purpose(timedelta(minutes=45)),
    "staff_invitation": Purpose(timedelta(hours=48), secret=True),
}


@dataclass(frozen=True, slots=True)
class Words:
    """A message as it is read; an SMS has no subject."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Own:
    """A clinic's own words for one channel."""

    subject: str
    text: str


class Phrase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One purpose's texts: SMS from the fullest to the shortest, e-mail as subject and body."""

    subject: str
    sms: tuple[str, ...]
    email: str


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A language's phrases, and how it writes a time (patterns of Unicode's CLDR)."""

    today: str
    when: str
    whole_when: str
    phrase: dict[str, Phrase]


@cache
def catalogue(language: str) -> Catalogue:
    """The language's phrases, in Danish if there are none; raises msgspec.ValidationError for a faulty file."""
    path = i18n.LOCALE / language / "phrases.toml"
    if language not in i18n.LANGUAGES or not path.exists():
        path = i18n.LOCALE / i18n.DEFAULT / "phrases.toml"
    return msgspec.convert(tomllib.loads(path.read_text()), Catalogue)


def say(purpose: str, channel: Channel, language: str, values: Mapping[str, str], own: Own | None = None) -> Words:
    """The message in words: the clinic's own if all they mention is known, else the built-in ones.

    Raises KeyError for an unknown purpose, ValueError when too little is known to say it.
    """
    phrase = catalogue(language).phrase[purpose]
    known = {name: value for name, value in values.items() if value}
    if own is not None and placeholders(own.text + own.subject) <= known.keys():
        return say_own(own, channel, known)
    if channel == "sms":
        return Words("", _one_segment(phrase.sms, {name: _for_sms(name, value) for name, value in known.items()}))
    subject = phrase.subject.format_map({**known, "clinic": shortened(known["clinic"], 60)})
    return Words(subject, _known_lines(phrase.email, known))


def say_own(own: Own, channel: Channel, values: Mapping[str, str]) -> Words:
    """A clinic's own words filled in: an SMS in one segment where a shorter clinic name makes it one, else whole."""
    if channel == "email":
        subject = own.subject.format_map({**values, "clinic": shortened(values["clinic"], 60)})
        return Words(subject, own.text.format_map(values).strip() + "\n")
    known = {name: _for_sms(name, value) for name, value in values.items()}
    texts = [own.text.format_map({**known, "clinic": clinic}) for clinic in _clinic_names(known["clinic"])]
    return Words("", next((text for text in texts if segments(text) == 1), texts[0]))


def has_link(purpose: str) -> bool:
    """Whether the message brings a link, which then stands first and alone."""
    return catalogue(i18n.DEFAULT).phrase[purpose].email.lstrip().startswith("{link}")


def times(starts_at: datetime, now: datetime, language: str) -> dict[str, str]:
    """How a message tells an appointment's time: `when` is short and knows today, `whole_when` is spelled out."""
    patterns = catalogue(language)
    start, today = i18n.local(starts_at), i18n.local(now).date()
    with i18n.use_language(language):
        locale = i18n.locale()
    short = patterns.today if start.date() == today else patterns.when
    return {
        "when": format_datetime(start, short, locale=locale),
        "whole_when": format_datetime(start, patterns.whole_when, locale=locale),
    }


def shortened(name: str, longest: int) -> str:
    """A clinic's name in at most this many characters: without its company form, then its first words."""
    plain = re.sub(r"\s*(,|\bv/|\bI/S\b|\bA/S\b|\bApS\b|\bP/S\b).*$", "", name, flags=re.IGNORECASE).strip() or name
    if len(plain) <= longest:
        return plain
    words = plain[: longest + 1].rsplit(" ", 1)[0].split()
    while len(words) > 1 and words[-1].lower() in {"og", "i", "på", "ved", "and", "&", "-", "/"}:
        words.pop()
    kept = " ".join(words)
    return kept if len(kept) <= longest else kept[: longest - 1] + "."


def _one_segment(versions: tuple[str, ...], known: Mapping[str, str]) -> str:
    sayable = [version for version in versions if placeholders(version) <= known.keys()]
    if not sayable:
        raise ValueError("too little is known for this message")
    for version in sayable:
        for clinic in _clinic_names(known.get("clinic", "")):
            text = version.format_map({**known, "clinic": clinic})
            if segments(text) == 1:
                return text
    return text


def _clinic_names(name: str) -> Iterator[str]:
    """Yield the name in full, then shorter and shorter forms its patients would still recognise."""
    yield name
    for longest in (40, 30, 20):
        yield shortened(name, longest)


def _for_sms(name: str, value: str) -> str:
    """The link is left as it is: another character in it would lead elsewhere. The page for the code is typed off, so
    it goes without its scheme."""
    if name == "code_page":
        return value.rpartition("://")[2]
    return value if name == "link" else " ".join(to_gsm7(value).split())


def _known_lines(text: str, known: Mapping[str, str]) -> str:
    lines = [line.format_map(known) for line in text.strip().splitlines() if placeholders(line) <= known.keys()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


@cache
def placeholders(text: str) -> frozenset[str]:
    """The names in curly brackets; raises ValueError for brackets that don't match."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)
