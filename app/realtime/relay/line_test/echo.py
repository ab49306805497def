"""A browser alone with the relay, to try its line: its own sound and picture come back, and a train of packets is sent.

Repairs nothing, unlike a call: no retransmission either way, so what is missing was lost on the line. It sends no
reception reports, because a browser takes the rate it is asked for at face value until the first of them.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from app.buckets import Bucket
from app.realtime.relay.connection import RelayContext
from app.realtime.relay.errors import BadOffer, Malformed
from app.realtime.relay.stream import RELAY_SSRC
from app.realtime.relay.transport import State, Transport
from app.realtime.relay.wire import answer, rtcp, rtp, sdp
from app.realtime.relay.wire.formats import Formats, choose_formats
from app.realtime.relay.wire.ice import Credentials, IceLite
from app.realtime.relay.wire.srtp import PacketBuffer

LINE_OVERHEAD = 44
"""What a packet weighs on the line beyond its plain bytes: IPv4, UDP and the SRTP tag (RFC 7714 section 12)."""
SMALL, LARGE = 80, 1060
_CLOCK = 90_000
_PADDING = 0x20


class Pinger(IceLite):
    """An ICE agent that asks for a sign of life as often as it is told to, and remembers how long each took."""

    max_asked = 1_000

    def __init__(self, now: float) -> None:
        super().__init__(Credentials("", ""), now)
        self.round_trips: list[float] = []

    def _took(self, seconds: float) -> None:
        self.rtt = seconds
        self.round_trips.append(seconds)

    def delay(self, now: float) -> float:
        """The round trip as it is now, in seconds, also while the first answer is waited for."""
        waited = now - min((at for at, _ in self._asked.values()), default=now)
        return max(waited, self.rtt or 0.0)


@dataclass(frozen=True, slots=True)
class _Way:
    """Where what comes with one SSRC goes back to."""

    ssrc: int
    payload_types: frozenset[int]
    kind: str
    clock: int


class Echo:
    """One browser's connection. `on_packet` hears of every packet that came up: its kind, clock, header and size."""

    def __init__(
        self,
        context: RelayContext,
        on_state: Callable[[State], None],
        on_packet: Callable[[str, int, rtp.Header, int, float], None],
    ) -> None:
        self.gives_back = True
        self._context = context
        self._on_state = on_state
        self._on_packet = on_packet
        now = context.clock()
        self.pinger = Pinger(now)
        self._transport = Transport(context.port, context.identity, context.tasks, context.counters, self, now)
        self._transport.ice = self.pinger
        self._ways: dict[int, _Way] = {}
        self._sequences: dict[int, int] = {}
        self._train: tuple[int, int] | None = None
        self._key_frames = Bucket(3.0, 1.0)
        self._start = now

    # -- negotiation -----------------------------------------------------------------------------------------------

    def negotiate(self, offer_sdp: str) -> str:
        """Answer the one offer there is; raises BadOffer when it has nothing to send in or no section for the train."""
        offer = sdp.parse_offer(offer_sdp)
        self._transport.reduced_size = all(each.rtcp_rsize for each in offer.sections if each.kind == "video")
        formats = {each.mid: choose_formats(each) for each in offer.sections if each.usable}
        sending = {each.mid: self._lay_out(each, formats[each.mid]) for each in offer.sections if each.receives}
        if not self._ways or self._train is None:
            raise BadOffer("nothing to try the line with")
        self._transport.expect([ssrc for each in offer.sections for ssrc in (*each.ssrcs, *each.rtx_ssrcs.values())])
        self._transport.start(Credentials(offer.ufrag, offer.password), offer.fingerprints)
        credentials, port = self.pinger.current, self._context.port
        local = answer.Local(
            credentials.ufrag, credentials.password, self._transport.fingerprint, port.candidates(),
            session=random.getrandbits(40), version=1,
        )  # fmt: skip
        # a microphone nobody speaks into shall send all the same: its packets are what the line is judged by
        return answer.build_answer(offer, formats, sending, local).replace(";usedtx=1", "")

    def _lay_out(self, section: sdp.Section, formats: Formats) -> answer.Sending:
        ssrc, rtx_ssrc = random.getrandbits(32), random.getrandbits(32)
        if section.sends:
            types = frozenset(formats.payload_types.values())
            self._ways[section.ssrc] = _Way(ssrc, types, section.kind, formats.clock)
        elif section.kind == "video":
            self._train = ssrc, formats.payload_types["VP8"]
        self._sequences[ssrc] = random.getrandbits(14)
        return answer.Sending(ssrc, rtx_ssrc, f"echo{section.mid}")

    @property
    def cameras(self) -> list[int]:
        """The SSRCs of the pictures that come up."""
        return [ssrc for ssrc, way in self._ways.items() if way.kind == "video"]

    def close(self) -> None:
        """Say goodbye; harmless when repeated."""
        self._transport.close()

    # -- from the browser ------------------------------------------------------------------------------------------

    def on_transport(self, state: State) -> None:
        """Pass on that it is through, or over."""
        self._on_state(state)

    def carry(self, buffer: PacketBuffer, size: int, now: float) -> bool:
        """A test is no load worth a short cut."""
        return False

    def on_rtp(self, packet: bytes, now: float) -> None:
        """Count it, and send it back under a number of our own."""
        header = rtp.parse(packet)
        way = self._ways.get(header.ssrc)
        if way is None:
            raise Malformed("SSRC was not offered")
        if header.payload_type not in way.payload_types:
            raise Malformed("payload type was not agreed on")
        self._on_packet(way.kind, way.clock, header, len(packet) + LINE_OVERHEAD, now)
        if self.gives_back:
            number = self._next(way.ssrc)
            self._send(rtp.rewrite(packet, header.payload_type, number, header.timestamp, way.ssrc), now)

    def on_rtcp(self, packet: bytes, now: float) -> None:
        """A browser that cannot read its own picture any more asks itself for a whole one."""
        asked = any(isinstance(item, rtcp.KeyFrameRequest) for item in rtcp.parse(packet))
        if asked and self.gives_back and self._key_frames.take(now):
            for camera in self.cameras:
                self._transport.send_rtcp(rtcp.picture_loss(RELAY_SSRC, camera), now)

    # -- to the browser --------------------------------------------------------------------------------------------

    def ping(self, now: float) -> None:
        """Ask for a sign of life."""
        self._transport.probe(now)
        self._transport.ask(now)

    def ask_for(self, bitrate: int, now: float) -> None:
        """Ask the browser to send so many bit/s."""
        self._transport.send_rtcp(rtcp.estimate(RELAY_SSRC, bitrate, self.cameras), now)

    def send_train(self, payload: int, now: float) -> int:
        """Send the train's next packet, nothing but padding or an unreadable payload; returns its weight on the line.

        Its time stamp is the moment it is sent, so that our own unpunctuality is no jitter.
        """
        if self._train is None:
            return 0
        ssrc, payload_type = self._train
        timestamp = int((now - self._start) * _CLOCK)
        head = rtp.rewrite(bytes((0x80,)) + bytes(11), payload_type, self._next(ssrc), timestamp, ssrc)
        if payload < 256:
            packet = bytes((head[0] | _PADDING,)) + head[1:] + bytes(payload - 1) + bytes((payload,))
        else:
            packet = head + bytes(payload)
        self._send(packet, now)
        return len(packet) + LINE_OVERHEAD

    def _next(self, ssrc: int) -> int:
        self._sequences[ssrc] += 1
        return self._sequences[ssrc]

    def _send(self, packet: bytes, now: float) -> None:
        self._transport.send_rtp(packet, now)
