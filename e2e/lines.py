"""What can happen to a line: a page's socket that drops and stays down, and a phone's network that loses packets."""

import re

from playwright.sync_api import Page, WebSocketRoute


class Line:
    """A page's line to the server, to be cut and mended: made before the page is opened."""

    def __init__(self, page: Page) -> None:
        self._is_cut = False
        self._open: list[tuple[WebSocketRoute, WebSocketRoute]] = []
        page.route_web_socket(re.compile(r"/live$"), self._take)

    def cut(self) -> None:
        """Drop the socket, and every new one until mended."""
        self._is_cut = True
        for near, far in self._open:
            far.close()
            near.close()
        self._open.clear()

    def mend(self) -> None:
        """Let sockets through again."""
        self._is_cut = False

    def _take(self, near: WebSocketRoute) -> None:
        if self._is_cut:
            near.close()
        else:
            self._open.append((near, near.connect_to_server()))


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
