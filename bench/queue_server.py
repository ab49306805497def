"""The servers the queue's bench measures: the product itself, and bare `websockets` sending to the same sockets.

`python -m bench.queue_server ours|bare PORT`. Both publish to all when asked at `/bench/publish`; "ours" reads its
settings from the environment as `serve` does.
"""

import asyncio
import signal
import sys
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import uvicorn
import uvloop
from litestar import get
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosedError
from websockets.http11 import Request, Response

from app.clinic.people.tables import Clinic
from app.realtime.messages import Nudge, write_frame


def ours(port: int) -> None:
    """The whole application, with one address more: a change that everybody who waits, anywhere, hears of."""
    from app.main import create_app
    from app.settings import Settings

    app = create_app(Settings.from_environment())

    @get("/bench/publish", status_code=204)
    async def publish() -> None:
        rows = await Clinic.select(Clinic.id)
        app.state.live.hub.nudge([f"everyone:{row['id']}" for row in rows])

    app.register(publish)
    uvicorn.run(app, **SERVING, port=port, ws=app.state.live.sockets(app))


SERVING: dict[str, Any] = {
    "host": "127.0.0.1",
    "loop": "uvloop",
    "log_level": "warning",
    "access_log": False,
    "backlog": 4096,
}


async def bare(port: int) -> None:
    """Sockets kept and written to by `websockets` alone. A text from anybody goes to all the desks."""
    everybody: set[ServerConnection] = set()
    desks: set[ServerConnection] = set()
    frame = write_frame(Nudge([f"place:{uuid4()}"])).decode()

    async def keep(socket: ServerConnection) -> None:
        mine = desks if socket.request and socket.request.path.startswith("/desk") else everybody
        mine.add(socket)
        try:
            async for text in socket:
                if text == "join":
                    broadcast(desks, frame)
        except ConnectionClosedError:
            pass  # the bench is over
        finally:
            mine.discard(socket)

    def publish(socket: ServerConnection, request: Request) -> Response | None:
        if request.path != "/bench/publish":
            return None
        broadcast(everybody, frame)
        return socket.respond(HTTPStatus.OK, "")

    async with serve(
        keep, "127.0.0.1", port, process_request=publish, compression=None, ping_interval=60, backlog=4096
    ) as server:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.close)
        await server.wait_closed()


def main() -> None:
    """Serve one of the two until told to stop."""
    kind, port = sys.argv[1], int(sys.argv[2])
    if kind == "ours":
        ours(port)
    else:
        uvloop.run(bare(port))


if __name__ == "__main__":
    main()
