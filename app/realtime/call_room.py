"""One call's room: its seats, whose they are, and how their lines are.

A seat is one person in one call; it outlives the socket and the connection it was taken with, so a reload, a dropped
line or a restarted relay all come back to the same seat. SDP passes through unread.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from app.buckets import Bucket
from app.clinic.people.who import Person
from app.realtime.hub import Connection
from app.realtime.messages import (
    Ended,
    Gone,
    Media,
    Parties,
    PartyView,
    Pass,
    Passed,
    Refused,
    Replaced,
    SdpAnswer,
    SdpOffer,
    SeatState,
    Slots,
)
from app.realtime.relay import AnyRelay, BadOffer, Member, PartyFigures, RelayFull, RelayUnavailable

KEEP_SEAT_S = 15.0
"""How long a seat is kept with neither a socket nor media; relay.md, "Recovery"."""

MAX_EPOCHS_AT_ONCE = 6
EPOCH_EVERY_S = 5.0
"""How often a call agrees on keys anew: so many times at once, then once in so long, whatever a page does."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Who may take which seat, under what name, and what the clinic has decided for a guest (`muted`, `on_hold`)."""

    id: str
    name: str
    role: Literal["staff", "patient", "guest"]
    kind: str = ""
    muted: bool = False
    on_hold: bool = False


@dataclass(eq=False, slots=True)
class Seat:
    """One person's seat, taken last by `who`. `rtc` names the browser's RTCPeerConnection that `party` belongs to."""

    id: str
    name: str
    role: Literal["staff", "patient", "guest"]
    kind: str = ""
    muted: bool = False
    on_hold: bool = False
    sealing: str = ""
    state: SeatState = "connecting"
    microphone: bool = True
    camera: bool = False
    screen: bool = False
    interrupted: bool = False
    pictures: bool = True
    who: Person | None = None
    connection: Connection | None = None
    rtc: str = ""
    party: Member | None = None
    listener: "SeatListener | None" = None
    slots: dict[str, str | None] = field(default_factory=dict)
    unseated: int = 0
    timer: asyncio.TimerHandle | None = None


OnFigures = Callable[[UUID, Seat, PartyFigures], None]


class SeatListener:
    """What the relay tells of one party. Once the seat has newer listener, these are deaf."""

    def __init__(self, room: "CallRoom", seat: Seat) -> None:
        self._room = room
        self._seat = seat

    def on_slots(self, slots: dict[str, str | None], unseated: int) -> None:
        """The relay put other parties into this one's receiving sections."""
        if self._seat.listener is self:
            self._room.slots_changed(self._seat, slots, unseated)

    def on_state(self, state: Literal["connecting", "connected", "reconnecting", "closed"]) -> None:
        """The party's media path changed."""
        if self._seat.listener is self:
            self._room.path_changed(self._seat, state)

    def on_pictures(self, reach: bool) -> None:
        """The party's line takes pictures again, or no more than the sound."""
        if self._seat.listener is self:
            self._room.pictures_changed(self._seat, reach=reach)

    def on_figures(self, figures: PartyFigures) -> None:
        """How the party's sound and picture arrived at the relay."""
        if self._seat.listener is self:
            self._room.on_figures(self._room.call, self._seat, figures)


class CallRoom:
    """The seats of one call. Everything is changed on the loop; `lock` keeps offers one at a time, `at_door` counts
    those under way or waiting for their turn.
    """

    def __init__(self, call: UUID, relay: AnyRelay, on_talking: Callable[[UUID], None], on_figures: OnFigures) -> None:
        self.call = call
        self.seats: dict[str, Seat] = {}
        self.lock = asyncio.Lock()
        self.at_door = 0
        self._relay = relay
        self.on_figures = on_figures
        self._on_talking = on_talking
        self._talked = False
        self._within: list[tuple[str, str]] = []
        self._epoch = time.time_ns() // 1_000_000  # no room made again after a restart counts below this
        self._epochs = Bucket(1 / EPOCH_EVERY_S, MAX_EPOCHS_AT_ONCE)
        self._epoch_due: asyncio.TimerHandle | None = None
        self.over = False

    async def offer(self, connection: Connection, seat: Seat, frame: SdpOffer) -> None:
        """Answer the browser's offer: an ICE restart of the seat's own connection, or a fresh one; the newest wins.

        To be called under `lock`.
        """
        if frame.restart and (seat.rtc != frame.connection or seat.party is None):
            connection.tell(self._lost(connection, seat, frame))
            return
        party = seat.party if frame.restart else await self._take(connection, seat, frame)
        if party is None:
            return
        seat.connection, seat.who = connection, connection.who
        if not frame.restart:
            seat.sealing = frame.sealing
        try:
            answer = await party.negotiate(frame.sdp, restart=frame.restart)
        except (BadOffer, RelayUnavailable) as error:
            if frame.restart:
                connection.tell(Gone(self.call, frame.connection))
            else:
                connection.tell(Refused(str(self.call), "bad_offer" if isinstance(error, BadOffer) else "later"))
            return
        connection.tell(SdpAnswer(self.call, frame.connection, answer))
        connection.tell(Slots(self.call, seat.slots, seat.unseated))
        self.tell_parties()

    def seat(self, entry: Admission) -> Seat:
        """This person's seat, made on first use."""
        seat = self.seats.setdefault(entry.id, Seat(entry.id, entry.name, entry.role, entry.kind))
        self.restrict(seat, muted=entry.muted, on_hold=entry.on_hold)
        return seat

    def restrict(self, seat: Seat, *, muted: bool, on_hold: bool) -> None:
        """What the clinic has decided for a guest holds at the relay, whatever the guest's page does."""
        changed = (seat.muted, seat.on_hold) != (muted, on_hold)
        seat.muted, seat.on_hold = muted, on_hold
        if seat.party is not None:
            seat.party.restrict(muted=muted, on_hold=on_hold)
        if changed:
            self.tell_parties()

    def slots_changed(self, seat: Seat, slots: dict[str, str | None], unseated: int) -> None:
        """Pass on who sits in this seat's sections, and how many found none."""
        seat.slots, seat.unseated = dict(slots), unseated
        if seat.connection is not None:
            seat.connection.tell(Slots(self.call, seat.slots, seat.unseated))

    def path_changed(self, seat: Seat, state: Literal["connecting", "connected", "reconnecting", "closed"]) -> None:
        """Show the others how this seat's line is. A closed path is a person who may be on the way back."""
        if state == "closed":
            seat.party = seat.listener = None
            seat.slots = {}
            if seat.connection is not None:
                seat.connection.tell(Gone(self.call, seat.rtc))
        seat.state = "reconnecting" if state == "closed" else state
        if state == "connected" and not self._talked and self._everybody_is_through():
            self._talked = True
            self._on_talking(self.call)
        if seat.state != "connected":
            self.watch(seat)
        self.tell_parties()

    def pictures_changed(self, seat: Seat, *, reach: bool) -> None:
        """Everybody hears whose line takes no pictures, and whose camera may therefore rest."""
        seat.pictures = reach
        self.tell_parties()

    def media(self, seat: Seat, frame: Media) -> None:
        """This seat sends sound or picture, or stopped."""
        seat.microphone, seat.camera, seat.screen = frame.microphone, frame.camera, frame.screen
        seat.interrupted = frame.interrupted
        # a page takes its name with its offer; here it can only give it up
        seat.sealing = frame.sealing and seat.sealing
        self.tell_parties()

    def pass_on(self, seat: Seat, frame: Pass) -> None:
        """A word from page to page, unread; one on hold neither says nor hears any."""
        for receiver in self.seats.values():
            reached = receiver is not seat and frame.to in ("", receiver.id)
            if reached and receiver.connection is not None and not (seat.on_hold or receiver.on_hold):
                receiver.connection.tell(Passed(self.call, seat.id, frame.data))

    def lost(self, connection: Connection) -> None:
        """The socket is gone; media may well flow on, so the seat is kept."""
        for seat in self.seats.values():
            if seat.connection is connection:
                seat.connection = None
                self.watch(seat)

    def leave(self, seat: Seat) -> None:
        """This person goes; the call stays open for them to come back. A guest's seat is not kept for them."""
        self._drop(seat)
        if seat.role == "guest":
            self.seats.pop(seat.id, None)
        self.tell_parties()

    def end(self) -> None:
        """The call is over: everybody is told and the relay's room is emptied."""
        self.over = True
        if self._epoch_due is not None:
            self._epoch_due.cancel()
        for seat in self.seats.values():
            if seat.connection is not None:
                seat.connection.tell(Ended(self.call))
            self._drop(seat)

    @property
    def is_empty(self) -> bool:
        """Nobody is here and nobody is expected back at once."""
        return all(seat.party is None and seat.connection is None for seat in self.seats.values())

    def tell_parties(self) -> None:
        """Everybody present hears who is in the call and how their lines are."""
        within = [(seat.id, seat.sealing) for seat in self.seats.values() if seat.state != "left" and not seat.on_hold]
        if within != self._within and self._may_agree_anew():
            self._within = within
            self._epoch += 1
        for receiver in self.seats.values():
            if receiver.connection is not None:
                views = [_view(seat, receiver) for seat in self.seats.values()]
                receiver.connection.tell(Parties(self.call, views, self._epoch))

    def _may_agree_anew(self) -> bool:
        """Whether a new epoch may begin now; else it begins as soon as it may, with those who are here then."""
        loop = asyncio.get_running_loop()
        if self._epoch_due is None and self._epochs.take(loop.time()):
            return True
        if self._epoch_due is None and not self.over:
            self._epoch_due = loop.call_later(EPOCH_EVERY_S, self._agree_anew)
        return False

    def _agree_anew(self) -> None:
        self._epoch_due = None
        self.tell_parties()

    def watch(self, seat: Seat) -> None:
        """Look at this seat again in KEEP_SEAT_S: without media and without a socket it is given up."""
        if seat.timer is None and not self.over:
            seat.timer = asyncio.get_running_loop().call_later(KEEP_SEAT_S, self._look_again, seat)

    def _look_again(self, seat: Seat) -> None:
        seat.timer = None
        if seat.state == "connected":
            if seat.connection is None:
                self.watch(seat)
        elif seat.connection is None or seat.party is None:
            self.leave(seat)

    def _lost(self, connection: Connection, seat: Seat, frame: SdpOffer) -> Gone | Replaced:
        """Why a restart is not possible: we forgot the connection, or the person sits here from another page."""
        elsewhere = seat.party is not None and seat.connection not in (None, connection)
        return Replaced(self.call) if elsewhere else Gone(self.call, frame.connection)

    async def _take(self, connection: Connection, seat: Seat, frame: SdpOffer) -> Member | None:
        if seat.connection is not None and seat.connection is not connection:
            seat.connection.tell(Replaced(self.call))
        seat.listener = listener = SeatListener(self, seat)
        seat.slots, seat.unseated, seat.pictures = {}, 0, True
        seat.state = "connecting"
        try:
            party = await self._relay.join(str(self.call), seat.id, listener)
        except (RelayFull, RelayUnavailable) as error:
            seat.party = seat.listener = None
            connection.tell(Refused(str(self.call), "full" if isinstance(error, RelayFull) else "later"))
            return None
        if seat.listener is not listener:
            # the person left, or the call ended, while the relay made room
            party.leave()
            return None
        seat.party = party
        seat.rtc = frame.connection
        party.restrict(muted=seat.muted, on_hold=seat.on_hold)
        return party

    def _drop(self, seat: Seat) -> None:
        party, seat.party, seat.listener = seat.party, None, None
        seat.state = "left"
        seat.slots = {}
        if seat.timer is not None:
            seat.timer.cancel()
            seat.timer = None
        if party is not None:
            party.leave()

    def _everybody_is_through(self) -> bool:
        here = [seat for seat in self.seats.values() if seat.state != "left"]
        return len(here) >= 2 and all(seat.state == "connected" for seat in here)


def _view(seat: Seat, receiver: Seat) -> PartyView:
    return PartyView(
        id=seat.id,
        name=seat.name,
        role=seat.role,
        you=seat is receiver,
        state=seat.state,
        microphone=seat.microphone,
        camera=seat.camera,
        screen=seat.screen,
        interrupted=seat.interrupted,
        kind=seat.kind,
        muted=seat.muted,
        on_hold=seat.on_hold,
        sealing=seat.sealing,
        pictures=seat.pictures,
    )
