"""Who is connected and what they want to hear of: connections, topics and their bounded inboxes.

The hub never waits for a browser. A nudge goes out at once and then at most twice a second per topic; a connection
that does not read is cut off rather than waited for. It knows neither Litestar nor what a topic means, but that
`calm:` ones may wait.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from app.budgets import SOCKETS
from app.clinic.people.who import GuestWho, Person, StaffWho
from app.realtime.messages import Nudge, ServerFrame, write_frame

NUDGE_EVERY_S = 0.5
CALM_EVERY_S = 20.0
CROWD_S = 10.0
AT_ONCE, ASKED_A_SECOND = 20, 40
MAX_WAITING_FRAMES = 200
MAX_PER_PERSON = SOCKETS.person or 0

RESTART, BAD_FRAME, NOT_SIGNED_IN, BAD_ORIGIN, TOO_SLOW, TOO_MANY = 1012, 4400, 4401, 4403, 4408, 4429


class TooManyConnections(Exception):
    """This person has as many sockets open as anybody gets."""


@dataclass(eq=False, slots=True)
class Connection:
    """One open socket: whose it is, what it listens to, and what waits to be written to it.

    Thousands are open at once and mostly silent, so an idle one holds no task, no event and no queue: `wake` is called
    when something waits, and whoever writes asks `next` until there is nothing more.
    """

    who: Person
    topics: dict[str, str] = field(default_factory=dict)
    waiting: list[bytes] = field(default_factory=list)
    nudged: dict[str, int] = field(default_factory=dict)
    close_code: int | None = None
    wake: Callable[[], None] | None = None

    def tell(self, frame: ServerFrame) -> None:
        """Put the frame in the inbox. A full inbox ends the connection with 4408: it will catch up by reconnecting."""
        if self.close_code is not None:
            return
        if len(self.waiting) >= MAX_WAITING_FRAMES:
            self.close(TOO_SLOW)
            return
        self.waiting.append(write_frame(frame))
        self._stir()

    def nudge(self, topic: str, within_ms: int = 0) -> None:
        """Remember that this topic changed; however often it does before the socket is written, it is said once.

        The page may take `within_ms` to ask again; the more urgent of two nudges holds.
        """
        self.nudged[topic] = min(within_ms, self.nudged.get(topic, within_ms))
        self._stir()

    def close(self, code: int) -> None:
        """End the connection; what is still in the inbox is written first unless the reader is too slow."""
        if self.close_code is None:
            self.close_code = code
            if code == TOO_SLOW:
                self.waiting.clear()
                self.nudged.clear()
            self._stir()

    def next(self) -> bytes | int | None:
        """The next text to write, or the code to close with; None when there is nothing to do."""
        if self.waiting:
            return self.waiting.pop(0)
        if self.nudged:
            within_ms = min(self.nudged.values())
            topics = sorted(topic for topic, within in self.nudged.items() if within == within_ms)
            for topic in topics:
                del self.nudged[topic]
            return write_frame(Nudge(topics, within_ms))
        return self.close_code

    def _stir(self) -> None:
        if self.wake is not None:
            self.wake()


class Hub:
    """Every connection of this process. Owned by one event loop; no method awaits."""

    def __init__(self) -> None:
        self._connections: dict[str, set[Connection]] = {}
        self._listeners: dict[str, dict[Connection, str]] = {}
        self._resting: dict[str, asyncio.TimerHandle] = {}
        self._again: set[str] = set()
        self._connected_at: deque[float] = deque()

    def __len__(self) -> int:
        return sum(len(connections) for connections in self._connections.values())

    def connect(self, who: Person) -> Connection:
        """A new connection for this person; raises TooManyConnections."""
        theirs = self._connections.setdefault(person(who), set())
        if len(theirs) >= MAX_PER_PERSON:
            raise TooManyConnections
        connection = Connection(who)
        theirs.add(connection)
        self._connected_at.append(time.monotonic())
        return connection

    def time_to_ask(self) -> int:
        """Milliseconds within which somebody who has just connected may ask again: none, unless many come at once."""
        long_ago = time.monotonic() - CROWD_S
        while self._connected_at and self._connected_at[0] < long_ago:
            self._connected_at.popleft()
        return _one_after_another(len(self._connected_at))

    def staff(self) -> set[UUID]:
        """Who has a desk open here."""
        connections = (each for theirs in self._connections.values() for each in theirs)
        return {each.who.id for each in connections if isinstance(each.who, StaffWho)}

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
        """Say that these changed: at once, then at most every NUDGE_EVERY_S for each topic; the last is never lost.

        A `calm:` topic may wait CALM_EVERY_S between two nudges. Those who listen together are given time to ask again
        one after another, ASKED_A_SECOND of them: a full waiting room never asks all at once.
        """
        for topic in topics:
            if topic in self._resting:
                self._again.add(topic)
            elif topic in self._listeners:
                self._say(topic)

    def tell_the_time(self, kind: str, within_ms: int) -> None:
        """A minute has passed for whoever shows such a topic: each may ask again at a moment of their own."""
        for topic, listeners in self._listeners.items():
            if topic.startswith(f"{kind}:"):
                for connection, name in listeners.items():
                    connection.nudge(name, within_ms)

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
        listeners = self._listeners.get(topic, {})
        within_ms = _one_after_another(len(listeners))
        for connection, name in listeners.items():
            connection.nudge(name, within_ms)
        rest = CALM_EVERY_S if topic.startswith("calm:") else NUDGE_EVERY_S
        self._resting[topic] = asyncio.get_running_loop().call_later(rest, self._rested, topic)

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


def _one_after_another(number: int) -> int:
    return 0 if number <= AT_ONCE else number * 1000 // ASKED_A_SECOND


def person(who: Person) -> str:
    """The key under which a person's connections are counted and cut off: the session or the device, not the name."""
    if isinstance(who, StaffWho):
        return f"staff:{who.session}"
    return f"guest:{who.session}" if isinstance(who, GuestWho) else f"device:{who.device}"
