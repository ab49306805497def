"""The challenge log: noted in one click with facts of technology only, answered, given to somebody, solved."""

import asyncio
from datetime import datetime, timedelta

import pytest

from app.clinic.booking import device_tests
from app.clinic.calls import call as calls
from app.clinic.calls import quality
from app.clinic.calls.access import call_for
from app.clinic.calls.outcome import OutcomeForm, record_outcome
from app.clinic.calls.quality import Noted, QualitySample
from app.clinic.calls.tables import Call
from app.clinic.change import change
from app.clinic.errors import Conflict, Invalid, NotFound
from app.clinic.learning import challenges
from app.clinic.learning.challenges import ChallengeFilter
from app.clinic.learning.facts import SeenAtDesk, words
from app.clinic.learning.practice_tables import Challenge
from app.clinic.messages import outbox
from app.clinic.messages.tables import Message
from app.clinic.waiting import queue
from tests.cast import Cast, who
from tests.conftest import Browser
from tests.waiting.agreed import appointment

CHROME = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"}
HTMX = {"HX-Request": "true"}


async def troubled_call(cast: Cast, now: datetime) -> Call:
    """Answered, never connected, by a phone whose camera was refused at the test."""
    agreed = await appointment(cast, cast.patient, now)
    report = device_tests.DeviceReport("denied", "ok", "ok", browser="Safari, iPhone/iPad", detail="NotAllowedError")
    await device_tests.record(agreed, None, report, now)
    place = await queue.enter(cast.patient, agreed, now=now)
    call = await calls.call_in(place.id, who(cast.doctor), now)
    await calls.answer(call, now)
    await calls.hang_up(call, who(cast.doctor), now)
    return await call_for(who(cast.doctor), call.id)


async def failed_message(cast: Cast, now: datetime) -> Message:
    """An SMS the gateway refused, with its own words about the number."""
    async with change():
        [message] = await outbox.queue(
            outbox.Draft(cast.clinic, "delay", {"minutes": "10"}, patient=cast.patient, channels=("sms",)), now
        )
    why = "number_refused: +4520123456 Jens Hansen"
    await Message.update({Message.state: "failed", Message.why: why}).where(Message.id == message.id)
    return await outbox.message_for(who(cast.doctor), message.id)


async def test_a_call_is_noted_with_its_technical_facts_and_nothing_of_health(cast: Cast, now: datetime) -> None:
    call = await troubled_call(cast, now)
    form = OutcomeForm("not_completed", reason="their_technology", note="The camera was shut off")
    await record_outcome(call, who(cast.doctor), form, now)
    call = await call_for(who(cast.doctor), call.id)
    noted = await challenges.note_call(call, who(cast.doctor), SeenAtDesk("Chrome, computer", "failed", "weak"), now)
    facts = (await challenges.facts_of([noted]))[noted.id]
    assert {fact.name: fact.value for fact in facts} == {
        "connection": "answered",
        "state": "failed",
        "quality": "weak",
        "because": "their_technology",
        "browser": "Safari, iPhone/iPad",
        "camera": "denied",
        "microphone": "ok",
        "loudspeaker": "ok",
        "desk": "Chrome, computer",
    }
    assert (noted.words, noted.status, noted.assigned_to) == ("The camera was shut off", "open", cast.superuser.id)
    assert ("Camera, when tried", "not allowed in the browser") in words(facts)


async def test_how_the_line_was_comes_along_and_outlives_what_was_counted(cast: Cast, now: datetime) -> None:
    call = await troubled_call(cast, now)
    poor = QualitySample(10, 180, 20, 210, 300, 200, freezes=2, frozen_ms=3_400, audio_only=False)
    fine = QualitySample(10, 40, 3, 0, 800, 700, freezes=0, frozen_ms=0, audio_only=False)
    lines = [("p1", "staff", fine, 0), ("p2", "patient", poor, 3)]
    await quality.keep(
        [Noted(call.id, party, role, reconnects=times, samples=[(now, each)]) for party, role, each, times in lines]
    )
    noted = await challenges.note_call(call, who(cast.doctor), SeenAtDesk(), now)
    await quality.forget_old(now + timedelta(days=1), 0)
    facts = (await challenges.facts_of([noted]))[noted.id]
    counted = {"measured": "bad", "party": "patient", "rtt": "180", "loss": "21", "frozen": "3", "reconnects": "3"}
    assert counted.items() <= {fact.name: fact.value for fact in facts}.items()
    assert "sound_alone" not in {fact.name for fact in facts}
    assert {("How the line was", "poor"), ("Whose line that was", "The patient")} <= set(words(facts))


async def test_what_a_page_claims_beyond_the_known_words_is_left_out(cast: Cast, now: datetime) -> None:
    seen = SeenAtDesk(state="Jens has a rash", quality="<b>")
    noted = await challenges.note_call(await troubled_call(cast, now), who(cast.doctor), seen, now)
    names = {fact.name for fact in (await challenges.facts_of([noted]))[noted.id]}
    assert names.isdisjoint({"state", "quality"})


async def test_a_failed_message_is_noted_without_its_receiver(cast: Cast, now: datetime) -> None:
    noted = await challenges.note_message(await failed_message(cast, now), who(cast.secretary), now)
    facts = {fact.name: fact.value for fact in (await challenges.facts_of([noted]))[noted.id]}
    assert (facts["channel"], facts["delivery"], facts["why"]) == ("sms", "failed", "number_refused")
    assert "20123456" not in str(facts) and "Jens" not in str(facts)


async def test_two_clicks_note_one_challenge(cast: Cast, now: datetime) -> None:
    call = await troubled_call(cast, now)
    noting = (challenges.note_call(call, who(staff), SeenAtDesk(), now) for staff in (cast.doctor, cast.doctor))
    first, second = await asyncio.gather(*noting)
    assert first.id == second.id and await Challenge.count() == 1
    await challenges.solve(first, now)
    third = await challenges.note_call(call, who(cast.doctor), SeenAtDesk(), now)
    assert third.id != first.id
    with pytest.raises(Conflict):
        await challenges.reopen(await challenges.challenge_for(who(cast.doctor), first.id))


async def test_the_patient_is_kept_out_of_the_words(cast: Cast, now: datetime) -> None:
    noted = await challenges.note_call(await troubled_call(cast, now), who(cast.doctor), SeenAtDesk(), now)
    noted = await challenges.challenge_for(who(cast.doctor), noted.id)
    for text in ("jens hansen could not hear", "CPR 251248-9996", "x" * 501):
        with pytest.raises(Invalid) as refused:
            await challenges.describe(noted, text)
        assert refused.value.field == "words"
    await challenges.describe(noted, "The phone was on silent")
    assert (await challenges.challenge_for(who(cast.doctor), noted.id)).words == "The phone was on silent"


async def test_from_open_through_answered_to_solved_and_back(cast: Cast, now: datetime) -> None:
    noted = await challenges.note("The headset crackles", who(cast.secretary), SeenAtDesk(), now)
    noted = await challenges.challenge_for(who(cast.doctor), noted.id)
    await challenges.answer(noted, who(cast.superuser), "Use the cable", now)
    assert await challenges.count(cast.clinic.id) == {"open": 0, "answered": 1, "solved": 0}
    with pytest.raises(Conflict):
        await challenges.take_back(noted)
    await challenges.solve(noted, now)
    assert await challenges.listed(cast.clinic.id, ChallengeFilter()) == []
    assert len(await challenges.listed(cast.clinic.id, ChallengeFilter("solved", "hand", cast.superuser.id))) == 1
    await challenges.reopen(await challenges.challenge_for(who(cast.doctor), noted.id))
    assert (await challenges.count(cast.clinic.id))["answered"] == 1
    await challenges.assign(noted, None)
    assert await challenges.listed(cast.clinic.id, ChallengeFilter(assigned_to=cast.superuser.id)) == []
    with pytest.raises(NotFound):
        await challenges.assign(noted, cast.outsider.id)


async def test_a_challenge_outlives_its_call(cast: Cast, now: datetime) -> None:
    call = await troubled_call(cast, now)
    noted = await challenges.note_call(call, who(cast.doctor), SeenAtDesk(), now)
    await Call.delete().where(Call.id == call.id)
    kept = await challenges.challenge_for(who(cast.doctor), noted.id)
    assert kept.call is None and (await challenges.facts_of([kept]))[kept.id]


async def test_one_click_in_a_call_and_at_a_message_by_htmx_and_without(browser: Browser, cast: Cast) -> None:
    now = browser.clock.now
    call, message = await troubled_call(cast, now), await failed_message(cast, now)
    await browser.sign_in(cast.doctor)
    answer = await browser.post(
        f"/calls/{call.id}/challenges", {"over": "desk", "state": "failed"}, headers=HTMX | CHROME
    )
    [noted] = await Challenge.objects()
    assert f'hx-get="/challenges/{noted.id}/words"' in answer.text
    assert f'action="/challenges/{noted.id}/removal"' in answer.text
    browser.clock.forward(seconds=5)
    again = await browser.post(f"/calls/{call.id}/challenges", headers=HTMX | CHROME)
    assert "removal" not in again.text
    shown = (await browser.get(f"/challenges/{noted.id}")).text
    assert "Chrome, computer" in shown and "Safari, iPhone/iPad" in shown and "Jens Hansen" not in shown
    assert "Notér en udfordring" in (await browser.get("/outbox?show=trouble")).text
    plain = await browser.post(f"/outbox/{message.id}/challenges")
    assert plain.status_code == 303 and plain.headers["location"].startswith("/challenges/")
    listed = (await browser.get("/challenges?source=message")).text
    assert "En besked med problemer" in listed and "Et opkald med problemer" not in listed
    undone = await browser.post(f"/challenges/{noted.id}/removal", headers=HTMX)
    assert undone.status_code == 200 and await Challenge.count() == 1


async def test_a_mistake_comes_back_filled_in(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.secretary)
    wrong = await browser.post("/challenges", {"words": "CPR 251248-9996"})
    assert wrong.status_code == 422 and "CPR 251248-9996</textarea>" in wrong.text
    made = await browser.post("/challenges", {"words": "Lyden hakker"})
    address = made.headers["location"]
    empty = await browser.post(f"{address}/answers", {"answer": " "})
    assert empty.status_code == 422 and 'id="answer-error"' in empty.text
    assert (await browser.post(f"{address}/answers", {"answer": "Brug kabel"})).status_code == 303
    assert "Brug kabel" in (await browser.get(address)).text
    assert (await browser.post(f"{address}/solution")).headers["location"] == address
