"""A DownTrack is one stream a browser receives: a fixed SSRC whose up track may change.

Rewrites whatever up track sits in it into one unbroken stream in the receiver's numbers, as a translator does (RFC 3550
section 7.1), and sends again what the receiver missed (RFC 4588 section 4). It is told the time and given the way to
its receiver; it knows no party, no room and no socket.
"""

import random

from app.buckets import Bucket
from app.realtime.relay.counters import Counters
from app.realtime.relay.loss import Repeats, share_lost
from app.realtime.relay.stream import Outlet, StreamStats, random_ssrc
from app.realtime.relay.up_track import UpTrack
from app.realtime.relay.wire import rtcp, rtp
from app.realtime.relay.wire.formats import Formats
from app.realtime.relay.wire.srtp import PacketBuffer

RETRANSMITS_PER_SECOND = 400.0
# from this loss on (1/256) every repair goes out twice, since it is lost as often; far beyond it the line is too full
LOSSY, FULL = 13, 64
MAX_PADDING = 224
_PADDED = bytes((0xA0,)) + bytes(11)


class DownTrack:
    """One stream a browser receives: a fixed SSRC whose up track may change; `mid` names the browser's section."""

    def __init__(self, mid: str, kind: str, stream: str, formats: Formats, outlet: Outlet, counters: Counters) -> None:
        self.mid, self.kind, self.stream, self.formats = mid, kind, stream, formats
        self.ssrc, self.rtx_ssrc = random_ssrc(), random_ssrc()
        self.up_track: UpTrack | None = None
        self.fraction_lost = 0
        self.lost = 0
        self._lost_at_most = 0
        self.jitter = 0
        self.rtt: float | None = None
        self.packets = 0
        self.octets = 0
        self._outlet, self._counters = outlet, counters
        self._started = False
        self._thin = False
        # payload types of the up track that need nothing but another number, for `carry`
        self._unchanged: dict[int, int] = {}
        self._first = 0
        self._sequence_offset = 0
        self._timestamp_offset = 0
        self._extension_ids: dict[int, int] | None = None
        self._last_sequence = random.getrandbits(15)
        self._last_timestamp = random.getrandbits(32)
        self._last_at: float | None = None
        self._rtx_sequence = random.getrandbits(15)
        self._repeats = Repeats()
        self._retransmits = Bucket(RETRANSMITS_PER_SECOND, RETRANSMITS_PER_SECOND / 2)
        self._reports: dict[int, float] = {}
        # lost and highest sequence number: as the receiver last said, and as `recent_loss` last counted
        self._reported = self._counted = (0, self._last_sequence)

    def attach(self, up_track: UpTrack | None, now: float) -> None:
        """Let `up_track` sit here instead; video begins with a key frame, asked for once the receiver can have it.

        Sooner, it would be spent on nobody, and a browser that has just sent one does not soon send another.
        """
        if up_track is self.up_track:
            return
        if self.up_track is not None:
            self.up_track.receivers.remove(self)
        self.up_track = up_track
        self._started = False
        self.fraction_lost = 0
        if up_track is not None:
            up_track.receivers.append(self)
            self._extension_ids = self._map_extension_ids(up_track)
            self._unchanged = self._map_payload_types(up_track)
            if self._outlet.is_open:
                up_track.want_key_frame(now)

    def thin_out(self, now: float, *, thin: bool) -> None:
        """On a line that takes no more than the sound: no picture, and of the sound everything once only."""
        if thin == self._thin:
            return
        self._thin = thin
        if self.up_track is None:
            return
        self._unchanged = self._map_payload_types(self.up_track)
        if self.kind == "video":
            self._started = False
            # what was last reported was true of the full line
            self.rtt, self.fraction_lost, self._counted = None, 0, self._reported
            if not thin:
                self.up_track.want_key_frame(now)

    def begin_anew(self, now: float) -> None:
        """No picture until a key frame, in a moment: the line is full, and what waits in its queue comes too late."""
        if self._started and self.up_track is not None:
            self._started = False
            self.up_track.want_key_frame_soon(now)

    def _map_extension_ids(self, up_track: UpTrack) -> dict[int, int] | None:
        """Ids by the sender's id, or None when the two browsers number them alike."""
        theirs = self.formats.extensions
        ids = {number: theirs.get(uri, 0) for uri, number in up_track.formats.extensions.items()}
        return None if all(old == new for old, new in ids.items()) else ids

    def _map_payload_types(self, up_track: UpTrack) -> dict[int, int]:
        """Ours by the sender's, of the codecs whose packets need no other change."""
        if self._extension_ids is not None:
            return {}
        ours = self.formats.payload_types
        pairs = {number: ours[name] for name, number in up_track.formats.payload_types.items() if name in ours}
        red = up_track.formats.payload_types.get("red")
        # inside RED the payload types are written once more
        as_it_is = not self._thin and red == ours.get("red")
        return {theirs: number for theirs, number in pairs.items() if theirs != red or as_it_is}

    # -- to the receiver -------------------------------------------------------------------------------------------

    def forward(
        self, packet: bytes, header: rtp.Header, sequence: int, codec: str, *, key_frame: bool, now: float
    ) -> None:
        """Send a packet of the up track on, in this down track's terms."""
        if self._thin and self.kind == "video":
            return
        number = self.formats.payload_types.get(codec)
        if number is None or (codec == "red" and (self._thin or number != header.payload_type)):
            translated = self._translate(packet, header, codec)
            if translated is None:
                return
            packet, number = translated
        if not self._started:
            if self.kind == "video" and not (key_frame and self._outlet.is_open):
                return
            self._begin(sequence, header.timestamp, now)
        elif sequence < self._first:
            return
        out = sequence + self._sequence_offset
        timestamp = header.timestamp + self._timestamp_offset
        if out > self._last_sequence:
            self._last_sequence, self._last_timestamp, self._last_at = out, timestamp, now
        self.packets += 1
        self.octets += len(packet) - 12
        packet = rtp.rewrite(packet, number, out, timestamp, self.ssrc)
        if self._extension_ids is not None:
            packet = rtp.map_extensions(packet, self._extension_ids)
        self._outlet.send_rtp(packet, now)

    def takes(self, payload_type: int) -> bool:
        """Whether `carry` will do for the up track's packets of this type."""
        return self._started and payload_type in self._unchanged

    def carry(
        self, buffer: PacketBuffer, size: int, payload_type: int, sequence: int, timestamp: int, now: float
    ) -> None:
        """As `forward`, for a packet in the buffer that follows the one before it and that `takes` was asked about."""
        out = sequence + self._sequence_offset
        timestamp += self._timestamp_offset
        self._last_sequence, self._last_timestamp, self._last_at = out, timestamp, now
        self.packets += 1
        self.octets += size - 12
        rtp.rewrite_in_place(buffer.view, self._unchanged[payload_type], out, timestamp, self.ssrc)
        self._outlet.send_in_place(buffer, size, now)

    def _translate(self, packet: bytes, header: rtp.Header, codec: str) -> tuple[bytes, int] | None:
        """What this receiver can take of a packet in a format it lacks or numbers differently."""
        if codec != "red":
            self._counters.no_common_codec += 1
            return None
        opus, red = self.formats.payload_types["opus"], self.formats.payload_types.get("red")
        if red is None or self._thin:
            return rtp.strip_red(packet, header), opus
        return rtp.map_red(packet, header, opus), red

    def _begin(self, sequence: int, timestamp: int, now: float) -> None:
        """Continue the down track's numbering with a new up track: next number, timestamp by the time passed."""
        self._started = True
        self._first = sequence
        clock = self.up_track.formats.clock if self.up_track is not None else self.formats.clock
        passed = 1 if self._last_at is None else max(1, int((now - self._last_at) * clock))
        self._sequence_offset = self._last_sequence + 1 - sequence
        self._timestamp_offset = self._last_timestamp + passed - timestamp

    def retransmit(self, wire_sequences: tuple[int, ...], now: float) -> None:
        """Send again what the receiver misses and the up track still has (RFC 4588 section 4); bounded per second."""
        for wire in wire_sequences:
            if not self._repeats.begin(wire, self.rtt, now):
                continue
            if not self._retransmits.take(now):
                self._counters.retransmit_refused += 1
                return
            self._retransmit_one(wire, now)

    def _retransmit_one(self, wire_sequence: int, now: float) -> None:
        if self.up_track is None or not self._started:
            return
        out = rtp.unwrap_sequence(wire_sequence, self._last_sequence)
        sequence = out - self._sequence_offset
        packet = self.up_track.ring.get(sequence)
        if packet is None or sequence < self._first:
            self._counters.retransmit_gone += 1
            return
        header = rtp.parse(packet)
        codec = self.up_track.formats.codec_of(header.payload_type)
        number = self.formats.payload_types.get(codec or "")
        if number is None:
            return
        timestamp = header.timestamp + self._timestamp_offset
        self._counters.retransmitted += 1
        if self._extension_ids is not None:
            packet = rtp.map_extensions(packet, self._extension_ids)
        rtx = self.formats.rtx.get(number)
        if rtx is None:
            self._outlet.send_rtp(rtp.rewrite(packet, number, out, timestamp, self.ssrc), now)
            return
        packet = rtp.wrap_rtx(packet, header, out)
        for _ in range(2 if LOSSY <= self.fraction_lost < FULL else 1):
            self._rtx_sequence += 1
            self._outlet.send_rtp(rtp.rewrite(packet, rtx, self._rtx_sequence, timestamp, self.rtx_ssrc), now)

    def pad(self, size: int, now: float) -> bool:
        """Send about so many bytes of padding, which mean nothing (RFC 4588 section 4); false when it can't be."""
        rtx = next(iter(self.formats.rtx.values()), None)
        if rtx is None or self.up_track is None:
            return False
        for _ in range(0, size, MAX_PADDING):
            self._rtx_sequence += 1
            head = rtp.rewrite(_PADDED, rtx, self._rtx_sequence, self._last_timestamp, self.rtx_ssrc)
            self._outlet.send_rtp(head + bytes(MAX_PADDING - 1) + bytes((MAX_PADDING,)), now)
        return True

    def forward_sender_report(self, report: rtcp.SenderReport, now: float) -> None:
        """Pass the sender's report on, so that the receiver can bring sound and picture together."""
        if not self._started:
            return
        self._reports[(report.ntp >> 16) & 0xFFFFFFFF] = now
        if len(self._reports) > 8:
            del self._reports[next(iter(self._reports))]
        timestamp = report.timestamp + self._timestamp_offset
        packet = rtcp.sender_report(self.ssrc, report, timestamp, self.packets, self.octets, self.stream)
        self._outlet.send_rtcp(packet, now)

    # -- from the receiver -----------------------------------------------------------------------------------------

    def note_report(self, block: rtcp.ReportBlock, now: float) -> None:
        """Take the receiver's report; the round trip follows from the SR it echoes (RFC 3550 section 6.4.1)."""
        self.lost, self.jitter = max(0, block.lost), block.jitter
        self._reported = (block.lost, block.highest)
        # no more than was sent, whatever a browser says
        if (more := min(block.lost, self.packets) - self._lost_at_most) > 0:
            self._lost_at_most += more
            self._counters.lost_down += more
        sent = self._reports.get(block.last_report)
        if sent is not None:
            self.rtt = max(0.0, now - sent - block.delay / 65536)

    def recent_loss(self) -> int:
        """What the receiver lost since this was last asked, in 1/256.

        From its totals (RFC 3550 section 6.4.3), not its own fractions: Chromium reports with every REMB, five times a
        second, and what it says then of a handful of packets is not true of a second.
        """
        expected = self._reported[1] - self._counted[1]
        if expected > 0:
            self.fraction_lost = share_lost(self._reported[0] - self._counted[0], expected)
            self._counted = self._reported
        return self.fraction_lost

    def want_key_frame(self, now: float) -> None:
        """The receiver cannot decode: pass it on to the up_track."""
        if self.up_track is not None:
            self.up_track.want_key_frame(now)

    def stats(self) -> StreamStats | None:
        """Figures since the down track began, or None while nobody sits in it."""
        if self.up_track is None:
            return None
        jitter = self.jitter * 1000 / self.formats.clock
        return StreamStats(
            self.up_track.party, self.up_track.role, "down", self.packets, self.octets, self.lost,
            self.fraction_lost / 256, jitter, self.rtt,
        )  # fmt: skip
