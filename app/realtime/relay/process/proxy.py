"""The relay in a process of its own, seen from the web process: same words as `Relay`, so that pages never delay media.

Starts the process, asks it and hears from it over a socket pair. When the process dies every party is told "closed",
which sends browsers to make new connections, and a new process is started on the same port.
"""

import asyncio
import contextlib
import ipaddress
import itertools
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import msgspec
import structlog

from app.realtime.relay.errors import BadOffer, RelayError, RelayFull
from app.realtime.relay.figures import PartyState
from app.realtime.relay.line_test.test import LineListener
from app.realtime.relay.party import Listener
from app.realtime.relay.process import messages
from app.realtime.tasks import Tasks

log = structlog.get_logger()

PATIENCE = 10.0
GOODBYE = 3.0
START_AGAIN = 0.2


class DistantParty:
    """A party in the relay's process."""

    def __init__(self, number: int, relay: "RelayProxy") -> None:
        self._number = number
        self._relay = relay

    async def negotiate(self, offer_sdp: str, *, restart: bool) -> str:
        """As `Party.negotiate`."""
        return await self._relay.negotiate(self._number, offer_sdp, restart=restart)

    def restrict(self, *, muted: bool, on_hold: bool) -> None:
        """As `Party.restrict`."""
        self._relay.restrict(self._number, muted=muted, on_hold=on_hold)

    def leave(self) -> None:
        """As `Party.leave`."""
        self._relay.dismiss(self._number)


class DistantLineTest:
    """A line test in the relay's process."""

    def __init__(self, number: int, relay: "RelayProxy") -> None:
        self._number = number
        self._relay = relay

    def close(self) -> None:
        """As `LineTest.close`."""
        self._relay.stop_trying(self._number)


@dataclass(slots=True)
class _Channel:
    """One life of the process."""

    process: asyncio.subprocess.Process
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class RelayProxy:
    """Has `Relay`'s face. `counters` are at most a second old."""

    def __init__(
        self, host: str, port: int, public_hosts: Sequence[str], *, max_parties_per_room: int = 8, max_rooms: int = 50,
        log_format: str = "json",
    ) -> None:  # fmt: skip
        """As `Relay`; its process logs in `log_format`. Raises ValueError when a public host is not an IP address."""
        hosts = [str(ipaddress.ip_address(each)) for each in public_hosts]
        self.port = port
        self.counters: dict[str, int] = {}
        self.pid: int | None = None
        self._begin = messages.Begin(host, port, hosts, max_parties_per_room, max_rooms, log_format)
        self._numbers = itertools.count(1)
        self._channel: _Channel | None = None
        self._listeners: dict[int, Listener] = {}
        self._testers: dict[int, LineListener] = {}
        self._asked: dict[int, asyncio.Future[str]] = {}
        self._tasks = Tasks()
        self._stopping = False

    # -- life ------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the process and wait until its port is open; raises OSError when it is taken."""
        self._stopping = False
        channel = await self._spawn()
        self._tasks.start(self._keep(channel), "relay process")

    async def stop(self) -> None:
        """Let the process say goodbye to every browser and end."""
        self._stopping = True
        if (channel := self._channel) is not None:
            channel.writer.close()
            await self._tasks.finish(2 * GOODBYE, endless="")
        else:
            await self._tasks.cancel_all()

    async def _spawn(self) -> _Channel:
        ours, theirs = socket.socketpair()
        with theirs:
            command = (sys.executable, "-m", "app.realtime.relay.process.worker", str(theirs.fileno()))
            process = await asyncio.create_subprocess_exec(*command, pass_fds=(theirs.fileno(),))
        reader, writer = await asyncio.open_connection(sock=ours, limit=messages.MAX_LINE)
        channel = _Channel(process, reader, writer)
        writer.write(messages.write(self._begin))
        try:
            first = await _first_word(reader)
        except BaseException:
            await _end(channel)
            raise
        self.port, self.pid, self._channel = first.port, process.pid, channel
        # a new process must open the port that browsers and firewalls know
        self._begin = msgspec.structs.replace(self._begin, port=first.port)
        return channel

    async def _keep(self, channel: _Channel) -> None:
        """Hear from the process for as long as it lives, and start another when it dies."""
        while True:
            try:
                with contextlib.suppress(ConnectionError):
                    while line := await channel.reader.readline():
                        self._hear(messages.read_report(line))
            finally:
                self._channel = None
                await _end(channel)
                self._forget_all()
            if self._stopping:
                return
            log.error("relay process ended")
            channel = await self._spawn_again()

    async def _spawn_again(self) -> _Channel:
        while True:
            try:
                return await self._spawn()
            except OSError:
                log.exception("relay process did not start")
                await asyncio.sleep(START_AGAIN)

    def _forget_all(self) -> None:
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(RelayFull("the relay restarts"))
        listeners = list(self._listeners.values())
        self._asked, self._listeners, self._testers, self.counters = {}, {}, {}, {}
        for listener in listeners:
            listener.on_state("closed")

    # -- what is asked of it ---------------------------------------------------------------------------------------

    async def join(self, room_id: str, party_id: str, listener: Listener) -> DistantParty:
        """As `Relay.join`; RelayFull also while the process restarts."""
        number = next(self._numbers)
        self._listeners[number] = listener
        try:
            await self._ask(number, messages.Join(number, room_id, party_id))
        except BaseException:
            self.dismiss(number)
            raise
        return DistantParty(number, self)

    async def negotiate(self, party: int, offer_sdp: str, *, restart: bool) -> str:
        """As `Party.negotiate`, for the party called `party`."""
        number = next(self._numbers)
        try:
            return await self._ask(number, messages.Negotiate(number, party, offer_sdp, restart))
        except RelayFull as error:
            raise BadOffer(str(error)) from error

    def restrict(self, party: int, *, muted: bool, on_hold: bool) -> None:
        """As `Party.restrict`, for the party called `party`."""
        self._say(messages.Restrict(party, muted, on_hold))

    def dismiss(self, party: int) -> None:
        """The party called `party` leaves; its listener hears "closed"."""
        listener = self._listeners.pop(party, None)
        if listener is None:
            return
        self._say(messages.Depart(party))
        listener.on_state("closed")

    async def try_line(self, offer_sdp: str, listener: LineListener, ceiling: int) -> tuple[DistantLineTest, str]:
        """As `Relay.try_line`; RelayFull also while the process restarts. A test that dies with it falls silent."""
        number = next(self._numbers)
        self._testers[number] = listener
        try:
            answer = await self._ask(number, messages.TryLine(number, offer_sdp, ceiling))
        except BaseException:
            self.stop_trying(number)
            raise
        return DistantLineTest(number, self), answer

    def stop_trying(self, test: int) -> None:
        """The test called `test` is no longer wanted."""
        if self._testers.pop(test, None) is not None:
            self._say(messages.StopTrying(test))

    async def _ask(self, number: int, request: messages.Request) -> str:
        if self._channel is None:
            raise RelayFull("the relay restarts")
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self._say(request)
        try:
            return await asyncio.wait_for(answer, PATIENCE)
        except TimeoutError as error:
            raise RelayFull("the relay does not answer") from error
        finally:
            self._asked.pop(number, None)

    def _say(self, request: messages.Request) -> None:
        if self._channel is not None:
            self._channel.writer.write(messages.write(request))

    # -- what it tells ---------------------------------------------------------------------------------------------

    def _hear(self, report: messages.Report) -> None:
        match report:
            case messages.Done():
                self._answered(report.number, report.text)
            case messages.Declined():
                self._answered(report.number, RelayFull(report.why) if report.full else BadOffer(report.why))
            case messages.SlotsNow():
                if (listener := self._listeners.get(report.party)) is not None:
                    listener.on_slots(report.slots, report.unseated)
            case messages.StateNow():
                self._state(report)
            case messages.PicturesNow():
                if (listener := self._listeners.get(report.party)) is not None:
                    listener.on_pictures(report.reach)
            case messages.PartyFiguresNow():
                if (listener := self._listeners.get(report.party)) is not None:
                    listener.on_figures(report.figures)
            case messages.PhaseNow():
                if (tester := self._testers.get(report.test)) is not None:
                    tester.on_phase(report.phase)
            case messages.FiguresNow():
                if (tester := self._testers.get(report.test)) is not None:
                    tester.on_figures(report.figures)
            case messages.Totals():
                self.counters = report.counters

    def _answered(self, number: int, result: str | RelayError) -> None:
        asked = self._asked.get(number)
        if asked is None or asked.done():
            return
        if isinstance(result, str):
            asked.set_result(result)
        else:
            asked.set_exception(result)

    def _state(self, report: messages.StateNow) -> None:
        listener = self._listeners.get(report.party)
        if report.state == "closed":
            self._listeners.pop(report.party, None)
        if listener is not None:
            listener.on_state(cast(PartyState, report.state))


async def _first_word(reader: asyncio.StreamReader) -> messages.Ready:
    """Wait until the port is open; raises OSError when that fails."""
    try:
        line = await asyncio.wait_for(reader.readline(), PATIENCE)
    except TimeoutError as error:
        raise OSError("the relay's process did not begin") from error
    word = messages.read_report(line) if line else messages.Failed("the relay's process ended")
    if not isinstance(word, messages.Ready):
        raise OSError(word.why if isinstance(word, messages.Failed) else "the relay's process spoke out of turn")
    return word


async def _end(channel: _Channel) -> None:
    """Wait for the process, which ends by itself once its socket is closed; then make sure."""
    channel.writer.close()
    try:
        await asyncio.wait_for(channel.process.wait(), GOODBYE)
    except TimeoutError:
        channel.process.kill()
        await channel.process.wait()
