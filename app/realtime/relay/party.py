"""A Party: one person's place in a room, from joining to goodbye.

Answers the browser's offers, each fresh one with a new connection, and tells a listener how the line is and who sits in
which section. Who sits where is the room's to decide.
"""

import random
from typing import Protocol

from app.realtime.relay.connection import DownTrackPair, PeerConnection, RelayContext
from app.realtime.relay.down_track import DownTrack
from app.realtime.relay.errors import BadOffer
from app.realtime.relay.figures import PartyFigures, PartyState, PartyStats, WayUp
from app.realtime.relay.stream import RELAY_SSRC
from app.realtime.relay.transport import State as TransportState
from app.realtime.relay.up_track import UpTrack
from app.realtime.relay.wire import rtcp, sdp
from app.realtime.relay.wire.formats import choose_formats

SILENCE = 1.5
GONE_AFTER = 60.0
SIGN_OF_LIFE = 0.5


class Listener(Protocol):
    """Whom a party tells; called on the loop, must not block."""

    def on_slots(self, down_tracks: dict[str, str | None], unseated: int) -> None:
        """Party id by the mid of each of this browser's receiving sections, None where nobody sits.

        `unseated` others find no section here: the browser should offer more of them with its next ICE restart.
        """

    def on_state(self, state: PartyState) -> None:
        """The connection changed; "reconnecting" after 1.5 s without a packet, "closed" when the party has left."""

    def on_pictures(self, reach: bool) -> None:
        """Whether pictures are sent to this party; they rest while its line takes no more than the sound."""

    def on_figures(self, figures: PartyFigures) -> None:
        """Every ten seconds while connected: how the party's streams arrive here."""


class RoomEvents(Protocol):
    """What a party asks of its room."""

    def rewire(self) -> None:
        """Seat everyone anew."""

    def note_estimate(self) -> None:
        """Some receiver's line changed."""

    def note_gap(self) -> None:
        """Somebody was away for a moment and is back, perhaps by another line."""

    def remove(self, party: "Party") -> None:
        """Forget `party`."""


class Party:
    """One person in one room. `negotiate` may be called again: a fresh offer is a new connection in the same place."""

    def __init__(self, party_id: str, room: RoomEvents, context: RelayContext, listener: Listener) -> None:
        self.id = party_id
        self.state: PartyState = "connecting"
        self.listener = listener
        self.unseated = 0
        self.muted = self.on_hold = False
        self._room = room
        self._context = context
        self._connection: PeerConnection | None = None
        self._left = False
        self._version = 0
        self._session = random.getrandbits(40)
        self._told: tuple[dict[str, str | None], int] | None = None
        self._pictures_reach = True
        self._way_up = WayUp()

    @property
    def video_suspended(self) -> bool:
        """Whether video is suspended because this party's line takes no more than the sound."""
        return self._connection is not None and self._connection.downlink.video_suspended

    @property
    def seats(self) -> list[DownTrackPair]:
        """Where others' sound and picture arrive, in the browser's order."""
        return self._connection.seats if self._connection is not None else []

    @property
    def up_tracks(self) -> dict[str, UpTrack]:
        """What the browser sends, by role."""
        return self._connection.up_tracks if self._connection is not None else {}

    @property
    def screen(self) -> DownTrack | None:
        """Where a shared screen arrives."""
        return self._connection.screen if self._connection is not None else None

    @property
    def down_tracks(self) -> list[DownTrack]:
        """Every stream the browser receives."""
        return self._connection.down_tracks if self._connection is not None else []

    # -- negotiation -----------------------------------------------------------------------------------------------

    async def negotiate(self, offer_sdp: str, *, restart: bool) -> str:
        """Answer an offer. `restart` is an ICE restart on the same DTLS; otherwise a fresh connection replaces the old.

        Raises BadOffer, with nothing changed, when the offer cannot be answered or there is nothing to restart.
        """
        offer = sdp.parse_offer(offer_sdp)
        if self._left:
            raise BadOffer("this party has left")
        connection = self._restart(offer) if restart else self._begin(offer)
        self._version += 1
        return connection.answer(offer, self._context.port.candidates(), self._session, self._version)

    def _restart(self, offer: sdp.ParsedOffer) -> PeerConnection:
        if self._connection is None:
            raise BadOffer("there is no connection to restart")
        if self._connection.restart(offer):
            self._room.rewire()
        self._connection.forget_line(self._context.clock())
        self._room.note_gap()
        return self._connection

    def note_gap(self, now: float) -> None:
        """A sender was away for a moment: what this browser now says of its own line is of that gap."""
        if self._connection is not None and not self.video_suspended:
            self._connection.forget_line(now)

    def _begin(self, offer: sdp.ParsedOffer) -> PeerConnection:
        formats = {each.mid: choose_formats(each) for each in offer.sections if each.usable}
        if not formats:
            raise BadOffer("offer has nothing to relay")
        self._drop_connection()
        self._connection = connection = PeerConnection(self.id, self, self._context, offer, formats)
        self._tell_pictures()
        self._set_state("connecting")
        self._told = None
        self._room.rewire()
        return connection

    def restrict(self, *, muted: bool, on_hold: bool) -> None:
        """Nobody hears a muted party; one on hold is neither heard nor seen and hears and sees nobody, until freed."""
        if (muted, on_hold) != (self.muted, self.on_hold):
            self.muted, self.on_hold = muted, on_hold
            self._room.rewire()

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
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close(self._context.clock())

    # -- time ------------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Every 30 ms: repeat feedback that was not heeded."""
        if self._connection is not None:
            self._connection.tick(now)

    def tick_liveness(self, now: float) -> None:
        """Every quarter second: notice silence and return, and give the browser the same chance to notice ours."""
        transport = self._connection.transport if self._connection is not None else None
        if transport is None or transport.state != "connected":
            return
        silence = now - transport.ice.last_heard
        if silence > GONE_AFTER:
            transport.close()
            return
        is_back = self.state == "reconnecting" and silence <= SILENCE
        self._set_state("reconnecting" if silence > SILENCE else "connected")
        if is_back:
            self._room.note_gap()
        transport.probe(now)
        if now - transport.last_sent >= SIGN_OF_LIFE:
            transport.send_rtcp(rtcp.receiver_report(RELAY_SSRC, []), now)

    def forgive_silence(self, now: float) -> None:
        """Begin to count the browser's silence anew."""
        if self._connection is not None:
            self._connection.transport.ice.forgive(now)

    def tick_second(self, now: float) -> None:
        """Every second: report to the browser how its streams arrive, and to the listener every ten."""
        if self._connection is not None:
            self._connection.report(now)
            self._tell_pictures()
        if self.state == "connected" and self._way_up.is_due(now):
            figures = self._way_up.take(self.stats(), now)
            if figures is not None:
                self.listener.on_figures(figures)

    def share(self, flowing: int) -> float | None:
        """What this party's line can take of each of `flowing` pictures, in bit/s; None while it has not said."""
        return self._connection.downlink.share(flowing) if self._connection is not None else None

    def ask_for(self, bitrate: int, up_tracks: list[UpTrack], now: float) -> None:
        """Tell the browser how fast it may send `up_tracks` together."""
        if self._connection is not None:
            self._connection.ask_for(bitrate, up_tracks, now)

    # -- news ------------------------------------------------------------------------------------------------------

    def on_connection(self, connection: PeerConnection, state: TransportState) -> None:
        """A connection opened or closed; one that was replaced no longer matters."""
        if connection is not self._connection:
            return
        if state == "closed":
            self.leave()
            return
        if self.state == "connecting":
            self._set_state("connected")
        now = self._context.clock()
        for down_track in connection.down_tracks:
            down_track.want_key_frame(now)

    def on_streams(self) -> None:
        """The browser began to send in another section."""
        self._room.rewire()

    def on_estimate(self) -> None:
        """The browser's idea of its line changed."""
        self._room.note_estimate()

    def tell_slots(self) -> None:
        """Tell the listener who sits where, if that changed."""
        down_tracks = {
            each.mid: each.up_track.party if each.up_track is not None else None for each in self.down_tracks
        }
        news = (down_tracks, self.unseated)
        if news != self._told and self._connection is not None:
            self._told = news
            self.listener.on_slots(dict(down_tracks), self.unseated)

    def _tell_pictures(self) -> None:
        if self._pictures_reach == self.video_suspended:
            self._pictures_reach = not self.video_suspended
            self.listener.on_pictures(self._pictures_reach)

    def _set_state(self, state: PartyState) -> None:
        if state != self.state:
            self.state = state
            self.listener.on_state(state)

    def stats(self) -> PartyStats:
        """Figures for quality samples and metrics."""
        streams = [up_track.stats() for up_track in self.up_tracks.values()]
        streams += [stats for down_track in self.down_tracks if (stats := down_track.stats()) is not None]
        rtts = [each.rtt for each in streams if each.rtt is not None]
        return PartyStats(self.id, self.state, min(rtts, default=None), streams)
