"""How fast each party may send, the least of what its receivers' lines can take; and when a line takes no picture.

Pure decisions, told the time, on REMB estimates (draft-alvestrand-rmcat-remb section 2) and on which streams flow; the
room supplies both.
"""

from collections.abc import Iterable

START_BITRATE = 900_000
MAX_BITRATE = 3_000_000
OVERUSE = 0.9

# a queue that is always full delays everything alike, which receivers don't see: so much lost or so late for two
# seconds, or a little lost and late at once, is a full line. A tenth lost at random is not
TOO_LOSSY, TOO_LATE, LOSSY = 0.16, 0.15, 0.04
FULL_FOR = 2
LESS, MORE = 0.85, 1.05

# sound alone takes some 60 kbit/s; below this a picture costs more of it than it is worth
ENOUGH_BITRATE = 110_000
TOO_LITTLE_FOR = 1.0
# what a picture begins with again. Browsers raise what they send by 8 % a second and no faster: they are told this rate
# already while video is suspended, to be there when the line is back, and let off the leash bit by bit
TRIAL_BITRATE = 150_000
TRIAL_FOR = 3.0
RAISE_BY = 1.15
FIRST_REST, MAX_REST = 10.0, 60.0
# what is said of a line in its first seconds is still about the one before, and about the gap between them
IGNORE_ESTIMATES_FOR_S = 3.0
PROVEN_AFTER = 60.0
PATIENCE = 10.0


class Downlink:
    """What one receiver says its line can take, in bit/s, and whether video is suspended so that the sound stays clear.

    Once the line takes too little for a second, video is suspended for ten, and on until a probe says that the line has
    room. Then they are on trial: the receiver must see within three seconds that its line takes enough. Each further
    time they rest twice as long, up to a minute, until they have been there for a minute without resting. What is said
    before `ignore_until` is not believed: it is of another line.
    """

    def __init__(self, ignore_until: float = 0.0) -> None:
        self.bitrate: int | None = None
        self.video_suspended = False
        self.on_trial = False
        self._floor = float(START_BITRATE)
        self._has_dropped = False
        self._cap = self._least_trip = float("inf")
        self._full_for = 0
        self._too_little_since: float | None = None
        self._ignore_until = ignore_until
        self._until = self._earliest = 0.0
        self._rest = FIRST_REST
        self._began: float | None = None

    @property
    def is_thin(self) -> bool:
        """Whether the sound should go without redundancy."""
        return self.video_suspended or self.on_trial

    def note(self, bitrate: int, now: float) -> None:
        """Take an estimate. Until the first marked drop it is a ramp from nothing and says little about the line."""
        if now < self._ignore_until:
            return
        if self.bitrate is not None and bitrate < OVERUSE * self.bitrate:
            self._has_dropped = True
        self.bitrate = bitrate
        if min(bitrate, self._cap) >= ENOUGH_BITRATE or not self._has_dropped:
            self._too_little_since = None
        elif self._too_little_since is None:
            self._too_little_since = now

    def note_leg(self, lost: float, round_trip: float | None, sent: float, now: float) -> bool:
        """Every second while a picture flows: share lost, seconds, bit/s sent. True when less is believed from now."""
        if now < self._ignore_until:
            return False
        if round_trip is not None:
            self._least_trip = min(self._least_trip, round_trip)
        late = round_trip is not None and round_trip - self._least_trip > TOO_LATE
        if not late and lost < TOO_LOSSY:
            self._full_for = 0
            self._cap *= MORE
            return False
        self._full_for += FULL_FOR if late and lost >= LOSSY else 1
        if self._full_for < FULL_FOR:
            return False
        # what is reported next may still be of the time before
        self._full_for, self._has_dropped = -FULL_FOR, True
        self._cap = min(self._cap, LESS * sent * (1 - lost))
        return True

    def tick(self, now: float, *, flowing: bool) -> bool:
        """Every second, told whether any picture comes that way. True when pictures begin to rest, return or stay."""
        if self.video_suspended:
            return now >= self._until and self._try_again()
        if self._began is None and flowing:
            self._began = now
        if self.on_trial:
            return self._judge(now)
        if self._too_little_since is not None and now - self._too_little_since >= TOO_LITTLE_FOR:
            return self._pause(now)
        if not self._has_dropped:
            self._floor = min(START_BITRATE, RAISE_BY * self._floor)
        if self._began is not None and now - self._began >= PROVEN_AFTER:
            self._rest = FIRST_REST
        return False

    def _pause(self, now: float) -> bool:
        self.video_suspended, self.on_trial = True, False
        self._until = self._earliest = now + self._rest
        self._rest = min(MAX_REST, 2 * self._rest)
        return True

    def note_probe(self, now: float, *, passed: bool) -> None:
        """While video is suspended: whether the line took a little more for a moment (`probe.Probe`)."""
        self._until = max(now, self._earliest) if passed else max(self._until, now + PATIENCE)

    def _try_again(self) -> bool:
        self.video_suspended, self.on_trial = False, True
        self._has_dropped, self._too_little_since = False, None
        self._floor, self._began = TRIAL_BITRATE, None
        self._cap, self._full_for = float("inf"), 0
        return True

    def _judge(self, now: float) -> bool:
        if self.bitrate is not None and self.bitrate >= ENOUGH_BITRATE:
            self.on_trial = False
            return True
        return self._began is not None and now - self._began >= TRIAL_FOR and self._pause(now)

    def share(self, flowing: int) -> float | None:
        """One of `flowing` streams' part of the line; None before the first estimate.

        Floored before the first drop, else a new picture would need 40 s to become sharp.
        """
        if self.bitrate is None:
            return None
        believed = self.bitrate if self._has_dropped else max(self.bitrate, self._floor)
        return min(believed, self._cap) / max(1, flowing)


def target(shares_by_source: Iterable[Iterable[float | None]]) -> int | None:
    """The bit rate to ask of a sender: the sum over its flowing up tracks of each one's smallest share, or None."""
    total = 0.0
    for shares in shares_by_source:
        known = [share for share in shares if share is not None]
        if known:
            total += min(known)
    return int(min(total, MAX_BITRATE)) if total else None
