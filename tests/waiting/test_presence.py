"""Places survive lost pages; the desk reads here, reconnecting or absent (D5)."""

from datetime import datetime, timedelta

from app.clinic.change import listening
from app.clinic.events import Event, PlaceChanged
from app.clinic.waiting import presence, queue
from app.clinic.waiting.presence import Signs, presence_of
from app.clinic.waiting.tables import Place
from tests.cast import Cast
from tests.waiting.agreed import state_of, three_waiting

S = timedelta(seconds=1)


def test_silence_is_noticed_after_the_lease_and_the_grace(now: datetime) -> None:
    signs = Signs(now)
    assert presence_of(signs, now + 25 * S) == "here"
    assert presence_of(signs, now + 26 * S) == "reconnecting"
    assert presence_of(signs, now + 85 * S) == "reconnecting"
    assert presence_of(signs, now + 86 * S) == "absent"


def test_a_closed_page_has_the_grace_from_its_closing(now: datetime) -> None:
    signs = Signs(now, gone_at=now)
    assert presence_of(signs, now) == "reconnecting"
    assert presence_of(signs, now + 60 * S) == "reconnecting"
    assert presence_of(signs, now + 61 * S) == "absent"


def test_a_moment_in_another_app_is_no_sleep(now: datetime) -> None:
    signs = Signs(now, hidden_at=now)
    assert presence_of(signs, now + 10 * S) == "here"
    assert presence_of(signs, now + 11 * S) == "asleep"


def test_a_sleeping_phone_may_lose_its_line_for_half_an_hour(now: datetime) -> None:
    signs = Signs(now, hidden_at=now, gone_at=now + 5 * S)
    assert presence_of(signs, now + 5 * S) == "asleep"
    assert presence_of(signs, now + timedelta(minutes=30)) == "asleep"
    assert presence_of(signs, now + timedelta(minutes=30, seconds=1)) == "absent"


def test_a_hidden_page_that_is_heard_of_sleeps_on(now: datetime) -> None:
    later = now + timedelta(hours=2)
    assert presence_of(Signs(later, hidden_at=now), later + S) == "asleep"


async def _fresh(place: Place) -> Place:
    found = await Place.objects().get(Place.id == place.id)
    assert found is not None
    return found


async def test_place_survives_a_short_disconnect(cast: Cast, now: datetime) -> None:
    place, *_others = await three_waiting(cast, now)
    heard: list[Event] = []
    async with listening(heard.append):
        await presence.gone(place.id, now)
        assert presence.presence(await _fresh(place), now + S) == "reconnecting"
        await presence.here(place.id, now + 2 * S)
    back = await _fresh(place)
    assert presence.presence(back, now + 2 * S) == "here"
    assert back.entered_at == place.entered_at
    assert heard == [PlaceChanged(cast.clinic.id, place.id)] * 2


async def test_heartbeats_of_a_patient_who_is_here_disturb_nobody(cast: Cast, now: datetime) -> None:
    place, *_others = await three_waiting(cast, now)
    heard: list[Event] = []
    async with listening(heard.append):
        for seconds in (2, 10, 20, 30):
            await presence.here(place.id, now + seconds * S)
    assert heard == []
    assert (await _fresh(place)).seen_at == now + 30 * S


async def test_absence_is_told_once_and_the_place_stays(cast: Cast, now: datetime) -> None:
    place, *_others = await three_waiting(cast, now)
    await presence.gone(place.id, now)
    for other in _others:
        await presence.here(other.id, now + 61 * S)
    heard: list[Event] = []
    async with listening(heard.append):
        assert await presence.notice_absences(now + 61 * S) == 1
        assert await presence.notice_absences(now + 62 * S) == 0
    assert heard == [PlaceChanged(cast.clinic.id, place.id)]
    assert (await _fresh(place)).presence == "absent"
    assert await state_of(place) == "waiting"


async def test_patients_keep_their_order_over_a_restart(cast: Cast, now: datetime) -> None:
    """After a kill nobody closed a page: the rows say all there is to say."""
    places = await three_waiting(cast, now)
    later = now + timedelta(minutes=5)
    await presence.notice_absences(later)
    for place in reversed(places):
        await presence.here(place.id, later + S)
    rows = await Place.objects().where(Place.state == "waiting").order_by(Place.entered_at)
    assert {row.presence for row in rows} == {"here"}
    assert [row.id for row in rows] == [place.id for place in places]


async def test_closing_a_second_page_after_coming_back_is_no_absence(cast: Cast, now: datetime) -> None:
    place, *_others = await three_waiting(cast, now)
    await presence.gone(place.id, now)
    await queue.enter(cast.patient, None, now=now + S)
    assert presence.presence(await _fresh(place), now + 2 * S) == "here"


async def test_a_place_given_up_is_not_missed(cast: Cast, now: datetime) -> None:
    place, *_others = await three_waiting(cast, now)
    await queue.leave(place, now)
    heard: list[Event] = []
    async with listening(heard.append):
        await presence.gone(place.id, now)
        await presence.here(place.id, now)
    assert heard == []


async def test_a_phone_that_locks_sleeps_and_wakes_in_the_same_place(cast: Cast, now: datetime) -> None:
    place, *_others = await three_waiting(cast, now)
    heard: list[Event] = []
    async with listening(heard.append):
        await presence.here(place.id, now + S, visible=False)
        assert heard == []
        await presence.notice_absences(now + 12 * S)
        asleep = await _fresh(place)
        assert (asleep.presence, asleep.hidden_at) == ("asleep", now + S)
        await presence.gone(place.id, now + 13 * S)
        await presence.notice_absences(now + timedelta(minutes=20))
        assert (await _fresh(place)).presence == "asleep"
        await presence.here(place.id, now + timedelta(minutes=20))
    awake = await _fresh(place)
    assert (awake.presence, awake.entered_at) == ("here", place.entered_at)
    assert Signs.of(awake) == Signs(now + timedelta(minutes=20))
    assert [event for event in heard if event == PlaceChanged(cast.clinic.id, place.id)] == [
        PlaceChanged(cast.clinic.id, place.id)
    ] * 2


async def test_sleep_counts_from_when_the_page_was_first_hidden(cast: Cast, now: datetime) -> None:
    place, *_others = await three_waiting(cast, now)
    for seconds in (1, 16, 31):
        await presence.here(place.id, now + seconds * S, visible=False)
    assert (await _fresh(place)).hidden_at == now + S


async def test_a_hidden_page_that_is_closed_is_not_asleep(cast: Cast, now: datetime) -> None:
    place, *_others = await three_waiting(cast, now)
    await presence.here(place.id, now, visible=False)
    await presence.gone(place.id, now + S, closed=True)
    assert presence.presence(await _fresh(place), now + S) == "reconnecting"
    assert presence.presence(await _fresh(place), now + 62 * S) == "absent"
