"""Lines being tried through the relay, one for each person who asked: the way between a socket's frames and the test.

A test dies with its socket. What it found is the page's to show and send in; nothing is kept here. Half of what the
relay tries at once is kept for staff: patients, however many, never keep a clinic from trying its own line.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from app.budgets import LINE_OFFERS, LINE_TESTS
from app.clinic.people.who import PatientWho, Person, StaffWho
from app.crowds import Pace
from app.realtime.hub import Connection
from app.realtime.messages import LineAnswer, LineFigures, LineOffer, LinePhase, Refused
from app.realtime.relay import AnyLineTest, AnyRelay, BadOffer, Phase, RelayFull
from app.realtime.relay import LineTestFigures as Counted

PATIENT_CEILING, STAFF_CEILING = 3_000_000, 10_000_000
"""The most that is tried, in bit/s: one call's worth at home, several at the clinic."""
LONGEST_S = 20.0
"""After this a test is over, whatever was heard of it: the relay gives up those nobody comes to."""
DONE_S = 2.0
"""What a page has to read its own counters once it knows ours."""


@dataclass(slots=True)
class _Running:
    connection: Connection
    began_at: float
    test: AnyLineTest | None = None


class LineTests:
    """The tests of this process."""

    def __init__(self, relay: AnyRelay) -> None:
        self._relay = relay
        self._running: dict[str, _Running] = {}
        self._pace = Pace(LINE_OFFERS)

    async def offer(self, connection: Connection, frame: LineOffer) -> None:
        """Begin a test; the one this socket may have had ends."""
        self.lost(connection)
        name, now = _name(connection.who), monotonic()
        if not self._is_room_for(connection.who, now) or not self._pace.may_person(name, now):
            connection.tell(Refused(frame.connection, "full"))
            return
        running = self._running[name] = _Running(connection, now)
        ceiling = STAFF_CEILING if isinstance(connection.who, StaffWho) else PATIENT_CEILING
        listener = _Listener(connection, frame.connection, lambda: self._done(running))
        try:
            running.test, answer = await self._relay.try_line(frame.sdp, listener, ceiling)
        except (RelayFull, BadOffer) as error:
            self._over(running)
            connection.tell(Refused(frame.connection, "full" if isinstance(error, RelayFull) else "bad_offer"))
            return
        if self._running.get(name) is not running:
            running.test.close()
            return
        connection.tell(LineAnswer(frame.connection, answer))

    def lost(self, connection: Connection) -> None:
        """The socket is gone, or begins anew."""
        running = self._running.get(_name(connection.who))
        if running is not None and running.connection is connection:
            self._over(running)

    def _is_room_for(self, who: Person, now: float) -> bool:
        """One test a person, and for patients and guests together half of all."""
        for running in [each for each in self._running.values() if now - each.began_at > LONGEST_S]:
            self._over(running)
        everybody = [each.connection.who for each in self._running.values()]
        if sum(_name(each) == _name(who) for each in everybody) >= (LINE_TESTS.person or 0):
            return False
        total = LINE_TESTS.installation or 0
        if isinstance(who, StaffWho):
            return len(everybody) < total
        return sum(not isinstance(each, StaffWho) for each in everybody) < total // 2

    def _done(self, running: _Running) -> None:
        asyncio.get_running_loop().call_later(DONE_S, self._over, running)

    def _over(self, running: _Running) -> None:
        name = _name(running.connection.who)
        if self._running.get(name) is running:
            del self._running[name]
        if running.test is not None:
            running.test.close()


def _name(who: Person) -> str:
    """The person, whatever device or session they use."""
    if isinstance(who, PatientWho):
        return f"patient:{who.patient}"
    return f"staff:{who.id}" if isinstance(who, StaffWho) else f"guest:{who.id}"


class _Listener:
    """Tells one socket how its test goes."""

    def __init__(self, connection: Connection, name: str, done: Callable[[], None]) -> None:
        self._connection = connection
        self._name = name
        self._done = done

    def on_phase(self, phase: Phase) -> None:
        self._connection.tell(LinePhase(self._name, phase))

    def on_figures(self, figures: Counted) -> None:
        self._done()
        self._connection.tell(
            LineFigures(
                self._name,
                rtt_ms=round(figures.round_trip * 1000, 1),
                jitter_ms=round(figures.jitter * 1000, 1),
                loss=round(figures.loss * 100, 2),
                kbps=round(figures.bitrate / 1000),
            )
        )
