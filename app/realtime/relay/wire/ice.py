"""One participant's ICE-lite agent: credentials, binding checks, restart and liveness.

Follows RFC 8445 section 2.5 (lite implementation) and RFC 8489 section 6 (STUN), whose codec is aioice's. Owns no
socket: it is handed messages and hands back bytes. Restarting makes new credentials and leaves DTLS alone (RFC 8842
section 5.5).
"""

import secrets
import string
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aioice import stun

from app.realtime.relay.errors import Malformed

Address = tuple[str, int] | tuple[str, int, int, int]

MAX_ADDRESSES = 16
PROBE_AFTER = 0.5
MAX_ASKED = 32
CONSENT_EVERY, CONSENT_LASTS = 4.0, 10.0
ASK_AGAIN, ASK_HEARD, MAX_PAUSE = 0.05, 1.0, 5.0
MAX_UNANSWERED = 1_200
"""Bytes beside our requests, of which there are eight in ten seconds: two kilobytes together."""
_KNOWN = frozenset((0x0001, 0x0006, 0x0008, 0x0009, 0x000A, 0x0014, 0x0015, 0x0020, 0x0024, 0x0025))
"""The comprehension-required attributes of RFC 8489 section 18.3 and RFC 8445 section 16.1."""
_COOKIE = stun.COOKIE.to_bytes(4, "big")
_USERNAME, _INTEGRITY, _UNKNOWN_ATTRIBUTES = 0x0006, 0x0008, 0x000A
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
    if size < 20 or data[4:8] != _COOKIE or data[0:2] != b"\x00\x01":
        raise Malformed("not a binding request")
    for kind, position, length in _attributes(data):
        if kind == _USERNAME:
            local, _, _ = data[position : position + length].partition(b":")
            return local.decode("ascii", "replace")
    raise Malformed("binding request without a username")


def _attributes(data: bytes) -> Iterator[tuple[int, int, int]]:
    """The type of each attribute, where its value begins and how long it is."""
    position = 20
    while position + 4 <= len(data):
        kind, length = struct.unpack_from("!HH", data, position)
        yield kind, position + 4, length
        position += 4 + ((length + 3) & ~3)


def unknown_attributes(data: bytes) -> list[int]:
    """What a check's sender wants understood and we don't (RFC 8489 section 6.3.1), of what its integrity covers."""
    unknown = []
    for kind, _, _ in _attributes(data):
        if kind == _INTEGRITY:
            break
        if kind < 0x8000 and kind not in _KNOWN:
            unknown.append(kind)
    return unknown


def _refusal(transaction: bytes, unknown: Sequence[int], key: bytes) -> bytes:
    """Error 420 with the attributes it is about, which aioice's codec has no name for."""
    error = stun.Message(stun.Method.BINDING, stun.Class.ERROR, transaction, {"ERROR-CODE": (420, "Unknown Attribute")})
    value = b"".join(each.to_bytes(2, "big") for each in unknown)
    data = bytes(error) + struct.pack("!HH", _UNKNOWN_ATTRIBUTES, len(value)) + value + bytes(-len(value) % 4)
    data += struct.pack("!HH", _INTEGRITY, 20) + stun.message_integrity(data, key)
    data += struct.pack("!HHI", 0x8028, 4, stun.message_fingerprint(data))
    return stun.set_body_length(data, len(data) - 20)


def parse_message(data: bytes) -> stun.Message:
    """Read a STUN message; raises Malformed for anything else."""
    if len(data) < 20 or data[4:8] != _COOKIE:
        raise Malformed("not a STUN message")
    try:
        return stun.parse_message(data)
    except (ValueError, IndexError, KeyError, struct.error) as error:
        raise Malformed("damaged STUN message") from error


def plain_address(address: Address) -> tuple[str, int]:
    """Host and port as the peer knows them: an IPv4 address mapped into IPv6 by a dual-stack socket is unwrapped."""
    host = address[0]
    return (host[7:] if host.startswith("::ffff:") and "." in host else host), address[1]


@dataclass(slots=True)
class _Path:
    """An address that an authentic check came from. `answered`: when a request of ours was last answered from there."""

    since: float
    nominated: bool = False
    answered: float | None = None
    asked: float = float("-inf")
    pause: float = ASK_AGAIN
    sent: int = 0


class IceLite:
    """The state of one agent. `address` is where the browser wants its packets, None until it has answered from there.

    Whoever knows the credentials can forge where a check comes from: media goes to nobody who has not answered a
    request of ours (RFC 8445 section 19.5.1), nor to one who has ceased to answer (RFC 7675). `coming` is the address
    to be, which is asked.
    """

    max_asked = MAX_ASKED

    def __init__(self, remote: Credentials, now: float) -> None:
        self.remote = remote
        self.local = [new_credentials()]
        self.address: Address | None = None
        self.coming: Address | None = None
        self.last_heard = now
        self.rtt: float | None = None
        self._paths: dict[Address, _Path] = {}
        self._asked: dict[bytes, tuple[float, Address]] = {}

    @property
    def current(self) -> Credentials:
        """The newest local credentials, the ones to put in an answer."""
        return self.local[-1]

    def restart(self, remote: Credentials) -> None:
        """New credentials (RFC 8445 section 9); the old stay valid until the next restart, for checks under way."""
        self.remote = remote
        self.local = [self.local[-1], new_credentials()]

    # -- from the browser ------------------------------------------------------------------------------------------

    def answer(self, check: stun.Message, address: Address, now: float, unknown: Sequence[int] = ()) -> bytes | None:
        """The response to a connectivity check (RFC 8445 section 7.3), or None when its integrity is wrong."""
        ufrag = str(check.attributes.get("USERNAME", "")).partition(":")[0]
        password = next((each.password for each in self.local if each.ufrag == ufrag), None)
        if password is None or not check.check_message_integrity(password.encode()):
            return None
        if unknown:
            return _refusal(check.transaction_id, unknown, password.encode())
        self.last_heard = now
        path = self._path(address, now)
        if "USE-CANDIDATE" in check.attributes or (self.address is None and self.coming is None):
            path.nominated = True
            self._move(address, path, now)
        response = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, check.transaction_id)
        response.attributes["XOR-MAPPED-ADDRESS"] = plain_address(address)
        response.add_message_integrity(password.encode())
        return bytes(response)

    def heard_elsewhere(self, address: Address, now: float) -> None:
        """Authentic traffic came from another address than ours: the browser wants its answers where it sends from."""
        path = self._paths.get(address)
        if path is not None and path.nominated:
            self._move(address, path, now)

    def _path(self, address: Address, now: float) -> _Path:
        path = self._paths.get(address)
        if path is None:
            spare = [each for each in self._paths if each not in (self.address, self.coming)]
            for each in spare[: len(self._paths) + 1 - MAX_ADDRESSES]:
                del self._paths[each]
            path = self._paths[address] = _Path(now)
        return path

    def _move(self, address: Address, path: _Path, now: float) -> None:
        if path.answered is not None and now - path.answered <= CONSENT_LASTS:
            self.address, self.coming = address, None
            return
        path.pause = min(path.pause, ASK_HEARD)
        if address != self.coming:
            self.coming, path.since = address, now

    def accept_response(self, response: stun.Message, address: Address, now: float) -> bool:
        """Whether it answers a request of ours, from where that went and with the browser's password.

        Those asked before it and still unanswered are given up.
        """
        asked = self._asked.get(response.transaction_id)
        if asked is None or asked[1] != address or response.message_class != stun.Class.RESPONSE:
            return False
        if not response.check_message_integrity(self.remote.password.encode()):
            return False
        self._asked = {each: (at, to) for each, (at, to) in self._asked.items() if at > asked[0]}
        self._took(now - asked[0])
        self.last_heard = now
        path = self._path(address, now)
        path.answered, path.pause, path.sent = now, ASK_AGAIN, 0
        if address == self.coming:
            self.address, self.coming = address, None
        return True

    def _took(self, seconds: float) -> None:
        self.rtt = seconds

    # -- to the browser --------------------------------------------------------------------------------------------

    @property
    def nearest(self) -> Address | None:
        """Where the handshake goes: to the address there is, or else to the one to be."""
        return self.address or self.coming

    def may_send(self, address: Address, size: int) -> bool:
        """Whether so much of a handshake may go to an address: little, until it has answered."""
        path = self._paths.get(address)
        if path is None or path.answered is not None:
            return path is not None
        path.sent += size
        return path.sent <= MAX_UNANSWERED

    def due(self, now: float) -> list[tuple[bytes, Address]]:
        """Requests to be sent now, and where to: for a sign of life, for consent, and to an address that is to be.

        A lite agent need not send checks, but a full one answers them; without them a muted party, whose own checks
        come seconds apart, could not be told from one that is cut off.
        """
        self._expire(now)
        requests = []
        if self.coming is not None and (path := self._paths.get(self.coming)) and now - path.asked >= path.pause:
            path.pause = min(2 * path.pause, MAX_PAUSE)
            requests.append((self.ask(self.coming, now), self.coming))
        if self.address is not None and self._is_to_be_asked(self.address, now):
            requests.append((self.ask(self.address, now), self.address))
        return requests

    def _is_to_be_asked(self, address: Address, now: float) -> bool:
        path = self._path(address, now)
        is_old = path.answered is None or now - path.answered >= CONSENT_EVERY
        return now - path.asked >= PROBE_AFTER and (is_old or now - self.last_heard >= PROBE_AFTER)

    def _expire(self, now: float) -> None:
        """Give up addresses that answer no more; one that packets went to is asked for a while longer."""
        for address, path in self._paths.items():
            if now - (path.since if path.answered is None else path.answered) <= CONSENT_LASTS:
                continue
            if path.answered is not None:
                path.since, path.answered = now, None
                if address == self.address:
                    self.address, self.coming = None, self.coming or address
            elif address == self.coming:
                self.coming = None

    def forgive(self, now: float) -> None:
        """We stood still: nobody is to be called silent for it."""
        self.last_heard = now
        for path in self._paths.values():
            path.since, path.answered = now, None if path.answered is None else now

    def ask(self, address: Address, now: float) -> bytes:
        """A binding request, whenever it is wanted; of those unanswered the last few are remembered."""
        request = self.binding_request()
        self._asked[request.transaction_id] = now, address
        for forgotten in list(self._asked)[: -self.max_asked]:
            del self._asked[forgotten]
        self._path(address, now).asked = now
        return bytes(request)

    def delay(self, now: float) -> float | None:
        """The round trip as it is now, in seconds: the last one, or how long an answer has been waited for."""
        if self.rtt is None:
            return None
        return max(self.rtt, now - min((at for at, _ in self._asked.values()), default=now))

    def binding_request(self) -> stun.Message:
        """A check of our own, as the browser expects it (RFC 8445 section 7.1)."""
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes["USERNAME"] = f"{self.remote.ufrag}:{self.current.ufrag}"
        request.attributes["PRIORITY"] = 1
        request.attributes["ICE-CONTROLLED"] = 1
        request.add_message_integrity(self.remote.password.encode())
        return request
