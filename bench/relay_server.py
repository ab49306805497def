"""A signalling server as small as the bench can do with, around our relay or around aiortc's MediaRelay.

`python -m bench.relay_server ours|mediarelay HTTP_PORT [HOST …]` serves a page where browsers meet: `/?party=a`,
`/?party=b`. HOST: addresses browsers reach us at, instead of this machine alone. One room, no sign-in: for measuring.
"""

import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import uvicorn
from litestar import Litestar, MediaType, WebSocket, get, websocket
from litestar.exceptions import WebSocketDisconnect
from litestar.static_files import create_static_files_router

from app.network import own_address

ROOT = Path(__file__).resolve().parents[1]
RELAY_PORT = int(os.environ.get("BENCH_RELAY_PORT", "0"))
Send = Callable[[dict[str, Any]], None]


class Exchange(Protocol):
    """What stands between the two browsers."""

    async def start(self) -> None:
        """Begin."""

    async def stop(self) -> None:
        """End."""

    async def offer(self, party: str, frame: dict[str, Any], send: Send) -> None:
        """Answer an offer of `party`."""


class Ours:
    """The relay, as the product uses it."""

    def __init__(self, hosts: list[str]) -> None:
        from app.realtime.relay import Party, Relay

        self.relay = Relay("0.0.0.0", RELAY_PORT, hosts or [own_address()])
        self.parties: dict[str, tuple[Party, str]] = {}

    async def start(self) -> None:
        await self.relay.start()

    async def stop(self) -> None:
        await self.relay.stop()

    async def offer(self, party: str, frame: dict[str, Any], send: Send) -> None:
        connection, restart = frame["connection"], frame["restart"]
        known = self.parties.get(party)
        if restart and (known is None or known[1] != connection or known[0].state == "closed"):
            send({"type": "gone", "call": frame["call"], "connection": connection})
            return
        if restart and known is not None:
            member = known[0]
            member.listener = _Listener(frame["call"], send)
        else:
            member = await self.relay.join("bench", party, _Listener(frame["call"], send))
            self.parties[party] = (member, connection)
        sdp = await member.negotiate(frame["sdp"], restart=restart)
        send({"type": "answer", "call": frame["call"], "connection": connection, "sdp": sdp})


class _Listener:
    def __init__(self, call: str, send: Send) -> None:
        self.call = call
        self.send = send

    def on_slots(self, slots: dict[str, str | None], unseated: int) -> None:
        self.send({"type": "slots", "call": self.call, "slots": slots, "unseated": unseated})

    def on_state(self, state: str) -> None:
        print("state", state, file=sys.stderr)

    def on_pictures(self, reach: bool) -> None:
        self.send({"type": "pictures", "reach": reach})

    def on_figures(self, figures: object) -> None:
        return


class AiortcMediaRelay:
    """The same call the way aiortc's examples do it: decode what comes, hand it to MediaRelay, encode it again."""

    def __init__(self) -> None:
        from aiortc.contrib.media import MediaRelay

        self.relay = MediaRelay()
        self.tracks: dict[tuple[str, str], asyncio.Future[Any]] = {}
        self.connections: list[Any] = []

    async def start(self) -> None:
        import aioice.ice

        # both kinds are to be measured over the same interface
        aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: [own_address()]

    async def stop(self) -> None:
        for each in self.connections:
            await each.close()

    def _track(self, party: str, kind: str) -> asyncio.Future[Any]:
        return self.tracks.setdefault((party, kind), asyncio.get_running_loop().create_future())

    async def offer(self, party: str, frame: dict[str, Any], send: Send) -> None:
        from aiortc import RTCPeerConnection, RTCSessionDescription

        connection = RTCPeerConnection()
        self.connections.append(connection)
        seen: set[str] = set()

        @connection.on("track")
        def on_track(track: Any) -> None:
            if track.kind not in seen:
                seen.add(track.kind)
                self._track(party, track.kind).set_result(track)

        other = "b" if party == "a" else "a"
        for kind in ("audio", "video"):
            connection.addTrack(_later(kind, self._track(other, kind), self.relay))
        await connection.setRemoteDescription(RTCSessionDescription(frame["sdp"], "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        sdp = connection.localDescription.sdp
        send({"type": "answer", "call": frame["call"], "connection": frame["connection"], "sdp": sdp})
        send({"type": "slots", "call": frame["call"], "slots": {"0": other, "1": other}})


def _later(kind: str, coming: asyncio.Future[Any], relay: Any) -> Any:
    """A track that becomes the other party's once that party has one."""
    from aiortc import MediaStreamTrack

    class Later(MediaStreamTrack):  # type: ignore[misc,unused-ignore]
        source: Any = None

        async def recv(self) -> Any:
            if self.source is None:
                self.source = relay.subscribe(await asyncio.shield(coming), buffered=False)
            return await self.source.recv()

    track = Later()
    track.kind = kind
    return track


def build(exchange: Exchange) -> Litestar:
    """The page, its scripts and the socket."""

    @get("/", media_type=MediaType.HTML, sync_to_thread=False)
    def page() -> str:
        return (ROOT / "bench" / "call.html").read_text()

    @get("/counters", sync_to_thread=False)
    def counters() -> dict[str, int]:
        return exchange.relay.counters if isinstance(exchange, Ours) else {}

    @websocket("/live")
    async def live(socket: WebSocket[Any, Any, Any]) -> None:
        await socket.accept()
        outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

        async def write() -> None:
            while True:
                await socket.send_text(json.dumps(await outbox.get()))

        writer = asyncio.create_task(write())
        try:
            while True:
                frame = json.loads(await socket.receive_text())
                await exchange.offer(socket.query_params["party"], frame, outbox.put_nowait)
        except WebSocketDisconnect:
            pass
        finally:
            writer.cancel()

    scripts = create_static_files_router("/js", directories=[ROOT / "static" / "js"])
    own = create_static_files_router("/bench", directories=[ROOT / "bench"])
    return Litestar([page, counters, live, scripts, own], on_startup=[exchange.start], on_shutdown=[exchange.stop])


def main() -> None:
    """Serve until killed."""
    kind, port = sys.argv[1], int(sys.argv[2])
    hosts = sys.argv[3:]
    exchange: Exchange = Ours(hosts) if kind == "ours" else AiortcMediaRelay()
    logging.disable(logging.INFO)
    uvicorn.run(
        build(exchange), host="0.0.0.0" if hosts else "127.0.0.1", port=port, loop="uvloop", log_level="warning"
    )


if __name__ == "__main__":
    main()
