"""One participant's DTLS and SRTP on the relay's port (RFC 5763 section 5, RFC 5764 section 4).

The only module that touches aiortc's private names: `RTCDtlsTransport` runs over a stand-in for its ICE transport, and
the two pylibsrtp sessions it derives are used directly. tests/relay/process/test_contract.py holds those names.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol, cast

import pylibsrtp

from app.realtime.relay.counters import Counters
from app.realtime.relay.limits import Allowance
from app.realtime.relay.port import RelayPort
from app.realtime.relay.wire import ice, rtcp
from app.realtime.relay.wire.dtls_library import dtls
from app.realtime.relay.wire.ice import Address, Credentials, IceLite
from app.realtime.relay.wire.srtp import PacketBuffer, handle_of
from app.realtime.tasks import Tasks

HANDSHAKE_TIMEOUT = 30.0
MAX_PENDING_DTLS = 32
MAX_RTCP_SSRCS = 64
HEARD_WITHIN = 2.0

State = Literal["connecting", "connected", "closed"]


class Sink(Protocol):
    """Who takes the decrypted packets of a transport."""

    def on_rtp(self, packet: bytes, now: float) -> None:
        """Take one RTP packet."""

    def carry(self, buffer: PacketBuffer, size: int, now: float) -> bool:
        """Take one RTP packet from the buffer if that can be done quickly; if not, nothing was touched."""

    def on_rtcp(self, packet: bytes, now: float) -> None:
        """Take one compound RTCP packet."""

    def on_transport(self, state: State) -> None:
        """The transport became connected, or closed for good."""


class Identity:
    """The relay's DTLS certificate, one for all participants, renewed well before it expires."""

    def __init__(self) -> None:
        self._certificate = dtls.RTCCertificate.generateCertificate()

    @property
    def certificate(self) -> "dtls.RTCCertificate":
        """A certificate with at least ten days of life left."""
        if self._certificate.expires - datetime.now(UTC) < timedelta(days=10):
            self._certificate = dtls.RTCCertificate.generateCertificate()
        return self._certificate


class _Link:
    """What `RTCDtlsTransport` needs of an ICE transport: its role and state, and a way in and out for datagrams."""

    role = "controlled"
    state = "completed"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self.incoming: asyncio.Queue[bytes | None] = asyncio.Queue(MAX_PENDING_DTLS)
        self._out = send

    async def _recv(self) -> bytes:
        data = await self.incoming.get()
        if data is None:
            raise ConnectionError
        return data

    async def _send(self, data: bytes) -> None:
        self._out(data)


class Transport:
    """From negotiation to close; a new RTCPeerConnection in the browser is a new Transport here."""

    def __init__(
        self, port: RelayPort, identity: Identity, tasks: Tasks, counters: Counters, sink: Sink, now: float
    ) -> None:
        self._port = port
        self._tasks = tasks
        self._counters = counters
        self._sink = sink
        self._certificate = identity.certificate
        self._link = _Link(self._send_handshake)
        self._dtls = dtls.RTCDtlsTransport(cast(Any, self._link), [self._certificate])
        self._dtls._set_role("server")
        self._rx: pylibsrtp.Session | None = None
        self._tx: pylibsrtp.Session | None = None
        self._rx_handle: Any = None
        self._tx_handle: Any = None
        self._rtp_ssrcs: frozenset[bytes] = frozenset()
        self._other_ssrcs = 0
        self._rtcp_ssrcs: set[bytes] = set()
        self._may = Allowance()
        self._task: asyncio.Task[None] | None = None
        self.ice = IceLite(Credentials("", ""), now)
        self.state: State = "connecting"
        self.last_sent = now
        # whether the browser takes feedback that no report goes before (RFC 5506)
        self.reduced_size = True

    @property
    def fingerprint(self) -> str:
        """The certificate's SHA-256 fingerprint, as SDP writes it (RFC 8122 section 5)."""
        return next(each.value for each in self._certificate.getFingerprints() if each.algorithm == "sha-256")

    def start(self, remote: Credentials, fingerprints: list[tuple[str, str]]) -> None:
        """Wait for the browser's checks and its DTLS handshake, as the passive side."""
        self.ice.remote = remote
        self._port.register(self.ice.current.ufrag, self)
        parameters = dtls.RTCDtlsParameters([dtls.RTCDtlsFingerprint(*each) for each in fingerprints], role="client")
        self._dtls.on("statechange", self._on_dtls_state)
        self._task = self._tasks.start(self._handshake(parameters), "relay DTLS handshake")

    def restart(self, remote: Credentials) -> None:
        """ICE restart: new credentials, same DTLS and SRTP (RFC 8842 section 5.5)."""
        before = self.ice.local
        self.ice.restart(remote)
        for stale in before:
            if stale not in self.ice.local:
                self._port.forget_ufrag(stale.ufrag)
        self._port.register(self.ice.current.ufrag, self)

    async def _handshake(self, parameters: "dtls.RTCDtlsParameters") -> None:
        try:
            async with asyncio.timeout(HANDSHAKE_TIMEOUT):
                await self._dtls.start(parameters)
        except TimeoutError:
            self.close()
            return
        if self._dtls.state != "connected" or self.state == "closed":
            self.close()
            return
        self._rx, self._tx = self._dtls._rx_srtp, self._dtls._tx_srtp
        self._rx_handle, self._tx_handle = handle_of(self._rx), handle_of(self._tx)
        self.state = "connected"
        self._sink.on_transport("connected")

    def _on_dtls_state(self) -> None:
        if self._dtls.state in ("closed", "failed"):
            self.close()

    def expect(self, ssrcs: list[int], others: int = 0) -> None:
        """Only RTP with one of these SSRCs, and of so many others, is decrypted: libsrtp keeps state for each."""
        self._rtp_ssrcs = frozenset(each.to_bytes(4, "big") for each in ssrcs)
        self._other_ssrcs = others

    def close(self) -> None:
        """Say goodbye to the browser (close_notify, RFC 5246 section 7.2.1), forget all state, tell the sink once."""
        if self.state == "closed":
            return
        self.state = "closed"
        self._rx = self._tx = self._rx_handle = self._tx_handle = None
        self._port.forget(self)
        self._tasks.start(self._stop(), "relay DTLS close")
        self._sink.on_transport("closed")

    async def _stop(self) -> None:
        task = self._task
        if task is not None and task is not asyncio.current_task() and not task.done():
            task.cancel()
        await self._dtls.stop()

    # -- from the port ---------------------------------------------------------------------------------------------

    def is_heard(self, now: float) -> bool:
        """Whether authenticated traffic came within the last two seconds."""
        return now - self.ice.last_heard < HEARD_WITHIN

    def on_check(self, data: bytes, address: Address, now: float) -> bool:
        """Answer a connectivity check, and ask whoever is behind an address that packets are to go to from now on."""
        if not self._may.check.take(now):
            self._counters.limited += 1
            return False
        answer = self.ice.answer(ice.parse_message(data), address, now, ice.unknown_attributes(data))
        if answer is None:
            self._counters.refused_checks += 1
            return False
        self._ask(now)
        self._port.send(answer, address)
        return True

    def on_response(self, data: bytes, address: Address, now: float) -> None:
        """Take the answer to a request of ours; a forged one counts as a refused check."""
        was = self.ice.address
        if not self._may.check.take(now):
            self._counters.limited += 1
        elif not self.ice.accept_response(ice.parse_message(data), address, now):
            self._counters.refused_checks += 1
        elif was is None and self.ice.address is not None and self.state == "connected":
            self._sink.on_transport("connected")

    def on_dtls(self, data: bytes, now: float) -> None:
        """Queue a handshake datagram; more than a handshake can need is dropped."""
        if self._may.handshake.take(now) and not self._link.incoming.full():
            self._link.incoming.put_nowait(data)
        else:
            self._counters.limited += 1

    def on_media(self, data: bytes, address: Address, now: float) -> None:
        """Decrypt one SRTP or SRTCP packet (RFC 3711 section 3.3) and pass it on; forgeries and replays are dropped."""
        if self._rx is None or len(data) < 12:
            self._counters.srtp_rejected += 1
            return
        # RFC 5761 section 4: RTCP packet types 192-223 do not meet RTP payload types when multiplexed
        is_rtcp = 192 <= data[1] <= 223
        if not self._admits(data, is_rtcp=is_rtcp):
            self._counters.unknown_ssrc += 1
            return
        try:
            packet: bytes = self._rx.unprotect_rtcp(data) if is_rtcp else self._rx.unprotect(data)
        except (pylibsrtp.Error, ValueError):
            self._counters.srtp_rejected += 1
            return
        if not self._authentic(address, now):
            return
        if not is_rtcp:
            if data[8:12] not in self._rtp_ssrcs:
                self._rtp_ssrcs |= {data[8:12]}
                self._other_ssrcs -= 1
            self._sink.on_rtp(packet, now)
            return
        self._rtcp_ssrcs.add(data[4:8])
        if self._may.report.take(now):
            self._sink.on_rtcp(packet, now)
        else:
            self._counters.limited += 1

    def on_media_in_place(self, buffer: PacketBuffer, size: int, address: Address, now: float) -> None:
        """As `on_media`, without copies for RTP that is forwarded as it comes."""
        view = buffer.view
        if self._rx_handle is None or 192 <= view[1] <= 223 or bytes(view[8:12]) not in self._rtp_ssrcs:
            self.on_media(bytes(view[:size]), address, now)
            return
        size = buffer.unprotect(self._rx_handle, size)
        if not size:
            self._counters.srtp_rejected += 1
        elif self._authentic(address, now) and not self._sink.carry(buffer, size, now):
            self._sink.on_rtp(bytes(view[:size]), now)

    def _authentic(self, address: Address, now: float) -> bool:
        """The browser lives. False when it sends more than anybody needs; forgeries use up nothing of its share."""
        self.ice.last_heard = now
        if address != self.ice.address:
            self.ice.heard_elsewhere(address, now)
            self._ask(now)
        if self._may.send.take(now):
            return True
        self._counters.limited += 1
        return False

    def _admits(self, data: bytes, *, is_rtcp: bool) -> bool:
        if is_rtcp:
            return data[4:8] in self._rtcp_ssrcs or len(self._rtcp_ssrcs) < MAX_RTCP_SSRCS
        return data[8:12] in self._rtp_ssrcs or self._other_ssrcs > 0

    # -- to the browser --------------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether what is sent now gets there."""
        return self._tx is not None and self.ice.address is not None

    def send_rtp(self, packet: bytes, now: float) -> None:
        """Encrypt and send one RTP packet; nothing happens while not connected."""
        if self._tx is not None:
            self._send(self._tx.protect, packet, now)

    def send_in_place(self, buffer: PacketBuffer, size: int, now: float) -> None:
        """As `send_rtp`, for the packet in the buffer, which is used up by it."""
        if self._tx_handle is None:
            return
        if self.ice.address is None:
            self._counters.unanswered += 1
            return
        size = buffer.protect(self._tx_handle, size)
        if not size:
            self._counters.oversize += 1
            return
        self.last_sent = now
        self._port.send(buffer.view[:size], self.ice.address)

    def send_rtcp(self, packet: bytes, now: float) -> None:
        """Encrypt and send one RTCP packet; nothing happens while not connected."""
        if not self.reduced_size:
            packet = rtcp.compound(packet)
        if self._tx is not None:
            self._send(self._tx.protect_rtcp, packet, now)

    def _send(self, protect: Callable[[bytes], bytes], packet: bytes, now: float) -> None:
        if self.ice.address is None:
            self._counters.unanswered += 1
            return
        try:
            data = protect(packet)
        except (pylibsrtp.Error, ValueError):
            self._counters.oversize += 1
            return
        self.last_sent = now
        self._port.send(data, self.ice.address)

    def probe(self, now: float) -> None:
        """Ask a browser that has been silent for a sign of life, and whether it is still where its packets go."""
        if self.state != "closed":
            self._ask(now)

    def _ask(self, now: float) -> None:
        for request, address in self.ice.due(now):
            self._port.send(request, address)

    def ask(self, now: float) -> None:
        """Ask the browser for a sign of life, to learn how long that takes."""
        if self.state == "connected" and self.ice.address is not None:
            self._port.send(self.ice.ask(self.ice.address, now), self.ice.address)

    def _send_handshake(self, data: bytes) -> None:
        """To an address that may not have answered yet."""
        address = self.ice.nearest
        if address is not None and self.ice.may_send(address, len(data)):
            self._port.send(data, address)
        else:
            self._counters.unanswered += 1
