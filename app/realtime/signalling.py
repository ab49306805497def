"""Who may sit in which call's room: one owner for every call between the sockets and the relay.

Rights are asked of the domain at the door. A call ends only by the domain's word (`CallEnded`), never because something
here was lost.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Literal
from uuid import UUID

from app.clinic.calls import call as calls
from app.clinic.calls import guests
from app.clinic.calls.access import call_for, may_enter
from app.clinic.calls.tables import GOING_ON, RINGING, Call, Guest
from app.clinic.errors import NotFound
from app.clinic.people.who import GuestWho, Person, StaffWho
from app.realtime.call_room import Admission, CallRoom, Seat
from app.realtime.hub import Connection
from app.realtime.messages import Ended, Leave, Measured, Media, Pass, Refused, SdpOffer
from app.realtime.quality import QualityNotes
from app.realtime.relay import AnyRelay, PartyFigures
from app.realtime.tasks import Tasks


class Signalling:
    """The rooms of this process, by call."""

    def __init__(self, relay: AnyRelay, clock: Callable[[], datetime]) -> None:
        self._relay = relay
        self._clock = clock
        self._rooms: dict[UUID, CallRoom] = {}
        self._tasks = Tasks()
        self._notes = QualityNotes()

    def __len__(self) -> int:
        return len(self._rooms)

    async def offer(self, connection: Connection, frame: SdpOffer) -> None:
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

    async def _let_in(self, room: CallRoom, connection: Connection, frame: SdpOffer) -> None:
        try:
            call = await call_for(connection.who, frame.call)
            entry = await _entry(connection.who, call)
        except NotFound:
            connection.tell(Refused(str(frame.call), "unknown"))
            return
        if room.over or call.state not in GOING_ON:
            connection.tell(Ended(frame.call))
        elif entry == "not_yet":
            connection.tell(Refused(str(frame.call), "not_yet"))
        elif connection.close_code is None:
            await room.offer(connection, room.seat(entry), frame)

    def follow(self, guest: Guest) -> None:
        """The clinic has decided something about this guest: it holds at once for a seat that is taken."""
        room = self._rooms.get(guest.call)
        seat = room.seats.get(str(guest.id)) if room is not None else None
        if room is None or seat is None:
            return
        if guest.state in guests.INSIDE:
            room.restrict(seat, muted=guest.is_muted, on_hold=guest.state == "on_hold")
        else:
            room.leave(seat)
            seat.connection = None
            self._tidy()

    def media(self, connection: Connection, frame: Media) -> None:
        """Show the others what this person sends; a person without a seat is not heard."""
        room, seat = self._own(connection, frame.call)
        if room is not None and seat is not None:
            room.media(seat, frame)

    def pass_on(self, connection: Connection, frame: Pass) -> None:
        """Hand a word to the other pages of the call; a person without a seat says none."""
        room, seat = self._own(connection, frame.call)
        if room is not None and seat is not None:
            room.pass_on(seat, frame)

    def measured(self, connection: Connection, frame: Measured) -> None:
        """Note how this person's line is; a person without a seat has none."""
        room, seat = self._own(connection, frame.call)
        if room is not None and seat is not None:
            self._notes.from_page(seat, frame, self._clock())

    async def write_down_quality(self, _now: datetime) -> None:
        """Write how lines were since the last time."""
        await self._notes.write_down()

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

    def expel(self, is_out: Callable[[Person], bool]) -> None:
        """Whoever this is true of may not be here any more: their media stops too, with a socket or without one.

        The call stays for the other.
        """
        for room in self._rooms.values():
            for seat in list(room.seats.values()):
                if seat.who is not None and is_out(seat.who):
                    room.leave(seat)
                    seat.connection = None
        self._tidy()

    def ended(self, call: UUID) -> None:
        """The domain says that the call is over."""
        room = self._rooms.pop(call, None)
        if room is not None:
            room.end()
        self._notes.forget(call)
        self._tasks.start(self._notes.write_down(), name=f"quality-{call}")

    async def stop(self) -> None:
        """Let what is being written be written."""
        await self._tasks.finish(2.0, endless="")
        await self._notes.write_down()

    def _room(self, call: UUID) -> CallRoom:
        self._tidy()
        room = self._rooms.get(call)
        if room is None:
            room = self._rooms[call] = CallRoom(call, self._relay, self._talking, self._figures)
        return room

    def _own(self, connection: Connection, call: UUID) -> tuple[CallRoom | None, Seat | None]:
        room = self._rooms.get(call)
        if room is None:
            return None, None
        return room, next((seat for seat in room.seats.values() if seat.connection is connection), None)

    def _talking(self, call: UUID) -> None:
        self._tasks.start(calls.connected(call, self._clock()), name=f"connected-{call}")

    def _figures(self, call: UUID, seat: Seat, figures: PartyFigures) -> None:
        self._notes.from_relay(call, seat, figures, self._clock())

    def _tidy(self) -> None:
        for call in [call for call, room in self._rooms.items() if room.is_empty and not room.at_door]:
            del self._rooms[call]


async def _entry(who: Person, call: Call) -> Admission | Literal["not_yet"]:
    """Which seat is theirs; raises NotFound for who has none, "not_yet" for who is to be let in first."""
    if isinstance(who, GuestWho):
        guest = await guests.as_guest(who)
        if guest.state not in guests.INSIDE:
            return "not_yet"
        on_hold = guest.state == "on_hold"
        return Admission(str(guest.id), guest.name, "guest", guest.kind, muted=guest.is_muted, on_hold=on_hold)
    if not may_enter(who, call):
        raise NotFound
    if isinstance(who, StaffWho):
        return Admission(str(who.id), call.staff.name, "staff")
    return "not_yet" if call.state == RINGING else Admission(str(who.patient), call.patient.name, "patient")
