"""How a call's lines were (E8): one picture with a lane for each party, in words, and minute by minute in tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from app.clinic.calls import quality
from app.clinic.calls.access import call_for
from app.clinic.calls.quality import PartyLine, QualitySample
from app.i18n import _
from app.web.html import Asked, page
from app.web.spreadsheets import Sheet

WIDTH, LANE, LEFT = 720, 96, 44
_HEAD, _FULL_LOSS, _FULL_RTT = 30, 200, 600
_SAMPLE_S = 10


@dataclass(frozen=True, slots=True)
class SampleBar:
    """One sample: its height is what was lost, its kind how it was to talk then."""

    x: float
    y: float
    width: float
    height: float
    verdict: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One party's part of the picture; `trip` are the corners of the round trip's line."""

    line: PartyLine
    top: int
    floor: int
    bars: list[SampleBar]
    trip: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The lanes under each other, and the minutes below them as (x, minute)."""

    lanes: list[Lane]
    minutes: list[tuple[float, int]]
    height: int
    width: int = WIDTH
    left: int = LEFT


def picture_of(lines: Sequence[PartyLine]) -> Picture:
    """The picture of all parties' lines against the same clock."""
    last = max((sample.at for line in lines for sample in line.samples), default=0) + _SAMPLE_S
    scale = (WIDTH - LEFT) / last
    lanes = [_lane(line, number * LANE, scale) for number, line in enumerate(lines)]
    every = 1 + last // 60 // 10
    minutes = [(round(LEFT + minute * 60 * scale, 1), minute) for minute in range(0, last // 60 + 1, every)]
    return Picture(lanes, minutes, len(lanes) * LANE + 24)


def _lane(line: PartyLine, top: int, scale: float) -> Lane:
    floor, room = top + LANE - 6, LANE - 6 - _HEAD
    bars, corners = [], []
    for sample in line.samples:
        x = LEFT + max(0, sample.at - _SAMPLE_S) * scale
        height = max(3.0, min(1.0, sample.loss / _FULL_LOSS) * room)
        width = max(1.0, _SAMPLE_S * scale - 0.5)
        bars.append(SampleBar(round(x, 1), round(floor - height, 1), round(width, 1), round(height, 1), sample.verdict))
        if sample.rtt_ms is not None:
            y = floor - min(1.0, sample.rtt_ms / _FULL_RTT) * room
            corners.append(f"{x + width / 2:.1f},{y:.1f}")
    return Lane(line, top, floor, bars, " ".join(corners))


def by_minute(line: PartyLine, title: str) -> Sheet:
    """The table behind a lane: the mean, or the sum, of each minute."""
    minutes: dict[int, list[QualitySample]] = {}
    for sample in line.samples:
        minutes.setdefault(max(0, sample.at - 1) // 60, []).append(sample)
    columns = (
        _("Minute"),
        _("Round trip, ms"),
        _("Jitter, ms"),
        _("Lost, per cent"),
        _("Received, kbit/s"),
        _("Sent, kbit/s"),
        _("Picture stood still, s"),
        _("Sound alone, s"),
    )
    return Sheet(title, columns, [_minute(minute + 1, samples) for minute, samples in sorted(minutes.items())])


def _minute(number: int, samples: Sequence[QualitySample]) -> tuple[int | float | None, ...]:
    trips = [sample.rtt_ms for sample in samples if sample.rtt_ms is not None]

    def mean(values: Sequence[int]) -> int | None:
        return round(sum(values) / len(values)) if values else None

    return (
        number,
        mean(trips),
        mean([sample.jitter_ms for sample in samples]),
        round(sum(sample.loss for sample in samples) / len(samples) / 10, 1),
        mean([sample.kbps_in for sample in samples]),
        mean([sample.kbps_out for sample in samples]),
        round(sum(sample.frozen_ms for sample in samples) / 1000, 1),
        _SAMPLE_S * sum(1 for sample in samples if sample.audio_only),
    )


@get("/calls/{call_id:uuid}/quality")
async def show_quality(request: Asked, call_id: FromPath[UUID]) -> Response[Any]:
    """The page; it says so where nothing was counted, or where it is no longer kept."""
    call = await call_for(request.user, call_id)
    lines = await quality.of_call(call.id)
    words = {"staff": _("The clinic"), "patient": _("The patient"), "guest": _("Guest")}
    sheets = [by_minute(line, words[line.role]) for line in lines if line.samples]
    context: dict[str, Any] = {"lines": lines, "picture": picture_of(lines), "sheets": sheets, "party_words": words}
    return page(request, "staff/calls/quality.html", call=call, **context)
