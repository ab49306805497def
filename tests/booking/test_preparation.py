"""The checklist: the newest word wins, wherever it was said."""

from datetime import datetime, timedelta

import pytest

from app.clinic.booking import checklist, measurements, preparation, readiness
from app.clinic.booking.checklist import ChecklistItem
from app.clinic.booking.tables import Appointment
from app.clinic.change import listening
from app.clinic.errors import Invalid
from app.clinic.events import Event
from app.i18n import use_language
from tests.booking.test_join_links import agree
from tests.cast import Cast


@pytest.fixture
async def appointment(cast: Cast, now: datetime) -> Appointment:
    return await agree(cast, now + timedelta(hours=2))


async def ticked(appointment: Appointment) -> list[str]:
    """The lines that are ticked, in the checklist's order."""
    return [each.line.item for each in await preparation.ticks(appointment) if each.done]


async def test_nothing_is_ticked_at_first_and_nothing_to_measure_is_no_line(
    appointment: Appointment, cast: Cast
) -> None:
    assert [each.line.item for each in await preparation.ticks(appointment)] == [
        "guide", "room", "phone", "queue", "paper",
    ]  # fmt: skip
    assert await ticked(appointment) == []
    await measurements.ask(cast.video_type, ["weight"])
    assert [each.line.item for each in await preparation.ticks(appointment)] == list(checklist.ITEMS)


async def test_a_tick_is_kept_and_can_be_taken_back(appointment: Appointment, now: datetime) -> None:
    await preparation.tick(appointment, "paper", True, now, now)
    assert await ticked(appointment) == ["paper"]
    await preparation.tick(appointment, "paper", False, now + timedelta(seconds=1), now + timedelta(seconds=1))
    assert await ticked(appointment) == []


async def test_an_older_word_from_a_phone_that_was_offline_is_dropped(appointment: Appointment, now: datetime) -> None:
    heard: list[Event] = []
    await preparation.tick(appointment, "room", False, now, now)
    async with listening(heard.append):
        await preparation.tick(appointment, "room", True, now - timedelta(minutes=5), now)
    assert await ticked(appointment) == []
    assert heard == []


async def test_a_phone_whose_clock_is_ahead_does_not_win_for_ever(appointment: Appointment, now: datetime) -> None:
    await preparation.tick(appointment, "room", True, now + timedelta(days=400), now)
    later = now + timedelta(minutes=1)
    await preparation.tick(appointment, "room", False, later, later)
    assert await ticked(appointment) == []


async def test_a_line_that_does_not_exist_is_refused(appointment: Appointment, now: datetime) -> None:
    with pytest.raises(Invalid):
        await preparation.tick(appointment, "shoes", True, now, now)


async def test_the_whole_form_ticks_and_unticks(appointment: Appointment, now: datetime) -> None:
    await preparation.tick(appointment, "paper", True, now, now)
    await preparation.tick_all(appointment, {"room": True, "phone": True}, now + timedelta(seconds=1))
    done = await ticked(appointment)
    assert done == ["room", "phone"]


async def test_a_clinic_leaves_lines_out_and_says_its_own(appointment: Appointment, cast: Cast, now: datetime) -> None:
    usual = checklist.built_in("room")
    own = checklist.own("Hav dine briller på", "Så kan vi se, hvordan du læser.")
    await checklist.write(cast.video_type, [usual, ChecklistItem("phone", "Læg telefonen frem", ""), own])
    shown = [(each.line.words, each.line.hint) for each in await preparation.ticks(appointment)]
    assert shown == [(usual.words, usual.hint), ("Læg telefonen frem", ""), (own.words, own.hint)]
    await preparation.tick(appointment, own.item, True, now, now)
    ready = (await readiness.of([appointment]))[appointment.id]
    assert (ready.ticked, ready.lines, ready.unticked) == (1, 3, (usual.words, "Læg telefonen frem"))
    with pytest.raises(Invalid):
        await preparation.tick(appointment, "paper", True, now, now)


async def test_lines_said_as_they_are_stay_in_the_readers_language(cast: Cast) -> None:
    await checklist.write(cast.video_type, [checklist.built_in("room"), checklist.built_in("paper")])
    with use_language("en"):
        assert [line.words for line in await checklist.chosen(cast.video_type.id)] == [
            "Find a private room", "Have paper and pencil ready",
        ]  # fmt: skip


async def test_a_tick_does_not_follow_to_other_words(appointment: Appointment, cast: Cast, now: datetime) -> None:
    fasting = checklist.own("Mød fastende", "")
    await checklist.write(cast.video_type, [fasting])
    await preparation.tick(appointment, fasting.item, True, now, now)
    await checklist.write(cast.video_type, [checklist.own("Spis, som du plejer", "")])
    assert await ticked(appointment) == []


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [checklist.own("Hej", ""), checklist.own("Hej", "igen")],
        [checklist.own("", "kun en forklaring")],
        [checklist.own("x" * 81, "")],
    ],
)
async def test_a_checklist_that_makes_no_sense_is_refused(cast: Cast, lines: list[ChecklistItem]) -> None:
    with pytest.raises(Invalid):
        await checklist.write(cast.video_type, lines)
