"""A browser small enough to test with: real UDP, STUN, DTLS and SRTP, no codec and no RTCPeerConnection.

Plays the full-ICE, DTLS-active side against the relay and lets a test send and see single packets.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, cast

from aioice import stun

from app.realtime.relay import AnyRelay, Member, PartyFigures, PartyState
from app.realtime.relay.transport import _Link
from app.realtime.relay.wire import ice, rtcp, rtp
from app.realtime.relay.wire.dtls_library import dtls

PATIENCE = 5.0
CERTIFICATE = dtls.RTCCertificate.generateCertificate()


async def until(condition: Callable[[], object], patience: float = PATIENCE) -> None:
    """Wait for something the loop will bring about; fails after `patience` seconds."""
    async with asyncio.timeout(patience):
        while not condition():
            await asyncio.sleep(0.005)


class Ears:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.slots: dict[str, str | None] = {}
        self.unseated = 0
        self.states: list[PartyState] = []
        self.pictures = True
        self.figures: list[PartyFigures] = []

    def on_slots(self, slots: dict[str, str | None], unseated: int) -> None:
        self.slots, self.unseated = slots, unseated

    def on_state(self, state: PartyState) -> None:
        self.states.append(state)

    def on_pictures(self, reach: bool) -> None:
        self.pictures = reach

    def on_figures(self, figures: PartyFigures) -> None:
        self.figures.append(figures)


class Browser(asyncio.DatagramProtocol):
    """One participant; sections as static/js/call/sections.js makes them, SSRCs from `base` on."""

    def __init__(self, name: str, base: int) -> None:
        self.name = name
        self.listener = Ears()
        self.microphone, self.camera, self.camera_rtx, self.screen = base, base + 1, base + 2, base + 3
        self.credentials = ice.new_credentials()
        self.rtp: list[bytes] = []
        self.rtcp: list[rtcp.Item] = []
        self.deaf = False
        self.spare_pairs = 1
        self.party: Member
        self._responses: dict[bytes, asyncio.Future[stun.Message]] = {}
        self._link = _Link(self._send)
        self._dtls = dtls.RTCDtlsTransport(cast(Any, self._link), [CERTIFICATE])
        self._dtls._set_role("client")
        self._udp: asyncio.DatagramTransport
        self._relay_address: tuple[str, int] = ("", 0)
        self._remote = ice.Credentials("", "")

    # -- signalling ------------------------------------------------------------------------------------------------

    def offer(self) -> str:
        """What a browser would offer: microphone, camera and screen, and pairs to receive third parties in."""
        fingerprint = next(each.value for each in CERTIFICATE.getFingerprints() if each.algorithm == "sha-256")
        head = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", f"a=fingerprint:sha-256 {fingerprint}"]
        head += [f"a=ice-ufrag:{self.credentials.ufrag}", f"a=ice-pwd:{self.credentials.password}", "a=setup:actpass"]
        head.append(f"a=group:BUNDLE {' '.join(map(str, range(3 + 2 * self.spare_pairs)))}")
        audio = ["m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=rtcp-mux", "a=rtpmap:111 opus/48000/2"]
        video = ["m=video 9 UDP/TLS/RTP/SAVPF 96 97", "a=rtcp-mux", "a=rtcp-rsize", "a=rtpmap:96 VP8/90000"]
        video += ["a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96"]
        camera = [f"a=ssrc-group:FID {self.camera} {self.camera_rtx}", f"a=ssrc:{self.camera} cname:x"]
        sections = [
            [*audio, "a=sendrecv", f"a=ssrc:{self.microphone} cname:x"],
            [*video, "a=sendrecv", *camera],
            [*video, "a=sendrecv", f"a=ssrc:{self.screen} cname:x"],
            *self.spare_pairs * [[*audio, "a=recvonly"], [*video, "a=recvonly"]],
        ]
        lines = [line for mid, each in enumerate(sections) for line in (each[0], f"a=mid:{mid}", *each[1:])]
        return "\r\n".join([*head, *lines, ""])

    async def negotiate(self, *, restart: bool = False) -> None:
        """Offer, and take the answer to heart."""
        if restart:
            self.credentials = ice.new_credentials()
        answer = await self.party.negotiate(self.offer(), restart=restart)
        found: dict[str, str] = dict(re.findall(r"a=(ice-ufrag|ice-pwd|fingerprint):(.*)\r\n", answer))
        self._remote = ice.Credentials(found["ice-ufrag"], found["ice-pwd"])
        self._fingerprint = found["fingerprint"].split()
        candidate = re.search(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", answer)
        assert candidate is not None
        self._relay_address = (candidate[1], int(candidate[2]))

    # -- connecting ------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Bind a socket, or another one: the network changed."""
        if hasattr(self, "_udp"):
            self._udp.close()
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))

    @property
    def local_address(self) -> tuple[str, int]:
        """Where the relay sees this browser."""
        address: tuple[str, int] = self._udp.get_extra_info("sockname")
        return address

    def _check_request(self) -> stun.Message:
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes["USERNAME"] = f"{self._remote.ufrag}:{self.credentials.ufrag}"
        request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity(self._remote.password.encode())
        return request

    def forge_check(self) -> bytes:
        """An authentic check, to be sent from an address that is not ours."""
        return bytes(self._check_request())

    async def check(self) -> None:
        """One nominating connectivity check, answered and authentic."""
        request = self._check_request()
        coming = self._responses[request.transaction_id] = asyncio.get_running_loop().create_future()
        self._send(bytes(request))
        response = await asyncio.wait_for(coming, PATIENCE)
        assert response.check_message_integrity(self._remote.password.encode())

    async def connect(self, relay: AnyRelay, room: str = "room") -> None:
        """Join, negotiate, check, shake hands."""
        await self.connect_as(await relay.join(room, self.name, self.listener))

    async def connect_as(self, party: Member) -> None:
        """Negotiate, check, shake hands."""
        self.party = party
        await self.open()
        await self.negotiate()
        await self.check()
        parameters = dtls.RTCDtlsParameters([dtls.RTCDtlsFingerprint(*self._fingerprint)])
        await asyncio.wait_for(self._dtls.start(parameters), PATIENCE)
        assert self._dtls.state == "connected"
        await until(lambda: self.listener.states[-1:] == ["connected"])

    async def goodbye(self) -> None:
        """Close as a page does when it goes: DTLS close_notify, then the socket."""
        await self._dtls.stop()
        self._udp.close()

    # -- packets ---------------------------------------------------------------------------------------------------

    def _send(self, data: bytes) -> None:
        self._udp.sendto(data, self._relay_address)

    def send_rtp(self, packet: bytes) -> bytes:
        """Send one packet; returns the datagram, for replaying."""
        data: bytes = self._dtls._tx_srtp.protect(packet)
        self._send(data)
        return data

    def send_rtcp(self, packet: bytes) -> None:
        self._send(self._dtls._tx_srtp.protect_rtcp(packet))

    def send_plain(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._send(data)

    def received(self, payload: bytes) -> bool:
        """Whether a packet with that payload came."""
        return any(each[rtp.parse(each).payload_start :] == payload for each in self.rtp)

    def was_asked_for_key_frame(self, ssrc: int) -> bool:
        return any(isinstance(item, rtcp.KeyFrameRequest) and ssrc in item.ssrcs for item in self.rtcp)

    def datagram_received(self, data: bytes, addr: object) -> None:
        if data[0] < 4:
            self._on_stun(ice.parse_message(data))
        elif data[0] < 64:
            self._link.incoming.put_nowait(data)
        elif 192 <= data[1] <= 223:
            self.rtcp += rtcp.parse(self._dtls._rx_srtp.unprotect_rtcp(data))
        else:
            self.rtp.append(self._dtls._rx_srtp.unprotect(data))

    def _on_stun(self, message: stun.Message) -> None:
        if message.message_class == stun.Class.RESPONSE:
            if asked := self._responses.pop(message.transaction_id, None):
                asked.set_result(message)
        elif not self.deaf:
            response = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, message.transaction_id)
            response.add_message_integrity(self.credentials.password.encode())
            self._send(bytes(response))


Connect = Callable[..., Awaitable[Browser]]
