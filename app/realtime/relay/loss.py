"""What was received of one stream, what is missing, and what can be sent again.

Pure state, told the time. Sequence numbers are unbounded integers here (`rtp.unwrap_sequence`); the wire has 16 bits.
"""

from app.buckets import Bucket
from app.realtime.relay.wire.rtcp import ReportBlock

RING = 1024
# the first repetition makes up for a lost NACK: a sender that has answered ignores it for one round trip
FIRST_RETRY_AFTER = 0.02
RETRY_AFTER = 0.045
GIVE_UP_AFTER = 1.0
MAX_GAP = 100
MAX_MISSING = 150
REQUESTS_PER_SECOND = 400.0
# of what was sent again: so many, and none is held back longer than this many seconds
REMEMBERED, MAX_TRIP = 512, 0.5


def share_lost(lost: int, expected: int) -> int:
    """In 1/256, as report blocks have it (RFC 3550 appendix A.3)."""
    return min(255, lost * 256 // expected) if expected > 0 and lost > 0 else 0


class Reception:
    """Counts one stream as RFC 3550 appendix A.3 and A.8 do, for the report sent back to its sender."""

    def __init__(self) -> None:
        self.first: int | None = None
        self.highest = 0
        self.received = 0
        self.repaired = 0
        self.lost = 0
        self.fraction = 0
        self.jitter = 0.0
        self._lost_at_most = 0
        self._last_transit: float | None = None
        self._expected_before = 0
        self._received_before = 0

    def note_arrival(self, timestamp: int, clock: int, now: float) -> None:
        """Update the interarrival jitter; retransmissions are not to be counted here."""
        transit = now * clock - timestamp
        if self._last_transit is not None:
            difference = abs(transit - self._last_transit)
            # a jump of seconds is a new timestamp base, not jitter
            if difference < 5 * clock:
                self.jitter += (difference - self.jitter) / 16
        self._last_transit = transit

    def report(self, ssrc: int, worst_leg: int, last_report: int, delay: int) -> ReportBlock | None:
        """A report block; None before any packet.

        Its fraction, which error correction goes by, is the worse of this stream's own and `worst_leg` (1/256). Its
        total, which rate control goes by, leaves out what retransmission or redundancy made good: such loss is no
        reason to send less.
        """
        if self.first is None:
            return None
        expected = self.highest - self.first + 1
        self.lost = max(0, expected - self.received - self.repaired)
        expected_now, received_now = expected - self._expected_before, self.received - self._received_before
        self._expected_before, self._received_before = expected, self.received
        lost_now = expected_now - received_now
        self.fraction = share_lost(lost_now, expected_now)
        highest, jitter = self.highest & 0xFFFFFFFF, int(self.jitter) & 0xFFFFFFFF
        return ReportBlock(
            ssrc, max(self.fraction, worst_leg), min(self.lost, 0x7FFFFF), highest, jitter, last_report, delay
        )

    def lost_anew(self) -> int:
        """How many more are lost than ever were before; what comes after its report is not counted back."""
        more = max(0, self.lost - self._lost_at_most)
        self._lost_at_most += more
        return more


class Missing:
    """The packets asked for again and not yet here: when they were first missed, and when to ask again."""

    def __init__(self) -> None:
        self._since: dict[int, tuple[float, float]] = {}
        self._next = float("inf")
        self._budget = Bucket(REQUESTS_PER_SECOND, REQUESTS_PER_SECOND / 2)
        self.given_up = 0

    def __len__(self) -> int:
        return len(self._since)

    def __contains__(self, sequence: int) -> bool:
        return sequence in self._since

    def open_gap(self, first: int, end: int, now: float) -> list[int] | None:
        """Packets `first` to before `end` did not come; those to ask for, or None when a key frame is cheaper."""
        if end - first >= MAX_GAP or len(self._since) + end - first >= MAX_MISSING:
            self.given_up += len(self._since) + end - first
            self._since.clear()
            return None
        gap = list(range(first, end))
        again = now + FIRST_RETRY_AFTER
        self._next = min(self._next, again)
        for sequence in gap:
            self._since[sequence] = (now, again)
        return [each for each in gap if self._budget.take(now)]

    def arrived(self, sequence: int) -> bool:
        """Whether `sequence` had been missing; it no longer is."""
        return self._since.pop(sequence, None) is not None

    def due(self, now: float) -> list[int]:
        """What to ask for again now; what is older than a second is given up. At overload NACKs feed on themselves,
        so they are also bounded per second."""
        if now < self._next:
            return []
        again: list[int] = []
        for sequence, (since, due) in list(self._since.items()):
            if now - since > GIVE_UP_AFTER:
                del self._since[sequence]
                self.given_up += 1
            elif now >= due and self._budget.take(now):
                self._since[sequence] = (since, now + RETRY_AFTER)
                again.append(sequence)
        self._next = min((due for _, due in self._since.values()), default=float("inf"))
        return again


class Repeats:
    """What was sent again of late: browsers that only receive ask every tenth of a second, whatever the round trip.

    On a full line what goes out again each time fills the very queue it is lost from.
    """

    def __init__(self) -> None:
        self._sent: dict[int, float] = {}

    def begin(self, sequence: int, round_trip: float | None, now: float) -> bool:
        """False when `sequence` was sent again less than a round trip (in seconds) ago, so may still be on its way."""
        sent = self._sent.pop(sequence, float("-inf"))
        begins = now - sent >= min(round_trip or 0.0, MAX_TRIP)
        self._sent[sequence] = now if begins else sent
        if len(self._sent) > REMEMBERED:
            del self._sent[next(iter(self._sent))]
        return begins


class Ring:
    """The last 1,024 packets of a stream, by sequence number."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: list[tuple[int, bytes] | None] = [None] * RING

    def put(self, sequence: int, packet: bytes) -> None:
        """Keep `packet` in place of the one 1,024 before it."""
        self._entries[sequence & (RING - 1)] = (sequence, packet)

    def get(self, sequence: int) -> bytes | None:
        """The packet, or None when it never came or was overwritten."""
        entry = self._entries[sequence & (RING - 1)]
        return entry[1] if entry is not None and entry[0] == sequence else None
