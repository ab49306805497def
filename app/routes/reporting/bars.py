"""Bars for a server-rendered picture: where each lies, so that the template only draws. The table stands behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 240
_LEFT, _TOP, _BOTTOM = 44, 16, 28
_WIDEST = 72


@dataclass(frozen=True, slots=True)
class ColumnPart:
    """One part of a column, from the bottom up; `part` numbers its series."""

    x: float
    y: float
    width: float
    height: float
    part: int


@dataclass(frozen=True, slots=True)
class Chart:
    """The picture's bars, its labels below as (x, words), and its lines as (y, value)."""

    bars: list[ColumnPart]
    labels: list[tuple[float, str]]
    lines: list[tuple[float, int]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT


def round_top(highest: float) -> int:
    """The least of 4, 8 or 20 times a power of ten that holds the highest value, so that its quarters are whole."""
    step = 1
    while True:
        for factor in (4, 8, 20):
            if highest <= factor * step:
                return factor * step
        step *= 10


def stacked(columns: Sequence[tuple[str, Sequence[int]]]) -> Chart:
    """Columns of stacked parts, each with its label; every n-th label is kept where there are too many to read."""
    top = round_top(max((sum(parts) for _label, parts in columns), default=0))
    room, floor = (WIDTH - _LEFT) / max(1, len(columns)), HEIGHT - _BOTTOM
    scale = (floor - _TOP) / top
    width = min(room * 0.7, _WIDEST)
    bars, labels = [], []
    every = 1 + len(columns) // 9
    for index, (label, parts) in enumerate(columns):
        middle, y = _LEFT + (index + 0.5) * room, float(floor)
        for part, value in enumerate(parts):
            height = value * scale
            y -= height
            if value:
                bars.append(
                    ColumnPart(round(middle - width / 2, 1), round(y, 1), round(width, 1), round(height, 1), part)
                )
        if index % every == 0:
            labels.append((round(middle, 1), label))
    lines = [(round(floor - value * scale, 1), value) for value in range(0, top + 1, max(1, top // 4))]
    return Chart(bars, labels, lines)
