"""Everything behind the socket put together: the hub, the signalling, and what each frame does."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from litestar import Litestar
from litestar.connection import ASGIConnection
from websockets.http11 import Request

from app.budgets import REQUESTS, SOCKETS, STRANGERS
from app.clinic.calls import guests, ringing
from app.clinic.events import CallEnded, DevicesForgotten, Event, GuestChanged
from app.clinic.people import devices, sessions
from app.clinic.people.who import GuestWho, PatientWho, Person, StaffWho
from app.clinic.waiting import access as places
from app.clinic.waiting import presence
from app.crowds import Crowd, Pace, Proxies
from app.realtime.batch_loader import BatchLoader
from app.realtime.hub import (
    BAD_ORIGIN,
    NOT_SIGNED_IN,
    RESTART,
    TOO_MANY,
    Connection,
    Hub,
    TooManyConnections,
    person,
)
from app.realtime.line_tests import LineTests
from app.realtime.messages import (
    Alive,
    AskServers,
    ClientFrame,
    Heard,
    Here,
    Leave,
    LineOffer,
    Measured,
    Media,
    Pass,
    Refused,
    SdpOffer,
    Seen,
    Servers,
    Subscribe,
)
from app.realtime.nudges import subscriptions, topics_of
from app.realtime.relay import AnyRelay
from app.realtime.signalling import Signalling
from app.realtime.socket import Socket, WriteScheduler
from app.realtime.tasks import Tasks
from app.realtime.turn import servers_for
from app.settings import Settings
from app.web.guards import MAX_PERSONS, device_secrets, guest_of, staff_of
from app.web.guards import Connection as Asking

RECHECK_S = 60.0
BEATS_EVERY_S = 5.0
STOP_WITHIN_S = 3.0
MAX_TOPICS = 64
COME_BACK_WITHIN = timedelta(seconds=30)

log = structlog.get_logger()


class Live:
    """The process's live side. Keep it as the application's `state.live`, give uvicorn its `sockets`, hand `on_event`
    to `change.listening`, and start and stop it."""

    def __init__(self, relay: AnyRelay, settings: Settings, clock: Callable[[], datetime]) -> None:
        self.hub = Hub()
        self.signalling = Signalling(relay, clock)
        self._line_tests = LineTests(relay)
        self._origin = settings.origin
        self._proxies = Proxies(settings.trusted_proxies)
        self.strangers, self.known = Crowd(STRANGERS), Crowd(SOCKETS)
        self._pace = Pace(REQUESTS)
        self._settings = settings
        self._clock = clock
        self._open: set[Connection] = set()
        self._app: Litestar
        self._waiting: dict[UUID, dict[Connection, bool]] = {}
        self._pages: dict[Connection, set[UUID]] = {}
        self._beaten: set[UUID] = set()
        self._is_behind = False
        self._known = BatchLoader(self._devices)
        self._patients = BatchLoader(places.patients)
        self._here_now = BatchLoader(self._note_here)
        self._doors: dict[str, Callable[[Asking], Awaitable[Person | None]]] = {
            "/live": self._patient_of,
            "/desk/live": staff_of,
            "/guest/live": guest_of,
        }
        self._watch: list[asyncio.Task[None]] = []
        self._started_at: datetime | None = None
        self._stopping = False
        self.tasks = Tasks()
        self._nobody = asyncio.Event()
        self._nobody.set()

    async def start(self) -> None:
        """Begin looking after those connected."""
        self._stopping, self._started_at = False, self._clock()
        await self._end_watch()
        self._watch = [
            asyncio.create_task(self._watch_rights(), name="live-rights"),
            asyncio.create_task(self._write_down_beats(), name="live-beats"),
        ]

    async def stop(self) -> None:
        """Tell every browser to come back in a moment (1012), and let what is under way be written."""
        self._stopping = True
        await self._end_watch()
        self.hub.close_all(RESTART)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._nobody.wait(), STOP_WITHIN_S)
        await self.tasks.finish(STOP_WITHIN_S, endless="")
        await self.signalling.stop()

    async def _end_watch(self) -> None:
        for task in self._watch:
            task.cancel()
        await asyncio.gather(*self._watch, return_exceptions=True)
        self._watch = []

    async def hold_rings(self, now: datetime) -> None:
        """What a doctor with an open desk rings rings on; others' patients are given back. After a start every desk has
        a while to come back."""
        is_young = self._started_at is None or now - self._started_at < COME_BACK_WITHIN
        await ringing.hold(None if is_young else self.hub.staff(), now)
        await ringing.release_abandoned(now)

    def clock_moved(self, by: timedelta) -> None:
        """Desks have as long to come back after a start as they would have had."""
        if self._started_at is not None:
            self._started_at += by

    async def notice_absences(self, now: datetime) -> None:
        """Whoever was heard of is written down first: the database may have been away, not they."""
        await self._write_beats(now)
        await presence.notice_absences(now)

    async def tell_the_time(self, _now: datetime) -> None:
        """What desks show of waiting and of being late grows by itself; no page asks unasked."""
        self.hub.tell_the_time("queue", within_ms=30_000)

    def on_event(self, event: Event) -> None:
        """Something happened in a clinic: nudge whoever shows it, empty the room of a call that is over, and close what
        a forgotten device has open."""
        if isinstance(event, CallEnded):
            self.signalling.ended(event.call)
        if isinstance(event, GuestChanged):
            self.tasks.start(self._follow_guest(event.guest), name=f"guest-{event.guest}")
        if isinstance(event, DevicesForgotten):
            self._put_out(lambda who: isinstance(who, PatientWho) and who.device in event.devices)
        self.hub.nudge(topics_of(event))

    def cut_off(self, who: Person | UUID) -> None:
        """Close what this session or device has open, its call's media too: signed out, or revoked.

        The id of a member of staff stands for all their sessions.
        """

        def is_out(each: Person) -> bool:
            if isinstance(who, UUID):
                return isinstance(each, StaffWho) and each.id == who
            return person(each) == person(who)

        self._put_out(is_out)

    def _put_out(self, is_out: Callable[[Person], bool]) -> None:
        self.signalling.expel(is_out)
        self.hub.cut_off(is_out)

    async def _follow_guest(self, guest_id: UUID) -> None:
        """What the clinic decided about a guest holds at once; a session that was taken away says no more."""
        guest = await guests.find(guest_id)
        if guest is None:
            return
        self._put_out(
            lambda who: isinstance(who, GuestWho) and who.id == guest.id and who.session != guest.session_hash
        )
        self.signalling.follow(guest)

    def sockets(self, app: Litestar) -> Any:
        """What uvicorn makes of every WebSocket: its `ws`."""
        self._app = app
        return partial(Socket, self, WriteScheduler())

    def is_door(self, path: str) -> bool:
        """Whether there is a socket at this address."""
        return path in self._doors

    def address_of(self, peer: str, request: Request) -> str:
        """Where a socket comes from; empty when a proxy does not say."""
        return self._proxies.behind(peer, request.headers.get_all("X-Forwarded-For"))

    def may_knock(self, address: str) -> bool:
        """Whether one more may ask to come in from there now; who is behind a silent proxy may."""
        return not address or self._pace.may_address(address, time.monotonic())

    def stopping(self) -> None:
        """The server closes its sockets: that is nobody's going away."""
        self._stopping = True

    async def come_in(self, request: Request) -> Connection | int:
        """The connection of a known person who comes from our own pages, or the code to close with.

        A socket carries cookies from any page on the web: its Origin header stands in for CSRF protection.
        """
        if request.headers.get("Origin") != self._origin:
            return BAD_ORIGIN
        who = await self._doors[request.path.partition("?")[0]](asked(request, self._app))
        if who is None or (isinstance(who, PatientWho) and not who.confirmed):
            return NOT_SIGNED_IN
        try:
            connection = self.hub.connect(who)
        except TooManyConnections:
            return TOO_MANY
        self._open.add(connection)
        self._nobody.clear()
        if self._stopping:
            connection.close(RESTART)
        return connection

    async def gone(self, connection: Connection) -> None:
        """The connection is over, and all it said is done."""
        self._open.discard(connection)
        if not self._open:
            self._nobody.set()
        self.hub.disconnect(connection)
        self.signalling.lost(connection)
        self._line_tests.lost(connection)
        await self._left_the_page(connection)

    async def handle(self, connection: Connection, frame: ClientFrame) -> None:
        """Do what the frame says."""
        match frame:
            case Subscribe():
                await self._subscribe(connection, frame)
            case Here():
                await self._here(connection, frame)
            case Alive():
                connection.tell(Heard())
            case Seen():
                await ringing.seen(frame.call, connection.who, self._clock())
            case SdpOffer():
                await self.signalling.offer(connection, frame)
            case Media():
                self.signalling.media(connection, frame)
            case Pass():
                self.signalling.pass_on(connection, frame)
            case Measured():
                self.signalling.measured(connection, frame)
            case AskServers():
                connection.tell(Servers(servers_for(self._settings, person(connection.who), self._clock())))
            case Leave():
                self.signalling.leave(connection, frame)
            case LineOffer():
                await self._line_tests.offer(connection, frame)

    async def _subscribe(self, connection: Connection, frame: Subscribe) -> None:
        """What the page shows may have changed while it was not heard: it is nudged about each topic once."""
        for topic in frame.topics:
            wanted = (
                await subscriptions(connection.who, topic, self._patients.ask)
                if len(connection.topics) < MAX_TOPICS
                else []
            )
            for subscription in wanted:
                self.hub.subscribe(connection, subscription.topic, called=subscription.called)
            if wanted:
                connection.nudge(topic, self.hub.time_to_ask())
            else:
                connection.tell(Refused(topic, "unknown"))

    async def _here(self, connection: Connection, frame: Here) -> None:
        """A hidden page is alive too: phones put their screen out while people wait."""
        if connection not in self._waiting.get(frame.place, ()) and not await self._is_theirs(connection, frame.place):
            connection.tell(Refused(f"place:{frame.place}", "unknown"))
            return
        pages = self._waiting.setdefault(frame.place, {})
        is_news = pages.get(connection) != frame.visible
        pages[connection] = frame.visible
        self._pages.setdefault(connection, set()).add(frame.place)
        if frame.closing:
            await self._left_the_page(connection, closed=True)
            return
        if is_news:
            await self._look_at(frame.place)
        else:
            self._beaten.add(frame.place)
        connection.tell(Heard(frame.place))

    async def _is_theirs(self, connection: Connection, place: UUID) -> bool:
        """Whether this patient waits in this place; who listens to it has shown that already."""
        who = connection.who
        if not isinstance(who, PatientWho):
            return False
        return f"place:{place}" in connection.topics or await self._patients.ask(place) == who.patient

    async def _look_at(self, place: UUID) -> None:
        """One of a patient's pages is enough to be here; the doctor may ring it when somebody looks at one."""
        await self._here_now.ask(place)

    async def _note_here(self, places: list[UUID]) -> dict[UUID, None]:
        pages = {place: any(self._waiting[place].values()) for place in places if place in self._waiting}
        await presence.all_here(pages, self._clock())
        return {}

    async def _devices(self, secrets: list[str]) -> dict[str, PatientWho]:
        return await devices.who_all(secrets, self._clock())

    async def _patient_of(self, asking: Asking) -> PatientWho | None:
        """As `guards.patient_of`, for many at once: of several on a phone, the one whose page it is (`?person=`)."""
        person_shown = asking.query_params.get("person")
        for secret in device_secrets(asking)[:MAX_PERSONS]:
            who = await self._known.ask(secret)
            if who and person_shown in (None, str(who.patient)):
                return who
        return None

    async def _left_the_page(self, connection: Connection, *, closed: bool = False) -> None:
        """A place lost one of its pages. When it is we who stop, the place is nobody's loss: silence is enough."""
        for place in self._pages.pop(connection, ()):
            del self._waiting[place][connection]
            if not self._waiting[place]:
                del self._waiting[place]
                if not self._stopping:
                    await presence.gone(place, self._clock(), closed=closed)
            elif not self._stopping:
                await self._look_at(place)

    async def _write_down_beats(self) -> None:
        """Pages that are as they were need no write each: every few seconds one is made for all that were heard of."""
        while True:
            await asyncio.sleep(BEATS_EVERY_S)
            try:
                await self._write_beats(self._clock())
            except Exception:
                log.exception("could not write down who is here")

    async def _write_beats(self, now: datetime) -> None:
        """After a time in which nothing could be written desks look again: they may have taken it for silence."""
        beaten, self._beaten = self._beaten & self._waiting.keys(), set()
        try:
            for missed in await presence.still_here(beaten, now):
                if missed in self._waiting:
                    await self._look_at(missed)
        except BaseException:
            self._beaten |= beaten
            self._is_behind = True
            raise
        if self._is_behind and beaten:
            self._is_behind = False
            self.hub.tell_the_time("queue", within_ms=0)

    async def _watch_rights(self) -> None:
        """Once a minute: whoever signed out, was revoked or ran out of time hears and says no more."""
        while True:
            await asyncio.sleep(RECHECK_S)
            try:
                out = await self._signed_out()
            except Exception:
                log.exception("could not check the sockets' sessions")
                continue
            for who in out:
                self.cut_off(who)

    async def _signed_out(self) -> list[Person]:
        """Those with an open socket who may not have it any more: asked for by the thousand."""
        everybody, now = {person(connection.who): connection.who for connection in self._open}, self._clock()
        staff = {who.session: who for who in everybody.values() if isinstance(who, StaffWho)}
        patients = {who.device: who for who in everybody.values() if isinstance(who, PatientWho)}
        alive = await sessions.alive(staff, now) | await devices.alive(patients, now)
        invited = {who.session: who for who in everybody.values() if isinstance(who, GuestWho)}
        alive |= await guests.alive(invited, now)
        return [who for key, who in (staff | patients | invited).items() if key not in alive]


def asked(request: Request, app: Litestar) -> Asking:
    """A handshake as those read it who know a person by their cookies."""
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in request.headers.raw_items()]
    path, _, query = request.path.partition("?")
    scope = {"type": "websocket", "litestar_app": app, "path": path, "query_string": query.encode()}
    return ASGIConnection({**scope, "headers": headers, "state": {}})  # type: ignore[arg-type]
