"""How well each call's lines worked (E8): what browsers and the relay counted, a row for each party, without content.

A page's numbers are a stranger's: they are cut to what can be, and unknown words become "other". No call waits for any
of it.
"""

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from app.clinic.calls.tables import Call, CallQuality
from app.clinic.change import change

MAX_SAMPLES = 4 * 360
"""Of one party: four hours' worth; what comes later is left out."""
DEVICES = ("phone", "tablet", "computer")
BROWSERS = ("chromium", "firefox", "safari")
_ENOUGH = 5
"""One sample in so many must be poor before the whole line is called so."""

Verdict = Literal["good", "weak", "bad"]
_POOREST_LAST: tuple[Verdict, ...] = ("good", "weak", "bad")


@dataclass(frozen=True, slots=True)
class QualitySample:
    """Some ten seconds as one party's browser saw them.

    `at`: seconds since the call rang. `loss`: per mille of what it received. `frozen_ms`: how long pictures stood
    still. `audio_only`: the line was too poor for the camera.
    """

    at: int
    rtt_ms: int | None
    jitter_ms: int
    loss: int
    kbps_in: int
    kbps_out: int
    freezes: int
    frozen_ms: int
    audio_only: bool

    @property
    def verdict(self) -> Verdict:
        """How it was to talk then."""
        if self.audio_only or self.loss >= 150 or self.frozen_ms >= 3_000:
            return "bad"
        return "weak" if self.loss >= 50 or self.frozen_ms >= 500 or (self.rtt_ms or 0) >= 400 else "good"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Some ten seconds of one party's sound and picture as they came to the relay; loss per mille."""

    at: int
    loss: int
    jitter_ms: int
    kbps: int


@dataclass(slots=True)
class Noted:
    """What was heard of one party since it was last written down; samples and arrivals with their moment for `at`."""

    call: UUID
    party: str
    role: str
    device: str = ""
    browser: str = ""
    connect_ms: int | None = None
    reconnects: int = 0
    samples: list[tuple[datetime, QualitySample]] = field(default_factory=list)
    arrivals: list[tuple[datetime, Arrival]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PartyLine:
    """One party's line through the whole call. Means are None where nothing was counted."""

    role: str
    device: str
    browser: str
    connect_ms: int | None
    reconnects: int
    samples: list[QualitySample]
    arrivals: list[Arrival]

    @property
    def verdict(self) -> Verdict | None:
        """How the line was on the whole; None without a sample."""
        if not self.samples:
            return None
        verdicts = [sample.verdict for sample in self.samples]
        if verdicts.count("bad") * _ENOUGH >= len(verdicts):
            return "bad"
        poor = len(verdicts) - verdicts.count("good")
        return "weak" if poor * _ENOUGH >= len(verdicts) or self.reconnects >= 2 else "good"

    @property
    def rtt_ms(self) -> float | None:
        """Mean round trip."""
        known = [sample.rtt_ms for sample in self.samples if sample.rtt_ms is not None]
        return sum(known) / len(known) if known else None

    @property
    def jitter_ms(self) -> float | None:
        """Mean jitter of what arrived."""
        return sum(each.jitter_ms for each in self.samples) / len(self.samples) if self.samples else None

    @property
    def loss_percent(self) -> float | None:
        """Mean loss of what arrived."""
        return sum(each.loss for each in self.samples) / len(self.samples) / 10 if self.samples else None

    @property
    def loss_up_percent(self) -> float | None:
        """Mean loss on the way to the relay, as it counted."""
        return sum(each.loss for each in self.arrivals) / len(self.arrivals) / 10 if self.arrivals else None

    @property
    def kbps(self) -> float | None:
        """Mean rate of what arrived."""
        return sum(each.kbps_in for each in self.samples) / len(self.samples) if self.samples else None

    @property
    def freezes(self) -> int:
        """How often pictures stood still."""
        return sum(each.freezes for each in self.samples)

    @property
    def frozen_s(self) -> float:
        """For how long in all."""
        return sum(each.frozen_ms for each in self.samples) / 1000

    @property
    def audio_only_s(self) -> int:
        """For how long the line carried sound alone, to the nearest ten seconds."""
        return 10 * sum(1 for each in self.samples if each.audio_only)


def within(value: float | None, most: int) -> int:
    """Clamp a number from outside to a whole one from 0 to `most`."""
    return round(max(0.0, min(float(most), value))) if value is not None else 0


async def keep(noted: Sequence[Noted]) -> None:
    """Append these measurements to those of their calls, in one change; deleted calls are skipped."""
    if not noted:
        return
    async with change():
        calls = {each.call for each in noted}
        began = {
            row["id"]: row["rang_at"]
            for row in await Call.select(Call.id, Call.rang_at).where(Call.id.is_in(list(calls)))
        }
        kept = {
            (row.call, row.party): row for row in await CallQuality.objects().where(CallQuality.call.is_in(list(calls)))
        }
        for each in noted:
            if each.call in began:
                row = kept.get((each.call, each.party))
                await _add(row or CallQuality(id=uuid4(), call=each.call, party=each.party), each, began[each.call])


async def _add(row: CallQuality, noted: Noted, began: datetime) -> None:
    row.role, row.kept_at = noted.role, max(moment for moment, _what in (*noted.samples, *noted.arrivals))
    row.device, row.browser = noted.device or row.device, noted.browser or row.browser
    row.connect_ms = row.connect_ms if row.connect_ms is not None else noted.connect_ms
    row.reconnects = max(row.reconnects, noted.reconnects)
    row.samples = _longer(row.samples, [(_since(began, moment), *astuple(each)[1:]) for moment, each in noted.samples])
    row.arrivals = _longer(
        row.arrivals, [(_since(began, moment), *astuple(each)[1:]) for moment, each in noted.arrivals]
    )
    await row.save()


def _since(began: datetime, moment: datetime) -> int:
    return max(0, int((moment - began).total_seconds()))


def _longer(text: str, more: Sequence[tuple[object, ...]]) -> str:
    rows = [*json.loads(text or "[]"), *more][:MAX_SAMPLES]
    return json.dumps(rows, separators=(",", ":"))


async def of_call(call: UUID) -> list[PartyLine]:
    """Every party's line, the clinic's first, then the patient's, then guests'."""
    rows = await CallQuality.objects().where(CallQuality.call == call).order_by(CallQuality.kept_at)
    order = ("staff", "patient", "guest")
    return sorted((_line(row) for row in rows), key=lambda line: order.index(line.role))


def _line(row: CallQuality) -> PartyLine:
    return PartyLine(
        row.role,
        row.device,
        row.browser,
        row.connect_ms,
        row.reconnects,
        [QualitySample(*each) for each in json.loads(row.samples)],
        [Arrival(*each) for each in json.loads(row.arrivals)],
    )


async def measured(call: UUID) -> Verdict | Literal[""]:
    """How the call's lines were: as the poorest of them; empty when nothing was counted."""
    line = poorest(await of_call(call))
    return line.verdict or "" if line else ""


def poorest(lines: Sequence[PartyLine]) -> PartyLine | None:
    """The line that was the worst to talk on; None when nothing was counted on any."""
    known = [(_POOREST_LAST.index(line.verdict), line) for line in lines if line.verdict is not None]
    return max(known, key=lambda each: each[0], default=(0, None))[1]


async def forget_old(now: datetime, days: int) -> None:
    """Drop what was counted so many days ago; what the figures made of it stays."""
    await CallQuality.delete().where(CallQuality.kept_at < now - timedelta(days=days))
