"""What a tried line is good for (C5, A2): figures in, a word and its reason out. Pure.

The limits are our judgement, not yet held against real calls; docs/relay.md tells how a line is measured.
"""

from dataclasses import dataclass
from typing import Literal, get_args

Verdict = Literal["good", "usable", "audio_only", "wont_work"]
VERDICTS = get_args(Verdict)
Weakness = Literal["unreached", "rate", "loss", "delay"]

CALL_KBPS = 1200
"""What one video call takes each way."""
MAX_CALLS = 8
"""The most that the test can tell: it measures up to 10 Mbit/s."""


@dataclass(frozen=True, slots=True)
class MeasuredLine:
    """A line as it was measured: milliseconds, percent lost and kbit/s, each way; not `reached` when nothing came."""

    reached: bool
    rtt_ms: float = 0.0
    jitter_ms: float = 0.0
    loss_up: float = 0.0
    loss_down: float = 0.0
    up_kbps: int = 0
    down_kbps: int = 0


@dataclass(frozen=True, slots=True)
class _Limits:
    """The worst figures a verdict still allows."""

    verdict: Verdict
    kbps: int
    loss: float
    rtt_ms: float
    jitter_ms: float


_LADDER = (
    _Limits("good", 800, 3, 300, 40),
    _Limits("usable", 350, 8, 600, 100),
    _Limits("audio_only", 64, 20, 1200, 250),
)


def judge(line: MeasuredLine) -> Verdict:
    """The best verdict whose limits the line keeps."""
    return next((each.verdict for each in _LADDER if _weakness(line, each) is None), "wont_work")


def weakness(line: MeasuredLine) -> Weakness | None:
    """What keeps the line from being good, the gravest first; None for a good one."""
    for limits in reversed(_LADDER):
        if (found := _weakness(line, limits)) is not None:
            return found
    return None


def _weakness(line: MeasuredLine, limits: _Limits) -> Weakness | None:
    if not line.reached:
        return "unreached"
    if min(line.up_kbps, line.down_kbps) < limits.kbps:
        return "rate"
    if max(line.loss_up, line.loss_down) > limits.loss:
        return "loss"
    if line.rtt_ms > limits.rtt_ms or line.jitter_ms > limits.jitter_ms:
        return "delay"
    return None


def calls_at_once(line: MeasuredLine) -> int:
    """How many video calls the line carries at the same time, MAX_CALLS meaning as many or more."""
    if judge(line) not in ("good", "usable"):
        return 0
    return max(1, min(MAX_CALLS, min(line.up_kbps, line.down_kbps) // CALL_KBPS))
