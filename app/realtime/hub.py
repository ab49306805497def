"""Who is connected and what they want to hear of: connections, topics and their bounded inboxes.

The hub never waits for a browser. A nudge goes out at once and then at most twice a second per topic; a connection
that does not read is cut off rather than waited for. It knows neither Litestar nor what a topic means.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from app.clinic.people.who import GuestWho, Person, StaffWho
from app.realtime.messages import Nudge, ServerFrame, write_frame

NUDGE_EVERY_S = 0.5
MAX_WAITING_FRAMES = 200
MAX_PER_PERSON = 16
RESTART, BAD_FRAME, NOT_SIGNED_IN, BAD_ORIGIN, TOO_SLOW, TOO_MANY = 1012, 4400, 4401, 4403, 4408, 4429


class TooManyConnections(Exception):
    """This person has as many sockets open as anybody gets."""


@dataclass(eq=False, slots=True)
class Connection:
    """One open socket: whose it is, what it listens to, and what waits to be written to it."""

    who: Person
    topics: dict[str, str] = field(default_factory=dict)
    waiting: deque[str] = field(default_factory=deque)
    nudged: set[str] = field(default_factory=set)
    close_code: int | None = None
    something: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, frame: ServerFrame) -> None:
        """Put the frame in the inbox. A full inbox ends the connection with 4408: it will catch up by reconnecting."""
        if self.close_code is not None:
            return
        if len(self.waiting) >= MAX_WAITING_FRAMES:
            self.close(TOO_SLOW)
            return
        self.waiting.append(write_frame(frame))
        self.something.set()

    def nudge(self, topic: str) -> None:
        """Remember that this topic changed; however often it does before the socket is written, it is said once."""
        self.nudged.add(topic)
        self.something.set()

    def close(self, code: int) -> None:
        """End the connection; what is still in the inbox is written first unless the reader is too slow."""
        if self.close_code is None:
            self.close_code = code
            if code == TOO_SLOW:
                self.waiting.clear()
                self.nudged.clear()
            self.something.set()

    async def next(self) -> str | int:
        """The next text to write, or the code to close with. Waits until there is one."""
        while True:
            if self.waiting:
                return self.waiting.popleft()
            if self.nudged:
                topics = sorted(self.nudged)
                self.nudged.clear()
                return write_frame(Nudge(topics))
            if self.close_code is not None:
                return self.close_code
            self.something.clear()
            await self.something.wait()


class Hub:
    """Every connection of this process. Owned by one event loop; no method awaits."""

    def __init__(self) -> None:
        self._connections: dict[str, set[Connection]] = {}
        self._listeners: dict[str, dict[Connection, str]] = {}
        self._resting: dict[str, asyncio.TimerHandle] = {}
        self._again: set[str] = set()

    def __len__(self) -> int:
        return sum(len(connections) for connections in self._connections.values())

    def connect(self, who: Person) -> Connection:
        """A new connection for this person; raises TooManyConnections."""
        theirs = self._connections.setdefault(person(who), set())
        if len(theirs) >= MAX_PER_PERSON:
            raise TooManyConnections
        connection = Connection(who)
        theirs.add(connection)
        return connection

    def disconnect(self, connection: Connection) -> None:
        """Forget the connection and everything it listened to."""
        for topic in connection.topics:
            self._forget(topic, connection)
        connection.topics.clear()
        theirs = self._connections.get(person(connection.who), set())
        theirs.discard(connection)
        if not theirs:
            self._connections.pop(person(connection.who), None)

    def subscribe(self, connection: Connection, topic: str, *, called: str | None = None) -> None:
        """Nudge this connection when the topic changes; it hears it under the name `called` (default: the topic's)."""
        connection.topics[topic] = called or topic
        self._listeners.setdefault(topic, {})[connection] = called or topic

    def nudge(self, topics: Iterable[str]) -> None:
        """Say that these changed: at once, then at most every NUDGE_EVERY_S for each topic; the last is never lost."""
        for topic in topics:
            if topic in self._resting:
                self._again.add(topic)
            elif topic in self._listeners:
                self._say(topic)

    def cut_off(self, is_out: Callable[[Person], bool], code: int = NOT_SIGNED_IN) -> None:
        """Close everything open of those this is true of: they signed out or lost their right."""
        for theirs in list(self._connections.values()):
            for connection in theirs:
                if is_out(connection.who):
                    connection.close(code)

    def close_all(self, code: int = RESTART) -> None:
        """Close every connection; browsers come back by themselves after 1012."""
        for theirs in list(self._connections.values()):
            for connection in list(theirs):
                connection.close(code)
        for timer in self._resting.values():
            timer.cancel()
        self._resting.clear()
        self._again.clear()

    def _say(self, topic: str) -> None:
        for connection, name in self._listeners.get(topic, {}).items():
            connection.nudge(name)
        self._resting[topic] = asyncio.get_running_loop().call_later(NUDGE_EVERY_S, self._rested, topic)

    def _rested(self, topic: str) -> None:
        del self._resting[topic]
        if topic in self._again:
            self._again.discard(topic)
            self._say(topic)

    def _forget(self, topic: str, connection: Connection) -> None:
        listeners = self._listeners.get(topic)
        if listeners is not None:
            listeners.pop(connection, None)
            if not listeners:
                del self._listeners[topic]


def person(who: Person) -> str:
    """The key under which a person's connections are counted and cut off: the session or the device, not the name."""
    if isinstance(who, StaffWho):
        return f"staff:{who.session}"
    return f"guest:{who.session}" if isinstance(who, GuestWho) else f"device:{who.device}"
