"""Join links: what they open, what they say when they don't, and the lock after three wrong dates."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from app.clinic.booking import join_links, readiness
from app.clinic.booking.join_links import IssuedLink, LinkClosed
from app.clinic.booking.tables import Appointment, JoinLink
from app.clinic.change import listening
from app.clinic.errors import Invalid, TooLate
from app.clinic.events import AppointmentChanged, Event
from app.clinic.people import devices
from app.clinic.people.tables import PatientDevice
from tests.cast import Cast

BORN = date(1948, 12, 25)
WRONG = date(1948, 12, 26)


async def agree(cast: Cast, starts_at: datetime, **values: Any) -> Appointment:
    appointment = Appointment(
        clinic=cast.clinic.id,
        patient=cast.patient.id,
        staff=cast.doctor.id,
        type=cast.video_type.id,
        mode="video",
        starts_at=starts_at,
        **values,
    )
    await appointment.save()
    return appointment


def token_of(link: IssuedLink) -> str:
    return link.url.rsplit("/", 1)[1]


@pytest.fixture
async def appointment(cast: Cast, now: datetime) -> Appointment:
    return await agree(cast, now + timedelta(hours=2))


async def test_a_link_opens_its_appointment_however_often_it_is_opened(appointment: Appointment, now: datetime) -> None:
    issued = await join_links.issue(appointment, now)
    for _time in range(3):
        opened = await join_links.open_link(token_of(issued), now)
        assert opened.state == "ok"
        assert opened.appointment is not None
        assert opened.appointment.id == appointment.id


async def test_the_database_never_holds_the_token_or_the_code(appointment: Appointment, now: datetime) -> None:
    issued = await join_links.issue(appointment, now)
    row = await JoinLink.select().first()
    assert token_of(issued) not in str(row)
    assert issued.code.replace("-", "") not in str(row)


async def test_the_code_works_in_any_writing(appointment: Appointment, now: datetime) -> None:
    issued = await join_links.issue(appointment, now)
    for typed in (issued.code, issued.code.lower(), issued.code.replace("-", " "), f" {issued.code} "):
        assert (await join_links.by_code(typed, now)).state == "ok"


async def test_a_cut_link_is_unknown(appointment: Appointment, now: datetime) -> None:
    issued = await join_links.issue(appointment, now)
    assert (await join_links.open_link(token_of(issued)[:-2], now)).state == "unknown"
    assert (await join_links.by_code("", now)).state == "unknown"


async def test_the_right_date_of_birth_makes_the_device_known(appointment: Appointment, now: datetime) -> None:
    issued = await join_links.issue(appointment, now)
    opened = await join_links.open_link(token_of(issued), now)
    _device, cookie = await join_links.confirm(opened, BORN, now)
    who = await devices.who(cookie, now)
    assert who is not None
    assert who.confirmed
    assert who.patient == appointment.patient


async def test_three_wrong_dates_lock_the_link_and_tell_the_clinic(appointment: Appointment, now: datetime) -> None:
    issued = await join_links.issue(appointment, now)
    heard: list[Event] = []
    async with listening(heard.append):
        for _try in range(2):
            with pytest.raises(Invalid):
                await join_links.confirm(await join_links.open_link(token_of(issued), now), WRONG, now)
        assert heard == []
        with pytest.raises(TooLate):
            await join_links.confirm(await join_links.open_link(token_of(issued), now), WRONG, now)
    assert heard == [AppointmentChanged(clinic=appointment.clinic, appointment=appointment.id)]
    assert (await join_links.open_link(token_of(issued), now)).state == "locked"
    assert (await join_links.by_code(issued.code, now)).state == "locked"
    assert (await readiness.of([appointment]))[appointment.id].link_locked


async def test_a_locked_link_does_not_open_for_the_right_date_either(appointment: Appointment, now: datetime) -> None:
    issued = await join_links.issue(appointment, now)
    opened = await join_links.open_link(token_of(issued), now)
    for _try in range(3):
        with pytest.raises((Invalid, TooLate)):
            await join_links.confirm(opened, WRONG, now)
    with pytest.raises(TooLate):
        await join_links.confirm(await join_links.open_link(token_of(issued), now), BORN, now)
    assert not await PatientDevice.exists()


async def test_a_right_date_in_between_gives_all_tries_back(appointment: Appointment, now: datetime) -> None:
    issued = await join_links.issue(appointment, now)
    for born in (WRONG, WRONG, BORN, WRONG, WRONG):
        opened = await join_links.open_link(token_of(issued), now)
        if born == BORN:
            await join_links.confirm(opened, born, now)
        else:
            with pytest.raises(Invalid):
                await join_links.confirm(opened, born, now)
    assert (await join_links.open_link(token_of(issued), now)).state == "ok"


async def test_a_new_link_ends_the_lock(appointment: Appointment, now: datetime) -> None:
    first = await join_links.issue(appointment, now)
    for _try in range(3):
        with pytest.raises((Invalid, TooLate)):
            await join_links.confirm(await join_links.open_link(token_of(first), now), WRONG, now)
    await join_links.revoke(appointment.id, now)
    second = await join_links.issue(appointment, now)
    assert (await join_links.open_link(token_of(first), now)).state == "revoked"
    assert (await join_links.open_link(token_of(second), now)).state == "ok"
    assert not (await readiness.of([appointment]))[appointment.id].link_locked


async def test_an_older_link_keeps_working_beside_a_newer_one(appointment: Appointment, now: datetime) -> None:
    first = await join_links.issue(appointment, now)
    await join_links.issue(appointment, now)
    assert (await join_links.open_link(token_of(first), now)).state == "ok"


@pytest.mark.parametrize("state", ["cancelled", "done", "not_held"])
async def test_the_link_tells_what_became_of_it(appointment: Appointment, now: datetime, state: str) -> None:
    issued = await join_links.issue(appointment, now)
    await Appointment.update({Appointment.state: state}).where(Appointment.id == appointment.id)
    opened = await join_links.open_link(token_of(issued), now)
    assert opened.state == state
    assert not opened.opens
    much_later = now + timedelta(days=30)
    assert (await join_links.open_link(token_of(issued), much_later)).state == state


async def test_a_moved_appointment_s_link_follows_it_to_the_last_time(
    cast: Cast, appointment: Appointment, now: datetime
) -> None:
    issued = await join_links.issue(appointment, now)
    third = await agree(cast, now + timedelta(days=3))
    second = await agree(cast, now + timedelta(days=2), state="moved", moved_to=third.id)
    values = {"state": "moved", "moved_to": second.id}
    await Appointment.update(dict[Any, Any](values)).where(Appointment.id == appointment.id)
    opened = await join_links.open_link(token_of(issued), now + timedelta(days=2))
    assert opened.state == "moved"
    assert opened.appointment is not None
    assert opened.appointment.id == third.id
    assert opened.opens


async def test_a_link_expires_half_a_day_after_its_appointment(appointment: Appointment, now: datetime) -> None:
    issued = await join_links.issue(appointment, now)
    end = appointment.starts_at + timedelta(minutes=15)
    assert (await join_links.open_link(token_of(issued), end + timedelta(hours=11))).state == "ok"
    assert (await join_links.open_link(token_of(issued), end + timedelta(hours=12))).state == "expired"


async def test_two_wrong_tries_at_once_count_as_two(appointment: Appointment, now: datetime) -> None:
    issued = await join_links.issue(appointment, now)
    stale = [await join_links.open_link(token_of(issued), now) for _try in range(3)]
    with pytest.raises(Invalid):
        await join_links.confirm(stale[0], WRONG, now)
    with pytest.raises(Invalid):
        await join_links.confirm(stale[1], WRONG, now)
    with pytest.raises(LinkClosed) as closed:
        await join_links.confirm(stale[2], WRONG, now)
    assert closed.value.opened.state == "locked"
