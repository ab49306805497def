"""What video requires of a patient, and the confirmed phone (B2, B3)."""

from datetime import date, datetime

import pytest

from app.clinic.booking import requirements
from app.clinic.booking.requirements import Answers
from app.clinic.errors import Invalid
from app.clinic.people.tables import Guardian, Patient


def _patient(**values: object) -> Patient:
    known: dict[str, object] = {"name": "Jens", "phone": "+4520123456", "phone_confirmed_at": datetime.min}
    return Patient(None, False, False, **(known | values))


def _unmet(patient: Patient, *guardians: Guardian) -> set[str]:
    return {each.key for each in requirements.check(patient, guardians).requirements if not each.met}


def test_known_patient_meets_everything() -> None:
    assert _unmet(_patient()) == set()


def test_each_requirement_is_seen_by_itself() -> None:
    assert _unmet(_patient(has_device=False)) == {"device"}
    assert _unmet(_patient(eid="none")) == {"eid"}
    assert _unmet(_patient(registration="elsewhere")) == {"registration"}
    assert _unmet(_patient(phone_confirmed_at=None)) == {"phone"}
    assert _unmet(_patient(phone="")) == {"phone"}


def test_a_child_is_seen_through_a_guardian() -> None:
    child = _patient(eid="guardian")
    assert _unmet(child) == {"eid"}
    assert _unmet(child, Guardian(name="Karen", relation="mor")) == set()


def test_a_guardian_is_enough_until_the_age_of_the_law() -> None:
    day = date(2026, 11, 24)
    assert requirements.outgrown(_patient(eid="guardian", birth_date=date(2011, 11, 25)), day) == 0
    assert requirements.outgrown(_patient(eid="guardian", birth_date=date(2011, 11, 24)), day) == 15
    assert requirements.outgrown(_patient(birth_date=date(1948, 12, 25)), day) == 0


def test_a_passant_is_vouched_for_by_staff() -> None:
    assert _unmet(_patient(registration="passant", eid="none")) == set()


def test_an_unconfirmed_phone_is_no_reason_against_video() -> None:
    assert requirements.check(_patient(phone_confirmed_at=None), ()).suits_video
    assert not requirements.check(_patient(has_device=False), ()).suits_video


def test_another_phone_must_be_confirmed_anew(now: datetime) -> None:
    patient = _patient()
    requirements.take_in(patient, Answers(phone="26 99 88 77"), now)
    assert patient.phone == "+4526998877"
    assert not patient.phone_confirmed_at
    requirements.take_in(patient, Answers(phone_confirmed=True), now)
    assert patient.phone_confirmed_at == now


def test_the_same_phone_written_otherwise_stays_confirmed(now: datetime) -> None:
    patient = _patient()
    requirements.take_in(patient, Answers(phone="20 12 34 56"), now)
    assert patient.phone_confirmed_at == datetime.min


@pytest.mark.parametrize("answers", [Answers(phone="12"), Answers(eid="passport")])
def test_unreadable_answers_name_their_field(answers: Answers, now: datetime) -> None:
    with pytest.raises(Invalid) as caught:
        requirements.take_in(_patient(), answers, now)
    assert caught.value.field in ("phone", "eid")
