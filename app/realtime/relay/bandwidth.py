"""How fast each party may send: the least of what its receivers' lines can take.

Pure decisions on REMB estimates (draft-alvestrand-rmcat-remb) and on which streams flow; the room supplies both.
"""

from collections.abc import Iterable

START_BITRATE = 900_000
MAX_BITRATE = 3_000_000
OVERUSE = 0.9


class Downlink:
    """What one receiver says its line can take, in bit/s."""

    def __init__(self) -> None:
        self.bitrate: int | None = None
        self._has_dropped = False

    def note(self, bitrate: int) -> None:
        """Take an estimate. Until the first marked drop it is a ramp from nothing and says little about the line."""
        if self.bitrate is not None and bitrate < OVERUSE * self.bitrate:
            self._has_dropped = True
        self.bitrate = bitrate

    def share(self, flowing: int) -> float | None:
        """One of `flowing` streams' part of the line; None before the first estimate.

        Floored before the first drop, else a new picture would need 40 s to become sharp.
        """
        if self.bitrate is None:
            return None
        believed = self.bitrate if self._has_dropped else max(self.bitrate, START_BITRATE)
        return believed / max(1, flowing)


def target(shares_by_source: Iterable[Iterable[float | None]]) -> int | None:
    """The bit rate to ask of a sender: the sum over its flowing sources of each one's smallest share, or None."""
    total = 0.0
    for shares in shares_by_source:
        known = [share for share in shares if share is not None]
        if known:
            total += min(known)
    return int(min(total, MAX_BITRATE)) if total else None
