"""What can happen to a line: a socket drops and stays down, a phone loses packets, a network goes silently."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any

from playwright.sync_api import Page

_CUTTABLE = """{
  const open = new Set();
  let isCut = false;
  window.WebSocket = class extends WebSocket {
    constructor(...address) {
      super(...address);
      open.add(this);
      if (isCut) this.close();
    }
  };
  window.deadenTheLine = () => {
    for (const socket of open) {
      socket.send = () => {};
      socket.addEventListener("message", (event) => event.stopImmediatePropagation(), true);
    }
  };
  window.cutTheLine = (cut) => {
    isCut = cut;
    if (cut) for (const socket of open) socket.close();
  };
}"""


class Line:
    """A page's line to the server, to be cut and mended: made before the page is opened."""

    def __init__(self, page: Page, *, cut: bool = False) -> None:
        """`cut`: from the beginning, on every page, as where a network lets no socket through."""
        self._page = page
        page.add_init_script(_CUTTABLE)
        if cut:
            page.add_init_script("window.cutTheLine(true)")

    def cut(self) -> None:
        """Drop the socket, and every new one until mended."""
        self._page.evaluate("window.cutTheLine(true)")

    def deaden(self) -> None:
        """The sockets there are seem open, but nothing comes or goes: their network is gone."""
        self._page.evaluate("window.deadenTheLine()")

    def mend(self) -> None:
        """Let sockets through again."""
        self._page.evaluate("window.cutTheLine(false)")


class Radio:
    """A phone's network as the call's packets meet it; Chromium only. To be made before the call begins."""

    def __init__(self, page: Page) -> None:
        self._devtools = page.context.new_cdp_session(page)
        self._devtools.send("Network.enable")
        self.lose(0)

    def lose(self, percent: int) -> None:
        """Drop so many of the packets that come and go."""
        # a latency, since Chromium puts nothing between the call and its sockets where nothing is wished for
        wished = {"offline": False, "latency": 1, "downloadThroughput": -1, "uploadThroughput": -1}
        self._devtools.send("Network.emulateNetworkConditions", {**wished, "packetLoss": percent})


class Road:
    """A SOCKS proxy on the way to the server, which can stop carrying: every line stays open, nothing arrives."""

    def __init__(self) -> None:
        self.address = ""
        self._open = asyncio.Event()
        self._ready = Event()
        self._loop: asyncio.AbstractEventLoop
        self._serving: asyncio.Future[Any]

    def stop(self) -> None:
        """Carry nothing more."""
        self._loop.call_soon_threadsafe(self._open.clear)

    def go_on(self) -> None:
        """Carry again."""
        self._loop.call_soon_threadsafe(self._open.set)

    def close(self) -> None:
        """End it, with all it carries."""
        self._loop.call_soon_threadsafe(self._serving.cancel)

    async def serve(self) -> None:
        """Carry until closed; whatever is then under way ends with the loop."""
        self._loop, self._serving = asyncio.get_running_loop(), asyncio.ensure_future(asyncio.Event().wait())
        self._open.set()
        server = await asyncio.start_server(self._come, "127.0.0.1", 0)
        self.address = f"socks5://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._ready.set()
        with suppress(asyncio.CancelledError):
            await self._serving
        server.close()

    async def _come(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        await near.readexactly((await near.readexactly(2))[1])
        back.write(b"\x05\x00")
        _version, _connect, _reserved, kind = await near.readexactly(4)
        host = await near.readexactly((await near.readexactly(1))[0] if kind == 3 else 4 if kind == 1 else 16)
        port = int.from_bytes(await near.readexactly(2), "big")
        far, away = await asyncio.open_connection(host.decode() if kind == 3 else "localhost", port)
        back.write(b"\x05\x00\x00\x01" + bytes(6))
        try:
            await asyncio.gather(self._carry(near, away), self._carry(far, back))
        finally:
            away.close()
            back.close()

    async def _carry(self, come: asyncio.StreamReader, go: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await come.read(65536):
                await self._open.wait()
                go.write(data)
        await self._open.wait()
        go.close()


@contextmanager
def road() -> Iterator[Road]:
    """A road that is open, until left."""
    built = Road()

    thread = Thread(target=asyncio.run, args=[built.serve()], daemon=True)
    thread.start()
    built._ready.wait()
    yield built
    built.close()
    thread.join()
