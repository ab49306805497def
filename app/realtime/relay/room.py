"""A Room: who is in a call, who sits in whose down tracks, and how fast each may send.

Owns its parties and nothing below them. Seats are stable: a party keeps its seat while it is there, and comes back to a
free one; a seat's sound and picture are always the same person's.
"""

import asyncio
from collections.abc import Callable

from app.realtime.relay import bandwidth
from app.realtime.relay.connection import DownTrackPair, RelayContext
from app.realtime.relay.party import Listener, Party
from app.realtime.relay.up_track import UpTrack


class Room:
    """One call. `on_empty` is called once the last party has left."""

    def __init__(self, room_id: str, context: RelayContext, on_empty: Callable[["Room"], None]) -> None:
        self.id = room_id
        self.parties: dict[str, Party] = {}
        self._context = context
        self._on_empty = on_empty
        self._estimates_changed = False

    def admit(self, party_id: str, listener: Listener) -> Party:
        """Add a party; one of the same id leaves first."""
        if (before := self.parties.get(party_id)) is not None:
            self.parties[party_id] = party = Party(party_id, self, self._context, listener)
            before.leave()
        else:
            self.parties[party_id] = party = Party(party_id, self, self._context, listener)
        return party

    def remove(self, party: Party) -> None:
        """Forget `party` if it is still the one of its id."""
        if self.parties.get(party.id) is party:
            del self.parties[party.id]
        if self.parties:
            self.rewire()
        else:
            self._on_empty(self)

    # -- seating ---------------------------------------------------------------------------------------------------

    def rewire(self) -> None:
        """Seat everyone at everyone else's, then tell those for whom something changed.

        Told on the loop's next turn, so that an answer under way is sent before the down tracks that belong to it.
        """
        now = self._context.clock()
        for receiver in self.parties.values():
            others = {party.id: party for party in self._within_reach(receiver)}
            receiver.unseated = _assign_seats(receiver.seats, list(others))
            for seat in receiver.seats:
                speaker = others[seat.party] if seat.party is not None else None
                up_tracks = speaker.up_tracks if speaker is not None else {}
                if seat.audio is not None:
                    heard = speaker is not None and not speaker.muted
                    seat.audio.attach(up_tracks.get("microphone") if heard else None, now)
                if seat.video is not None:
                    seat.video.attach(up_tracks.get("camera"), now)
            if receiver.screen is not None:
                receiver.screen.attach(self._shared_screen(receiver, now), now)
            asyncio.get_running_loop().call_soon(receiver.tell_slots)

    def _within_reach(self, receiver: Party) -> list[Party]:
        """Whom this party may hear and see."""
        if receiver.on_hold:
            return []
        return [party for party in self.parties.values() if party is not receiver and not party.on_hold]

    def _shared_screen(self, receiver: Party, now: float) -> UpTrack | None:
        """The screen to show: the one shown while it flows, else any that flows, else any that might."""
        screens = [party.up_tracks["screen"] for party in self._within_reach(receiver) if "screen" in party.up_tracks]
        shown = receiver.screen.up_track if receiver.screen is not None else None
        if shown in screens and shown is not None and shown.flows(now):
            return shown
        flowing = [each for each in screens if each.flows(now)]
        if flowing:
            return flowing[0]
        return shown if shown in screens else (screens[0] if screens else None)

    # -- time ------------------------------------------------------------------------------------------------------

    def note_estimate(self) -> None:
        """Some receiver's line changed; the next tick tells the senders."""
        self._estimates_changed = True

    def note_gap(self) -> None:
        """A party came back, by an ICE restart or by itself: no estimate of a line is true of what comes now."""
        now = self._context.clock()
        for party in self.parties.values():
            party.note_gap(now)

    def tick(self, now: float) -> None:
        """Every 30 ms."""
        for party in list(self.parties.values()):
            party.tick(now)
        if self._estimates_changed:
            self._estimates_changed = False
            self._ask_senders(now)

    def tick_liveness(self, now: float) -> None:
        """Every quarter second."""
        for party in list(self.parties.values()):
            party.tick_liveness(now)

    def tick_second(self, now: float) -> None:
        """Every second."""
        for party in list(self.parties.values()):
            party.tick_second(now)
        if len(self.parties) > 2:
            self._follow_screens(now)

    def _follow_screens(self, now: float) -> None:
        """With several who may share, a screen that begins to flow takes the down track of one that does not."""
        for party in self.parties.values():
            if party.screen is not None and party.screen.up_track is not self._shared_screen(party, now):
                self.rewire()
                return

    def _ask_senders(self, now: float) -> None:
        shares: dict[UpTrack, list[float | None]] = {}
        resting: set[UpTrack] = set()
        for receiver in self.parties.values():
            up_tracks = [
                down_track.up_track
                for down_track in receiver.down_tracks
                if down_track.kind == "video" and down_track.up_track is not None
            ]
            if receiver.video_suspended:
                resting.update(up_track for up_track in up_tracks if up_track.role == "camera")
                continue
            flowing = [up_track for up_track in up_tracks if up_track.flows(now)]
            for up_track in flowing:
                shares.setdefault(up_track, []).append(receiver.share(len(flowing)))
        for up_track in resting:
            shares.setdefault(up_track, [bandwidth.TRIAL_BITRATE])
        for sender in self.parties.values():
            mine = [up_track for up_track in sender.up_tracks.values() if up_track in shares]
            bitrate = bandwidth.target(shares[up_track] for up_track in mine)
            if bitrate is not None:
                sender.ask_for(bitrate, mine, now)


def _assign_seats(seats: list[DownTrackPair], others: list[str]) -> int:
    """Keep who is there, empty the seats of who left, seat the rest in order of arrival; how many found no seat."""
    for seat in seats:
        if seat.party not in others:
            seat.party = None
    seated = {seat.party for seat in seats}
    waiting = [party for party in others if party not in seated]
    for seat in seats:
        if seat.party is None and waiting:
            seat.party = waiting.pop(0)
    return len(waiting)
