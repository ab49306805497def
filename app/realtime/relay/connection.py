"""A Connection is what one RTCPeerConnection of a browser set up: its transport, the streams it sends and receives.

It lives from a fresh offer to the next one or to goodbye, and reads the RTCP that ties its streams together. Whose
streams sit in its seats is the room's to decide; who the person is, the party's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from app.realtime.relay.bandwidth import IGNORE_ESTIMATES_FOR_S, TOO_LOSSY, Downlink
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

OTHERS_EACH = 4
"""How many streams a section that names none may bring: one, its repairs, and one of each that is not taken."""


@dataclass(slots=True)
class DownTrackPair:
    """A pair of down tracks for one other person; `party` is who sits there."""

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

    def on_streams(self) -> None:
        """The browser began to send in another section."""

    def on_estimate(self) -> None:
        """The browser's idea of its line changed."""


class PeerConnection:
    """One browser's streams over one transport."""

    def __init__(
        self,
        party: str,
        owner: Owner,
        context: RelayContext,
        offer: sdp.ParsedOffer,
        agreed: Mapping[str, formats.Formats],
    ) -> None:
        self.party = party
        self.seats: list[DownTrackPair] = []
        self.screen: DownTrack | None = None
        self.up_tracks: dict[str, UpTrack] = {}
        self.downlink = Downlink()
        self._probe = Probe(context.clock())
        self._octets = 0
        self._owner = owner
        self._counters = context.counters
        self._formats = dict(agreed)
        self._by_ssrc: dict[int, UpTrack] = {}
        self._by_rtx_ssrc: dict[int, UpTrack] = {}
        # by role, the sections that leave it to the packets to say what belongs there
        self._unnamed: dict[str, sdp.Section] = {}
        self._down_tracks: dict[int, DownTrack] = {}
        self.transport = Transport(
            context.port, context.identity, context.tasks, context.counters, self, context.clock()
        )
        pictures = [section for section in offer.sections if section.usable and section.kind == "video"]
        self.transport.reduced_size = all(section.rtcp_rsize for section in pictures)
        self._lay_out(offer.sections)
        self.transport.expect([*self._by_ssrc, *self._by_rtx_ssrc], OTHERS_EACH * len(self._unnamed))
        self.transport.start(Credentials(offer.ufrag, offer.password), offer.fingerprints)

    @property
    def down_tracks(self) -> list[DownTrack]:
        """Every down track of this browser, once."""
        return [down_track for ssrc, down_track in self._down_tracks.items() if ssrc == down_track.ssrc]

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
        if any(each.direction not in ("recvonly", "inactive") for each in more):
            raise BadOffer("an ICE restart may only add sections to receive in")
        self._formats |= {each.mid: formats.choose_formats(each) for each in more}
        self._lay_out(usable, known=len(known))
        self.transport.restart(Credentials(offer.ufrag, offer.password))
        return bool(more)

    def answer(self, offer: sdp.ParsedOffer, candidates: list[str], session: int, version: int) -> str:
        """The answer to the offer last taken."""
        own = self.transport.ice.current
        local = answer.Local(own.ufrag, own.password, self.transport.fingerprint, candidates, session, version)
        sending = {each.mid: answer.Sending(each.ssrc, each.rtx_ssrc, each.stream) for each in self.down_tracks}
        return answer.build_answer(offer, self._formats, sending, local)

    def _lay_out(self, sections: list[sdp.Section], known: int = 0) -> None:
        """Up and down tracks for the sections after the `known` ones: microphone, camera, screen, then pairs."""
        count = {"audio": 0, "video": 0}
        sent_video = 0
        for index, section in enumerate(each for each in sections if each.usable):
            role = "microphone" if section.kind == "audio" else "camera"
            if section.kind == "video" and section.direction in ("sendrecv", "sendonly"):
                role = "camera" if sent_video == 0 else "screen"
                sent_video += 1
            if index >= known and section.sends and role not in self.up_tracks:
                self._add_source(section, role, section.ssrc)
            elif index >= known and section.sends_unnamed and role not in self.up_tracks:
                self._unnamed.setdefault(role, section)
            if not section.receives:
                continue
            number = count[section.kind]
            count[section.kind] += role != "screen"
            if index >= known:
                self._add_slot(section, role, number)

    def _add_source(self, section: sdp.Section, role: str, ssrc: int) -> None:
        agreed, rtx = self._formats[section.mid], section.rtx_ssrcs.get(ssrc)
        if section.sends_unnamed and section.mid_extension:
            # no receiver has it: it is taken out on the way
            agreed = replace(agreed, extensions={**agreed.extensions, sdp.MID: section.mid_extension})
        up_track = UpTrack(self.party, section.kind, role, ssrc, rtx, agreed, self.transport, self._counters)
        self.up_tracks[role] = self._by_ssrc[ssrc] = up_track
        if rtx is not None:
            self._by_rtx_ssrc[rtx] = up_track

    def _add_slot(self, section: sdp.Section, role: str, number: int) -> None:
        stream = "screen" if role == "screen" else f"seat{number}"
        down_track = DownTrack(
            section.mid, section.kind, stream, self._formats[section.mid], self.transport, self._counters
        )
        self._thin_out([down_track], 0.0)
        self._down_tracks[down_track.ssrc] = self._down_tracks[down_track.rtx_ssrc] = down_track
        if role == "screen":
            self.screen = down_track
            return
        while len(self.seats) <= number:
            self.seats.append(DownTrackPair())
        if down_track.kind == "audio":
            self.seats[number].audio = down_track
        else:
            self.seats[number].video = down_track

    # -- packets ---------------------------------------------------------------------------------------------------

    def on_transport(self, state: State) -> None:
        """The transport connected or closed."""
        self._owner.on_connection(self, state)

    def on_rtp(self, packet: bytes, now: float) -> None:
        """Hand a decrypted packet to its up_track."""
        header = rtp.parse(packet)
        up_track = self._by_ssrc.get(header.ssrc)
        if up_track is not None:
            up_track.receive(packet, header, now)
            return
        up_track = self._by_rtx_ssrc.get(header.ssrc)
        if up_track is not None:
            up_track.receive_retransmission(packet, header, now)
        elif self._claim(packet, header):
            self.on_rtp(packet, now)
        else:
            raise Malformed("SSRC was not offered")

    def _claim(self, packet: bytes, header: rtp.Header) -> bool:
        """Take an unknown stream for the section its packet names (RFC 9143 section 9.2), or the only one it fits."""
        number, fits = header.payload_type, []
        for role, section in self._unnamed.items():
            agreed = self._formats[section.mid]
            mid = rtp.extension(packet, section.mid_extension) if section.mid_extension else b""
            if mid in (b"", section.mid.encode()) and number in (*agreed.payload_types.values(), *agreed.rtx.values()):
                fits.append((role, section, number in agreed.rtx.values()))
        if len(fits) != 1:
            return False
        role, section, repairs = fits[0]
        up_track = self.up_tracks.get(role)
        if repairs and up_track is not None and up_track.rtx_ssrc is None:
            up_track.rtx_ssrc = header.ssrc
            self._by_rtx_ssrc[header.ssrc] = up_track
        elif not repairs and up_track is None:
            self._add_source(section, role, header.ssrc)
            self._owner.on_streams()
        else:
            return False
        return True

    def carry(self, buffer: PacketBuffer, size: int, now: float) -> bool:
        """As `on_rtp`, for a packet in the buffer that needs nothing unusual; if it does, nothing was touched."""
        if size < 12:
            return False
        _, second, sequence, timestamp, ssrc = rtp.fixed_header(buffer.view)
        up_track = self._by_ssrc.get(ssrc)
        return up_track is not None and up_track.carry(buffer, size, second & 0x7F, sequence, timestamp, now)

    def on_rtcp(self, packet: bytes, now: float) -> None:
        """Act on what the browser reports and asks for."""
        for item in rtcp.parse(packet):
            match item:
                case rtcp.SenderReport():
                    if (up_track := self._by_ssrc.get(item.ssrc)) is not None:
                        up_track.note_sender_report(item, now)
                case rtcp.Reports():
                    for block in item.blocks:
                        if (
                            down_track := self._down_tracks.get(block.ssrc)
                        ) is not None and down_track.ssrc == block.ssrc:
                            down_track.note_report(block, now)
                case rtcp.Nack():
                    if (down_track := self._down_tracks.get(item.ssrc)) is not None:
                        down_track.retransmit(item.sequences, now)
                case rtcp.KeyFrameRequest():
                    for ssrc in item.ssrcs:
                        if (down_track := self._down_tracks.get(ssrc)) is not None:
                            down_track.want_key_frame(now)
                case rtcp.BitrateEstimate():
                    self.downlink.note(item.bitrate, now)
                    self._owner.on_estimate()

    # -- time ------------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Every 30 ms: repeat feedback that was not heeded."""
        for up_track in self.up_tracks.values():
            up_track.tick(now)
        if self.downlink.video_suspended:
            self._try_line(now)

    def report(self, now: float) -> None:
        """Every second: tell the browser how its streams arrive (RFC 3550 section 6.4.2), and look at its line."""
        self._look_at_line(now)
        blocks = [block for up_track in self.up_tracks.values() if (block := up_track.report(now)) is not None]
        if blocks:
            self.transport.send_rtcp(rtcp.receiver_report(RELAY_SSRC, blocks), now)

    def _look_at_line(self, now: float) -> None:
        """Tell the downlink how the last second went, and follow what it decides."""
        octets, before = sum(down_track.octets for down_track in self.down_tracks), self._octets
        self._octets = octets
        pictures = [
            down_track
            for down_track in self.down_tracks
            if down_track.up_track is not None and down_track.up_track.shows(now)
        ]
        if pictures and not self.downlink.video_suspended:
            lost = max(down_track.fraction_lost for down_track in pictures) / 256
            trip = max((down_track.rtt for down_track in pictures if down_track.rtt is not None), default=None)
            if self.downlink.note_leg(lost, trip, 8.0 * (octets - before), now):
                self._owner.on_estimate()
                # with less lost than that, repairs are the quicker way
                for down_track in pictures if lost >= TOO_LOSSY else ():
                    down_track.begin_anew(now)
        if self.downlink.tick(now, flowing=bool(pictures)):
            self._thin_out(self.down_tracks, now)
            self._owner.on_estimate()

    def _try_line(self, now: float) -> None:
        """While video is suspended: would the line take one again?"""
        pictures = [down_track for down_track in self.down_tracks if down_track.kind == "video"]
        size = self._probe.step(now, self.transport.ice.delay(now))
        if self._probe.asks(now):
            self.transport.ask(now)
        if size and not any(down_track.pad(size, now) for down_track in pictures):
            return
        if self._probe.passed is not None:
            self.downlink.note_probe(now, passed=self._probe.passed)

    def forget_line(self, now: float) -> None:
        """Begin to learn what this browser's line takes: it, or a sender's, may be another from now on."""
        self.downlink = Downlink(now + IGNORE_ESTIMATES_FOR_S)
        self._thin_out(self.down_tracks, now)

    def _thin_out(self, down_tracks: list[DownTrack], now: float) -> None:
        for down_track in down_tracks:
            down_track.thin_out(
                now, thin=self.downlink.video_suspended if down_track.kind == "video" else self.downlink.is_thin
            )

    def ask_for(self, bitrate: int, up_tracks: list[UpTrack], now: float) -> None:
        """Tell the browser how fast it may send `up_tracks` together."""
        packet = rtcp.estimate(RELAY_SSRC, bitrate, [up_track.ssrc for up_track in up_tracks])
        self.transport.send_rtcp(packet, now)

    def close(self, now: float) -> None:
        """Free the seats taken elsewhere and those here, and say goodbye to the browser."""
        for down_track in self.down_tracks:
            down_track.attach(None, now)
        for up_track in self.up_tracks.values():
            for receiver in list(up_track.receivers):
                receiver.attach(None, now)
        self.transport.close()
