"""A line's figures become one word, its gravest weakness another, and at the clinic a number of calls."""

from dataclasses import replace

import pytest

from app.clinic.booking.lines import MAX_CALLS, MeasuredLine, calls_at_once, judge, weakness

GOOD = MeasuredLine(True, rtt_ms=40, jitter_ms=5, loss_up=0.2, loss_down=0, up_kbps=3000, down_kbps=3000)


def test_a_good_line_has_no_weakness() -> None:
    assert judge(GOOD) == "good"
    assert weakness(GOOD) is None


@pytest.mark.parametrize(
    ("change", "verdict", "reason"),
    [
        ({"up_kbps": 600}, "usable", "rate"),
        ({"down_kbps": 200}, "audio_only", "rate"),
        ({"down_kbps": 30}, "wont_work", "rate"),
        ({"loss_up": 5.0}, "usable", "loss"),
        ({"loss_down": 12.0}, "audio_only", "loss"),
        ({"rtt_ms": 450.0}, "usable", "delay"),
        ({"jitter_ms": 120.0}, "audio_only", "delay"),
        ({"reached": False}, "wont_work", "unreached"),
    ],
)
def test_the_worst_figure_decides(change: dict[str, float], verdict: str, reason: str) -> None:
    line = replace(GOOD, **change)  # type: ignore[arg-type]
    assert judge(line) == verdict
    assert weakness(line) == reason


def test_the_gravest_weakness_is_told_of_several() -> None:
    assert weakness(replace(GOOD, up_kbps=600, loss_down=30)) == "loss"


def test_calls_at_once_follow_the_narrower_way() -> None:
    assert calls_at_once(replace(GOOD, up_kbps=3700, down_kbps=20_000)) == 3
    assert calls_at_once(replace(GOOD, up_kbps=500)) == 1
    assert calls_at_once(replace(GOOD, up_kbps=200)) == 0
    assert calls_at_once(replace(GOOD, up_kbps=50_000, down_kbps=50_000)) == MAX_CALLS
