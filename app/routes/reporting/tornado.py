"""The picture of a sensitivity analysis: a bar for each assumption, widest first, about the net result's line."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.clinic.reporting.business_case import Swing

WIDTH = 480
_SIDE, _ROW, _FOOT, _THICK = 8, 38, 30, 14
MAX_BARS = 10


@dataclass(frozen=True, slots=True)
class TornadoBar:
    """One assumption's words and the parts of its bar as (x, width): where it stands lowest, and highest."""

    words: str
    y: float
    at_low: tuple[float, float]
    at_high: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Tornado:
    """The bars, the line of the net result, the ends of the scale and its zero, if that is on it."""

    bars: list[TornadoBar]
    base: float
    zero: float | None
    low: float
    high: float
    height: int
    width: int = WIDTH
    thick: int = _THICK


def tornado(base: float, swings: Sequence[tuple[str, Swing]]) -> Tornado | None:
    """The picture of the assumptions that matter most, each with its words; None when none does."""
    shown = list(swings)[:MAX_BARS]
    if not shown:
        return None
    ends = [base, *(end for _words, swing in shown for end in (swing.at_low, swing.at_high))]
    low, high = min(ends), max(ends)
    scale = (WIDTH - 2 * _SIDE) / (high - low)

    def x(value: float) -> float:
        return round(_SIDE + (value - low) * scale, 1)

    def part(end: float) -> tuple[float, float]:
        return min(x(base), x(end)), round(abs(x(end) - x(base)), 1)

    bars = [
        TornadoBar(words, number * _ROW, part(swing.at_low), part(swing.at_high))
        for number, (words, swing) in enumerate(shown)
    ]
    zero = x(0) if low < 0 < high else None
    return Tornado(bars, x(base), zero, low, high, len(bars) * _ROW + _FOOT)
