"""Token buckets: how often something may happen, for one stream, one browser or each of many strangers.

Pure state, told the time; the table of strangers has a fixed size, so that spoofed addresses cannot fill the memory.
"""

from collections import OrderedDict

from app.buckets import Bucket


class Allowance:
    """What one browser may do a second, several times what any needs; each kind apart, so that a flood of one leaves
    the others be."""

    __slots__ = ("check", "handshake", "report", "send")

    def __init__(self) -> None:
        self.send = Bucket(3000, 3000)
        self.check = Bucket(100, 200)
        # a whole handshake takes some ten datagrams, and every flight may be sent again
        self.handshake = Bucket(30, 120)
        # one report may ask for hundreds of packets
        self.report = Bucket(300, 300)


class Strangers:
    """One bucket per host, for at most `size` hosts; the one longest unseen is forgotten first."""

    def __init__(self, rate: float, burst: float, size: int = 2048) -> None:
        self._rate = rate
        self._burst = burst
        self._size = size
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def allow(self, host: str, now: float) -> bool:
        """Take one token of `host`; False when it has used up its share."""
        bucket = self._buckets.get(host)
        if bucket is None:
            bucket = self._buckets[host] = Bucket(self._rate, self._burst)
            if len(self._buckets) > self._size:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(host)
        return bucket.take(now)
