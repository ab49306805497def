"""Lines being tried through the relay, one for each socket that asked: the way between its frames and the relay's test.

A test dies with its socket. What it found is the page's to show and send in; nothing is kept here.
"""

from app.clinic.people.who import StaffWho
from app.realtime.hub import Connection
from app.realtime.messages import LineAnswer, LineFigures, LineOffer, LinePhase, Refused
from app.realtime.relay import AnyLineTest, AnyRelay, BadOffer, Phase, RelayFull
from app.realtime.relay import LineTestFigures as Counted

PATIENT_CEILING, STAFF_CEILING = 3_000_000, 10_000_000
"""The most that is tried, in bit/s: one call's worth at home, several at the clinic."""


class LineTests:
    """The tests of this process."""

    def __init__(self, relay: AnyRelay) -> None:
        self._relay = relay
        self._running: dict[Connection, AnyLineTest] = {}

    async def offer(self, connection: Connection, frame: LineOffer) -> None:
        """Begin a test; the one this socket may have had ends."""
        self.lost(connection)
        ceiling = STAFF_CEILING if isinstance(connection.who, StaffWho) else PATIENT_CEILING
        listener = _Listener(connection, frame.connection)
        try:
            test, answer = await self._relay.try_line(frame.sdp, listener, ceiling)
        except RelayFull:
            connection.tell(Refused(frame.connection, "full"))
            return
        except BadOffer:
            connection.tell(Refused(frame.connection, "bad_offer"))
            return
        self._running[connection] = test
        connection.tell(LineAnswer(frame.connection, answer))

    def lost(self, connection: Connection) -> None:
        """The socket is gone, or begins anew."""
        test = self._running.pop(connection, None)
        if test is not None:
            test.close()


class _Listener:
    """Tells one socket how its test goes."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self._name = name

    def on_phase(self, phase: Phase) -> None:
        self._connection.tell(LinePhase(self._name, phase))

    def on_figures(self, figures: Counted) -> None:
        self._connection.tell(
            LineFigures(
                self._name,
                rtt_ms=round(figures.round_trip * 1000, 1),
                jitter_ms=round(figures.jitter * 1000, 1),
                loss=round(figures.loss * 100, 2),
                kbps=round(figures.bitrate / 1000),
            )
        )
