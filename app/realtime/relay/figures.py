"""How one party's streams arrive at the relay, summed up every ten seconds for the clinic's records (E8)."""

from dataclasses import dataclass
from typing import Literal

from app.realtime.relay.stream import StreamStats

EVERY_S = 10.0

PartyState = Literal["connecting", "connected", "reconnecting", "closed"]


@dataclass(frozen=True, slots=True)
class PartyStats:
    """What `Party.stats` returns; `rtt` in seconds, to the browser."""

    party: str
    state: PartyState
    rtt: float | None
    streams: list[StreamStats]


@dataclass(frozen=True, slots=True)
class PartyFigures:
    """Of one party's way up since the figures before: kbit/s, per cent lost, and jitter in ms."""

    kbps: float
    loss: float
    jitter_ms: float


class WayUp:
    """Takes a party's totals now and then, and tells what became of them in between."""

    def __init__(self) -> None:
        self._at: float | None = None
        self._totals = (0, 0, 0)

    def is_due(self, now: float) -> bool:
        """Whether figures are wanted again."""
        return self._at is None or now - self._at >= EVERY_S

    def take(self, stats: "PartyStats", now: float) -> PartyFigures | None:
        """The figures since the time before; None the first time, and after the browser began anew."""
        up = [stream for stream in stats.streams if stream.direction == "up"]
        totals = (
            sum(stream.packets for stream in up),
            sum(stream.octets for stream in up),
            sum(stream.lost for stream in up),
        )
        began, before = self._at, self._totals
        self._at, self._totals = now, totals
        if began is None or totals[0] < before[0] or totals[1] < before[1]:
            return None
        packets, octets, lost = totals[0] - before[0], totals[1] - before[1], max(0, totals[2] - before[2])
        return PartyFigures(
            kbps=octets * 8 / 1000 / (now - began),
            loss=100 * lost / (packets + lost) if packets + lost else 0.0,
            jitter_ms=max((stream.jitter_ms for stream in up), default=0.0),
        )
