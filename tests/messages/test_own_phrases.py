"""A clinic's own words: said instead of the built-in ones, with the link as safe as before."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.clinic.errors import Invalid, NotFound
from app.clinic.messages import gsm7, outbox, own_phrases, phrases
from app.clinic.messages.own_phrases import EDITABLE
from app.clinic.messages.phrases import Own
from app.clinic.people.tables import Clinic
from tests.cast import Cast
from tests.messages.test_phrases import NOW, hosts, names, tokens, values

LINK = "https://video.nordby.dk/j/aB3-_aB3-_aB3-_aB3-_xy"
SAID = {"link": LINK, "code": "K7M2-9QXA"}


@pytest.fixture
def cast_clinic() -> Clinic:
    """A clinic that is nowhere kept."""
    return Clinic(name="Lægehuset Nordby", slug="n", provider_number="1", plan_b_phone="+4566112233", address="Vej 1")


async def _keep(cast: Cast, now: datetime, text: str, subject: str = "", purpose: str = "confirmation") -> None:
    channel: phrases.Channel = "email" if subject else "sms"
    await own_phrases.keep(cast.clinic.id, purpose, channel, "da", subject, text, now)


async def test_the_clinics_words_are_said_instead(cast: Cast, now: datetime) -> None:
    await _keep(cast, now, "{link}\nHej fra {clinic}. Vi ses {when}.")
    moments: dict[str, str | datetime] = {**SAID, "starts_at": now + timedelta(hours=2)}
    sms, mail = await outbox.queue(outbox.Draft(cast.clinic, "confirmation", moments, patient=cast.patient), now)
    assert outbox.opened(sms).body == f"{LINK}\nHej fra Lægehuset Nordby. Vi ses i dag kl. 11.00."
    assert "Sådan gør du klar" in outbox.opened(mail).body


async def test_another_clinic_and_language_keep_the_built_in_words(cast: Cast, now: datetime) -> None:
    await _keep(cast, now, "{link}\nVi ses.")
    moments: dict[str, str | datetime] = {**SAID, "starts_at": now + timedelta(hours=2)}
    [theirs] = await outbox.queue(
        outbox.Draft(cast.other_clinic, "confirmation", moments, patient=cast.other_patient), now
    )
    [english] = await outbox.queue(
        outbox.Draft(cast.clinic, "confirmation", moments, patient=cast.child, language="en"), now
    )
    assert "Vi ses" not in outbox.opened(theirs).body + outbox.opened(english).body


async def test_words_that_mention_what_is_not_known_give_way_to_the_built_in(cast: Cast, now: datetime) -> None:
    await _keep(cast, now, "{link}\nNy tid hos {clinic}. Kode {code}", purpose="moved")
    with pytest.raises(Invalid):
        await _keep(cast, now, "{link}\n{reason}")
    [sms] = await outbox.queue(
        outbox.Draft(cast.clinic, "moved", {"link": LINK, "starts_at": now}, patient=cast.child), now
    )
    assert "flyttet" in outbox.opened(sms).body


async def test_going_back_restores_the_built_in_words(cast: Cast, now: datetime) -> None:
    await _keep(cast, now, "{link}\nVi ses.")
    await _keep(cast, now, "{link}\nVi ses igen.")
    assert (await own_phrases.written(cast.clinic.id, "confirmation", "sms", "da")).text == "{link}\nVi ses igen."
    assert await own_phrases.changed(cast.clinic.id) == {("confirmation", "sms", "da")}
    await own_phrases.go_back(cast.clinic.id, "confirmation", "sms", "da")
    built_in = await own_phrases.written(cast.clinic.id, "confirmation", "sms", "da")
    assert not built_in.is_own
    assert built_in.text.startswith("{link}\nDu har en videotid")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Vi ses.", "missing"),
        ("Hej\n{link}\nVi ses.", "first and alone"),
        ("{link} Vi ses.", "first and alone"),
        ("{link}\n{link}\nVi ses.", "first and alone"),
        ("{link}\n", "few words"),
        ("{link}\nVi ses {name}.", "can't be used"),
        ("{link}\nVi ses {when.", "bracket"),
        ("{link}\nVi ses {when!r}.", "bracket"),
        ("{link}\nDit CPR er 251248-9996.", "CPR"),
        ("{link}\n" + "Vi ses. " * 60, "three SMS"),
        ("", "Write a subject"),
    ],
)
async def test_words_that_would_lose_the_link_or_tell_too_much_are_refused(
    cast: Cast, now: datetime, text: str, said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        await _keep(cast, now, text)
    assert await own_phrases.changed(cast.clinic.id) == set()


async def test_an_email_needs_a_subject_without_the_link(cast: Cast, now: datetime) -> None:
    with pytest.raises(Invalid, match="first and alone"):
        await _keep(cast, now, "{link}\n\nHej", "Se {link}")
    with pytest.raises(Invalid):
        await own_phrases.keep(cast.clinic.id, "confirmation", "email", "da", "", "{link}\n\nHej", now)


@pytest.mark.parametrize("purpose", ["sign_in_code", "staff_invitation", "nonsense"])
async def test_what_opens_a_door_is_not_rewritten(cast: Cast, now: datetime, purpose: str) -> None:
    with pytest.raises(NotFound):
        await own_phrases.written(cast.clinic.id, purpose, "sms", "da")
    with pytest.raises(NotFound):
        await _keep(cast, now, "Hej", purpose=purpose)


def test_the_preview_counts_what_is_paid_for(cast_clinic: Clinic) -> None:
    seen = own_phrases.preview(cast_clinic, "confirmation", "sms", "da", "", "{link}\n“Vi ses” – {when}…", NOW)
    assert seen.body.splitlines()[1] == '"Vi ses" - man. 23. nov. kl. 10.00...'
    assert (seen.segments, seen.characters, seen.problem) == (1, gsm7.septets(seen.body), "")
    long = own_phrases.preview(cast_clinic, "delay", "sms", "da", "", "Vi er forsinkede. " * 12, NOW)
    assert long.segments == 2
    broken = own_phrases.preview(cast_clinic, "confirmation", "sms", "da", "", "{link}\n{whe", NOW)
    assert "bracket" in broken.problem


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("purpose", EDITABLE)
def test_every_built_in_phrase_is_a_fit_beginning(cast_clinic: Clinic, purpose: str, language: str) -> None:
    phrase = phrases.catalogue(language).phrase[purpose]
    for text in phrase.sms:
        assert own_phrases.fault(purpose, "sms", language, own_phrases.cleaned("sms", "", text)) is None
        assert own_phrases.preview(cast_clinic, purpose, "sms", language, "", text, NOW).segments in (1, 2)
    mail = own_phrases.cleaned("email", phrase.subject, phrase.email)
    assert own_phrases.fault(purpose, "email", language, mail) is None


@settings(max_examples=40, deadline=None, derandomize=True)
@given(names, hosts, tokens, st.text(max_size=120))
def test_whatever_a_clinic_writes_the_link_stays_whole_first_and_alone(
    name: str, host: str, token: str, words: str
) -> None:
    own = own_phrases.cleaned("sms", "", "{link}\n" + words.replace("{", "").replace("}", ""))
    if own_phrases.fault("confirmation", "sms", "da", own) is not None:
        return
    known = values(name, host, token) | phrases.times(NOW, NOW, "da")
    text = phrases.say("confirmation", "sms", "da", known, Own("", own.text)).body
    assert text.split("\n", 1)[0] == known["link"]
    assert gsm7.is_gsm7(text)


async def test_a_subject_that_grows_too_long_when_filled_in_is_cut(cast: Cast, now: datetime) -> None:
    await _keep(cast, now, "{link}\nVi ses.", "{clinic} {phone} {whole_when} " * 5)
    said: dict[str, str | datetime] = {**SAID, "starts_at": now, "code_page": "nordby.dk/kode"}
    [mail] = await outbox.queue(
        outbox.Draft(cast.clinic, "confirmation", said, patient=cast.patient, channels=["email"]), now
    )
    assert len(mail.subject) == 200
    assert mail.subject.startswith(f"{cast.clinic.name} ")
