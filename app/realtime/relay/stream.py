"""What a stream a browser sends (`up_track.UpTrack`) and one it receives (`down_track.DownTrack`) have in common."""

import random
from dataclasses import dataclass
from typing import Protocol

from app.realtime.relay.wire.srtp import PacketBuffer

# what the relay signs its own feedback with; it sends no media under it
RELAY_SSRC = 1


class Outlet(Protocol):
    """The way to one browser."""

    @property
    def is_open(self) -> bool:
        """Whether what is sent now gets there: not before the handshake is done."""

    def send_rtp(self, packet: bytes, now: float) -> None:
        """Encrypt and send an RTP packet."""

    def send_in_place(self, buffer: PacketBuffer, size: int, now: float) -> None:
        """Encrypt and send the RTP packet in the buffer, which is used up by it."""

    def send_rtcp(self, packet: bytes, now: float) -> None:
        """Encrypt and send an RTCP packet."""


@dataclass(frozen=True, slots=True)
class StreamStats:
    """One stream's figures: totals, loss as a share of the last second, seconds of round trip where known."""

    party: str
    kind: str
    direction: str
    packets: int
    octets: int
    lost: int
    loss: float
    jitter_ms: float
    rtt: float | None


def random_ssrc() -> int:
    """A random SSRC (RFC 3550 section 8.1), never zero."""
    return random.getrandbits(32) | 1
