"""Measures one browser's line in about eight seconds: first calm, then as much up as it carries, then as much down.

What goes up is counted here, what goes down in the browser; round trips are measured here by asking for signs of life.
A full line is noticed by its growing round trip, and never filled further: nobody waits long behind our test.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Literal, Protocol

from app.budgets import LINE_TESTS
from app.realtime.relay.connection import RelayContext
from app.realtime.relay.line_test.echo import LARGE, SMALL, Echo
from app.realtime.relay.transport import State
from app.realtime.relay.wire.rtp import Header, unwrap_sequence

Phase = Literal["calm", "up", "down", "done"]

CALM_S, UP_S, DOWN_S, ABANDONED_AFTER_S = 3.0, 2.4, 2.2, 15.0
STEP_S = 0.01
PING_EVERY, PING_EVERY_FULL, ASK_EVERY = 5, 3, 50
CALM_BITRATE, FIRST_BITRATE, LAST_BITRATE = 250_000, 500_000, 30_000
RAISE_EVERY_S, RAISE_BY = 0.25, 2.2
LOWER_BY = 0.7
FULL_S = 0.2
"""A round trip so much longer than in calm means that packets queue up on the line."""
BEST_OF_S = 1.0
MAX_TESTS = LINE_TESTS.installation or 0


@dataclass(frozen=True, slots=True)
class LineTestFigures:
    """What was counted here: seconds, shares of one, bit/s; jitter, loss and rate are those of the way up."""

    round_trip: float
    jitter: float
    loss: float
    bitrate: float


class LineListener(Protocol):
    """Whom a test tells; called on the loop, must not block."""

    def on_phase(self, phase: Phase) -> None:
        """A part of the test begins; "done" when the browser may read its own counters."""

    def on_figures(self, figures: LineTestFigures) -> None:
        """What was counted here, after "done"."""


@dataclass(slots=True)
class Arrivals:
    """One stream as it arrived: how much is missing, and the mean deviation that RFC 3550 section 6.4.1 estimates."""

    kind: str
    clock: int
    first: int
    highest: int
    received: int = 0
    deviation: float = 0.0
    deviations: int = 0
    _transit: float | None = None

    def note(self, header: Header, now: float) -> None:
        """Count one packet."""
        number = unwrap_sequence(header.sequence, self.highest)
        transit = now - header.timestamp / self.clock
        if self._transit is not None and number > self.highest and abs(transit - self._transit) < 5:
            self.deviation += abs(transit - self._transit)
            self.deviations += 1
        self._transit = transit
        self.highest = max(self.highest, number)
        self.received += 1

    @property
    def due(self) -> int:
        """How many there should have been."""
        return self.highest - self.first + 1

    @property
    def jitter(self) -> float:
        """Seconds."""
        return self.deviation / self.deviations if self.deviations else 0.0


@dataclass(slots=True)
class Rate:
    """How much came, and the fastest second of it."""

    _arrived: list[tuple[float, int]] = field(default_factory=list)

    def note(self, size: int, now: float) -> None:
        """Count so many bytes."""
        self._arrived.append((now, size))

    def recent(self, now: float) -> float:
        """What came within the last second, in bit/s."""
        return sum(size for at, size in self._arrived if now - at <= BEST_OF_S) * 8 / BEST_OF_S

    @property
    def best(self) -> float:
        """The most within one second, in bit/s."""
        best = total = 0
        begin = 0
        for at, size in self._arrived:
            total += size
            while at - self._arrived[begin][0] > BEST_OF_S:
                total -= self._arrived[begin][1]
                begin += 1
            best = max(best, total)
        return best * 8 / BEST_OF_S


class LineTest:
    """One browser's test. `negotiate` at once; it ends by itself, by `close`, or when it takes far too long."""

    def __init__(
        self, context: RelayContext, listener: LineListener, ceiling: int, on_over: Callable[["LineTest"], None]
    ) -> None:
        """`ceiling`: the most to be tried, in bit/s; a line that carries it is fast enough for whatever is asked."""
        self._clock = context.clock
        self._listener = listener
        self._ceiling = ceiling
        self._on_over = on_over
        self._echo = Echo(context, self._on_state, self._on_packet)
        self._phase: Phase | None = None
        self._connected = asyncio.Event()
        self._streams: dict[int, Arrivals] = {}
        self._up = Rate()
        self._calm_trip = 0.0
        self._asked_at = self._pushed_at = self._clock()
        self._credit = 0.0
        self._is_over = False
        self._task = context.tasks.start(self._run(), "relay line test")

    def negotiate(self, offer_sdp: str) -> str:
        """Answer the browser's offer; raises BadOffer."""
        return self._echo.negotiate(offer_sdp)

    def close(self) -> None:
        """End it wherever it is."""
        self._task.cancel()
        self._over()

    # -- the three parts -------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            async with asyncio.timeout(ABANDONED_AFTER_S):
                await self._connected.wait()
                await self._calm()
                await self._fill(UP_S, "up", self._ask)
                await self._fill(DOWN_S, "down", self._push)
                self._enter("done")
                self._listener.on_figures(self._figures())
                await asyncio.Event().wait()
        except TimeoutError:
            self._over()

    async def _calm(self) -> None:
        self._enter("calm")
        end, turn = self._clock() + CALM_S, 0
        while (now := self._clock()) < end:
            self._echo.send_train(SMALL, now)
            if turn % PING_EVERY == 0:
                self._echo.ping(now)
            if turn % ASK_EVERY == 0:
                self._echo.ask_for(CALM_BITRATE, now)
            turn += 1
            await asyncio.sleep(STEP_S)
        self._calm_trip = median(self._echo.pinger.round_trips or [0.0])

    async def _fill(self, seconds: float, phase: Phase, fill: Callable[[int | None, float], None]) -> None:
        """More and more until the line is full or the ceiling is reached; a full line is given time to empty."""
        self._echo.gives_back = False
        self._enter(phase)
        begun = raised = self._clock()
        bitrate, turn, was_full = FIRST_BITRATE, 0, False
        while (now := self._clock()) < begun + seconds:
            if turn % PING_EVERY_FULL == 0:
                self._echo.ping(now)
            is_full = self._echo.pinger.delay(now) > self._calm_trip + max(FULL_S, self._calm_trip)
            if is_full and not was_full:
                bitrate, raised = max(LAST_BITRATE, int(bitrate * LOWER_BY)), now
            elif not is_full and now - raised > RAISE_EVERY_S:
                bitrate, raised = min(self._ceiling, int(bitrate * RAISE_BY)), now
            fill(None if is_full else bitrate, now)
            turn, was_full = turn + 1, is_full
            await asyncio.sleep(STEP_S)
        self._echo.ask_for(LAST_BITRATE, self._clock())

    def _ask(self, bitrate: int | None, now: float) -> None:
        """Have the browser send; on a full line a little less than gets through."""
        wanted = bitrate or max(LAST_BITRATE, int(self._up.recent(now) * LOWER_BY))
        if now - self._asked_at > 2 * STEP_S:
            self._asked_at = now
            self._echo.ask_for(wanted, now)

    def _push(self, bitrate: int | None, now: float) -> None:
        """Send the train as fast as this; on a full line nothing."""
        elapsed, self._pushed_at = min(now - self._pushed_at, 5 * STEP_S), now
        self._credit += (bitrate or 0) / 8 * elapsed
        while self._credit > 0:
            self._credit -= self._echo.send_train(LARGE, now)

    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        self._listener.on_phase(phase)

    # -- counting --------------------------------------------------------------------------------------------------

    def _on_packet(self, kind: str, clock: int, header: Header, size: int, now: float) -> None:
        if self._phase == "up":
            self._up.note(size, now)
        if self._phase != "calm":
            return
        if header.ssrc not in self._streams:
            self._streams[header.ssrc] = Arrivals(kind, clock, header.sequence, header.sequence)
        self._streams[header.ssrc].note(header, now)

    def _figures(self) -> LineTestFigures:
        streams = self._streams.values()
        due = sum(each.due for each in streams)
        sound = [each for each in streams if each.kind == "audio"]
        return LineTestFigures(
            round_trip=self._calm_trip,
            jitter=max((each.jitter for each in sound or streams), default=0.0),
            loss=1 - sum(each.received for each in streams) / due if due else 0.0,
            bitrate=self._up.best,
        )

    # -- the end ---------------------------------------------------------------------------------------------------

    def _on_state(self, state: State) -> None:
        if state == "connected":
            self._connected.set()
        elif state == "closed":
            self.close()

    def _over(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._echo.close()
            self._on_over(self)
