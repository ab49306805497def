"""What the desk sees of the queue, and what a waiting patient is honestly told."""

from datetime import datetime, timedelta

from app.clinic.booking import device_tests, preparation
from app.clinic.booking.device_tests import Report
from app.clinic.booking.tables import JoinLink
from app.clinic.people import sessions
from app.clinic.people.tables import Patient
from app.clinic.waiting import presence, queue, room
from app.clinic.waiting.patient_view import minutes_behind, patient_view
from app.clinic.waiting.tables import Place
from app.clinic.waiting.view import desk_queue, group_of
from tests.cast import Cast, who
from tests.waiting.agreed import appointment, three_waiting

MINUTE = timedelta(minutes=1)


def test_groups_follow_state_first_and_presence_then() -> None:
    assert group_of("called", "absent") == "calling"
    assert group_of("in_call", "here") == "calling"
    assert group_of("waiting", "reconnecting") == "present"
    assert group_of("waiting", "absent") == "absent"


def test_delay_counts_from_time_or_arrival_whichever_came_last(now: datetime) -> None:
    assert minutes_behind([], now) is None
    assert minutes_behind([(now + 5 * MINUTE, now)], now) == 0
    assert minutes_behind([(now - 20 * MINUTE, now - 30 * MINUTE)], now) == 20
    assert minutes_behind([(now - 20 * MINUTE, now - 2 * MINUTE)], now) == 2


async def test_desk_shows_everybody_once_in_the_order_to_be_served(cast: Cast, now: datetime) -> None:
    places = await three_waiting(cast, now)
    for place in places:
        await presence.here(place.id, now + 4 * MINUTE)
    coming = await appointment(cast, cast.passant, now + 30 * MINUTE, is_test=True)
    await appointment(cast, cast.patient, now + timedelta(days=1))
    await appointment(cast, cast.patient, now + 60 * MINUTE, mode="in_person")
    seen = await desk_queue(who(cast.doctor), now + 4 * MINUTE)
    assert [row.name for row in seen.present] == ["Jens Hansen", "Birthe Sørensen", "Alma Lind"]
    assert [row.appointment for row in seen.expected] == [coming.id]
    assert (seen.calling, seen.absent) == ([], [])
    first = seen.present[0]
    assert (first.starts_at, first.type_name, first.staff_name) == (now, "Videokonsultation", "Mette Holm")
    assert (first.waited_minutes, first.late_minutes) == (4, 4)
    assert seen.first == first.place
    assert (seen.room.waiting_open, seen.room.waiting_booked) == (2, 1)
    assert seen.expected[0].is_test
    assert seen.expected[0].is_passant


async def test_absent_and_called_patients_have_groups_of_their_own(cast: Cast, now: datetime) -> None:
    first, second, third = await three_waiting(cast, now)
    await presence.gone(first.id, now)
    await Place.update({Place.state: "called", Place.called_by: cast.colleague.id}).where(Place.id == second.id)
    await presence.here(third.id, now + 2 * MINUTE)
    seen = await desk_queue(who(cast.doctor), now + 2 * MINUTE)
    assert [row.place for row in seen.absent] == [first.id]
    assert seen.absent[0].lost_at == now
    assert [(row.place, row.called_by_name) for row in seen.calling] == [(second.id, "Anders Bak")]
    assert [row.place for row in seen.present] == [third.id]


async def test_mine_shows_own_patients_and_to_the_responsible_those_nobody_is_named_for(
    cast: Cast, now: datetime
) -> None:
    await three_waiting(cast, now)
    await room.open_up(who(cast.doctor), cast.colleague.id, now)
    mine = await desk_queue(who(cast.doctor), now, mine=True)
    assert [row.name for row in mine.present] == ["Jens Hansen"]
    theirs = await desk_queue(who(cast.colleague), now, mine=True)
    assert [row.name for row in theirs.present] == ["Birthe Sørensen", "Alma Lind"]
    assert theirs.room.waiting == 3


async def test_desk_sees_how_ready_a_patient_is(cast: Cast, now: datetime) -> None:
    booked = await appointment(cast, cast.child, now + 30 * MINUTE, guardian=cast.guardian.id)
    await preparation.tick(booked, "room", True, now, now)
    await device_tests.record(booked, None, Report("ok", "denied", "ok"), now)
    await JoinLink(appointment=booked.id, token_hash="t", code_hash="c", locked_at=now).save()
    ready = (await desk_queue(who(cast.doctor), now)).expected[0].ready
    assert (ready.ticked, ready.lines, ready.device) == (1, 6, "failed")
    assert ready.link_locked
    assert ready.guardian == "Karen Lind (mor)"


async def test_no_clinic_sees_anothers_queue(cast: Cast, now: datetime) -> None:
    await three_waiting(cast, now)
    seen = await desk_queue(who(cast.outsider), now)
    assert (seen.present, seen.room.waiting, seen.room.is_open) == ([], 0, False)


async def test_a_served_appointment_is_no_longer_expected(cast: Cast, now: datetime) -> None:
    booked = await appointment(cast, cast.patient, now)
    place = await queue.enter(cast.patient, booked, now=now)
    await Place.update({Place.state: "served"}).where(Place.id == place.id)
    assert (await desk_queue(who(cast.doctor), now)).expected == []


async def test_patient_is_told_delay_staff_at_work_and_words(cast: Cast, now: datetime) -> None:
    first, second, _third = await three_waiting(cast, now)
    for staff in (cast.doctor, cast.colleague, cast.secretary, cast.outsider):
        await sessions.open_session(staff, now)
    await room.announce_to_all(who(cast.secretary), "Vi er forsinkede.", now)
    await room.tell(second, "Kort endnu.", now)
    view = await patient_view(second, now + 12 * MINUTE)
    assert (view.at_work, view.minutes_behind) == (2, None)
    await presence.here(first.id, now + 12 * MINUTE)
    view = await patient_view(second, now + 12 * MINUTE)
    assert view.minutes_behind == 12
    assert (view.announcement, view.word) == ("Vi er forsinkede.", "Kort endnu.")
    assert view.starts_at is None
    assert (await patient_view(first, now)).staff_name == "Mette Holm"


async def test_nothing_to_measure_is_said_as_unknown(cast: Cast, now: datetime) -> None:
    await room.open_up(who(cast.doctor), None, now)
    place = await queue.enter(cast.second_patient, None, now=now)
    assert (await patient_view(place, now + 9 * MINUTE)).minutes_behind is None


async def test_a_test_patient_who_waits_delays_nobody(cast: Cast, now: datetime) -> None:
    first, second, _third = await three_waiting(cast, now)
    await presence.here(first.id, now + 12 * MINUTE)
    await Patient.update({Patient.is_test: True}).where(Patient.id == cast.patient.id)
    assert (await patient_view(second, now + 12 * MINUTE)).minutes_behind is None
