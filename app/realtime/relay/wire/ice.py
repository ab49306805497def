"""One participant's ICE-lite agent: credentials, binding checks, restart and liveness.

Follows RFC 8445 section 2.5 (lite implementation) and RFC 8489 section 6 (STUN), whose codec is aioice's. Owns no
socket: it is handed messages and hands back bytes. Restarting makes new credentials and leaves DTLS alone (RFC 8842
section 5.5).
"""

import secrets
import string
import struct
from dataclasses import dataclass

from aioice import stun

from app.realtime.relay.errors import Malformed

Address = tuple[str, int] | tuple[str, int, int, int]

MAX_CHECK = 548
MAX_ADDRESSES = 8
PROBE_AFTER = 0.5
MAX_ASKED = 32
_COOKIE = stun.COOKIE.to_bytes(4, "big")
_USERNAME = 0x0006
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Credentials:
    """A username fragment and its password (RFC 8839 section 5.4)."""

    ufrag: str
    password: str


def new_credentials() -> Credentials:
    """Random credentials of 48 and 142 bits."""
    return Credentials(_random(8), _random(24))


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def local_ufrag(data: bytes) -> str:
    """Whom a check is for, read without parsing the rest; raises Malformed when it is not a binding request.

    Keeps the price of a stranger's datagram at a few byte comparisons (RFC 8489 sections 5 and 14.3).
    """
    size = len(data)
    if not 20 <= size <= MAX_CHECK or data[4:8] != _COOKIE or data[0:2] != b"\x00\x01":
        raise Malformed("not a binding request")
    position = 20
    while position + 4 <= size:
        kind, length = struct.unpack_from("!HH", data, position)
        position += 4
        if kind == _USERNAME:
            local, _, _ = data[position : position + length].partition(b":")
            return local.decode("ascii", "replace")
        position += (length + 3) & ~3
    raise Malformed("binding request without a username")


def parse_message(data: bytes) -> stun.Message:
    """Read a STUN message; raises Malformed for anything else."""
    if not 20 <= len(data) <= MAX_CHECK or data[4:8] != _COOKIE:
        raise Malformed("not a STUN message")
    try:
        return stun.parse_message(data)
    except (ValueError, IndexError, KeyError, struct.error) as error:
        raise Malformed("damaged STUN message") from error


def plain_address(address: Address) -> tuple[str, int]:
    """Host and port as the peer knows them: an IPv4 address mapped into IPv6 by a dual-stack socket is unwrapped."""
    host = address[0]
    return (host[7:] if host.startswith("::ffff:") and "." in host else host), address[1]


class IceLite:
    """The state of one agent. `address` is where the browser wants its packets, None until a check arrives."""

    def __init__(self, remote: Credentials, now: float) -> None:
        self.remote = remote
        self.local = [new_credentials()]
        self.address: Address | None = None
        self.last_heard = now
        self.rtt: float | None = None
        self._nominated: list[Address] = []
        self._asked: dict[bytes, float] = {}

    @property
    def current(self) -> Credentials:
        """The newest local credentials, the ones to put in an answer."""
        return self.local[-1]

    def restart(self, remote: Credentials) -> None:
        """New credentials (RFC 8445 section 9); the old stay valid until the next restart, for checks under way."""
        self.remote = remote
        self.local = [self.local[-1], new_credentials()]

    def heard(self, address: Address, now: float) -> None:
        """Authenticated traffic came from `address`: the browser lives, and wants its answers where it sends from."""
        self.last_heard = now
        if address != self.address and address in self._nominated:
            self.address = address

    def answer(self, check: stun.Message, address: Address, now: float) -> bytes | None:
        """The response to a connectivity check (RFC 8445 section 7.3), or None when its integrity is wrong."""
        ufrag = str(check.attributes.get("USERNAME", "")).partition(":")[0]
        password = next((each.password for each in self.local if each.ufrag == ufrag), None)
        if password is None or not check.check_message_integrity(password.encode()):
            return None
        self.last_heard = now
        if "USE-CANDIDATE" in check.attributes or self.address is None:
            self._nominate(address)
        response = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, check.transaction_id)
        response.attributes["XOR-MAPPED-ADDRESS"] = plain_address(address)
        response.add_message_integrity(password.encode())
        return bytes(response)

    def _nominate(self, address: Address) -> None:
        self.address = address
        if address in self._nominated:
            self._nominated.remove(address)
        self._nominated = [*self._nominated[1 - MAX_ADDRESSES :], address]

    def probe(self, now: float) -> bytes | None:
        """A binding request asking a silent browser for a sign of life, or None when it was heard of late.

        A lite agent need not send checks, but a full one answers them; without it a muted party, whose own checks
        come seconds apart, could not be told from one that is cut off.
        """
        if self.address is None or now - self.last_heard < PROBE_AFTER:
            return None
        if now - max(self._asked.values(), default=float("-inf")) < PROBE_AFTER:
            return None
        return self.ask(now)

    def ask(self, now: float) -> bytes:
        """A binding request, whenever it is wanted; of those unanswered the last few are remembered."""
        request = self.binding_request()
        self._asked[request.transaction_id] = now
        for forgotten in list(self._asked)[:-MAX_ASKED]:
            del self._asked[forgotten]
        return bytes(request)

    def delay(self, now: float) -> float | None:
        """The round trip as it is now, in seconds: the last one, or how long an answer has been waited for."""
        if self.rtt is None:
            return None
        return max(self.rtt, now - min(self._asked.values(), default=now))

    def binding_request(self) -> stun.Message:
        """A check of our own, as the browser expects it (RFC 8445 section 7.1)."""
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes["USERNAME"] = f"{self.remote.ufrag}:{self.current.ufrag}"
        request.attributes["PRIORITY"] = 1
        request.attributes["ICE-CONTROLLED"] = 1
        request.add_message_integrity(self.remote.password.encode())
        return request

    def accept_response(self, response: stun.Message, now: float) -> bool:
        """Whether `response` answers one of ours with the browser's password; if so it counts as heard.

        Those asked before it and still unanswered are given up.
        """
        sent_at = self._asked.get(response.transaction_id)
        if sent_at is None:
            return False
        if not response.check_message_integrity(self.remote.password.encode()):
            return False
        self._asked = {each: at for each, at in self._asked.items() if at > sent_at}
        self.rtt = now - sent_at
        self.last_heard = now
        return True
