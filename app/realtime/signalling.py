"""Who sits in which call's room: one owner for every call between the sockets and the relay.

A seat is one person in one call; it outlives the socket and the connection it was taken with, so a reload, a dropped
line or a restarted relay all come back to the same seat. SDP passes through unread. A call ends only by the domain's
word (`CallEnded`), never because something here was lost.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from app.clinic.calls import call as calls
from app.clinic.calls.access import call_for, may_enter
from app.clinic.calls.tables import Call
from app.clinic.errors import NotFound
from app.clinic.people.who import PatientWho, StaffWho
from app.realtime.hub import Connection
from app.realtime.messages import (
    Answer,
    Ended,
    Gone,
    Leave,
    Media,
    Offer,
    Parties,
    PartyView,
    Refused,
    Replaced,
    SeatState,
    Slots,
)
from app.realtime.relay import Party, Relay
from app.realtime.relay.errors import BadOffer, RelayFull
from app.realtime.relay.tasks import Tasks

KEEP_SEAT_S = 15.0
"""How long a seat is kept with neither a socket nor media; relay.md, "Recovery"."""


@dataclass(eq=False, slots=True)
class Seat:
    """One person's seat, taken last by `who`. `rtc` names the browser's RTCPeerConnection that `party` belongs to."""

    id: str
    name: str
    role: Literal["staff", "patient"]
    state: SeatState = "connecting"
    microphone: bool = True
    camera: bool = False
    who: StaffWho | PatientWho | None = None
    connection: Connection | None = None
    rtc: str = ""
    party: Party | None = None
    ears: "Ears | None" = None
    slots: dict[str, str | None] = field(default_factory=dict)
    unseated: int = 0
    timer: asyncio.TimerHandle | None = None


class Ears:
    """What the relay tells of one party. Once the seat has newer ears, these are deaf."""

    def __init__(self, room: "CallRoom", seat: Seat) -> None:
        self._room = room
        self._seat = seat

    def on_slots(self, slots: dict[str, str | None], unseated: int) -> None:
        """The relay put other parties into this one's receiving sections."""
        if self._seat.ears is self:
            self._room.slots_changed(self._seat, slots, unseated)

    def on_state(self, state: Literal["connecting", "connected", "reconnecting", "closed"]) -> None:
        """The party's media path changed."""
        if self._seat.ears is self:
            self._room.path_changed(self._seat, state)


class CallRoom:
    """The seats of one call. Everything is changed on the loop; `lock` keeps offers one at a time, `at_door` counts
    those under way or waiting for their turn.
    """

    def __init__(self, call: UUID, relay: Relay, on_talking: Callable[[UUID], None]) -> None:
        self.call = call
        self.seats: dict[str, Seat] = {}
        self.lock = asyncio.Lock()
        self.at_door = 0
        self._relay = relay
        self._on_talking = on_talking
        self._talked = False
        self.over = False

    async def offer(self, connection: Connection, seat: Seat, frame: Offer) -> None:
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
        try:
            answer = await party.negotiate(frame.sdp, restart=frame.restart)
        except BadOffer:
            refusal = Gone(self.call, frame.connection) if frame.restart else Refused(str(self.call), "bad_offer")
            connection.tell(refusal)
            return
        connection.tell(Answer(self.call, frame.connection, answer))
        connection.tell(Slots(self.call, seat.slots, seat.unseated))
        self.tell_parties()

    def seat(self, party: str, name: str, role: Literal["staff", "patient"]) -> Seat:
        """This person's seat, made on first use."""
        return self.seats.setdefault(party, Seat(party, name, role))

    def slots_changed(self, seat: Seat, slots: dict[str, str | None], unseated: int) -> None:
        """Pass on who sits in this seat's sections, and how many found none."""
        seat.slots, seat.unseated = dict(slots), unseated
        if seat.connection is not None:
            seat.connection.tell(Slots(self.call, seat.slots, seat.unseated))

    def path_changed(self, seat: Seat, state: Literal["connecting", "connected", "reconnecting", "closed"]) -> None:
        """Show the others how this seat's line is. A closed path is a person who may be on the way back."""
        if state == "closed":
            seat.party = seat.ears = None
            seat.slots = {}
        seat.state = "reconnecting" if state == "closed" else state
        if state == "connected" and not self._talked and self._everybody_is_through():
            self._talked = True
            self._on_talking(self.call)
        if seat.state != "connected":
            self.watch(seat)
        self.tell_parties()

    def media(self, seat: Seat, frame: Media) -> None:
        """This seat sends sound or picture, or stopped."""
        seat.microphone, seat.camera = frame.microphone, frame.camera
        self.tell_parties()

    def lost(self, connection: Connection) -> None:
        """The socket is gone; media may well flow on, so the seat is kept."""
        for seat in self.seats.values():
            if seat.connection is connection:
                seat.connection = None
                self.watch(seat)

    def leave(self, seat: Seat) -> None:
        """This person goes; the call stays open for them to come back."""
        self._drop(seat)
        self.tell_parties()

    def end(self) -> None:
        """The call is over: everybody is told and the relay's room is emptied."""
        self.over = True
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
        for receiver in self.seats.values():
            if receiver.connection is not None:
                views = [_view(seat, receiver) for seat in self.seats.values()]
                receiver.connection.tell(Parties(self.call, views))

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

    def _lost(self, connection: Connection, seat: Seat, frame: Offer) -> Gone | Replaced:
        """Why a restart is not possible: we forgot the connection, or the person sits here from another page."""
        elsewhere = seat.party is not None and seat.connection not in (None, connection)
        return Replaced(self.call) if elsewhere else Gone(self.call, frame.connection)

    async def _take(self, connection: Connection, seat: Seat, frame: Offer) -> Party | None:
        if seat.connection is not None and seat.connection is not connection:
            seat.connection.tell(Replaced(self.call))
        seat.ears = ears = Ears(self, seat)
        seat.slots, seat.unseated = {}, 0
        seat.state = "connecting"
        try:
            party = await self._relay.join(str(self.call), seat.id, ears)
        except RelayFull:
            seat.party = seat.ears = None
            connection.tell(Refused(str(self.call), "full"))
            return None
        if seat.ears is not ears:
            # the person left, or the call ended, while the relay made room
            party.leave()
            return None
        seat.party = party
        seat.rtc = frame.connection
        return party

    def _drop(self, seat: Seat) -> None:
        party, seat.party, seat.ears = seat.party, None, None
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


class Signalling:
    """The rooms of this process, by call."""

    def __init__(self, relay: Relay, clock: Callable[[], datetime]) -> None:
        self._relay = relay
        self._clock = clock
        self._rooms: dict[UUID, CallRoom] = {}
        self._tasks = Tasks()

    def __len__(self) -> int:
        return len(self._rooms)

    async def offer(self, connection: Connection, frame: Offer) -> None:
        """Let the person into the call's room if the call is theirs and is going on; says why if not.

        The room stands before the call is read: an end that comes meanwhile finds it.
        """
        room = self._room(frame.call)
        room.at_door += 1
        try:
            async with room.lock:
                await self._let_in(room, connection, frame)
        finally:
            room.at_door -= 1
            self._tidy()

    async def _let_in(self, room: CallRoom, connection: Connection, frame: Offer) -> None:
        try:
            call = await call_for(connection.who, frame.call)
        except NotFound:
            connection.tell(Refused(str(frame.call), "unknown"))
            return
        if not may_enter(connection.who, call):
            connection.tell(Refused(str(frame.call), "unknown"))
        elif room.over or call.state not in ("ringing", "running"):
            connection.tell(Ended(frame.call))
        elif call.state == "ringing" and not isinstance(connection.who, StaffWho):
            connection.tell(Refused(str(frame.call), "not_yet"))
        elif connection.close_code is None:
            await room.offer(connection, _seat(room, call, connection), frame)

    def media(self, connection: Connection, frame: Media) -> None:
        """Show the others what this person sends; a person without a seat is not heard."""
        room, seat = self._own(connection, frame.call)
        if room is not None and seat is not None:
            room.media(seat, frame)

    def leave(self, connection: Connection, frame: Leave) -> None:
        """The person leaves their seat."""
        room, seat = self._own(connection, frame.call)
        if room is not None and seat is not None:
            seat.connection = None
            room.leave(seat)
            self._tidy()

    def lost(self, connection: Connection) -> None:
        """A socket closed."""
        for room in self._rooms.values():
            room.lost(connection)
        self._tidy()

    def expel(self, is_out: Callable[[StaffWho | PatientWho], bool]) -> None:
        """Whoever this is true of may not be here any more: their media stops too, with a socket or without one.

        The call stays for the other.
        """
        for room in self._rooms.values():
            for seat in room.seats.values():
                if seat.who is not None and is_out(seat.who):
                    room.leave(seat)
                    seat.connection = None
        self._tidy()

    def ended(self, call: UUID) -> None:
        """The domain says that the call is over."""
        room = self._rooms.pop(call, None)
        if room is not None:
            room.end()

    async def stop(self) -> None:
        """Let what is being written be written."""
        await self._tasks.finish(2.0, endless="")

    def _room(self, call: UUID) -> CallRoom:
        self._tidy()
        room = self._rooms.get(call)
        if room is None:
            room = self._rooms[call] = CallRoom(call, self._relay, self._talking)
        return room

    def _own(self, connection: Connection, call: UUID) -> tuple[CallRoom | None, Seat | None]:
        room = self._rooms.get(call)
        if room is None:
            return None, None
        return room, next((seat for seat in room.seats.values() if seat.connection is connection), None)

    def _talking(self, call: UUID) -> None:
        self._tasks.start(calls.connected(call, self._clock()), name=f"connected-{call}")

    def _tidy(self) -> None:
        for call in [call for call, room in self._rooms.items() if room.is_empty and not room.at_door]:
            del self._rooms[call]


def _seat(room: CallRoom, call: Call, connection: Connection) -> Seat:
    if isinstance(connection.who, StaffWho):
        return room.seat(str(connection.who.id), call.staff.name, "staff")
    return room.seat(str(connection.who.patient), call.patient.name, "patient")


def _view(seat: Seat, receiver: Seat) -> PartyView:
    return PartyView(seat.id, seat.name, seat.role, seat is receiver, seat.state, seat.microphone, seat.camera)
