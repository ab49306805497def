"""What the desk sees of the queue, and what a waiting patient is honestly told."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from app.clinic.booking import device_tests, preparation
from app.clinic.booking.device_tests import DeviceReport
from app.clinic.booking.hours import DaysOff, take_off
from app.clinic.booking.tables import JoinLink
from app.clinic.calls import call as calls
from app.clinic.people import sessions
from app.clinic.people.tables import Patient, Staff
from app.clinic.waiting import presence, queue, room
from app.clinic.waiting.pace import LATELY, Delay, delay, delay_at
from app.clinic.waiting.patient_view import has_read, patient_view
from app.clinic.waiting.tables import Place, WaitingRoom
from app.clinic.waiting.view import desk_queue, group_of
from tests.cast import Cast, who
from tests.waiting.agreed import appointment, three_waiting

MINUTE = timedelta(minutes=1)


def test_groups_follow_state_first_and_presence_then() -> None:
    assert group_of("called", "absent") == "calling"
    assert group_of("in_call", "here") == "calling"
    assert group_of("waiting", "reconnecting") == "present"
    assert group_of("waiting", "absent") == "absent"


@pytest.mark.parametrize(
    ("started_late", "still_late", "expected"),
    [
        ([], [], None),
        ([12], [], None),
        ([], [3], None),
        ([], [17], Delay(15, None)),
        ([0, 4], [], Delay(0, 0)),
        ([0, 4], [12], Delay(0, 15)),
        ([12, 18, 11], [], Delay(10, 20)),
        ([12, 18, 11], [31], Delay(10, 35)),
        ([40, 52], [], Delay(40, None)),
    ],
)
def test_delay_is_a_range_and_only_when_it_is_known(
    started_late: list[int], still_late: list[int], expected: Delay | None
) -> None:
    assert delay(started_late, still_late) == expected


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


async def _out_of_use(cast: Cast, now: datetime) -> None:
    await Staff.update({Staff.active: False}).where(Staff.id == cast.doctor.id)


async def _off_today(cast: Cast, now: datetime) -> None:
    await take_off(cast.clinic.id, DaysOff(uuid4(), cast.doctor.id, now.date(), now.date(), ""))


@pytest.mark.parametrize("leave", [_out_of_use, _off_today])
async def test_patients_of_somebody_who_is_not_there_are_everybody_s(
    cast: Cast, now: datetime, leave: Callable[[Cast, datetime], Awaitable[None]]
) -> None:
    await three_waiting(cast, now)
    coming = await appointment(cast, cast.passant, now + 30 * MINUTE)
    assert (await desk_queue(who(cast.colleague), now, mine=True)).present == []
    await leave(cast, now)
    mine = await desk_queue(who(cast.colleague), now, mine=True)
    assert [row.name for row in mine.present] == ["Jens Hansen", "Birthe Sørensen", "Alma Lind"]
    assert [row.appointment for row in mine.expected] == [coming.id]


@pytest.mark.parametrize("named", ["secretary", None])
async def test_an_open_consultation_without_a_doctor_is_every_doctor_s(
    cast: Cast, now: datetime, named: str | None
) -> None:
    await three_waiting(cast, now)
    responsible = cast.secretary.id if named else None
    await WaitingRoom.update({WaitingRoom.responsible: responsible}).where(WaitingRoom.clinic == cast.clinic.id)
    mine = await desk_queue(who(cast.colleague), now, mine=True)
    assert [row.name for row in mine.present] == ["Birthe Sørensen", "Alma Lind"]
    assert mine.more == 0


async def test_with_nobody_there_at_all_everybody_is_shown(cast: Cast, now: datetime) -> None:
    await three_waiting(cast, now)
    await Staff.update({Staff.active: False}).where(Staff.role.is_in(["doctor", "nurse"]))
    assert len((await desk_queue(who(cast.secretary), now, mine=True)).present) == 3


async def test_desk_sees_how_ready_a_patient_is(cast: Cast, now: datetime) -> None:
    booked = await appointment(cast, cast.child, now + 30 * MINUTE, guardian=cast.guardian.id)
    await preparation.tick(booked, "room", True, now, now)
    await device_tests.record(booked, None, DeviceReport("ok", "denied", "ok"), now)
    await JoinLink(appointment=booked.id, token_hash="t", code_hash="c", locked_at=now).save()
    ready = (await desk_queue(who(cast.doctor), now)).expected[0].ready
    assert (ready.ticked, ready.lines, ready.device) == (1, 5, "failed")
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
    assert (view.at_work, view.delay) == (2, None)
    await presence.here(first.id, now + 12 * MINUTE)
    view = await patient_view(await fresh(second), now + 12 * MINUTE)
    assert view.delay == Delay(10, None)
    assert (view.announcement, view.word) == ("Vi er forsinkede.", "Kort endnu.")
    assert view.starts_at is None
    assert (await patient_view(first, now)).staff_name == "Mette Holm"


async def test_nothing_to_measure_is_said_as_unknown(cast: Cast, now: datetime) -> None:
    await room.open_up(who(cast.doctor), None, now)
    place = await queue.enter(cast.second_patient, None, now=now)
    assert (await patient_view(place, now + 9 * MINUTE)).delay is None


async def test_a_test_patient_who_waits_delays_nobody(cast: Cast, now: datetime) -> None:
    first, second, _third = await three_waiting(cast, now)
    await presence.here(first.id, now + 12 * MINUTE)
    await Patient.update({Patient.is_test: True}).where(Patient.id == cast.patient.id)
    assert (await patient_view(second, now + 12 * MINUTE)).delay is None


async def test_delay_comes_from_when_consultations_really_started(cast: Cast, now: datetime) -> None:
    for patient, late in ((cast.patient, 12), (cast.second_patient, 18)):
        booked = await appointment(cast, patient, now)
        place = await queue.enter(patient, booked, now=now - MINUTE)
        call = await calls.call_in(place.id, who(cast.doctor), now + late * MINUTE)
        await calls.answer(call, now + late * MINUTE)
        await calls.hang_up(call, who(cast.doctor), now + late * MINUTE)
    later = now + 30 * MINUTE
    assert await delay_at(cast.clinic.id, later) == Delay(10, 20)
    assert await delay_at(cast.clinic.id, later + 2 * LATELY) is None
    assert await delay_at(cast.other_clinic.id, later) is None


async def test_somebody_who_came_late_is_no_delay(cast: Cast, now: datetime) -> None:
    for patient in (cast.patient, cast.second_patient):
        booked = await appointment(cast, patient, now - 30 * MINUTE)
        place = await queue.enter(patient, booked, now=now)
        call = await calls.call_in(place.id, who(cast.doctor), now + MINUTE)
        await calls.answer(call, now + 2 * MINUTE)
        await calls.hang_up(call, who(cast.doctor), now + 3 * MINUTE)
    assert await delay_at(cast.clinic.id, now + 5 * MINUTE) == Delay(0, 0)


async def test_staff_see_who_has_read_what_was_said(cast: Cast, now: datetime) -> None:
    first, second, _third = await three_waiting(cast, now)
    await room.announce_to_all(who(cast.secretary), "Vi er forsinkede.", now)
    await room.tell(second, "Kort endnu.", now)
    assert (await patient_view(await fresh(second), now)).has_unread
    for place in (first, second):
        await has_read(await fresh(place), now + MINUTE)
    assert not (await patient_view(await fresh(second), now)).has_unread
    seen = await desk_queue(who(cast.doctor), now + MINUTE)
    assert seen.room.have_read == 2
    assert [row.word_read_at for row in seen.present] == [None, now + MINUTE, None]
    await room.tell(await fresh(second), "Nu snart.", now + 2 * MINUTE)
    assert (await desk_queue(who(cast.doctor), now + MINUTE)).present[1].word_read_at is None


async def test_a_long_queue_is_shown_in_part_and_counted_whole(cast: Cast, now: datetime) -> None:
    await three_waiting(cast, now)
    seen = await desk_queue(who(cast.doctor), now, most=2)
    assert [row.name for row in seen.present] == ["Jens Hansen", "Birthe Sørensen"]
    assert (seen.more, seen.room.waiting) == (1, 3)
    assert (await desk_queue(who(cast.doctor), now, most=None)).more == 0


async def fresh(place: Place) -> Place:
    found = await Place.objects().get(Place.id == place.id)
    assert found is not None
    return found
