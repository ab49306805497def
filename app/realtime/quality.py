"""What pages and the relay say of calls' lines, gathered here and written down now and then, off every call's way (E8).

A sample that can't be written is lost, and nothing else: no call waits for it or ends by it.
"""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.clinic.calls import quality
from app.clinic.calls.quality import BROWSERS, DEVICES, Arrival, Noted, QualitySample, within
from app.realtime.call_room import Seat
from app.realtime.messages import Measured
from app.realtime.relay import PartyFigures

MAX_WAITING = 2_000
_APART = timedelta(seconds=5)
_MAX_MS, _MAX_KBPS, _MAX_VALUE = 60_000, 100_000, 1_000

log = structlog.get_logger()


class QualityNotes:
    """What was heard of each party of each call since it was last written down."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[UUID, str], Noted] = {}
        self._heard: dict[tuple[UUID, str], datetime] = {}
        self._writing = asyncio.Lock()

    def from_page(self, seat: Seat, frame: Measured, now: datetime) -> None:
        """A page's sample; more often than every five seconds it says none."""
        key = (frame.call, seat.id)
        if now - self._heard.get(key, now - _APART) < _APART or len(self._waiting) >= MAX_WAITING:
            return
        self._heard[key] = now
        noted = self._noted(frame.call, seat)
        noted.device = frame.device if frame.device in DEVICES else "other"
        noted.browser = frame.browser if frame.browser in BROWSERS else "other"
        noted.reconnects = within(frame.reconnects, _MAX_VALUE)
        noted.connect_ms = None if frame.connect_ms is None else within(frame.connect_ms, 10 * _MAX_MS)
        noted.samples.append((now, sample_of(frame, audio_only=not seat.pictures)))

    def from_relay(self, call: UUID, seat: Seat, figures: PartyFigures, now: datetime) -> None:
        """How a party's sound and picture arrived at the relay."""
        if len(self._waiting) < MAX_WAITING:
            loss, jitter = within(10 * figures.loss, 1000), within(figures.jitter_ms, _MAX_MS)
            arrival = Arrival(0, loss, jitter, within(figures.kbps, _MAX_KBPS))
            self._noted(call, seat).arrivals.append((now, arrival))

    def _noted(self, call: UUID, seat: Seat) -> Noted:
        return self._waiting.setdefault((call, seat.id), Noted(call, seat.id, seat.role))

    def forget(self, call: UUID) -> None:
        """The call is over: nothing more is heard of it."""
        for key in [key for key in self._heard if key[0] == call]:
            del self._heard[key]

    async def write_down(self) -> None:
        """Write what waits. What fails is lost and logged."""
        async with self._writing:
            waiting, self._waiting = self._waiting, {}
            try:
                await quality.keep(list(waiting.values()))
            except Exception:
                log.exception("could not write down how calls' lines are", parties=len(waiting))


def sample_of(frame: Measured, *, audio_only: bool) -> QualitySample:
    """The frame as it is kept; its moment is known later. That pictures rest is the relay's to say, not the page's."""
    return QualitySample(
        at=0,
        rtt_ms=None if frame.rtt_ms is None else within(frame.rtt_ms, _MAX_MS),
        jitter_ms=within(frame.jitter_ms, _MAX_MS),
        loss=within(10 * frame.loss, 1000),
        kbps_in=within(frame.kbps_in, _MAX_KBPS),
        kbps_out=within(frame.kbps_out, _MAX_KBPS),
        freezes=within(frame.freezes, _MAX_VALUE),
        frozen_ms=within(frame.frozen_ms, _MAX_MS),
        audio_only=audio_only,
    )
