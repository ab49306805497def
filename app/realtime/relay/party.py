"""A Party: one person's connection to a room, from offer to goodbye.

Owns its transport, the sources its browser sends and the slots its browser receives, and reads the RTCP that ties them
together. Who sits in which slot is the room's to decide.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from app.realtime.relay import rtcp, rtp, sdp
from app.realtime.relay.bandwidth import Downlink
from app.realtime.relay.counters import Counters
from app.realtime.relay.errors import BadOffer, Malformed
from app.realtime.relay.ice import Credentials
from app.realtime.relay.port import RelayPort
from app.realtime.relay.stream import RELAY_SSRC, Slot, Source, StreamStats
from app.realtime.relay.tasks import Tasks
from app.realtime.relay.transport import Identity, Transport
from app.realtime.relay.transport import State as TransportState

SILENCE = 1.5
GONE_AFTER = 60.0
SIGN_OF_LIFE = 0.5

PartyState = Literal["connecting", "connected", "reconnecting", "closed"]


class Listener(Protocol):
    """Whom a party tells; called on the loop, must not block."""

    def on_slots(self, slots: dict[str, str | None]) -> None:
        """Party id by the mid of each of this browser's receiving sections, None where nobody sits."""

    def on_state(self, state: PartyState) -> None:
        """The connection changed; "reconnecting" after 1.5 s without a packet, "closed" when the party has left."""


class Household(Protocol):
    """What a party asks of its room."""

    def rewire(self) -> None:
        """Seat everyone anew."""

    def note_estimate(self) -> None:
        """Some receiver's line changed."""

    def remove(self, party: "Party") -> None:
        """Forget `party`."""


@dataclass(slots=True)
class Seat:
    """A pair of slots for one other person; `party` is who sits there."""

    audio: Slot | None = None
    video: Slot | None = None
    party: str | None = None


@dataclass(frozen=True, slots=True)
class PartyStats:
    """What `Party.stats` returns; `rtt` in seconds, to the browser."""

    party: str
    state: PartyState
    rtt: float | None
    streams: list[StreamStats]


@dataclass(frozen=True, slots=True)
class Equipment:
    """What all parties of a relay share."""

    port: RelayPort
    identity: Identity
    tasks: Tasks
    counters: Counters
    clock: Callable[[], float]


class Party:
    """One person in one room. `negotiate` may be called again: a fresh offer is a new connection in the same place."""

    def __init__(self, party_id: str, room: Household, equipment: Equipment, listener: Listener) -> None:
        self.id = party_id
        self.state: PartyState = "connecting"
        self.seats: list[Seat] = []
        self.screen: Slot | None = None
        self.sources: dict[str, Source] = {}
        self.downlink = Downlink()
        self.listener = listener
        self._room = room
        self._equipment = equipment
        self._counters = equipment.counters
        self._transport: Transport | None = None
        self._left = False
        self._generation = 0
        self._version = 0
        self._session = random.getrandbits(40)
        self._by_ssrc: dict[int, Source] = {}
        self._by_rtx_ssrc: dict[int, Source] = {}
        self._slots: dict[int, Slot] = {}
        self._formats: dict[str, sdp.Formats] = {}
        self._told_slots: dict[str, str | None] | None = None

    # -- negotiation -----------------------------------------------------------------------------------------------

    async def negotiate(self, offer_sdp: str, *, restart: bool) -> str:
        """Answer an offer. `restart` is an ICE restart on the same DTLS; otherwise a fresh connection replaces the old.

        Raises BadOffer, with nothing changed, when the offer cannot be answered or there is nothing to restart.
        """
        offer = sdp.parse_offer(offer_sdp)
        if self._left:
            raise BadOffer("this party has left")
        if restart:
            transport = self._restart(offer)
        else:
            formats = {each.mid: sdp.choose_formats(each) for each in offer.sections if each.usable}
            if not formats:
                raise BadOffer("offer has nothing to relay")
            transport = self._begin(offer, formats)
        self._version += 1
        credentials = transport.ice.current
        local = sdp.Local(
            credentials.ufrag, credentials.password, transport.fingerprint, self._equipment.port.candidates(),
            self._session, self._version,
        )  # fmt: skip
        sending = {each.mid: sdp.Sending(each.ssrc, each.rtx_ssrc, each.stream) for each in self.slots}
        return sdp.build_answer(offer, self._formats, sending, local)

    def _restart(self, offer: sdp.Offer) -> Transport:
        transport = self._transport
        if transport is None or transport.state == "closed":
            raise BadOffer("there is no connection to restart")
        if [each.mid for each in offer.sections if each.usable] != list(self._formats):
            raise BadOffer("an ICE restart must not change the sections")
        if not all(self._formats[each.mid].are_in(each) for each in offer.sections if each.usable):
            raise BadOffer("an ICE restart must not change the formats")
        transport.restart(Credentials(offer.ufrag, offer.password))
        return transport

    def _begin(self, offer: sdp.Offer, formats: dict[str, sdp.Formats]) -> Transport:
        self._drop_connection()
        equipment, now = self._equipment, self._equipment.clock()
        self._generation += 1
        self._formats = formats
        self.downlink = Downlink()
        self._transport = transport = Transport(
            equipment.port, equipment.identity, equipment.tasks, self._counters, _Inlet(self, self._generation), now
        )
        self._lay_out(offer)
        transport.expect([*self._by_ssrc, *self._by_rtx_ssrc])
        transport.start(Credentials(offer.ufrag, offer.password), offer.fingerprints)
        self._set_state("connecting")
        self._told_slots = None
        self._room.rewire()
        return transport

    def _lay_out(self, offer: sdp.Offer) -> None:
        """Sources and slots for the offer's sections: microphone, camera, screen, then pairs for further parties."""
        seats = {"audio": 0, "video": 0}
        sent_video = 0
        for section in (each for each in offer.sections if each.usable):
            role = "microphone" if section.kind == "audio" else "camera"
            if section.kind == "video" and section.direction in ("sendrecv", "sendonly"):
                role = "camera" if sent_video == 0 else "screen"
                sent_video += 1
            if section.sends and role not in self.sources:
                self._add_source(section, role)
            if not section.receives:
                continue
            if role == "screen":
                self.screen = self._add_slot(section, "screen")
            else:
                index = seats[section.kind]
                seats[section.kind] += 1
                self._put_in_seat(index, self._add_slot(section, f"seat{index}"))

    def _add_source(self, section: sdp.Section, role: str) -> None:
        ssrc = section.ssrcs[0]
        formats, outlet = self._formats[section.mid], self._outlet
        rtx = section.rtx_ssrcs.get(ssrc)
        source = Source(self.id, section.kind, role, ssrc, rtx, formats, outlet, self._counters)
        self.sources[role] = self._by_ssrc[ssrc] = source
        if rtx is not None:
            self._by_rtx_ssrc[rtx] = source

    def _add_slot(self, section: sdp.Section, stream: str) -> Slot:
        slot = Slot(section.mid, section.kind, stream, self._formats[section.mid], self._outlet, self._counters)
        self._slots[slot.ssrc] = self._slots[slot.rtx_ssrc] = slot
        return slot

    def _put_in_seat(self, index: int, slot: Slot) -> None:
        while len(self.seats) <= index:
            self.seats.append(Seat())
        if slot.kind == "audio":
            self.seats[index].audio = slot
        else:
            self.seats[index].video = slot

    @property
    def _outlet(self) -> Transport:
        if self._transport is None:
            raise RuntimeError("streams are laid out before their transport")
        return self._transport

    @property
    def slots(self) -> list[Slot]:
        """Every slot of this browser, once."""
        return [slot for ssrc, slot in self._slots.items() if ssrc == slot.ssrc]

    # -- the end ---------------------------------------------------------------------------------------------------

    def leave(self) -> None:
        """Close the connection and free the seats taken elsewhere; ends in state "closed". Harmless when repeated.

        Also what happens when the browser says goodbye, stays away for a minute, or never finishes its handshake.
        """
        if self._left:
            return
        self._left = True
        self._drop_connection()
        self._room.remove(self)
        self._set_state("closed")

    def _drop_connection(self) -> None:
        now = self._equipment.clock()
        self._generation += 1
        for slot in self.slots:
            slot.attach(None, now)
        for source in self.sources.values():
            for slot in list(source.slots):
                slot.attach(None, now)
        self.sources, self.seats, self.screen = {}, [], None
        self._by_ssrc, self._by_rtx_ssrc, self._slots = {}, {}, {}
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    # -- packets ---------------------------------------------------------------------------------------------------

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
                case rtcp.Estimate():
                    self.downlink.note(item.bitrate)
                    self._room.note_estimate()

    # -- time ------------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Every 30 ms: repeat feedback that was not heeded."""
        for source in self.sources.values():
            source.tick(now)

    def tick_liveness(self, now: float) -> None:
        """Every quarter second: notice silence and return, and give the browser the same chance to notice ours."""
        transport = self._transport
        if transport is None or transport.state != "connected":
            return
        silence = now - transport.ice.last_heard
        if silence > GONE_AFTER:
            transport.close()
            return
        self._set_state("reconnecting" if silence > SILENCE else "connected")
        transport.probe(now)
        if now - transport.last_sent >= SIGN_OF_LIFE:
            transport.send_rtcp(rtcp.receiver_report(RELAY_SSRC, []), now)

    def forgive_silence(self, now: float) -> None:
        """Begin to count the browser's silence anew."""
        if self._transport is not None:
            self._transport.ice.last_heard = now

    def tick_second(self, now: float) -> None:
        """Every second: report to the browser how its streams arrive."""
        blocks = [block for source in self.sources.values() if (block := source.report(now)) is not None]
        if blocks and self._transport is not None:
            self._transport.send_rtcp(rtcp.receiver_report(RELAY_SSRC, blocks), now)

    def ask_for(self, bitrate: int, sources: list[Source], now: float) -> None:
        """Tell the browser how fast it may send `sources` together."""
        if self._transport is not None:
            packet = rtcp.estimate(RELAY_SSRC, bitrate, [source.ssrc for source in sources])
            self._transport.send_rtcp(packet, now)

    # -- news ------------------------------------------------------------------------------------------------------

    def on_transport(self, state: TransportState, generation: int) -> None:
        """The transport of `generation` connected or closed; that of an earlier one no longer matters."""
        if generation != self._generation:
            return
        if state == "closed":
            self.leave()
            return
        self._set_state("connected")
        now = self._equipment.clock()
        for slot in self.slots:
            slot.want_key_frame(now)

    def tell_slots(self) -> None:
        """Tell the listener who sits where, if that changed."""
        slots = {each.mid: each.source.party if each.source is not None else None for each in self.slots}
        if slots != self._told_slots and self._transport is not None:
            self._told_slots = slots
            self.listener.on_slots(dict(slots))

    def _set_state(self, state: PartyState) -> None:
        if state != self.state:
            self.state = state
            self.listener.on_state(state)

    def stats(self) -> PartyStats:
        """Figures for quality samples and metrics."""
        streams = [source.stats() for source in self.sources.values()]
        streams += [stats for slot in self.slots if (stats := slot.stats()) is not None]
        rtts = [each.rtt for each in streams if each.rtt is not None]
        return PartyStats(self.id, self.state, min(rtts, default=None), streams)


class _Inlet:
    """The sink of one generation's transport: what a replaced one still delivers is recognised and dropped."""

    def __init__(self, party: Party, generation: int) -> None:
        self._party = party
        self._generation = generation

    def on_rtp(self, packet: bytes, now: float) -> None:
        self._party.on_rtp(packet, now)

    def on_rtcp(self, packet: bytes, now: float) -> None:
        self._party.on_rtcp(packet, now)

    def on_transport(self, state: TransportState) -> None:
        self._party.on_transport(state, self._generation)
