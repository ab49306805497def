"""What can happen to a line: a page's socket that drops and stays down, and a phone's network that loses packets."""

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

    def __init__(self, page: Page) -> None:
        self._page = page
        page.add_init_script(_CUTTABLE)

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
