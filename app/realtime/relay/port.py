"""The relay's one UDP port: receives every datagram, tells which kind it is and whose, and sends.

Sorts by first byte (RFC 7983 section 7) and by source address; an address becomes known when a connectivity check from
it was authenticated. Whatever else arrives is dropped and counted. Knows no DTLS, no RTP and no party.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from app.realtime.relay.counters import Counters
from app.realtime.relay.errors import Malformed
from app.realtime.relay.limits import Strangers
from app.realtime.relay.wire import ice
from app.realtime.relay.wire.ice import Address
from app.realtime.relay.wire.srtp import PacketBuffer

log = structlog.get_logger()

MAX_DATAGRAM = 1500
BATCH = 64
BUFFER = 4 << 20
COMPLAIN_EVERY = 1.0


class Endpoint(Protocol):
    """What the port needs of a participant's transport; all calls happen on the loop and must not block."""

    def is_heard(self, now: float) -> bool:
        """Whether its browser was heard of late."""

    def on_check(self, data: bytes, address: Address, now: float) -> bool:
        """Answer a connectivity check; false when it is not authentic."""

    def on_response(self, data: bytes, address: Address, now: float) -> None:
        """Take the response to a request."""

    def on_dtls(self, data: bytes, now: float) -> None:
        """Take a DTLS datagram."""

    def on_media(self, data: bytes, address: Address, now: float) -> None:
        """Take an SRTP or SRTCP datagram."""

    def on_media_in_place(self, buffer: PacketBuffer, size: int, address: Address, now: float) -> None:
        """Take an SRTP or SRTCP datagram of `size` bytes from the buffer, with the same effect."""


class RelayPort:
    """Owns the socket and the tables of who is behind which username fragment and which address."""

    def __init__(
        self, host: str, port: int, public_hosts: Sequence[str], counters: Counters, clock: Callable[[], float],
        *, in_place: bool = True,
    ) -> None:  # fmt: skip
        """`in_place` false takes the clean path for every packet; the effect is the same, at a third more CPU."""
        self.host = host
        self.port = port
        self.public_hosts = [str(ipaddress.ip_address(each)) for each in public_hosts]
        self._counters = counters
        self._clock = clock
        self._socket: socket.socket | None = None
        self._by_ufrag: dict[str, Endpoint] = {}
        self._by_address: dict[Address, Endpoint] = {}
        self._buffer = PacketBuffer()
        self._in_place = in_place
        self._strangers = Strangers(rate=50, burst=200)
        self._complained = float("-inf")
        self._unsaid = 0

    def open(self) -> None:
        """Bind; `port` then holds the number. Raises OSError when it is taken."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                sock.setsockopt(socket.SOL_SOCKET, option, BUFFER)
            sock.bind((self.host, self.port))
        except OSError:
            sock.close()
            raise
        self.port = sock.getsockname()[1]
        self._socket = sock
        asyncio.get_running_loop().add_reader(sock.fileno(), self._drain)

    def close(self) -> None:
        """Stop receiving and free the port."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def candidates(self) -> list[str]:
        """Host candidates for an answer (RFC 8839 section 5.1), in the order of the public hosts."""
        return [
            f"{index} 1 udp {2130706431 - index * 256} {host} {self.port} typ host"
            for index, host in enumerate(self.public_hosts, start=1)
        ]

    def register(self, ufrag: str, endpoint: Endpoint) -> None:
        """Checks for `ufrag` go to `endpoint` from now on."""
        self._by_ufrag[ufrag] = endpoint

    def forget_ufrag(self, ufrag: str) -> None:
        """Checks for `ufrag` are refused from now on."""
        self._by_ufrag.pop(ufrag, None)

    def forget(self, endpoint: Endpoint) -> None:
        """Nothing reaches `endpoint` from now on."""
        self._by_ufrag = {key: value for key, value in self._by_ufrag.items() if value is not endpoint}
        self._by_address = {key: value for key, value in self._by_address.items() if value is not endpoint}

    @property
    def known(self) -> int:
        """How many username fragments and addresses are in the tables."""
        return len(self._by_ufrag) + len(self._by_address)

    def send(self, data: bytes | memoryview, address: Address) -> None:
        """Send at once or not at all; a full socket buffer drops the datagram, as the network would."""
        if self._socket is None:
            return
        try:
            self._socket.sendto(data, address)
            self._counters.sent += 1
        except OSError:
            # a full buffer, or an address the kernel has no route to: both look like loss to the receiver
            self._counters.send_blocked += 1

    def _drain(self) -> None:
        """Take what the socket holds, at most `BATCH` datagrams so that the loop's other work gets its turn."""
        sock, counters, view = self._socket, self._counters, self._buffer.view
        for _ in range(BATCH):
            if sock is None or sock is not self._socket:
                return
            try:
                size, address = sock.recvfrom_into(view)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                # an ICMP error for something sent earlier is reported here; the next datagram is fine
                continue
            counters.datagrams += 1
            try:
                self._receive_from_desk(size, address)
            except Malformed:
                counters.malformed += 1
            except Exception:
                counters.faults += 1
                self._complain()

    def _complain(self) -> None:
        """Log the fault being handled, once a second at most: a call has hundreds of datagrams a second."""
        now = self._clock()
        self._unsaid += 1
        if now - self._complained >= COMPLAIN_EVERY:
            log.exception("datagram failed", since_last_said=self._unsaid)
            self._complained, self._unsaid = now, 0

    def _receive_from_desk(self, size: int, address: Address) -> None:
        """Media from a known address stays in the buffer; everything else is lifted off it."""
        buffer = self._buffer
        endpoint = self._by_address.get(address) if self._in_place and 12 <= size <= MAX_DATAGRAM else None
        if endpoint is not None and 127 < buffer.view[0] < 192:
            endpoint.on_media_in_place(buffer, size, address, self._clock())
        else:
            self.receive(bytes(buffer.view[:size]), address)

    def receive(self, data: bytes, address: Address) -> None:
        """Handle one datagram; raises Malformed when it is of no known kind."""
        if not data or len(data) > MAX_DATAGRAM:
            raise Malformed("empty or oversize datagram")
        first = data[0]
        endpoint = self._by_address.get(address)
        if 127 < first < 192:
            if endpoint is None:
                self._counters.unknown_source += 1
            else:
                endpoint.on_media(data, address, self._clock())
        elif first < 4:
            self._receive_stun(data, address, endpoint)
        elif 19 < first < 64:
            if endpoint is None:
                self._counters.unknown_source += 1
            else:
                endpoint.on_dtls(data, self._clock())
        else:
            raise Malformed("no protocol begins with this byte")

    def _receive_stun(self, data: bytes, address: Address, known: Endpoint | None) -> None:
        if data[0] == 1:
            if known is None:
                self._counters.unknown_source += 1
            else:
                known.on_response(data, address, self._clock())
            return
        endpoint = self._by_ufrag.get(ice.local_ufrag(data))
        if endpoint is None:
            self._counters.unknown_source += 1
            return
        now = self._clock()
        if known is not None and known is not endpoint and known.is_heard(now):
            # one party must not take over another's address by forging it; a stale one is free to be reused
            self._counters.refused_checks += 1
            return
        if known is not endpoint and not self._strangers.allow(address[0], now):
            self._counters.limited += 1
            return
        if endpoint.on_check(data, address, now) and known is not endpoint:
            self._admit(address, endpoint)

    def _admit(self, address: Address, endpoint: Endpoint) -> None:
        """Remember that `endpoint` is behind `address`, for a bounded number of addresses each."""
        self._by_address[address] = endpoint
        mine = [each for each, owner in self._by_address.items() if owner is endpoint]
        for stale in mine[: -ice.MAX_ADDRESSES]:
            del self._by_address[stale]
