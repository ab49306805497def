"""A push service of our own for stock Firefox: browsers subscribe over a WebSocket, and get what is posted to it."""

import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import msgspec
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve


@dataclass
class PushService:
    """Knows which browser listens on which channel; `pushed` are the bodies that were posted.

    What comes for a channel in `remembered` is only kept: whoever holds its keys takes it from there.
    """

    browsers: dict[str, ServerConnection] = field(default_factory=dict)
    pushed: list[bytes] = field(default_factory=list)
    remembered: set[str] = field(default_factory=set)
    origin: str = ""
    address: str = ""

    @property
    def preferences(self) -> dict[str, Any]:
        """What makes Firefox subscribe here."""
        return {
            "dom.push.serverURL": self.address,
            "dom.push.testing.allowInsecureServerURL": True,
            "dom.push.connection.enabled": True,
            "permissions.default.desktop-notification": 1,
            "alerts.useSystemBackend": False,
        }

    def listen(self, browser: ServerConnection) -> None:
        """One browser, for as long as it stays."""
        try:
            for text in browser:
                answer = self._answer(browser, msgspec.json.decode(text))
                if answer:
                    browser.send(msgspec.json.encode(answer).decode())
        except ConnectionClosed:
            return

    def _answer(self, browser: ServerConnection, said: dict[str, Any]) -> dict[str, Any] | None:
        match said.get("messageType"):
            case "hello":
                return {
                    "messageType": "hello",
                    "status": 200,
                    "uaid": said.get("uaid") or uuid4().hex,
                    "use_webpush": True,
                }
            case "register":
                channel = said["channelID"]
                self.browsers[channel] = browser
                endpoint = f"{self.origin}/push/{channel}"
                return {"messageType": "register", "status": 200, "channelID": channel, "pushEndpoint": endpoint}
            case "unregister":
                self.browsers.pop(said["channelID"], None)
                return {"messageType": "unregister", "status": 200, "channelID": said["channelID"]}
        return None

    def deliver(self, channel: str, body: bytes) -> int:
        """Hand a posted push to its browser; the status its sender is answered with."""
        self.pushed.append(body)
        if channel in self.remembered:
            return 201
        if channel not in self.browsers:
            return 410
        data = urlsafe_b64encode(body).rstrip(b"=").decode()
        notification = {"messageType": "notification", "channelID": channel, "version": uuid4().hex, "data": data}
        self.browsers[channel].send(
            msgspec.json.encode({**notification, "headers": {"encoding": "aes128gcm"}}).decode()
        )
        return 201


@contextmanager
def push_service() -> Iterator[PushService]:
    """The service on two free ports: one for browsers, one for senders."""
    service = PushService()

    class Sender(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(service.deliver(self.path.rpartition("/")[2], body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            return

    senders = ThreadingHTTPServer(("127.0.0.1", 0), Sender)
    browsers = serve(service.listen, "127.0.0.1", 0)
    service.origin = f"http://localhost:{senders.server_address[1]}"
    service.address = f"ws://localhost:{browsers.socket.getsockname()[1]}/"
    threads = [threading.Thread(target=each.serve_forever, daemon=True) for each in (senders, browsers)]
    for thread in threads:
        thread.start()
    try:
        yield service
    finally:
        senders.shutdown()
        senders.server_close()
        browsers.shutdown()
