"""Packets and offers for the relay's tests, built by hand so that every byte of them is known."""

import struct
from pathlib import Path

from app.realtime.relay.counters import Counters
from app.realtime.relay.down_track import DownTrack
from app.realtime.relay.up_track import UpTrack
from app.realtime.relay.wire import rtp, sdp
from app.realtime.relay.wire.formats import Formats
from app.realtime.relay.wire.srtp import PacketBuffer

OFFERS = Path(__file__).parent / "offers"
VP8_KEY = bytes([0x10, 0x00, 0x9D, 0x01, 0x2A])
VP8_DELTA = bytes([0x10, 0x01, 0x00, 0x00])

VIDEO = Formats(90_000, {"VP8": 96, "H264": 108}, {96: 97, 108: 109}, {sdp.ABS_SEND_TIME: 2})
VIDEO_FIREFOX = Formats(90_000, {"VP8": 120}, {120: 124}, {sdp.ABS_SEND_TIME: 4})
AUDIO = Formats(48_000, {"red": 63, "opus": 111}, {}, {sdp.AUDIO_LEVEL: 1})
AUDIO_FIREFOX = Formats(48_000, {"opus": 109}, {}, {sdp.AUDIO_LEVEL: 1})


def offer_text(browser: str) -> str:
    """The offer that `browser` ("chromium" or "firefox") really made with static/js/call/sections.js."""
    return (OFFERS / f"{browser}.sdp").read_bytes().decode()


def packet(
    sequence: int,
    payload: bytes = VP8_DELTA,
    *,
    timestamp: int = 0,
    ssrc: int = 1000,
    payload_type: int = 96,
    extension: bytes = b"",
    padding: int = 0,
) -> bytes:
    """An RTP packet; `extension` is the content of a one-byte header extension, a multiple of four bytes long."""
    first = 0x80 | (0x10 if extension else 0) | (0x20 if padding else 0)
    head = struct.pack("!BBHLL", first, payload_type, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc)
    if extension:
        head += b"\xbe\xde" + struct.pack("!H", len(extension) // 4) + extension
    tail = bytes(padding - 1) + bytes([padding]) if padding else b""
    return head + payload + tail


class Wire:
    """An outlet that keeps what it was given."""

    def __init__(self) -> None:
        self.rtp: list[bytes] = []
        self.rtcp: list[bytes] = []
        self.is_open = True

    def send_rtp(self, packet: bytes, now: float) -> None:
        self.rtp.append(packet)

    def send_in_place(self, buffer: PacketBuffer, size: int, now: float) -> None:
        self.rtp.append(bytes(buffer.view[:size]))

    def send_rtcp(self, packet: bytes, now: float) -> None:
        self.rtcp.append(packet)

    @property
    def headers(self) -> list[rtp.Header]:
        return [rtp.parse(each) for each in self.rtp]

    def sequences(self) -> list[int]:
        return [each.sequence for each in self.headers]


class Line:
    """A source whose sender we are, and one slot that receives it."""

    def __init__(self, kind: str = "video", *, sent: Formats = VIDEO, received: Formats = VIDEO) -> None:
        self.counters = Counters()
        self.sender, self.receiver = Wire(), Wire()
        role = "camera" if kind == "video" else "microphone"
        self.source = UpTrack("a", kind, role, 1000, 2000, sent, self.sender, self.counters)
        self.slot = DownTrack("1", kind, "seat0", received, self.receiver, self.counters)
        self.slot.attach(self.source, 0.0)

    def send(self, data: bytes, now: float = 0.0) -> None:
        self.source.receive(data, rtp.parse(data), now)

    def send_rtx(self, data: bytes, now: float = 0.0) -> None:
        self.source.receive_retransmission(data, rtp.parse(data), now)

    def send_run(self, first: int, end: int, now: float = 0.0) -> None:
        """A key frame and delta frames, sequence numbers `first` to before `end`."""
        for sequence in range(first, end):
            self.send(packet(sequence, VP8_KEY if sequence == first else VP8_DELTA, timestamp=sequence * 3000), now)
