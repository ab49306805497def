"""Streams: a Source is what a browser sends, a Slot is what another receives of it.

A Source tracks loss, keeps packets for retransmission and hands each packet to its slots; a Slot has one SSRC for its
whole life and rewrites whatever source sits in it. Both are told the time and given the way to send; neither knows a
party, a room or a socket.
"""

import random
from dataclasses import dataclass
from typing import Protocol

from app.realtime.relay import rtcp, rtp
from app.realtime.relay.counters import Counters
from app.realtime.relay.errors import Malformed
from app.realtime.relay.limits import Bucket
from app.realtime.relay.loss import Missing, Reception, Ring
from app.realtime.relay.sdp import Formats

KEY_FRAME_GAP = 0.35
FLOWING_WITHIN = 2.0
RETRANSMITS_PER_SECOND = 400.0
# what the relay signs its own feedback with; it sends no media under it
RELAY_SSRC = 1


class Outlet(Protocol):
    """The way to one browser."""

    def send_rtp(self, packet: bytes, now: float) -> None:
        """Encrypt and send an RTP packet."""

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


class Source:
    """One stream a browser sends. `kind` is "audio" or "video", `role` "microphone", "camera" or "screen"."""

    def __init__(
        self, party: str, kind: str, role: str, ssrc: int, rtx_ssrc: int | None, formats: Formats, outlet: Outlet,
        counters: Counters,
    ) -> None:  # fmt: skip
        self.party, self.kind, self.role = party, kind, role
        self.ssrc, self.rtx_ssrc, self.formats = ssrc, rtx_ssrc, formats
        self.slots: list[Slot] = []
        self.ring = Ring()
        self.missing = Missing()
        self.reception = Reception()
        self.octets = 0
        self.last_received = float("-inf")
        self.last_fraction = 0
        self._codecs = {number: name for name, number in formats.payload_types.items()}
        self._rtx = {rtx: number for number, rtx in formats.rtx.items()}
        self._outlet, self._counters = outlet, counters
        self._key_frame_wanted = False
        self._key_frame_asked = float("-inf")
        self._sender_report: tuple[int, float] | None = None

    def flows(self, now: float) -> bool:
        """Whether packets came of late; an idle screen share or a muted camera does not flow."""
        return now - self.last_received < FLOWING_WITHIN

    # -- packets ---------------------------------------------------------------------------------------------------

    def receive(self, packet: bytes, header: rtp.Header, now: float) -> None:
        """Take a packet of this stream's own SSRC."""
        codec = self._codecs.get(header.payload_type)
        if codec is None:
            raise Malformed("payload type was not agreed on")
        self.reception.note_arrival(header.timestamp, self.formats.clock, now)
        self._take(packet, header, codec, now)

    def receive_retransmission(self, packet: bytes, header: rtp.Header, now: float) -> None:
        """Take a packet of the RTX SSRC: only what was asked for is of use, the rest is probing (RFC 4588)."""
        number = self._rtx.get(header.payload_type)
        if number is None:
            raise Malformed("RTX payload type was not agreed on")
        original = rtp.unwrap_rtx(packet, header, number, self.ssrc)
        if original is None:
            return
        restored = rtp.parse(original)
        if rtp.unwrap_sequence(restored.sequence, self.reception.highest) in self.missing:
            self._counters.recovered += 1
            self._take(original, restored, self._codecs[number], now)

    def _take(self, packet: bytes, header: rtp.Header, codec: str, now: float) -> None:
        sequence = self._place(header.sequence, now)
        if sequence is None:
            return
        self.reception.received += 1
        self.octets += len(packet)
        self.last_received = now
        if self.kind == "video":
            self.ring.put(sequence, packet)
        key_frame = self._key_frame_wanted and rtp.is_key_frame(codec, packet, header)
        if key_frame:
            self._key_frame_wanted = False
        for slot in self.slots:
            slot.forward(packet, header, sequence, codec, key_frame=key_frame, now=now)

    def _place(self, wire_sequence: int, now: float) -> int | None:
        """The packet's unbounded sequence number, or None for a duplicate; asks for what was skipped."""
        reception = self.reception
        if reception.first is None:
            reception.first = reception.highest = wire_sequence
            return wire_sequence
        sequence = rtp.unwrap_sequence(wire_sequence, reception.highest)
        if sequence > reception.highest:
            if sequence > reception.highest + 1 and self.kind == "video":
                self._ask_for_gap(reception.highest + 1, sequence, now)
            reception.highest = sequence
            return sequence
        if self.kind == "video" and not self.missing.arrived(sequence) and self.ring.get(sequence) is not None:
            return None
        return None if sequence == reception.highest else sequence

    # -- feedback to the sender ------------------------------------------------------------------------------------

    def _ask_for_gap(self, first: int, end: int, now: float) -> None:
        wanted = self.missing.open_gap(first, end, now)
        if wanted is None:
            self.want_key_frame(now)
        else:
            self._send_nack(wanted, now)

    def _send_nack(self, sequences: list[int], now: float) -> None:
        if sequences:
            self._counters.nacks_sent += len(sequences)
            wire = [each & rtp.SEQUENCE_MASK for each in sequences]
            self._outlet.send_rtcp(rtcp.nack(RELAY_SSRC, self.ssrc, wire), now)

    def want_key_frame(self, now: float) -> None:
        """Ask for a key frame, and go on asking until one comes: a PLI soon after a key frame is not answered."""
        if self.kind == "video":
            self._key_frame_wanted = True
            self._ask_for_key_frame(now)

    def _ask_for_key_frame(self, now: float) -> None:
        if now - self._key_frame_asked >= KEY_FRAME_GAP:
            self._key_frame_asked = now
            self._counters.key_frames_asked += 1
            self._outlet.send_rtcp(rtcp.picture_loss(RELAY_SSRC, self.ssrc), now)

    def tick(self, now: float) -> None:
        """Repeat what was asked for and has not come; to be called every 30 ms or so."""
        if len(self.missing):
            self._send_nack(self.missing.due(now), now)
        if self._key_frame_wanted and self.flows(now):
            self._ask_for_key_frame(now)

    def note_sender_report(self, report: rtcp.SenderReport, now: float) -> None:
        """Keep the report for our own, and pass it on in every slot's terms."""
        self._sender_report = ((report.ntp >> 16) & 0xFFFFFFFF, now)
        for slot in self.slots:
            slot.forward_sender_report(report, now)

    def report(self, now: float) -> rtcp.Block | None:
        """The report block for the sender; its loss is that of the worst leg, so that FEC and rate control react."""
        last, delay = 0, 0
        if self._sender_report is not None:
            last, at = self._sender_report
            delay = int((now - at) * 65536) & 0xFFFFFFFF
        worst = max((slot.fraction_lost for slot in self.slots), default=0)
        block = self.reception.report(self.ssrc, worst, last, delay)
        self.last_fraction = block.fraction_lost if block is not None else 0
        return block

    def stats(self) -> StreamStats:
        """Figures since the stream began."""
        got = self.reception
        jitter = got.jitter * 1000 / self.formats.clock
        return StreamStats(
            self.party, self.role, "up", got.received, self.octets, got.lost, self.last_fraction / 256, jitter, None
        )


class Slot:
    """One stream a browser receives: a fixed SSRC whose source may change; `mid` names the browser's section."""

    def __init__(self, mid: str, kind: str, stream: str, formats: Formats, outlet: Outlet, counters: Counters) -> None:
        self.mid, self.kind, self.stream, self.formats = mid, kind, stream, formats
        self.ssrc, self.rtx_ssrc = random_ssrc(), random_ssrc()
        self.source: Source | None = None
        self.fraction_lost = 0
        self.lost = 0
        self.jitter = 0
        self.rtt: float | None = None
        self.packets = 0
        self.octets = 0
        self._outlet, self._counters = outlet, counters
        self._started = False
        self._first = 0
        self._sequence_offset = 0
        self._timestamp_offset = 0
        self._extension_ids: dict[int, int] | None = None
        self._last_sequence = random.getrandbits(15)
        self._last_timestamp = random.getrandbits(32)
        self._last_at: float | None = None
        self._rtx_sequence = random.getrandbits(15)
        self._retransmits = Bucket(RETRANSMITS_PER_SECOND, RETRANSMITS_PER_SECOND / 2)
        self._reports: dict[int, float] = {}

    def attach(self, source: Source | None, now: float) -> None:
        """Let `source` sit here instead; video begins with its next key frame, which is asked for."""
        if source is self.source:
            return
        if self.source is not None:
            self.source.slots.remove(self)
        self.source = source
        self._started = False
        self.fraction_lost = 0
        if source is not None:
            source.slots.append(self)
            self._extension_ids = self._map_extension_ids(source)
            source.want_key_frame(now)

    def _map_extension_ids(self, source: Source) -> dict[int, int] | None:
        """Ids by the sender's id, or None when the two browsers number them alike."""
        theirs = self.formats.extensions
        ids = {number: theirs.get(uri, 0) for uri, number in source.formats.extensions.items()}
        return None if all(old == new for old, new in ids.items()) else ids

    # -- to the receiver -------------------------------------------------------------------------------------------

    def forward(
        self, packet: bytes, header: rtp.Header, sequence: int, codec: str, *, key_frame: bool, now: float
    ) -> None:
        """Send a packet of the source on, in this slot's terms."""
        number = self.formats.payload_types.get(codec)
        if number is None or (codec == "red" and number != header.payload_type):
            translated = self._translate(packet, header, codec)
            if translated is None:
                return
            packet, number = translated
        if not self._started:
            if self.kind == "video" and not key_frame:
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

    def _translate(self, packet: bytes, header: rtp.Header, codec: str) -> tuple[bytes, int] | None:
        """What this receiver can take of a packet in a format it lacks or numbers differently."""
        if codec != "red":
            self._counters.no_common_codec += 1
            return None
        opus, red = self.formats.payload_types["opus"], self.formats.payload_types.get("red")
        if red is None:
            return rtp.strip_red(packet, header), opus
        return rtp.map_red(packet, header, opus), red

    def _begin(self, sequence: int, timestamp: int, now: float) -> None:
        """Continue the slot's numbering with a new source: next sequence number, timestamp by the time passed."""
        self._started = True
        self._first = sequence
        clock = self.source.formats.clock if self.source is not None else self.formats.clock
        passed = 1 if self._last_at is None else max(1, int((now - self._last_at) * clock))
        self._sequence_offset = self._last_sequence + 1 - sequence
        self._timestamp_offset = self._last_timestamp + passed - timestamp

    def retransmit(self, wire_sequences: tuple[int, ...], now: float) -> None:
        """Send again what the receiver misses and the source still has (RFC 4588); bounded per second."""
        for wire in wire_sequences:
            if not self._retransmits.take(now):
                self._counters.retransmit_refused += 1
                return
            self._retransmit_one(wire, now)

    def _retransmit_one(self, wire_sequence: int, now: float) -> None:
        if self.source is None or not self._started:
            return
        out = rtp.unwrap_sequence(wire_sequence, self._last_sequence)
        sequence = out - self._sequence_offset
        packet = self.source.ring.get(sequence)
        if packet is None or sequence < self._first:
            return
        header = rtp.parse(packet)
        codec = self.source.formats.codec_of(header.payload_type)
        number = self.formats.payload_types.get(codec or "")
        if number is None:
            return
        timestamp = header.timestamp + self._timestamp_offset
        self._counters.retransmitted += 1
        rtx = self.formats.rtx.get(number)
        if rtx is None:
            packet = rtp.rewrite(packet, number, out, timestamp, self.ssrc)
        else:
            self._rtx_sequence += 1
            packet = rtp.wrap_rtx(packet, header, out)
            packet = rtp.rewrite(packet, rtx, self._rtx_sequence, timestamp, self.rtx_ssrc)
        if self._extension_ids is not None:
            packet = rtp.map_extensions(packet, self._extension_ids)
        self._outlet.send_rtp(packet, now)

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

    def note_report(self, block: rtcp.Block, now: float) -> None:
        """Take the receiver's report; the round trip follows from the SR it echoes (RFC 3550 section 6.4.1)."""
        self.fraction_lost, self.lost, self.jitter = block.fraction_lost, block.lost, block.jitter
        sent = self._reports.get(block.last_report)
        if sent is not None:
            self.rtt = max(0.0, now - sent - block.delay / 65536)

    def want_key_frame(self, now: float) -> None:
        """The receiver cannot decode: pass it on to the source."""
        if self.source is not None:
            self.source.want_key_frame(now)

    def stats(self) -> StreamStats | None:
        """Figures since the slot began, or None while nobody sits in it."""
        if self.source is None:
            return None
        jitter = self.jitter * 1000 / self.formats.clock
        return StreamStats(
            self.source.party, self.source.role, "down", self.packets, self.octets, self.lost,
            self.fraction_lost / 256, jitter, self.rtt,
        )  # fmt: skip
