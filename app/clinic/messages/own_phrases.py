"""A clinic's own words instead of the built-in phrases, for each purpose, channel and language (B7).

Whatever a clinic writes, the link stays whole, first and alone on its line, and nothing can be mentioned that has no
business in a message: the placeholders are those of the built-in phrase. What opens a door in somebody's name (codes,
invitations) can't be rewritten.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from string import Formatter
from typing import cast
from uuid import UUID

from app.clinic.change import change
from app.clinic.errors import Invalid, NotFound
from app.clinic.messages import gsm7, phrases
from app.clinic.messages.clinic_values import everywhere
from app.clinic.messages.phrases import PURPOSES, Channel, Own, Words
from app.clinic.messages.tables import OwnPhrase
from app.clinic.people import installation
from app.clinic.people.tables import Clinic
from app.i18n import LANGUAGES, _

MAX_SEGMENTS = 3
MAX_EMAIL_LENGTH = 4000
MAX_SUBJECT_LENGTH = 150
EDITABLE = tuple(name for name, purpose in PURPOSES.items() if not purpose.secret)
ALWAYS = frozenset({"clinic", "phone"})
_CPR_LIKE = re.compile(r"\b\d{6}[- ]?\d{4}\b")
_SAMPLE_LINK = "/j/aB3xY7-kQ2_mN5pR8sT4vW"


@dataclass(frozen=True, slots=True)
class Preview:
    """A phrase as the patient would read it. `segments` is how many SMS it is paid for as; 0 for an e-mail."""

    subject: str
    body: str
    characters: int
    segments: int
    problem: str


@dataclass(frozen=True, slots=True)
class WrittenPhrase:
    """A phrase as it stands in the form: the clinic's own, or the built-in one."""

    subject: str
    text: str
    is_own: bool


async def of(clinic: UUID, purpose: str, language: str) -> dict[Channel, Own]:
    """The clinic's own words for this purpose in this language, as far as it has any."""
    rows = await OwnPhrase.objects().where(
        OwnPhrase.clinic == clinic, OwnPhrase.purpose == purpose, OwnPhrase.language == language
    )
    return {cast(Channel, row.channel): Own(row.subject, row.text) for row in rows}


async def changed(clinic: UUID) -> set[tuple[str, str, str]]:
    """Purpose, channel and language of every phrase the clinic says in its own words."""
    rows = await OwnPhrase.select(OwnPhrase.purpose, OwnPhrase.channel, OwnPhrase.language).where(
        OwnPhrase.clinic == clinic
    )
    return {(row["purpose"], row["channel"], row["language"]) for row in rows}


async def written(clinic: UUID, purpose: str, channel: Channel, language: str) -> WrittenPhrase:
    """What the form begins with; raises NotFound for a phrase that does not exist or can't be rewritten."""
    _check_exists(purpose, channel, language)
    own = (await of(clinic, purpose, language)).get(channel)
    if own is not None:
        return WrittenPhrase(own.subject, own.text, is_own=True)
    built_in = phrases.catalogue(language).phrase[purpose]
    text = built_in.sms[0] if channel == "sms" else built_in.email.strip()
    return WrittenPhrase("" if channel == "sms" else built_in.subject, text, is_own=False)


def placeholders(purpose: str, language: str) -> list[str]:
    """What this phrase may mention, the link first."""
    built_in = phrases.catalogue(language).phrase[purpose]
    known = {name for text in (*built_in.sms, built_in.email, built_in.subject) for name in phrases.placeholders(text)}
    return sorted(known | ALWAYS, key=lambda name: (name != "link", name))


async def keep(
    clinic: UUID, purpose: str, channel: Channel, language: str, subject: str, text: str, now: datetime
) -> None:
    """Say it in these words from now on; raises Invalid (text or subject) for words that can't be sent."""
    _check_exists(purpose, channel, language)
    own = cleaned(channel, subject, text)
    problem = fault(purpose, channel, language, own)
    if problem is not None:
        raise problem
    async with change():
        await _forget(clinic, purpose, channel, language)
        await OwnPhrase(
            clinic=clinic,
            purpose=purpose,
            channel=channel,
            language=language,
            subject=own.subject,
            text=own.text,
            changed_at=now,
        ).save()


async def go_back(clinic: UUID, purpose: str, channel: Channel, language: str) -> None:
    """Use the built-in wording again."""
    _check_exists(purpose, channel, language)
    async with change():
        await _forget(clinic, purpose, channel, language)


def preview(
    clinic: Clinic, purpose: str, channel: Channel, language: str, subject: str, text: str, now: datetime
) -> Preview:
    """How it would read with this clinic's name and address, and what is wrong with it, if anything."""
    _check_exists(purpose, channel, language)
    own = cleaned(channel, subject, text)
    problem = fault(purpose, channel, language, own)
    if problem is not None and problem.field == "braces":
        return Preview(own.subject, own.text, 0, 0, problem.words)
    unusual = dict.fromkeys(placeholders(purpose, language), "…")
    words = phrases.say_own(own, channel, {**unusual, **_sample(clinic, language, now)})
    characters = len(words.body) if channel == "email" else _room_taken(words.body)
    segments = 0 if channel == "email" else gsm7.segments(words.body)
    return Preview(words.subject, words.body, characters, segments, problem.words if problem else "")


async def rehearse(
    clinic: Clinic, purpose: str, channel: Channel, language: str, starts_at: datetime, now: datetime
) -> Words:
    """The message as it would be sent about a time, in the clinic's words if it has any, with a sample link."""
    own = (await of(clinic.id, purpose, language)).get(channel)
    known = {**_sample(clinic, language, now), **phrases.times(starts_at, now, language)}
    return phrases.say(purpose, channel, language, known, own)


def cleaned(channel: Channel, subject: str, text: str) -> Own:
    """Return the wording as it is stored: one kind of line break, and an SMS in GSM-7 characters."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")]
    if channel == "sms":
        return Own("", "\n".join(gsm7.to_gsm7(line) for line in lines))
    return Own(" ".join(subject.split()), "\n".join(lines))


def fault(purpose: str, channel: Channel, language: str, own: Own) -> Invalid | None:
    """What makes these words unfit to send; None when they are fit."""
    try:
        used = {name for part in (own.text, own.subject) for name in _fields(part)}
    except ValueError:
        return Invalid(
            _("A curly bracket is missing or stands alone. Write placeholders like {clinic}."), field="braces"
        )
    unknown = used - set(placeholders(purpose, language))
    if unknown:
        words = _("{%(name)s} can't be used in this message.") % {"name": sorted(unknown)[0]}
        return Invalid(words, field="braces")
    if not own.text or (channel == "email" and not own.subject):
        return Invalid(_("Write a subject and a text."), field="text" if own.subject or channel == "sms" else "subject")
    return _misplaced_link(purpose, own) or _too_much(channel, own)


def _misplaced_link(purpose: str, own: Own) -> Invalid | None:
    """The link stands first, alone on its line, once, in messages that have one, and never in a subject."""
    first, *rest = own.text.split("\n")
    if not phrases.has_link(purpose):
        return None
    if "{link}" not in own.text:
        return Invalid(_("The link is missing: without {link} the patient can't get in."), field="text")
    if first.strip() != "{link}" or any("{link}" in line for line in [*rest, own.subject]):
        return Invalid(_("{link} must stand first and alone on its line, or phones may cut it off."), field="text")
    if not any(line.strip() for line in rest):
        return Invalid(_("Write a few words below the link, so the patient knows what it is."), field="text")
    return None


def _too_much(channel: Channel, own: Own) -> Invalid | None:
    if _CPR_LIKE.search(own.text + " " + own.subject):
        return Invalid(_("A message may not contain a CPR number."), field="text")
    if channel == "sms" and gsm7.segments(own.text) > MAX_SEGMENTS:
        return Invalid(_("This is too long: at most three SMS."), field="text")
    if channel == "email" and (len(own.text) > MAX_EMAIL_LENGTH or len(own.subject) > MAX_SUBJECT_LENGTH):
        return Invalid(_("This is too long for an e-mail."), field="text")
    if "=?" in own.subject:
        return Invalid(_("The signs =? can't stand together there."), field="subject")
    return None


def _fields(text: str) -> set[str]:
    """The placeholders; raises ValueError for brackets that don't match, and for anything but plain names."""
    parts = list(Formatter().parse(text))
    if any(
        name is not None and (spec or conversion or not name.isidentifier()) for _t, name, spec, conversion in parts
    ):
        raise ValueError("not a plain placeholder")
    return {name for _text, name, _spec, _conversion in parts if name is not None}


def _sample(clinic: Clinic, language: str, now: datetime) -> Mapping[str, str]:
    tomorrow = now + timedelta(days=1)
    return {
        **everywhere(clinic),
        **phrases.times(tomorrow, now, language),
        "link": f"{installation.base_url()}{_SAMPLE_LINK}",
        "code": "K7M2-9QXA",
    }


def _room_taken(text: str) -> int:
    return gsm7.septets(text) if gsm7.is_gsm7(text) else len(text)


def _check_exists(purpose: str, channel: str, language: str) -> None:
    if purpose not in EDITABLE or channel not in ("sms", "email") or language not in LANGUAGES:
        raise NotFound(_("There is no such phrase."))


async def _forget(clinic: UUID, purpose: str, channel: str, language: str) -> None:
    await OwnPhrase.delete().where(
        OwnPhrase.clinic == clinic,
        OwnPhrase.purpose == purpose,
        OwnPhrase.channel == channel,
        OwnPhrase.language == language,
    )
