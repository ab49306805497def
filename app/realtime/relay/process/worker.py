"""The relay in a process of its own: `python -m app.realtime.relay.process.worker FD`; FD, a socket to the web process.

Does what it is told over that socket and tells what happens; ends when the socket does, so that it never outlives the
process it belongs to.
"""

import asyncio
import contextlib
import gc
import signal
import socket
import sys

import uvloop

from app import logs
from app.realtime.relay.errors import BadOffer, RelayFull
from app.realtime.relay.figures import PartyFigures, PartyState
from app.realtime.relay.line_test.test import LineTest, LineTestFigures, Phase
from app.realtime.relay.party import Party
from app.realtime.relay.process import messages
from app.realtime.relay.relay import Relay
from app.realtime.tasks import Tasks

BIND_PATIENCE = 2.0
BIND_AGAIN = 0.1
TOTALS_EVERY = 0.5
TELLER = "relay totals"


class _Ears:
    """A party's listener: passes the news on under the party's number."""

    def __init__(self, number: int, worker: "Worker") -> None:
        self._number = number
        self._worker = worker

    def on_slots(self, slots: dict[str, str | None], unseated: int) -> None:
        self._worker.tell(messages.SlotsNow(self._number, slots, unseated))

    def on_state(self, state: PartyState) -> None:
        if state == "closed":
            self._worker.parties.pop(self._number, None)
        self._worker.tell(messages.StateNow(self._number, state))

    def on_pictures(self, reach: bool) -> None:
        self._worker.tell(messages.PicturesNow(self._number, reach))

    def on_figures(self, figures: PartyFigures) -> None:
        self._worker.tell(messages.PartyFiguresNow(self._number, figures))


class _LineEars:
    """A line test's listener: passes the news on under the test's number."""

    def __init__(self, number: int, worker: "Worker") -> None:
        self._number = number
        self._worker = worker

    def on_phase(self, phase: Phase) -> None:
        self._worker.tell(messages.PhaseNow(self._number, phase))

    def on_figures(self, figures: LineTestFigures) -> None:
        self._worker.tell(messages.FiguresNow(self._number, figures))


class Worker:
    """One relay and the socket to the process that commands it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.parties: dict[int, Party] = {}
        self._line_tests: dict[int, LineTest] = {}
        self._reader = reader
        self._writer = writer
        self._tasks = Tasks()

    def tell(self, word: messages.Report) -> None:
        """Say something; lost when nobody listens any more."""
        if not self._writer.is_closing():
            self._writer.write(messages.write(word))

    async def run(self) -> None:
        """From the first word to the end of the socket."""
        begin = messages.read_request(await self._reader.readline())
        if not isinstance(begin, messages.Begin):
            raise TypeError("the first word must be Begin")
        logs.configure(begin.log_format)
        relay = Relay(
            begin.host, begin.port, begin.public_hosts,
            max_parties_per_room=begin.max_parties_per_room, max_rooms=begin.max_rooms,
        )  # fmt: skip
        try:
            await _open(relay)
        except OSError as error:
            self.tell(messages.Failed(str(error)))
            return
        self.tell(messages.Ready(relay.port))
        self._tasks.start(self._tell_totals(relay), TELLER)
        # what was imported lives for ever: no need to look through it again in the middle of a call
        gc.freeze()
        try:
            while line := await self._reader.readline():
                self._obey(relay, messages.read_request(line))
        finally:
            await self._tasks.finish(1.0, endless=TELLER)
            await relay.stop()

    def _obey(self, relay: Relay, request: messages.Request) -> None:
        match request:
            case messages.Join():
                self._tasks.start(self._join(relay, request), "relay join")
            case messages.Negotiate():
                self._tasks.start(self._negotiate(request), "relay negotiate")
            case messages.Restrict():
                if (party := self.parties.get(request.party)) is not None:
                    party.restrict(muted=request.muted, on_hold=request.on_hold)
            case messages.Depart():
                if (party := self.parties.pop(request.party, None)) is not None:
                    party.leave()
            case messages.TryLine():
                self._tasks.start(self._try_line(relay, request), "relay try line")
            case messages.StopTrying():
                if (test := self._line_tests.pop(request.test, None)) is not None:
                    test.close()

    async def _try_line(self, relay: Relay, request: messages.TryLine) -> None:
        ears = _LineEars(request.number, self)
        try:
            test, answer = await relay.try_line(request.sdp, ears, request.ceiling)
        except (RelayFull, BadOffer) as error:
            self.tell(messages.Declined(request.number, full=isinstance(error, RelayFull), why=str(error)))
            return
        self._line_tests[request.number] = test
        self.tell(messages.Done(request.number, answer))

    async def _join(self, relay: Relay, request: messages.Join) -> None:
        try:
            party = await relay.join(request.room, request.party, _Ears(request.number, self))
        except RelayFull as error:
            self.tell(messages.Declined(request.number, full=True, why=str(error)))
            return
        self.parties[request.number] = party
        self.tell(messages.Done(request.number))

    async def _negotiate(self, request: messages.Negotiate) -> None:
        try:
            party = self.parties.get(request.party)
            if party is None:
                raise BadOffer("this party has left")
            answer = await party.negotiate(request.sdp, restart=request.restart)
        except BadOffer as error:
            self.tell(messages.Declined(request.number, full=False, why=str(error)))
            return
        self.tell(messages.Done(request.number, answer))

    async def _tell_totals(self, relay: Relay) -> None:
        while True:
            self.tell(messages.Totals(relay.counters))
            await asyncio.sleep(TOTALS_EVERY)


async def _open(relay: Relay) -> None:
    """Start; a relay that was killed a moment ago may still be letting go of the port."""
    last = asyncio.get_running_loop().time() + BIND_PATIENCE
    while True:
        try:
            await relay.start()
            return
        except OSError:
            if asyncio.get_running_loop().time() > last:
                raise
        await asyncio.sleep(BIND_AGAIN)


async def _main(channel: socket.socket) -> None:
    reader, writer = await asyncio.open_connection(sock=channel, limit=messages.MAX_LINE)
    with contextlib.suppress(ConnectionError):
        await Worker(reader, writer).run()
    writer.close()


if __name__ == "__main__":
    # the web process decides when we end, also when a terminal or systemd signals both
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_main(socket.socket(fileno=int(sys.argv[1]))))
