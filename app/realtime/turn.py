"""TURN for networks that let no UDP through (I5): short-lived credentials for pages, and a look at the servers.

The servers are coturn's business (deploy/coturn.conf); here they are only named and asked whether they answer.
"""

import asyncio
import base64
import hashlib
import hmac
import os
import ssl
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import structlog

from app.realtime.messages import IceServer
from app.settings import Settings

LIFE = timedelta(minutes=10)
"""How long a credential opens a new line; one that is open is not ended by it."""
ANSWERS_WITHIN_S, TRIES = 1.0, 3
_BINDING_REQUEST, _BINDING_RESPONSE = b"\x00\x01", b"\x01\x01"
_COOKIE = b"\x21\x12\xa4\x42"
_HEADER = 20

log = structlog.get_logger()


def servers_for(settings: Settings, session: str, now: datetime) -> list[IceServer]:
    """The TURN servers with a credential that is good for ten minutes; none when none is configured.

    REST credentials as coturn reads them: the user name is the expiry and an opaque name, the password its keyed hash.
    """
    if not settings.turn_urls:
        return []
    opaque = hashlib.sha256(session.encode()).hexdigest()[:16]
    username = f"{int((now + LIFE).timestamp())}:{opaque}"
    digest = hmac.new(settings.turn_secret.encode(), username.encode(), hashlib.sha1).digest()
    return [IceServer(list(settings.turn_urls), username, base64.b64encode(digest).decode())]


class TurnWatch:
    """Asks each configured server now and then, and says a word in the log whenever the answer changes."""

    def __init__(self, settings: Settings) -> None:
        self._urls = settings.turn_urls
        self._answered: dict[str, bool] = {}

    async def look(self, _now: datetime) -> None:
        """Ask them all."""
        for url in self._urls:
            answers = await does_answer(url)
            if self._answered.get(url) != answers:
                self._answered[url] = answers
                if answers:
                    log.info("TURN server answers", url=url)
                else:
                    log.warning("TURN server does not answer: who has no UDP will not get a call through", url=url)


async def does_answer(url: str, *, trust: ssl.SSLContext | None = None) -> bool:
    """Whether a TURN server stands at this address: it answers a STUN binding request (RFC 8489 section 6.3.1)."""
    scheme, _, rest = url.partition(":")
    address = urlsplit(f"//{rest}")
    host, port = address.hostname or "", address.port or (5349 if scheme == "turns" else 3478)
    over_tcp = scheme == "turns" or parse_qs(address.query).get("transport") == ["tcp"]
    request = _BINDING_REQUEST + b"\x00\x00" + _COOKIE + os.urandom(12)
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S * TRIES):
            if not over_tcp:
                answer = await _ask_datagrams(host, port, request)
            else:
                tls = (trust or ssl.create_default_context()) if scheme == "turns" else None
                answer = await _ask_stream(host, port, tls, request)
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return False
    return answer[:2] == _BINDING_RESPONSE and answer[4:_HEADER] == request[4:]


async def _ask_stream(host: str, port: int, tls: ssl.SSLContext | None, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(host, port, ssl=tls)
    try:
        writer.write(request)
        return await reader.readexactly(_HEADER)
    finally:
        writer.close()


async def _ask_datagrams(host: str, port: int, request: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bytes] = loop.create_future()

    class Ears(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, _address: object) -> None:
            if not answer.done():
                answer.set_result(data)

        def error_received(self, problem: Exception) -> None:
            if not answer.done():
                answer.set_exception(problem)

    transport, _ears = await loop.create_datagram_endpoint(Ears, remote_addr=(host, port))
    try:
        while True:
            transport.sendto(request)
            done, _waiting = await asyncio.wait((answer,), timeout=ANSWERS_WITHIN_S / 2)
            if done:
                return answer.result()
    finally:
        transport.close()
