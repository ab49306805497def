"""What staff say came of a call, and what counts in figures."""

from datetime import datetime

import pytest

from app.clinic.calls import call as calls
from app.clinic.calls.access import call_for
from app.clinic.calls.counted_calls import counted
from app.clinic.calls.outcome import OutcomeForm, checked, record_outcome
from app.clinic.calls.tables import Call
from app.clinic.errors import Conflict, Invalid, NotFound
from tests.calls.test_call import waiting
from tests.cast import Cast, who

HELD = OutcomeForm("completed", solved="solved", instead_of="in_person", reason="other", note="  fine   thanks ")


async def ended(cast: Cast, now: datetime) -> Call:
    place = await waiting(cast, now)
    call = await calls.call_in(place.id, who(cast.doctor), now)
    await calls.answer(call, now)
    await calls.hang_up(call, who(cast.doctor), now)
    return call


async def test_a_completed_call_keeps_what_belongs_to_it(cast: Cast, now: datetime) -> None:
    call = await ended(cast, now)
    await record_outcome(call, who(cast.doctor), HELD, now)
    call = await call_for(who(cast.doctor), call.id)
    assert (call.outcome, call.solved, call.instead_of, call.outcome_note) == (
        "completed",
        "solved",
        "in_person",
        "fine thanks",
    )
    assert (call.not_completed_because, call.service_code, call.outcome_at) == ("", "0125", now)


async def test_staff_may_correct_an_outcome(cast: Cast, now: datetime) -> None:
    call = await ended(cast, now)
    await record_outcome(call, who(cast.doctor), HELD, now)
    await record_outcome(call, who(cast.secretary), OutcomeForm("not_completed", reason="connection"), now)
    call = await call_for(who(cast.doctor), call.id)
    assert (call.outcome, call.not_completed_because, call.solved, call.service_code) == (
        "not_completed",
        "connection",
        "",
        "",
    )


async def test_a_running_call_has_no_outcome(cast: Cast, now: datetime) -> None:
    place = await waiting(cast, now)
    call = await calls.call_in(place.id, who(cast.doctor), now)
    with pytest.raises(Conflict):
        await record_outcome(call, who(cast.doctor), HELD, now)


async def test_other_clinics_cannot_write_an_outcome(cast: Cast, now: datetime) -> None:
    call = await ended(cast, now)
    with pytest.raises(NotFound):
        await record_outcome(call, who(cast.outsider), HELD, now)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (OutcomeForm(""), "outcome"),
        (OutcomeForm("not_completed"), "because"),
        (OutcomeForm("not_completed", reason="bored"), "because"),
        (OutcomeForm("completed", instead_of="nothing"), "solved"),
        (OutcomeForm("by_phone", solved="new_time"), "instead_of"),
        (OutcomeForm("completed", note="x" * 301), "note"),
    ],
)
def test_what_lacks_is_named(form: OutcomeForm, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked(form)
    assert refused.value.field == field


async def test_test_calls_never_count(cast: Cast, now: datetime) -> None:
    await ended(cast, now)
    place = await waiting(cast, now, cast.passant)
    test_call = await calls.call_in(place.id, who(cast.doctor), now)
    assert test_call.is_test
    await calls.hang_up(test_call, who(cast.doctor), now)
    running = await waiting(cast, now, cast.second_patient)
    await calls.call_in(running.id, who(cast.colleague), now)
    assert [call.patient for call in await counted(cast.clinic.id)] == [cast.patient.id]
    assert len(await counted()) == 1
    assert await counted(cast.other_clinic.id) == []
    assert await Call.count() == 3


def test_a_test_call_is_not_asked_what_it_solved_or_replaced() -> None:
    assert checked(OutcomeForm("completed", solved="solved"), is_test=True) == OutcomeForm("completed")
    with pytest.raises(Invalid):
        checked(OutcomeForm("completed"))
