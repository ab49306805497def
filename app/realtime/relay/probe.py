"""Whether a line on which video is suspended would take one again: for a moment more is sent, and the delay watched.

Pure state, told the time and the round trip. It gives up as soon as packets queue, so the sound hardly notices.
"""

BITRATE = 160_000
LASTS = 1.2
EVERY = 5.0
QUEUED = 0.13
AT_MOST = 1_000
ASK_EVERY, ASK_EVERY_CALM = 0.06, 1.0


class Probe:
    """One line, tried every few seconds. `passed` says at the end of each try how it went, and is None otherwise."""

    def __init__(self, now: float) -> None:
        self.passed: bool | None = None
        self._next = now + EVERY
        self._began: float | None = None
        self._at = now
        self._usual: float | None = None
        self._asked = now

    def asks(self, now: float) -> bool:
        """Whether to ask the browser for a sign of life now."""
        due = now - self._asked >= (ASK_EVERY_CALM if self._began is None else ASK_EVERY)
        if due:
            self._asked = now
        return due

    def step(self, now: float, delay: float | None) -> int:
        """Every 30 ms or so, told the round trip as it is now: how many bytes to send."""
        elapsed, self._at = now - self._at, now
        self.passed = None
        if delay is None or now < self._next:
            return 0
        if self._began is None:
            self._began, self._usual = now, delay
        if self._usual is None or delay - self._usual > QUEUED:
            return self._end(now, passed=False)
        if now - self._began >= LASTS:
            return self._end(now, passed=True)
        return min(AT_MOST, int(BITRATE / 8 * elapsed))

    def _end(self, now: float, *, passed: bool) -> int:
        self.passed = passed
        self._next, self._began = now + EVERY, None
        return 0
