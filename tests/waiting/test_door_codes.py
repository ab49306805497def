"""The code by SMS at the clinic's door: who gets one, how often it may be wrong, and what it tells strangers."""

import re
from datetime import date, datetime, timedelta

import pytest

from app.clinic.errors import Invalid, NotFound, SlowDown, TooLate
from app.clinic.messages.tables import Message
from app.clinic.people import devices, installation, patients
from app.clinic.people.patients import NewPatient
from app.clinic.people.tables import PatientDevice
from app.clinic.waiting import door_codes
from tests.cast import Cast

BORN = date(1948, 12, 25)
PHONE = "+4520123456"


async def sent_code() -> str:
    message = await Message.objects().where(Message.purpose == "sign_in_code").order_by(Message.created_at).first()
    assert message is not None
    found = re.search(r"#(\d{6})", installation.unseal(message.body_encrypted))
    assert found is not None
    return found.group(1)


async def test_phone_and_birth_date_and_code_let_the_patient_in(cast: Cast, now: datetime) -> None:
    sealed = await door_codes.ask(cast.clinic, PHONE, BORN, now)
    asked = await door_codes.opened(cast.clinic, sealed, now)
    code = await sent_code()
    assert [each.id for each in await door_codes.patients_behind(asked, code, now)] == [cast.patient.id]
    _device, cookie = await door_codes.use(asked, f"{code[:3]} {code[3:]}", cast.patient.id, now)
    who = await devices.who(cookie, now)
    assert who is not None
    assert who.confirmed


async def test_a_code_lets_in_once(cast: Cast, now: datetime) -> None:
    asked = await door_codes.opened(cast.clinic, await door_codes.ask(cast.clinic, PHONE, BORN, now), now)
    code = await sent_code()
    await door_codes.use(asked, code, cast.patient.id, now)
    with pytest.raises(TooLate):
        await door_codes.use(asked, code, cast.patient.id, now)


async def test_strangers_are_answered_alike_and_get_no_message(cast: Cast, now: datetime) -> None:
    sealed = await door_codes.ask(cast.clinic, "+4599999999", BORN, now)
    asked = await door_codes.opened(cast.clinic, sealed, now)
    assert not await Message.exists()
    with pytest.raises(Invalid):
        await door_codes.patients_behind(asked, "000000", now)


async def test_the_fifth_wrong_code_ends_it(cast: Cast, now: datetime) -> None:
    sealed = await door_codes.ask(cast.clinic, PHONE, BORN, now)
    right = await sent_code()
    wrong = "000000" if right != "000000" else "111111"
    for _try in range(4):
        with pytest.raises(Invalid):
            await door_codes.patients_behind(await door_codes.opened(cast.clinic, sealed, now), wrong, now)
    with pytest.raises(TooLate):
        await door_codes.patients_behind(await door_codes.opened(cast.clinic, sealed, now), wrong, now)
    with pytest.raises(TooLate):
        await door_codes.opened(cast.clinic, sealed, now)


async def test_a_code_is_good_for_ten_minutes(cast: Cast, now: datetime) -> None:
    sealed = await door_codes.ask(cast.clinic, PHONE, BORN, now)
    with pytest.raises(TooLate):
        await door_codes.opened(cast.clinic, sealed, now + timedelta(minutes=10))
    await door_codes.forget_old(now + timedelta(minutes=10))
    with pytest.raises(NotFound):
        await door_codes.opened(cast.clinic, sealed, now)


async def test_the_address_works_at_its_own_clinic_only(cast: Cast, now: datetime) -> None:
    sealed = await door_codes.ask(cast.clinic, PHONE, BORN, now)
    for clinic, address in ((cast.other_clinic, sealed), (cast.clinic, sealed[:-8]), (cast.clinic, "nonsense")):
        with pytest.raises(NotFound):
            await door_codes.opened(clinic, address, now)


async def test_a_guardian_s_phone_and_the_child_s_date_let_the_child_in(cast: Cast, now: datetime) -> None:
    sealed = await door_codes.ask(cast.clinic, "+4531223344", date(2017, 5, 3), now)
    asked = await door_codes.opened(cast.clinic, sealed, now)
    await door_codes.use(asked, await sent_code(), cast.child.id, now)
    assert (await PatientDevice.objects().first()).patient == cast.child.id  # type: ignore[union-attr]


async def test_twins_are_told_apart_after_the_code(cast: Cast, now: datetime) -> None:
    twin = await patients.add(
        cast.clinic.id, NewPatient("Ebbe Lind", birth_date=date(2017, 5, 3), phone="+4531223344", eid="guardian"), now
    )
    asked = await door_codes.opened(
        cast.clinic, await door_codes.ask(cast.clinic, "+4531223344", date(2017, 5, 3), now), now
    )
    code = await sent_code()
    assert {each.id for each in await door_codes.patients_behind(asked, code, now)} == {cast.child.id, twin.id}
    with pytest.raises(NotFound):
        await door_codes.use(asked, code, cast.patient.id, now)
    await door_codes.use(asked, code, twin.id, now)
    assert (await PatientDevice.objects().first()).patient == twin.id  # type: ignore[union-attr]


async def test_who_knows_only_the_phone_keeps_nobody_out(cast: Cast, now: datetime) -> None:
    for day in range(1, 21):
        await door_codes.ask(cast.clinic, PHONE, date(1948, 12, day), now)
    assert not await Message.exists()
    asked = await door_codes.opened(cast.clinic, await door_codes.ask(cast.clinic, PHONE, BORN, now), now)
    assert await door_codes.patients_behind(asked, await sent_code(), now)


async def test_a_stranger_s_phone_is_slowed_down_alike(cast: Cast, now: datetime) -> None:
    for _ask in range(5):
        await door_codes.ask(cast.clinic, "+4599999999", BORN, now)
    with pytest.raises(SlowDown):
        await door_codes.ask(cast.clinic, "+4599999999", BORN, now)


async def test_a_phone_is_not_rung_without_end(cast: Cast, now: datetime) -> None:
    for _ask in range(5):
        await door_codes.ask(cast.clinic, PHONE, BORN, now)
    with pytest.raises(SlowDown):
        await door_codes.ask(cast.clinic, PHONE, BORN, now)
