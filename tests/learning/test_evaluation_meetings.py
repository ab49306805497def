"""Evaluation meetings: an agenda that makes itself, and minutes of which nothing is lost."""

import asyncio
from datetime import date, datetime, timedelta

import pytest

from app.clinic.errors import Invalid, NotFound
from app.clinic.learning import challenges, evaluation_meetings
from app.clinic.learning.evaluation_meetings import Dates, both
from app.clinic.learning.facts import SeenAtDesk
from app.clinic.learning.practice_tables import EvaluationMeeting
from tests.cast import Cast, who
from tests.conftest import Browser

TODAY = date(2026, 11, 24)


async def today(cast: Cast, now: datetime) -> EvaluationMeeting:
    return await evaluation_meetings.call_meeting(who(cast.superuser), Dates(TODAY, date(2026, 9, 1), TODAY), now)


@pytest.mark.parametrize(
    ("theirs", "mine", "kept"),
    [
        ("", "one", "one"),
        ("one", "", "one"),
        ("one\ntwo", "one\nthree", "one\ntwo\nthree"),
        ("one", "one", "one"),
        ("one\n", "  one  \n\n two", "one\n two"),
    ],
)
def test_two_who_write_at_once_keep_every_line(theirs: str, mine: str, kept: str) -> None:
    assert both(theirs, mine) == kept


async def test_the_next_meeting_looks_back_to_the_last(cast: Cast, now: datetime) -> None:
    assert await evaluation_meetings.suggested(cast.clinic.id, TODAY) == Dates(TODAY, date(2026, 8, 26), TODAY)
    await today(cast, now)
    later = TODAY + timedelta(days=30)
    assert (await evaluation_meetings.suggested(cast.clinic.id, later)).since == TODAY + timedelta(days=1)
    with pytest.raises(Invalid):
        await evaluation_meetings.call_meeting(who(cast.doctor), Dates(TODAY, later, TODAY), now)


async def test_the_agenda_holds_what_was_unsolved_on_the_day(cast: Cast, now: datetime) -> None:
    noted = {
        words: await challenges.note(words, who(cast.doctor), SeenAtDesk(), now + timedelta(days=days))
        for words, days in {"old": -40, "solved before": -40, "solved there": -2, "later": 3}.items()
    }
    await challenges.solve(noted["solved before"], now - timedelta(days=1))
    await challenges.solve(noted["solved there"], now)
    agenda = await evaluation_meetings.agenda(await today(cast, now))
    assert [each.words for each in agenda] == ["solved there", "old"]


async def test_minutes_are_saved_and_a_colleagues_words_stay(cast: Cast, now: datetime) -> None:
    meeting = await today(cast, now)
    first = await evaluation_meetings.write(meeting, who(cast.doctor), "well", "Fewer drives\r\n", 0, now)
    assert (first.words, first.version) == ("Fewer drives", 1)
    stale = await evaluation_meetings.write(meeting, who(cast.secretary), "well", "Calmer mornings", 0, now)
    assert stale.words == "Fewer drives\nCalmer mornings"
    fresh = await evaluation_meetings.write(meeting, who(cast.secretary), "well", "Calm", stale.version, now)
    again = await evaluation_meetings.write(meeting, who(cast.secretary), "well", "Calm", fresh.version, now)
    assert (fresh.words, again.version) == ("Calm", fresh.version)
    note = (await evaluation_meetings.minutes(meeting))["well"]
    assert (note.words, note.saved_by.name) == ("Calm", "Lone Krogh")


async def test_two_who_save_the_same_question_at_the_same_moment(cast: Cast, now: datetime) -> None:
    meeting = await today(cast, now)
    await asyncio.gather(
        *(
            evaluation_meetings.write(meeting, who(staff), "better", words, 0, now)
            for staff, words in ((cast.doctor, "A cable"), (cast.secretary, "A sign"))
        )
    )
    assert set((await evaluation_meetings.minutes(meeting))["better"].words.splitlines()) == {"A cable", "A sign"}


async def test_a_question_nobody_asks_and_words_without_end_are_refused(cast: Cast, now: datetime) -> None:
    meeting = await today(cast, now)
    with pytest.raises(NotFound):
        await evaluation_meetings.write(meeting, who(cast.doctor), "weather", "fine", 0, now)
    with pytest.raises(Invalid):
        await evaluation_meetings.write(meeting, who(cast.doctor), "well", "x" * 8001, 0, now)


async def test_decisions_follow_to_the_next_meeting_until_they_are_done(cast: Cast, now: datetime) -> None:
    meeting = await today(cast, now)
    await evaluation_meetings.decide(meeting, " Buy  a cable ", cast.secretary.id, TODAY, now)
    [decision] = await evaluation_meetings.decisions(meeting)
    assert (decision.words, decision.responsible.name) == ("Buy a cable", "Lone Krogh")
    later = TODAY + timedelta(days=90)
    following = await evaluation_meetings.call_meeting(who(cast.doctor), Dates(later, TODAY, later), now)
    assert [each.words for each in await evaluation_meetings.left_over(following)] == ["Buy a cable"]
    await evaluation_meetings.mark(decision, now)
    assert await evaluation_meetings.left_over(following) == []
    with pytest.raises(NotFound):
        await evaluation_meetings.decision_for(who(cast.outsider), decision.id)
    with pytest.raises(NotFound):
        await evaluation_meetings.decide(meeting, "Theirs", cast.outsider.id, None, now)


async def test_the_meetings_pages(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.doctor)
    assert "Intet møde endnu" in (await browser.get("/evaluation-meetings")).text
    wrong = await browser.post(
        "/evaluation-meetings", {"held_on": "soon", "since": "2026-09-01", "until": "2026-11-24"}
    )
    assert wrong.status_code == 422 and 'value="soon"' in wrong.text
    dates = {"held_on": "2026-11-24", "since": "2026-09-01", "until": "2026-11-24"}
    address = (await browser.post("/evaluation-meetings", dates)).headers["location"]
    await challenges.note("Lyden hakker", who(cast.doctor), SeenAtDesk(), browser.clock.now)
    page = (await browser.get(address)).text
    assert "Hvad er gået godt i vores implementering af videokonsultationer?" in page and "Lyden hakker" in page
    note = {"words": "Færre ture", "version": "0"}
    saved = await browser.post(f"{address}/notes/well", note, headers={"Accept": "application/json"})
    assert saved.json() == {"words": "Færre ture", "version": 1, "said": "Gemt 09.00"}
    assert (await browser.post(f"{address}/notes/better", note)).status_code == 303
    lacking = await browser.post(f"{address}/decisions", {"words": "", "due_on": "2026-12-01"})
    assert lacking.status_code == 422 and 'value="2026-12-01"' in lacking.text
    await browser.post(f"{address}/decisions", {"words": "Køb et kabel", "due_on": "2026-12-01"})
    minutes = (await browser.get(f"{address}/minutes")).text
    assert "Færre ture" in minutes and "Køb et kabel" in minutes and "1. december 2026" in minutes
