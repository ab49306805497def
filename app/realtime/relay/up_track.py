"""An UpTrack is one stream a browser sends (RFC 3550 section 3): counted, repaired, and handed to its receivers.

Tracks loss and asks again (RFC 4585 section 6.2.1), keeps packets for retransmission (RFC 4588 section 4), asks for key
frames until one comes (RFC 4585 section 6.3.1). It is told the time and given the way to its sender; it knows no party,
no room and no socket.
"""

from typing import Protocol

from app.realtime.relay.counters import Counters
from app.realtime.relay.errors import Malformed
from app.realtime.relay.loss import Missing, Reception, Ring
from app.realtime.relay.stream import RELAY_SSRC, Outlet, StreamStats
from app.realtime.relay.wire import rtcp, rtp
from app.realtime.relay.wire.formats import Formats
from app.realtime.relay.wire.srtp import PacketBuffer

KEY_FRAME_GAP = 0.35
FLOWING_WITHIN = 2.0


class Receiver(Protocol):
    """Whoever the stream is handed to: a `DownTrack` of somebody else's."""

    def attach(self, up_track: "UpTrack | None", now: float) -> None:
        """Take another stream, or none, from now on."""

    def takes(self, payload_type: int) -> bool:
        """Whether `carry` will do for packets of this type."""

    def carry(
        self, buffer: PacketBuffer, size: int, payload_type: int, sequence: int, timestamp: int, now: float
    ) -> None:
        """Send the packet in the buffer on, as it came but for its numbers."""

    def forward(
        self, packet: bytes, header: rtp.Header, sequence: int, codec: str, *, key_frame: bool, now: float
    ) -> None:
        """Send a packet on."""

    def forward_sender_report(self, report: rtcp.SenderReport, now: float) -> None:
        """Send the sender's clock on."""

    def recent_loss(self) -> int:
        """What was lost since this was last asked, in 1/256."""


class UpTrack:
    """One stream a browser sends. `kind` is "audio" or "video", `role` "microphone", "camera" or "screen"."""

    def __init__(
        self, party: str, kind: str, role: str, ssrc: int, rtx_ssrc: int | None, formats: Formats, outlet: Outlet,
        counters: Counters,
    ) -> None:  # fmt: skip
        self.party, self.kind, self.role = party, kind, role
        self.ssrc, self.rtx_ssrc, self.formats = ssrc, rtx_ssrc, formats
        self.receivers: list[Receiver] = []
        self.ring = Ring()
        self.missing = Missing()
        self.reception = Reception()
        self.octets = 0
        self.last_received = float("-inf")
        self._codecs = {number: name for name, number in formats.payload_types.items()}
        self._rtx = {rtx: number for number, rtx in formats.rtx.items()}
        self._outlet, self._counters = outlet, counters
        self._key_frame_wanted = False
        self._key_frame_asked = float("-inf")
        self._sender_report: tuple[int, float] | None = None

    def flows(self, now: float) -> bool:
        """Whether packets came of late; an idle screen share or a muted camera does not flow."""
        return now - self.last_received < FLOWING_WITHIN

    def shows(self, now: float) -> bool:
        """Whether it is a picture that flows."""
        return self.kind == "video" and self.flows(now)

    # -- packets ---------------------------------------------------------------------------------------------------

    def receive(self, packet: bytes, header: rtp.Header, now: float) -> None:
        """Take a packet of this stream's own SSRC."""
        codec = self._codecs.get(header.payload_type)
        if codec is None:
            raise Malformed("payload type was not agreed on")
        self.reception.note_arrival(header.timestamp, self.formats.clock, now)
        self._take(packet, header, codec, now)

    def carry(
        self, buffer: PacketBuffer, size: int, payload_type: int, wire_sequence: int, timestamp: int, now: float
    ) -> bool:
        """As `receive`, for a packet in order when every receiver takes it unchanged, else nothing is touched."""
        reception = self.reception
        if reception.first is None or self._key_frame_wanted or not rtp.is_plain(buffer.view, size):
            return False
        sequence, receivers = reception.highest + 1, self.receivers
        if wire_sequence != sequence & rtp.SEQUENCE_MASK or payload_type not in self._codecs:
            return False
        for receiver in receivers:
            if not receiver.takes(payload_type):
                return False
        reception.note_arrival(timestamp, self.formats.clock, now)
        reception.highest = sequence
        reception.received += 1
        self.octets += size
        self.last_received = now
        packet = bytes(buffer.view[:size]) if self.kind == "video" or len(receivers) > 1 else b""
        if self.kind == "video":
            self.ring.put(sequence, packet)
        for index, receiver in enumerate(receivers):
            if index:
                buffer.put(packet)
            receiver.carry(buffer, size, payload_type, sequence, timestamp, now)
        self._ask_again(now)
        return True

    def receive_retransmission(self, packet: bytes, header: rtp.Header, now: float) -> None:
        """Take a packet of the RTX SSRC (RFC 4588 section 4): what was not asked for is probing."""
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
        before = self.reception.highest
        sequence = self._place(header.sequence, now)
        if sequence is None:
            return
        self.reception.received += 1
        if codec == "red" and sequence > before + 1:
            # it also holds what the packet before it held (RFC 2198)
            self.reception.repaired += 1
        self.octets += len(packet)
        self.last_received = now
        if self.kind == "video":
            self.ring.put(sequence, packet)
        key_frame = self._key_frame_wanted and rtp.is_key_frame(codec, packet, header)
        if key_frame:
            self._key_frame_wanted = False
        for receiver in self.receivers:
            receiver.forward(packet, header, sequence, codec, key_frame=key_frame, now=now)
        self._ask_again(now)

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

    def _ask_again(self, now: float) -> None:
        if len(self.missing):
            self._send_nack(self.missing.due(now), now)

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

    def want_key_frame_soon(self, now: float) -> None:
        """As `want_key_frame`, but a third of a second later: first a full line's queue is to empty."""
        self._key_frame_wanted = True
        self._key_frame_asked = now

    def _ask_for_key_frame(self, now: float) -> None:
        if now - self._key_frame_asked >= KEY_FRAME_GAP:
            self._key_frame_asked = now
            self._counters.key_frames_asked += 1
            self._outlet.send_rtcp(rtcp.picture_loss(RELAY_SSRC, self.ssrc), now)

    def tick(self, now: float) -> None:
        """Repeat what was asked for and has not come; to be called every 30 ms or so, for when no packets come."""
        self._ask_again(now)
        if self._key_frame_wanted and self.flows(now):
            self._ask_for_key_frame(now)

    def note_sender_report(self, report: rtcp.SenderReport, now: float) -> None:
        """Keep its clock for our own report (RFC 3550 section 6.4.1), and pass it on in every down track's terms."""
        self._sender_report = ((report.ntp >> 16) & 0xFFFFFFFF, now)
        for receiver in self.receivers:
            receiver.forward_sender_report(report, now)

    def report(self, now: float) -> rtcp.ReportBlock | None:
        """The report block for the sender; its loss is that of the worst leg, so that FEC and rate control react."""
        last, delay = 0, 0
        if self._sender_report is not None:
            last, at = self._sender_report
            delay = int((now - at) * 65536) & 0xFFFFFFFF
        worst = max((receiver.recent_loss() for receiver in self.receivers), default=0)
        block = self.reception.report(self.ssrc, worst, last, delay)
        self._counters.lost_up += self.reception.lost_anew()
        return block

    def stats(self) -> StreamStats:
        """Figures since the stream began."""
        got = self.reception
        jitter = got.jitter * 1000 / self.formats.clock
        return StreamStats(
            self.party, self.role, "up", got.received, self.octets, got.lost, got.fraction / 256, jitter, None
        )
