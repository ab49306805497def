"""A Connection is what one RTCPeerConnection of a browser set up: its transport, the streams it sends and receives.

It lives from a fresh offer to the next one or to goodbye, and reads the RTCP that ties its streams together. Whose
streams sit in its seats is the room's to decide; who the person is, the party's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from app.realtime.relay.bandwidth import DEAF_FOR, TOO_LOSSY, Downlink
from app.realtime.relay.counters import Counters
from app.realtime.relay.down_track import DownTrack
from app.realtime.relay.errors import BadOffer, Malformed
from app.realtime.relay.port import RelayPort
from app.realtime.relay.probe import Probe
from app.realtime.relay.stream import RELAY_SSRC
from app.realtime.relay.transport import Identity, State, Transport
from app.realtime.relay.up_track import UpTrack
from app.realtime.relay.wire import answer, formats, rtcp, rtp, sdp
from app.realtime.relay.wire.ice import Credentials
from app.realtime.relay.wire.srtp import PacketBuffer
from app.realtime.tasks import Tasks


@dataclass(slots=True)
class DownTrackPair:
    """A pair of slots for one other person; `party` is who sits there."""

    audio: DownTrack | None = None
    video: DownTrack | None = None
    party: str | None = None


@dataclass(frozen=True, slots=True)
class RelayContext:
    """What all parties of a relay share."""

    port: RelayPort
    identity: Identity
    tasks: Tasks
    counters: Counters
    clock: Callable[[], float]


class Owner(Protocol):
    """Whom a connection tells."""

    def on_connection(self, connection: "PeerConnection", state: State) -> None:
        """It connected, or closed for good."""

    def on_estimate(self) -> None:
        """The browser's idea of its line changed."""


class PeerConnection:
    """One browser's streams over one transport."""

    def __init__(
        self,
        party: str,
        owner: Owner,
        equipment: RelayContext,
        offer: sdp.ParsedOffer,
        agreed: Mapping[str, formats.Formats],
    ) -> None:
        self.party = party
        self.seats: list[DownTrackPair] = []
        self.screen: DownTrack | None = None
        self.sources: dict[str, UpTrack] = {}
        self.downlink = Downlink()
        self._probe = Probe(equipment.clock())
        self._octets = 0
        self._owner = owner
        self._counters = equipment.counters
        self._formats = dict(agreed)
        self._by_ssrc: dict[int, UpTrack] = {}
        self._by_rtx_ssrc: dict[int, UpTrack] = {}
        self._slots: dict[int, DownTrack] = {}
        self.transport = Transport(
            equipment.port, equipment.identity, equipment.tasks, equipment.counters, self, equipment.clock()
        )
        self._lay_out(offer.sections)
        self.transport.expect([*self._by_ssrc, *self._by_rtx_ssrc])
        self.transport.start(Credentials(offer.ufrag, offer.password), offer.fingerprints)

    @property
    def slots(self) -> list[DownTrack]:
        """Every slot of this browser, once."""
        return [slot for ssrc, slot in self._slots.items() if ssrc == slot.ssrc]

    # -- negotiation -----------------------------------------------------------------------------------------------

    def restart(self, offer: sdp.ParsedOffer) -> bool:
        """New ICE credentials on the same DTLS; true when the offer also has more places to receive others in.

        Those come after the sections there were (RFC 8829 section 5.2.2). Raises BadOffer, with nothing changed.
        """
        if self.transport.state == "closed":
            raise BadOffer("there is no connection to restart")
        usable = [each for each in offer.sections if each.usable]
        known, more = usable[: len(self._formats)], usable[len(self._formats) :]
        if [each.mid for each in known] != list(self._formats):
            raise BadOffer("an ICE restart must not change the sections")
        if not all(self._formats[each.mid].are_in(each) for each in known):
            raise BadOffer("an ICE restart must not change the formats")
        if any(each.direction != "recvonly" for each in more):
            raise BadOffer("an ICE restart may only add sections to receive in")
        self._formats |= {each.mid: formats.choose_formats(each) for each in more}
        self._lay_out(usable, known=len(known))
        self.transport.restart(Credentials(offer.ufrag, offer.password))
        return bool(more)

    def answer(self, offer: sdp.ParsedOffer, candidates: list[str], session: int, version: int) -> str:
        """The answer to the offer last taken."""
        own = self.transport.ice.current
        local = answer.Local(own.ufrag, own.password, self.transport.fingerprint, candidates, session, version)
        sending = {each.mid: answer.Sending(each.ssrc, each.rtx_ssrc, each.stream) for each in self.slots}
        return answer.build_answer(offer, self._formats, sending, local)

    def _lay_out(self, sections: list[sdp.Section], known: int = 0) -> None:
        """Sources and slots for the sections after the `known` ones: microphone, camera, screen, then pairs."""
        count = {"audio": 0, "video": 0}
        sent_video = 0
        for index, section in enumerate(each for each in sections if each.usable):
            role = "microphone" if section.kind == "audio" else "camera"
            if section.kind == "video" and section.direction in ("sendrecv", "sendonly"):
                role = "camera" if sent_video == 0 else "screen"
                sent_video += 1
            if index >= known and section.sends and role not in self.sources:
                self._add_source(section, role)
            if not section.receives:
                continue
            number = count[section.kind]
            count[section.kind] += role != "screen"
            if index >= known:
                self._add_slot(section, role, number)

    def _add_source(self, section: sdp.Section, role: str) -> None:
        ssrc = section.ssrcs[0]
        agreed, rtx = self._formats[section.mid], section.rtx_ssrcs.get(ssrc)
        source = UpTrack(self.party, section.kind, role, ssrc, rtx, agreed, self.transport, self._counters)
        self.sources[role] = self._by_ssrc[ssrc] = source
        if rtx is not None:
            self._by_rtx_ssrc[rtx] = source

    def _add_slot(self, section: sdp.Section, role: str, number: int) -> None:
        stream = "screen" if role == "screen" else f"seat{number}"
        slot = DownTrack(section.mid, section.kind, stream, self._formats[section.mid], self.transport, self._counters)
        self._thin_out([slot], 0.0)
        self._slots[slot.ssrc] = self._slots[slot.rtx_ssrc] = slot
        if role == "screen":
            self.screen = slot
            return
        while len(self.seats) <= number:
            self.seats.append(DownTrackPair())
        if slot.kind == "audio":
            self.seats[number].audio = slot
        else:
            self.seats[number].video = slot

    # -- packets ---------------------------------------------------------------------------------------------------

    def on_transport(self, state: State) -> None:
        """The transport connected or closed."""
        self._owner.on_connection(self, state)

    def on_rtp(self, packet: bytes, now: float) -> None:
        """Hand a decrypted packet to its source."""
        header = rtp.parse(packet)
        source = self._by_ssrc.get(header.ssrc)
        if source is not None:
            source.receive(packet, header, now)
            return
        source = self._by_rtx_ssrc.get(header.ssrc)
        if source is None:
            raise Malformed("SSRC was not offered")
        source.receive_retransmission(packet, header, now)

    def carry(self, desk: PacketBuffer, size: int, now: float) -> bool:
        """As `on_rtp`, for a packet on the desk that needs nothing unusual; if it does, nothing was touched."""
        if size < 12:
            return False
        _, second, sequence, timestamp, ssrc = rtp.fixed_header(desk.view)
        source = self._by_ssrc.get(ssrc)
        return source is not None and source.carry(desk, size, second & 0x7F, sequence, timestamp, now)

    def on_rtcp(self, packet: bytes, now: float) -> None:
        """Act on what the browser reports and asks for."""
        for item in rtcp.parse(packet):
            match item:
                case rtcp.SenderReport():
                    if (source := self._by_ssrc.get(item.ssrc)) is not None:
                        source.note_sender_report(item, now)
                case rtcp.Reports():
                    for block in item.blocks:
                        if (slot := self._slots.get(block.ssrc)) is not None and slot.ssrc == block.ssrc:
                            slot.note_report(block, now)
                case rtcp.Nack():
                    if (slot := self._slots.get(item.ssrc)) is not None:
                        slot.retransmit(item.sequences, now)
                case rtcp.KeyFrameRequest():
                    for ssrc in item.ssrcs:
                        if (slot := self._slots.get(ssrc)) is not None:
                            slot.want_key_frame(now)
                case rtcp.BitrateEstimate():
                    self.downlink.note(item.bitrate, now)
                    self._owner.on_estimate()

    # -- time ------------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Every 30 ms: repeat feedback that was not heeded."""
        for source in self.sources.values():
            source.tick(now)
        if self.downlink.rests:
            self._try_line(now)

    def report(self, now: float) -> None:
        """Every second: tell the browser how its streams arrive (RFC 3550 section 6.4.2), and look at its line."""
        self._look_at_line(now)
        blocks = [block for source in self.sources.values() if (block := source.report(now)) is not None]
        if blocks:
            self.transport.send_rtcp(rtcp.receiver_report(RELAY_SSRC, blocks), now)

    def _look_at_line(self, now: float) -> None:
        """Tell the downlink how the last second went, and follow what it decides."""
        octets, before = sum(slot.octets for slot in self.slots), self._octets
        self._octets = octets
        pictures = [slot for slot in self.slots if slot.source is not None and slot.source.shows(now)]
        if pictures and not self.downlink.rests:
            lost = max(slot.fraction_lost for slot in pictures) / 256
            trip = max((slot.rtt for slot in pictures if slot.rtt is not None), default=None)
            if self.downlink.note_leg(lost, trip, 8.0 * (octets - before), now):
                self._owner.on_estimate()
                # with less lost than that, repairs are the quicker way
                for slot in pictures if lost >= TOO_LOSSY else ():
                    slot.begin_anew(now)
        if self.downlink.tick(now, flowing=bool(pictures)):
            self._thin_out(self.slots, now)
            self._owner.on_estimate()

    def _try_line(self, now: float) -> None:
        """While pictures rest: would the line take one again?"""
        pictures = [slot for slot in self.slots if slot.kind == "video"]
        size = self._probe.step(now, self.transport.ice.delay(now))
        if self._probe.asks(now):
            self.transport.ask(now)
        if size and not any(slot.pad(size, now) for slot in pictures):
            return
        if self._probe.passed is not None:
            self.downlink.note_probe(now, passed=self._probe.passed)

    def forget_line(self, now: float) -> None:
        """Begin to learn what this browser's line takes: it, or a sender's, may be another from now on."""
        self.downlink = Downlink(now + DEAF_FOR)
        self._thin_out(self.slots, now)

    def _thin_out(self, slots: list[DownTrack], now: float) -> None:
        for slot in slots:
            slot.thin_out(now, thin=self.downlink.rests if slot.kind == "video" else self.downlink.is_thin)

    def ask_for(self, bitrate: int, sources: list[UpTrack], now: float) -> None:
        """Tell the browser how fast it may send `sources` together."""
        packet = rtcp.estimate(RELAY_SSRC, bitrate, [source.ssrc for source in sources])
        self.transport.send_rtcp(packet, now)

    def close(self, now: float) -> None:
        """Free the seats taken elsewhere and those here, and say goodbye to the browser."""
        for slot in self.slots:
            slot.attach(None, now)
        for source in self.sources.values():
            for slot in list(source.slots):
                slot.attach(None, now)
        self.transport.close()
