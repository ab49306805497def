"""Staff, patients and their devices."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.budgets import DOOR_CODES, DOORS
from app.clinic.errors import Conflict, Invalid, NotAllowed, NotFound, SlowDown, TooLate
from app.clinic.people import (
    devices,
    guardianship,
    guesses,
    installation,
    invitations,
    passwords,
    patients,
    rates,
    sessions,
    setup,
    team,
)
from app.clinic.people.guardianship import Limit
from app.clinic.people.patients import NewPatient
from app.clinic.people.tables import Patient, RateBucket, Staff, StaffSession
from app.clinic.people.who import PatientWho
from tests.cast import PASSWORD, Cast, who


async def test_right_password_opens_a_session_and_wrong_one_does_not(cast: Cast, now: datetime) -> None:
    staff, secret = await sessions.sign_in(" METTE@nordby.example", PASSWORD, "192.0.2.1", now)
    assert staff.id == cast.doctor.id
    signed_in = await sessions.who(secret, now)
    assert signed_in is not None and signed_in.clinic == cast.clinic.id
    with pytest.raises(Invalid):
        await sessions.sign_in("mette@nordby.example", "wrong password!!", "192.0.2.1", now)
    with pytest.raises(Invalid):
        await sessions.sign_in("nobody@nordby.example", PASSWORD, "192.0.2.1", now)


async def test_session_secret_is_kept_only_as_a_hash(cast: Cast, now: datetime) -> None:
    secret = await sessions.open_session(cast.doctor, now)
    assert secret not in [session.id for session in await StaffSession.objects()]


async def test_session_ends_when_idle_too_long_or_signed_out(cast: Cast, now: datetime) -> None:
    secret = await sessions.open_session(cast.doctor, now)
    assert await sessions.who(secret, now + sessions.IDLE) is None
    signed_in = await sessions.who(secret, now)
    assert signed_in is not None
    await sessions.sign_out(signed_in.session)
    assert await sessions.who(secret, now) is None


async def test_guessing_a_password_is_slowed_down_but_locks_nobody_else_out(cast: Cast, now: datetime) -> None:
    for _guess in range(10):
        with pytest.raises(Invalid):
            await sessions.sign_in("mette@nordby.example", "guess", "192.0.2.1", now)
    with pytest.raises(SlowDown):
        await sessions.sign_in("mette@nordby.example", PASSWORD, "192.0.2.1", now)
    assert await sessions.sign_in("mette@nordby.example", PASSWORD, "192.0.2.99", now)
    assert await sessions.sign_in("mette@nordby.example", PASSWORD, "192.0.2.1", now + timedelta(minutes=6))


async def test_guesses_from_everywhere_lock_nobody_out_where_they_signed_in_lately(cast: Cast, now: datetime) -> None:
    mette = "mette@nordby.example"
    await sessions.sign_in(mette, PASSWORD, "192.0.2.1", now)
    later = now + timedelta(days=20)
    await sessions.sign_in(mette, PASSWORD, "192.0.2.1", later)
    attacked = now + timedelta(days=40)
    for number in range(200):
        await guesses.claim("sign-in", mette, f"198.51.100.{number}", attacked)
    for address in ("198.51.100.201", "192.0.2.2"):
        with pytest.raises(SlowDown):
            await sessions.sign_in(mette, PASSWORD, address, attacked)
    assert await sessions.sign_in(mette, PASSWORD, "192.0.2.1", attacked)


async def test_where_one_signed_in_lately_guesses_are_slowed_down_too(cast: Cast, now: datetime) -> None:
    await sessions.sign_in("mette@nordby.example", PASSWORD, "192.0.2.1", now)
    for _guess in range(10):
        with pytest.raises(Invalid):
            await sessions.sign_in("mette@nordby.example", "guess", "192.0.2.1", now)
    with pytest.raises(SlowDown):
        await sessions.sign_in("mette@nordby.example", PASSWORD, "192.0.2.1", now)


async def test_rate_buckets_hold_no_address_and_are_forgotten(cast: Cast, now: datetime) -> None:
    await rates.spend(DOORS, now, address="192.0.2.1")
    assert all("192.0.2.1" not in bucket.id for bucket in await RateBucket.objects())
    await rates.forget_old(now + timedelta(minutes=10))
    assert not await RateBucket.exists()


def test_password_must_be_long_and_not_ones_own_name() -> None:
    with pytest.raises(Invalid):
        passwords.check_strength("short")
    with pytest.raises(Invalid):
        passwords.check_strength("Mette Holm Jensen", "mette holm jensen")
    passwords.check_strength(PASSWORD, "Mette Holm")


async def test_cpr_is_encrypted_and_found_again_by_its_index(cast: Cast) -> None:
    patient = await Patient.objects().get(Patient.id == cast.patient.id)
    assert patient is not None
    assert "251248" not in patient.cpr_encrypted
    assert installation.unseal(patient.cpr_encrypted) == "2512489996"
    assert [found.id for found in await patients.find(cast.clinic.id, "251248-9996")] == [cast.patient.id]


@pytest.mark.parametrize("text", ["jens", "JENS h", "20 12 34 56", "+4520123456"])
async def test_patient_is_found_by_name_or_phone(cast: Cast, text: str) -> None:
    assert [found.id for found in await patients.find(cast.clinic.id, text)] == [cast.patient.id]


async def test_other_clinics_patients_are_never_found(cast: Cast) -> None:
    assert await patients.find(cast.clinic.id, "Grethe") == []
    with pytest.raises(NotFound):
        await patients.patient_for(who(cast.doctor), cast.other_patient.id)
    with pytest.raises(NotFound):
        await patients.patient_for(None, cast.patient.id)


async def test_same_cpr_twice_in_a_clinic_is_a_conflict_but_not_across_clinics(cast: Cast, now: datetime) -> None:
    with pytest.raises(Conflict):
        await patients.add(cast.clinic.id, NewPatient("Jens igen", cpr="2512489996"), now)
    await patients.add(cast.other_clinic.id, NewPatient("Jens Hansen", cpr="2512489996"), now)


async def test_a_child_is_reached_at_the_guardians_phone_until_the_age_of_the_law(cast: Cast, now: datetime) -> None:
    born, mother = date(2017, 5, 3), "+4531223344"
    await Patient.update({Patient.phone: "+4540506070"}).where(Patient.id == cast.child.id)
    for phone, day, is_reached in (
        (mother, now.date(), True),
        (mother, date(2032, 5, 2), True),
        (mother, date(2032, 5, 3), False),
        ("+4540506070", date(2032, 5, 3), True),
        ("+4500000000", now.date(), False),
    ):
        found = await patients.at_the_door(cast.clinic.id, phone, born, day)
        assert [patient.id for patient in found] == ([cast.child.id] if is_reached else [])


async def test_a_number_that_is_a_guardians_is_not_the_patients_own_for_ever(cast: Cast) -> None:
    born, mother = date(2017, 5, 3), "+4531223344"
    assert cast.child.phone == mother
    assert await patients.at_the_door(cast.clinic.id, mother, born, date(2032, 5, 2))
    assert not await patients.at_the_door(cast.clinic.id, mother, born, date(2032, 5, 3))


async def test_phones_confirmed_for_a_child_are_forgotten_when_it_is_one_no_more(cast: Cast) -> None:
    before, birthday = datetime(2032, 5, 2, 12, tzinfo=UTC), datetime(2032, 5, 3, 12, tzinfo=UTC)
    _device, mothers = await devices.remember(cast.child, before, confirmed=True)
    await devices.forget_outgrown(before)
    assert await devices.who(mothers, birthday)
    _device, own = await devices.remember(cast.child, birthday, confirmed=True)
    _device, others = await devices.remember(cast.patient, before, confirmed=True)
    await devices.forget_outgrown(birthday)
    known = await devices.who_all([mothers, own, others], birthday)
    assert set(known) == {own, others}


def test_the_age_of_the_law_is_the_day_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guardianship, "LIMITS", (Limit(15), Limit(16, date(2028, 7, 1))))
    assert guardianship.is_outgrown(date(2013, 5, 3), date(2028, 6, 30))
    assert not guardianship.is_outgrown(date(2013, 5, 3), date(2028, 7, 1))
    assert guardianship.is_outgrown(date(2012, 2, 29), date(2028, 7, 1))
    assert not guardianship.is_outgrown(None, date(2028, 7, 1))


async def test_device_shows_nothing_until_the_date_of_birth_is_given(cast: Cast, now: datetime) -> None:
    device, secret = await devices.remember(cast.patient, now, confirmed=False)
    patient = await devices.who(secret, now)
    assert isinstance(patient, PatientWho) and not patient.confirmed
    await devices.confirm(device.id, date(1948, 12, 25), now)
    patient = await devices.who(secret, now)
    assert isinstance(patient, PatientWho) and patient.confirmed


async def test_third_wrong_date_revokes_the_device(cast: Cast, now: datetime) -> None:
    device, secret = await devices.remember(cast.patient, now, confirmed=False)
    for _try in range(2):
        with pytest.raises(Invalid):
            await devices.confirm(device.id, date(1948, 12, 24), now)
    with pytest.raises(TooLate):
        await devices.confirm(device.id, date(1948, 12, 24), now)
    assert await devices.who(secret, now) is None


async def test_handoff_leads_the_installed_app_to_the_same_patient(cast: Cast, now: datetime) -> None:
    device, _secret = await devices.remember(cast.patient, now, confirmed=True)
    handoff = devices.handoff(device.id)
    found = await devices.by_handoff(handoff, now)
    assert found is not None and found.id == device.id
    await devices.revoke(device.id, now)
    assert await devices.by_handoff(handoff, now) is None


async def test_only_a_superuser_invites_and_the_invited_signs_in(cast: Cast, now: datetime) -> None:
    colleague = team.Colleague("Ida Dam", "nurse", "ida@nordby.example")
    with pytest.raises(NotAllowed):
        await team.invite(colleague, who(cast.doctor), now)
    staff, address = await team.invite(colleague, who(cast.superuser), now)
    await invitations.accept(Staff, address.rpartition("/")[2], "grøn cykel mod vinden", now)
    assert (await sessions.sign_in("ida@nordby.example", "grøn cykel mod vinden", "x", now))[0].id == staff.id


async def test_retired_colleague_is_signed_out_at_once(cast: Cast, now: datetime) -> None:
    secret = await sessions.open_session(cast.doctor, now)
    await team.retire(cast.doctor.id, who(cast.superuser))
    assert await sessions.who(secret, now) is None
    with pytest.raises(NotFound):
        await team.retire(cast.outsider.id, who(cast.superuser))


def test_clinic_address_is_made_of_its_name() -> None:
    assert setup.slug_of("Lægehuset Ærø & Ålbæk") == "laegehuset-aeroe-aalbaek"


async def test_danish_letters_are_found_in_either_case(cast: Cast) -> None:
    assert [found.name for found in await patients.find(cast.clinic.id, "SØRENSEN")] == ["Birthe Sørensen"]


CORRECTED = patients.Correction("Jens  Peter Hansen", None, "+4520999999", " jp@example.dk", "en", False, "none")


async def test_a_patient_is_corrected_and_the_new_phone_is_confirmed(cast: Cast, now: datetime) -> None:
    later = now + timedelta(days=1)
    await patients.correct(cast.patient, CORRECTED, later)
    [kept] = await patients.find(cast.clinic.id, "jens peter")
    assert (kept.phone, kept.email, kept.language) == ("+4520999999", "jp@example.dk", "en")
    assert (kept.has_device, kept.eid, kept.phone_confirmed_at) == (False, "none", later)
    assert kept.birth_date == date(1948, 12, 25)


async def test_the_date_of_birth_is_corrected_only_without_a_cpr_number(cast: Cast, now: datetime) -> None:
    born = replace(CORRECTED, birth_date=date(1950, 1, 2))
    await patients.correct(cast.patient, born, now)
    await patients.correct(cast.second_patient, born, now)
    assert (cast.patient.birth_date, cast.second_patient.birth_date) == (date(1948, 12, 25), date(1950, 1, 2))
    with pytest.raises(Invalid):
        await patients.correct(cast.second_patient, CORRECTED, now)
    with pytest.raises(Invalid):
        await patients.correct(cast.patient, replace(CORRECTED, name=" "), now)


async def test_a_guardian_of_the_same_name_is_corrected_not_doubled(cast: Cast) -> None:
    await patients.keep_guardian(cast.child, "karen  lind", "", "+4540404040")
    assert cast.child.phone == "+4540404040"
    await patients.keep_guardian(cast.child, "Bo Lind", "far", "+4550505050")
    known = await patients.guardians_of(cast.child.id)
    assert [(each.name, each.relation, each.phone) for each in known] == [
        ("Bo Lind", "far", "+4550505050"),
        ("Karen Lind", "mor", "+4540404040"),
    ]


async def test_a_known_cpr_number_names_its_patient(cast: Cast, now: datetime) -> None:
    with pytest.raises(patients.KnownAlready, match="Jens Hansen") as refused:
        await patients.add(cast.clinic.id, NewPatient("Jens H", cpr="2512489996"), now)
    assert refused.value.patient == cast.patient.id


async def test_wrong_dates_after_handoffs_count_together_and_end_the_handoff(cast: Cast, now: datetime) -> None:
    device, secret = await devices.remember(cast.patient, now, confirmed=True)
    for number in range(3):
        handed, _secret = await devices.remember(cast.patient, now, confirmed=False, handed_from=device.id)
        with pytest.raises(TooLate if number == 2 else Invalid):
            await devices.confirm(handed.id, date(1948, 12, 24), now)
    assert await devices.by_handoff(devices.handoff(device.id), now) is None
    assert await devices.who(secret, now) is None


async def test_many_guesses_at_once_are_still_three(cast: Cast, now: datetime) -> None:
    device, _secret = await devices.remember(cast.patient, now, confirmed=False)
    wrong = [devices.confirm(device.id, date(1948, 12, day), now) for day in range(1, 21)]
    answers = await asyncio.gather(*wrong, devices.confirm(device.id, date(1948, 12, 25), now), return_exceptions=True)
    assert sum(isinstance(answer, Invalid) for answer in answers) == 2
    assert all(answer is not None for answer in answers)


async def test_many_tries_at_once_are_counted_one_by_one(cast: Cast, now: datetime) -> None:
    tries = (rates.spend(DOOR_CODES, now, person=("x",)) for _try in range(30))
    spent = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(answer is None for answer in spent) == 5
    assert all(answer is None or isinstance(answer, SlowDown) for answer in spent)


async def test_an_open_page_keeps_nobody_signed_in(cast: Cast, now: datetime) -> None:
    secret = await sessions.open_session(cast.doctor, now)
    for minutes in range(0, 119, 10):
        assert await sessions.who(secret, now + timedelta(minutes=minutes), active=False)
    assert await sessions.who(secret, now + sessions.IDLE, active=False) is None


async def test_devices_nobody_confirmed_are_forgotten(cast: Cast, now: datetime) -> None:
    _left, unconfirmed = await devices.remember(cast.patient, now, confirmed=False)
    _kept, confirmed = await devices.remember(cast.patient, now, confirmed=True)
    await devices.forget_old(now + timedelta(days=2))
    assert await devices.who(unconfirmed, now) is None
    assert await devices.who(confirmed, now) is not None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("0045 20 12 34 56", "Jens Hansen"),
        ("00298212345", "Aase Æbelø"),
        ("+298 21 23 45", "Aase Æbelø"),
        ("٢٠١٢٣٤٥٦", "Jens Hansen"),
        ("Hansen, Jens", "Jens Hansen"),
        ("Åse", "Aase Æbelø"),
        ("A\u030ase", "Aase Æbelø"),
        ("aebeloe", "Aase Æbelø"),
        ("ÆBELØ", "Aase Æbelø"),
        ("Soerensen", "Birthe Sørensen"),
        ("010150-5ab2", "Aase Æbelø"),
        ("CPR 251248–9996", "Jens Hansen"),
    ],
)
async def test_a_patient_is_found_however_it_is_written(cast: Cast, now: datetime, text: str, name: str) -> None:
    faroese = NewPatient("Aase Æbelø", cpr="010150-5AB2", birth_date=date(1950, 1, 1), phone="+298212345")
    await patients.add(cast.clinic.id, faroese, now)
    assert [found.name for found in await patients.find(cast.clinic.id, text)] == [name]


@pytest.mark.parametrize("text", ["__", "%%", "%", "_", "!!", "\\\\", "[a-z]", "¤¤", ", ,", "\u202e\u202e"])
async def test_signs_of_a_search_pattern_find_nobody(cast: Cast, text: str) -> None:
    assert await patients.find(cast.clinic.id, text) == []


async def test_a_replacement_number_needs_the_date_of_birth_beside_it(cast: Cast, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        await patients.add(cast.clinic.id, NewPatient("Ali Demir", cpr="010150-5AB2"), now)
    assert refused.value.field == "birth_date"
    added = await patients.add(cast.clinic.id, NewPatient("Ali", cpr="010150-5AB2", birth_date=date(1950, 1, 1)), now)
    assert added.birth_date == date(1950, 1, 1)


async def test_a_cpr_number_is_corrected_and_its_date_of_birth_with_it(cast: Cast, now: datetime) -> None:
    _device, secret = await devices.remember(cast.patient, now, confirmed=True)
    await patients.correct(cast.patient, replace(CORRECTED, cpr="010150-1123"), now)
    [found] = await patients.find(cast.clinic.id, "0101501123")
    assert (found.id, found.birth_date) == (cast.patient.id, date(1950, 1, 1))
    assert await patients.find(cast.clinic.id, "2512489996") == []
    assert await devices.who(secret, now) is None


async def test_a_cpr_number_of_somebody_else_can_not_be_taken(cast: Cast, now: datetime) -> None:
    with pytest.raises(Conflict):
        await patients.correct(cast.second_patient, replace(CORRECTED, cpr="251248-9996"), now)
    assert [found.name for found in await patients.find(cast.clinic.id, "251248-9996")] == ["Jens Hansen"]


async def test_a_replacement_number_leaves_the_date_of_birth_to_be_corrected(cast: Cast, now: datetime) -> None:
    new = replace(CORRECTED, cpr="010150-5AB2", birth_date=date(1950, 1, 1))
    await patients.correct(cast.patient, new, now)
    await patients.correct(cast.patient, replace(CORRECTED, birth_date=date(1951, 2, 3)), now)
    assert cast.patient.birth_date == date(1951, 2, 3)


async def test_everybodys_email_is_checked_alike(cast: Cast, now: datetime) -> None:
    wrong = "jens hansen(at)mail.dk"
    with pytest.raises(Invalid):
        await patients.add(cast.clinic.id, NewPatient("Bo", birth_date=date(1950, 1, 1), email=wrong), now)
    with pytest.raises(Invalid):
        await patients.correct(cast.patient, replace(CORRECTED, email=wrong), now)
    with pytest.raises(Invalid):
        await patients.add_guardian(cast.child, "Bo", "far", email=wrong)
    with pytest.raises(Invalid):
        await team.invite(team.Colleague("Ida", "nurse", wrong), who(cast.superuser), now)
