"""The business case's arithmetic by its laws, whatever the numbers; and the estimates it is fed."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.clinic.calls import service_codes
from app.clinic.reporting.assumptions import FIELDS, as_given, assumptions, in_force, read
from app.clinic.reporting.basis import Basis, Part, codes_between
from app.clinic.reporting.business_case import PARTIES, CodePeriod, break_even, effects, net, span, swings, volumes
from app.clinic.reporting.estimates import Estimate, interval, read_number, written
from app.i18n import use_language

CODES = [CodePeriod("video", "0125", 1.0), CodePeriod("conference", "0126", 1.0), CodePeriod("phone", "0201", 1.0)]
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
NOTHING = Basis(*YEAR, 365, 1, 0, 0, 0, 0, 0, None, 0, 0, Part(), Part(), Part(), CODES)
UNITS = {each.key: each.unit for each in assumptions(NOTHING)}
SHARES = sorted(key for key, unit in UNITS.items() if unit == "percent")
FIXED = {"equipment", "training_hours", "running", "central_running", "lifetime"}
LAWS = settings(max_examples=60, deadline=None, derandomize=True)

values = st.fixed_dictionaries(
    {
        key: st.floats(1, 30) if unit == "years" else st.floats(0, 100 if unit == "percent" else 1000)
        for key, unit in UNITS.items()
    }
)


def nearly(number: float) -> Any:
    return pytest.approx(number, rel=1e-6, abs=1e-3)


@LAWS
@given(values)
def test_every_meeting_agreed_on_goes_one_way(given: dict[str, float]) -> None:
    v = volumes(given)
    assert v.consultations + v.conferences + v.by_phone + v.failed == nearly(v.tried)
    assert min(v.tried, v.consultations, v.conferences, v.by_phone, v.failed, v.visits) >= -1e-9
    assert v.visits <= v.completed + 1e-9
    assert v.tried <= v.agreed + 1e-9


@LAWS
@given(values, st.floats(0, 20))
def test_twice_the_meetings_are_twice_the_effects_but_the_same_investment(given: dict[str, float], by: float) -> None:
    more = effects({**given, "meetings": given["meetings"] * by}, CODES, 3)
    for once, often in zip(effects(given, CODES, 3), more, strict=True):
        factor = 1 if once.key in ("investment", "running") else by
        for party in PARTIES:
            assert often.to(party) == nearly(once.to(party) * factor)


@LAWS
@given(values)
def test_what_one_pays_the_other_is_nothing_for_all(given: dict[str, float]) -> None:
    found = {effect.key: effect for effect in effects(given, CODES, 1)}
    assert found["fees"].to("society") == nearly(0)
    for effect in found.values():
        assert effect.to("society") == nearly(sum(effect.to(party) for party in PARTIES if party != "society"))


@LAWS
@given(values, st.sampled_from(sorted(UNITS)), st.floats(0, 1), st.floats(0, 1), st.sampled_from(PARTIES))
def test_the_sensitivity_brackets_every_value_between(
    given: dict[str, float], key: str, one: float, other: float, party: Any
) -> None:
    """The net rises or falls all the way as any one assumption rises, so its ends bound it."""
    least, most = {"percent": (0, 100), "years": (1, 30)}.get(UNITS[key], (0, 1000))
    low, high = sorted(least + part * (most - least) for part in (one, other))
    swing = swings(given, {key: (low, high)}, CODES, 2, party)
    between = net(effects({**given, key: (low + high) / 2}, CODES, 2), party)
    ends = sorted((swing[0].at_low, swing[0].at_high)) if swing else [between - 1, between + 1]
    assert ends[0] - 1e-3 <= between <= ends[1] + 1e-3


@LAWS
@given(values, st.sampled_from(PARTIES))
def test_the_span_holds_the_net_and_every_swing_and_the_widest_come_first(given: dict[str, float], party: Any) -> None:
    base = net(effects(given, CODES, 1), party)
    ranges = {key: (value * 0.5 if UNITS[key] != "years" else 1, value) for key, value in given.items()}
    found = swings(given, ranges, CODES, 1, party)
    low, high = span(base, found)
    assert low <= base <= high
    assert all(low <= min(s.at_low, s.at_high) and max(s.at_low, s.at_high) <= high for s in found)
    assert [s.width for s in found] == sorted((s.width for s in found), reverse=True)


@LAWS
@given(values, st.sampled_from(PARTIES))
def test_the_meetings_that_pay_leave_nothing_over(given: dict[str, float], party: Any) -> None:
    def gained(meetings: float) -> float:
        return net(effects({**given, "meetings": meetings}, CODES, 1), party)

    enough = break_even(given, CODES, 1, party)
    if enough is None:
        assert gained(0) >= 0 or gained(1) <= gained(0), "nothing to pay for, or no meeting pays"
    elif enough < 1e6:
        assert gained(enough) == pytest.approx(0, abs=1)


@LAWS
@given(values)
def test_sixty_minutes_are_an_hour_and_a_hundred_per_cent_is_everybody(given: dict[str, float]) -> None:
    plain = {**given, "in_person": 100, "transport_time": 100, "transport_minutes": 60, "transport_money": 100}
    found = {effect.key: effect for effect in effects(plain, CODES, 1)}
    visits = volumes(plain).visits
    assert found["transport_time"].patients == nearly(visits * plain["time_rate"])
    assert found["transport_money"].patients == nearly(visits * plain["transport_km"] * plain["km_rate"])


def test_a_small_case_worked_out_by_hand() -> None:
    hand = dict.fromkeys(UNITS, 0.0) | {
        "meetings": 110, "no_show": 0, "completed": 100, "in_person": 100, "video_minutes": 10,
        "in_person_minutes": 16, "staff_rate": 600, "transport_time": 50, "transport_minutes": 30, "time_rate": 100,
        "fee_0125": 150, "fee_in_person": 140, "equipment": 4000, "lifetime": 4, "running": 500,
    }  # fmt: skip
    found = {effect.key: round(effect.to("society")) for effect in effects(hand, CODES, 1)}
    assert found["staff_time"] == 6600
    assert found["transport_time"] == 2750
    assert {effect.key: effect.clinic for effect in effects(hand, CODES, 1)}["fees"] == nearly(1100)
    assert (found["investment"], found["running"]) == (-1000, -500)


def test_codes_and_fees_of_the_period_share_its_days() -> None:
    dated = [
        service_codes.AgreedCode("video", "0125", "", 15000, None, date(2026, 6, 9)),
        service_codes.AgreedCode("video", "0125", "", 16000, date(2026, 6, 10), date(2026, 6, 10)),
        service_codes.AgreedCode("video", "0130", "", 20000, date(2026, 6, 11)),
        service_codes.AgreedCode("video", "0131", "", 90000, date(2026, 6, 11), None, 20),
        service_codes.AgreedCode("phone", "0201"),
    ]
    found = codes_between(dated, date(2026, 6, 9), date(2026, 6, 12), 12)
    assert found == [
        CodePeriod("video", "0125", 0.5, 155),
        CodePeriod("video", "0130", 0.5, 200),
        CodePeriod("phone", "0201", 1.0),
    ]
    assert codes_between(dated, date(2026, 6, 11), date(2026, 6, 11), 25)[0].code == "0131"


def test_a_meetings_fee_is_that_of_the_periods_codes() -> None:
    halves = [CodePeriod("video", "0125", 0.5), CodePeriod("video", "0130", 0.5), *CODES[1:]]
    hand = dict.fromkeys(UNITS, 0.0) | {
        "fee_0130": 200,
        "meetings": 10,
        "completed": 100,
        "lifetime": 1,
        "fee_0125": 100,
    }
    fees = next(effect for effect in effects(hand, halves, 1) if effect.key == "fees")
    assert fees.clinic == nearly(10 * 150)


@LAWS
@given(st.integers(1, 500).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_a_shares_interval_holds_it_and_stays_within_all(part: tuple[int, int]) -> None:
    low, high = interval(*part)
    assert 0 <= low <= round(100 * part[0] / part[1], 1) <= high <= 100


@pytest.mark.parametrize("language", ["da", "en"])
@LAWS
@given(number=st.integers(0, 10_000_000).map(lambda cents: cents / 100))
def test_a_number_is_read_as_it_was_written(language: str, number: float) -> None:
    with use_language(language):
        assert read_number(written(number)) == pytest.approx(number)


def test_numbers_are_read_as_danes_and_englishmen_write_them() -> None:
    read = [read_number(text) for text in ("1.250,5", "1,250.5", "1250.5", "1 250,5", "1.250", "-3", "", "nan", "x")]
    assert read == [1250.5, 1250.5, 1250.5, 1250.5, 1250, -3, None, None, None]


def test_proposals_are_measured_where_there_is_enough_and_say_where_they_are_from() -> None:
    measured = Basis(*YEAR, 365, 1, 80, 10, 10, 5, 20, 600.0, 60, 80, Part(9, 10), Part(2, 10), Part(1, 10), CODES)
    few = {each.key: each for each in assumptions(NOTHING)}
    many = {each.key: each for each in assumptions(measured)}
    assert (few["completed"].origin, few["completed"].proposed.value) == ("pilot", 91.8)
    assert (few["transport_time"].proposed.value, few["transport_money"].proposed.value) == (85.7, 42.9)
    assert few["video_minutes"].proposed.value == 11.5
    assert (many["completed"].origin, many["completed"].proposed.value) == ("measured", 80)
    assert (many["transport_time"].proposed.value, many["in_person"].proposed.value) == (90, 75)
    assert many["meetings"].proposed.value == 105
    assert "100" in many["completed"].proposed.source
    for each in [*few.values(), *many.values()]:
        e = each.proposed
        assert e.source and e.low <= e.value <= e.high
        assert e.follows == each.is_measurable


def test_what_follows_the_figures_moves_with_them_and_what_was_written_stands() -> None:
    known = assumptions(NOTHING)
    kept = {"completed": Estimate(50, 40, 60, "own"), "conference": Estimate(1, 1, 1, "old", follows=True)}
    found = in_force(known, kept)
    assert found["completed"].value == 50
    assert found["conference"].value == 60.7


def test_a_form_is_read_whole_and_says_what_is_wrong_by_its_key() -> None:
    known = assumptions(NOTHING)
    form: dict[str, str] = {}
    for each in known:
        e = each.proposed
        form |= {f"{each.key}-{part}": written(getattr(e, part)) for part in ("value", "low", "high")}
        form[f"{each.key}-source"] = e.source
        form[f"{each.key}-was"] = as_given([form[f"{each.key}-{part}"] for part in FIELDS])
    form |= {"completed-follows": "1", "in_person-follows": "1", "in_person-value": "79", "staff_rate-follows": "1"}
    form |= {"staff_rate-value": "much", "equipment-low": "9.000", "by_phone-high": "140", "km_rate-source": " "}
    found, wrong = read(known, form)
    assert set(wrong) == {"staff_rate", "equipment", "by_phone", "km_rate"}
    assert found["completed"].follows and not found["conference"].follows
    assert (found["in_person"].value, found["in_person"].follows) == (79, False), "what is written over is one's own"
    assert set(found) | set(wrong) == set(UNITS)
