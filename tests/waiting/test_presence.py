"""Places survive lost pages; the desk reads here, reconnecting or absent (D5)."""

from datetime import datetime, timedelta

from app.clinic.change import listening
from app.clinic.events import Event, PlaceChanged
from app.clinic.waiting import presence, queue
from app.clinic.waiting.presence import presence_of
from app.clinic.waiting.tables import Place
from tests.cast import Cast
from tests.waiting.agreed import state_of, three_waiting

S = timedelta(seconds=1)


def test_silence_is_noticed_after_the_lease_and_the_grace(now: datetime) -> None:
    assert presence_of(now, None, now + 30 * S) == "here"
    assert presence_of(now, None, now + 31 * S) == "reconnecting"
    assert presence_of(now, None, now + 90 * S) == "reconnecting"
    assert presence_of(now, None, now + 91 * S) == "absent"


def test_a_closed_page_has_the_grace_from_its_closing(now: datetime) -> None:
    assert presence_of(now, now, now) == "reconnecting"
    assert presence_of(now, now, now + 60 * S) == "reconnecting"
    assert presence_of(now, now, now + 61 * S) == "absent"


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
