"""Token buckets: how often something may happen. Pure state, told the time."""


class Bucket:
    """Allows `rate` events a second on average and `burst` at once."""

    __slots__ = ("_burst", "_rate", "_tokens", "_updated")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._updated = 0.0

    def take(self, now: float) -> bool:
        """Take one token; False when there is none left."""
        self._tokens = min(self._burst, self._tokens + (now - self._updated) * self._rate)
        self._updated = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
