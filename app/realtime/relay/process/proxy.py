"""The relay in a process of its own, seen from the web process: same words as `Relay`, so that pages never delay media.

Starts the process, asks it and hears from it over a socket pair. When the process dies or falls silent every party is
told "closed", which sends browsers to make new connections, and a new process is started on the same port; who joins
meanwhile waits for it.
"""

import asyncio
import contextlib
import ipaddress
import itertools
import os
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import cast

import msgspec
import structlog

from app.realtime.relay.errors import BadOffer, RelayError, RelayFull, RelayUnavailable
from app.realtime.relay.figures import PartyState
from app.realtime.relay.line_test.test import LineListener
from app.realtime.relay.party import Listener
from app.realtime.relay.process import messages
from app.realtime.tasks import Tasks

log = structlog.get_logger()

PATIENCE = 10.0
MAX_PATIENCE = 60.0
GOODBYE = 3.0
START_AGAIN = 0.2
BACK_WITHIN_S = 6.0
"""How long who joins waits for a new process; a page takes its socket for dead when nothing comes for ten seconds."""
LOOK_EVERY = 0.75
MAX_SILENT_LOOKS = 3
"""The process says something twice a second. Looks are counted, not seconds: our own standstill is not its silence."""
_NEEDED = ("PATH", "LANG", "LC_ALL", "TZ", "PYTHONPATH", "LD_LIBRARY_PATH")
"""What the process is told of our environment: it faces the world and needs none of the installation's secrets."""


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
        self._ready = asyncio.Event()
        self._heard = False
        self._begin = messages.Begin(host, port, hosts, max_parties_per_room, max_rooms, log_format)
        self._numbers = itertools.count(1)
        self._channel: _Channel | None = None
        self._listeners: dict[int, Listener] = {}
        self._testers: dict[int, LineListener] = {}
        self._asked: dict[int, asyncio.Future[str]] = {}
        self._tasks = Tasks()
        self._stopping = False

    @property
    def is_up(self) -> bool:
        """Whether there is a process that relays."""
        return self._channel is not None

    # -- life ------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the process and wait until its port is open; raises OSError when it is taken.

        A host too slow for it gets more time: pages are served meanwhile, and who joins waits.
        """
        self._stopping = False
        channel = None
        try:
            channel = await self._spawn(PATIENCE)
        except TimeoutError:
            log.warning("relay process is slow to start")
        self._tasks.start(self._keep(channel), "relay process")

    async def stop(self) -> None:
        """Let the process say goodbye to every browser and end."""
        self._stopping = True
        self._ready.clear()
        if (channel := self._channel) is not None:
            channel.writer.close()
            await self._tasks.finish(2 * GOODBYE, endless="")
        else:
            await self._tasks.cancel_all()

    async def _spawn(self, patience: float) -> _Channel:
        ours, theirs = socket.socketpair()
        with theirs:
            command = (sys.executable, "-m", "app.realtime.relay.process.worker", str(theirs.fileno()))
            environment = {name: os.environ[name] for name in _NEEDED if name in os.environ}
            process = await asyncio.create_subprocess_exec(*command, pass_fds=(theirs.fileno(),), env=environment)
        reader, writer = await asyncio.open_connection(sock=ours, limit=messages.MAX_LINE)
        channel = _Channel(process, reader, writer)
        writer.write(messages.write(self._begin))
        try:
            first = await _first_word(reader, patience)
        except BaseException:
            # it has said nothing to any browser yet
            _kill(process)
            await _end(channel)
            raise
        self.port, self.pid, self._channel = first.port, process.pid, channel
        self._heard = True
        self._ready.set()
        # a new process must open the port that browsers and firewalls know
        self._begin = msgspec.structs.replace(self._begin, port=first.port)
        return channel

    async def _keep(self, channel: _Channel | None) -> None:
        """Hear from the process for as long as it lives, and start another when it dies."""
        while True:
            if channel is None:
                channel = await self._spawn_again()
            watching = asyncio.create_task(self._watch(channel))
            try:
                with contextlib.suppress(ConnectionError):
                    while line := await channel.reader.readline():
                        self._heard = True
                        self._hear(messages.read_report(line))
            finally:
                watching.cancel()
                self._channel = None
                self._ready.clear()
                self._forget_all()
                await _end(channel)
            if self._stopping:
                return
            log.error("relay process ended")
            channel = None

    async def _watch(self, channel: _Channel) -> None:
        """Kill a process that says nothing any more: nothing it holds comes back."""
        silent = 0
        while silent < MAX_SILENT_LOOKS:
            await asyncio.sleep(LOOK_EVERY)
            silent, self._heard = 0 if self._heard else silent + 1, False
        log.error("relay process is silent")
        _kill(channel.process)

    async def _spawn_again(self) -> _Channel:
        patience = PATIENCE
        while True:
            try:
                return await self._spawn(patience)
            except OSError:
                log.exception("relay process did not start")
                await asyncio.sleep(START_AGAIN)
            patience = min(2 * patience, MAX_PATIENCE)

    def _forget_all(self) -> None:
        for number, asked in self._asked.items():
            if not asked.done():
                # who was joining is told so, and is no party yet
                self._listeners.pop(number, None)
                asked.set_exception(RelayUnavailable("the relay restarts"))
        listeners = list(self._listeners.values())
        self._asked, self._listeners, self._testers, self.counters = {}, {}, {}, {}
        for listener in listeners:
            listener.on_state("closed")

    # -- what is asked of it ---------------------------------------------------------------------------------------

    async def join(self, room_id: str, party_id: str, listener: Listener) -> DistantParty:
        """As `Relay.join`; while the process restarts it is waited for. RelayUnavailable when that takes too long."""
        async with self._once_it_is_up():
            while True:
                await self._ready.wait()
                number = next(self._numbers)
                self._listeners[number] = listener
                try:
                    await self._ask(number, messages.Join(number, room_id, party_id))
                except RelayUnavailable:
                    continue
                except BaseException:
                    del self._listeners[number]
                    self._say(messages.Depart(number))
                    raise
                return DistantParty(number, self)

    @contextlib.asynccontextmanager
    async def _once_it_is_up(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(BACK_WITHIN_S):
                yield
        except TimeoutError as error:
            raise RelayUnavailable("the relay restarts") from error

    async def negotiate(self, party: int, offer_sdp: str, *, restart: bool) -> str:
        """As `Party.negotiate`, for the party called `party`; RelayUnavailable when it was lost with the process."""
        if party not in self._listeners:
            raise RelayUnavailable("this party is gone")
        number = next(self._numbers)
        return await self._ask(number, messages.Negotiate(number, party, offer_sdp, restart))

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
        except RelayUnavailable as error:
            self.stop_trying(number)
            raise RelayFull(str(error)) from error
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
            raise RelayUnavailable("the relay restarts")
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self._say(request)
        try:
            return await asyncio.wait_for(answer, PATIENCE)
        except TimeoutError as error:
            raise RelayUnavailable("the relay does not answer") from error
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


async def _first_word(reader: asyncio.StreamReader, patience: float) -> messages.Ready:
    """Wait until the port is open; raises OSError when that fails, TimeoutError when it takes too long."""
    line = await asyncio.wait_for(reader.readline(), patience)
    word = messages.read_report(line) if line else messages.Failed("the relay's process ended")
    if not isinstance(word, messages.Ready):
        raise OSError(word.why if isinstance(word, messages.Failed) else "the relay's process spoke out of turn")
    return word


def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()


async def _end(channel: _Channel) -> None:
    """Wait for the process, which ends by itself once its socket is closed; then make sure."""
    channel.writer.close()
    try:
        await asyncio.wait_for(channel.process.wait(), GOODBYE)
    except TimeoutError:
        _kill(channel.process)
        await channel.process.wait()
