"""A caller without a browser, for synthetic load: real ICE, DTLS and SRTP, made-up pictures.

Sends 1 Mbit/s of video and 50 audio packets a second the way a browser paces them, and times what comes back by its
sequence number, which travels in the clear: only the first packet of a stream is decrypted. Works against our relay and
against Janus.
"""

import asyncio
import os
import re
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from aioice import stun

from app.realtime.relay.transport import _Link
from app.realtime.relay.wire import ice, rtcp
from app.realtime.relay.wire.dtls_library import dtls

PATIENCE = 15.0
AUDIO_EVERY, VIDEO_EVERY = 0.02, 1 / 30
VIDEO_PACKETS, VIDEO_PAYLOAD, AUDIO_PAYLOAD = 4, bytes(1030), bytes(100)
PACKETS_PER_SECOND = 1 / AUDIO_EVERY + VIDEO_PACKETS / VIDEO_EVERY
KEY_FRAME_EVERY = 30
CERTIFICATE = dtls.RTCCertificate.generateCertificate()
_MARK = struct.Struct("!HH")


@dataclass
class Sent:
    """One stream as it was sent: when, by the low 16 bits of the sequence number."""

    ssrc: int
    payload_type: int
    sequence: int = 0
    count: int = 0
    at: list[float] = field(default_factory=lambda: [0.0] * 65536)


class Caller:
    """One party. `everybody` is all callers of the run, to find whose packet came in."""

    def __init__(self, index: int, everybody: "list[Caller]") -> None:
        self.audio = Sent(1_000_000 + 10 * index, 111)
        self.video = Sent(1_000_001 + 10 * index, 96)
        self.latencies: list[float] = []
        self.received = 0
        self.replayable = b""
        self._index = index
        self._everybody = everybody
        self._credentials = ice.new_credentials()
        self._remote = ice.Credentials("", "")
        self.relay_address: tuple[str, int] = ("", 0)
        self._link = _Link(self.send)
        self._dtls = dtls.RTCDtlsTransport(cast(Any, self._link), [CERTIFICATE])
        self._dtls._set_role("client")
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._coming: dict[bytes, tuple[list[float], int]] = {}
        self._strange: set[bytes] = set()
        self._checked = asyncio.Event()
        self._frames = 0

    # -- connecting ------------------------------------------------------------------------------------------------

    def offer(self) -> str:
        """Microphone and camera, both ways."""
        fingerprint = next(each.value for each in CERTIFICATE.getFingerprints() if each.algorithm == "sha-256")
        own = [f"a=ice-ufrag:{self._credentials.ufrag}", f"a=ice-pwd:{self._credentials.password}"]
        own += [f"a=fingerprint:sha-256 {fingerprint}", "a=setup:active", "a=rtcp-mux", "a=sendrecv"]
        video = ["a=rtpmap:96 VP8/90000", "a=rtcp-fb:96 nack", "a=rtcp-fb:96 nack pli", "a=rtcp-fb:96 goog-remb"]
        return "\r\n".join(
            [
                "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1",
                "m=audio 9 UDP/TLS/RTP/SAVPF 111", "c=IN IP4 0.0.0.0", "a=mid:0", *own, "a=rtpmap:111 opus/48000/2",
                f"a=ssrc:{self.audio.ssrc} cname:c{self._index}",
                "m=video 9 UDP/TLS/RTP/SAVPF 96", "c=IN IP4 0.0.0.0", "a=mid:1", *own, *video,
                f"a=ssrc:{self.video.ssrc} cname:c{self._index}", "",
            ]
        )  # fmt: skip

    async def connect(self, answer: str) -> None:
        """Check, shake hands, and begin to listen."""
        found: dict[str, str] = dict(re.findall(r"a=(ice-ufrag|ice-pwd|fingerprint):(.*?)\r?\n", answer))
        self._remote = ice.Credentials(found["ice-ufrag"], found["ice-pwd"])
        candidate = re.search(r"a=candidate:\S+ 1 udp \d+ ([\d.]+) (\d+) typ host", answer, re.IGNORECASE)
        assert candidate is not None, "the answer names no address"
        self.relay_address = (candidate[1], int(candidate[2]))
        self._socket.bind(("127.0.0.1" if candidate[1].startswith("127.") else "0.0.0.0", 0))
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._drain)
        async with asyncio.timeout(PATIENCE):
            while not self._checked.is_set():
                self.check()
                await asyncio.sleep(0.1)
            fingerprint = dtls.RTCDtlsFingerprint(*found["fingerprint"].split())
            await self._dtls.start(dtls.RTCDtlsParameters([fingerprint]))
        assert self._dtls.state == "connected", "no DTLS"

    def check(self) -> None:
        """A nominating connectivity check, which also keeps the path alive."""
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes["USERNAME"] = f"{self._remote.ufrag}:{self._credentials.ufrag}"
        request.attributes["PRIORITY"] = 2130706431
        request.attributes["ICE-CONTROLLING"] = 1
        request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity(self._remote.password.encode())
        request.add_fingerprint()
        self.send(bytes(request))

    async def close(self) -> None:
        """Stop listening and say goodbye."""
        await self._dtls.stop()
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()

    def send(self, data: bytes) -> None:
        """One datagram; a full buffer drops it."""
        try:
            self._socket.sendto(data, self.relay_address)
        except BlockingIOError:
            return

    # -- sending ---------------------------------------------------------------------------------------------------

    def speak(self) -> None:
        """One audio packet."""
        self._send_media(self.audio, 0x80, 960 * self.audio.sequence, AUDIO_PAYLOAD)

    def show(self) -> None:
        """One frame; every thirtieth is a key frame."""
        key = self._frames % KEY_FRAME_EVERY == 0
        timestamp = 3000 * self._frames
        self._frames += 1
        for part in range(VIDEO_PACKETS):
            head = (b"\x10\x00\x9d\x01\x2a" if key else b"\x10\x01\x00\x00\x00") if part == 0 else b"\x00" * 5
            last = 0x80 if part == VIDEO_PACKETS - 1 else 0
            self._send_media(self.video, last, timestamp, head + VIDEO_PAYLOAD)

    def _send_media(self, stream: Sent, marker: int, timestamp: int, payload: bytes) -> None:
        stream.sequence = (stream.sequence + 1) & 0xFFFF
        stream.count += 1
        second = marker & 0x80 | stream.payload_type
        head = struct.pack("!BBHLL", 0x80, second, stream.sequence, timestamp & 0xFFFFFFFF, stream.ssrc)
        mark = _MARK.pack(2 * self._index + (stream is self.video), stream.sequence)
        packet = self._dtls._tx_srtp.protect(head + payload + mark)
        stream.at[stream.sequence] = time.perf_counter()
        self.replayable = packet
        self.send(packet)

    def report(self) -> None:
        """What a browser says once a second: how the streams arrive and what its line can take."""
        blocks = [rtcp.ReportBlock(int.from_bytes(ssrc, "big"), 0, 0, 1, 0, 0, 0) for ssrc in self._coming]
        packet = rtcp.receiver_report(self.video.ssrc, blocks)
        packet += rtcp.estimate(self.video.ssrc, 2_500_000, [each.ssrc for each in blocks])
        self.send(self._dtls._tx_srtp.protect_rtcp(packet))

    # -- receiving -------------------------------------------------------------------------------------------------

    def _drain(self) -> None:
        receive: Callable[[int], bytes] = self._socket.recv
        for _ in range(64):
            try:
                data = receive(2048)
            except (BlockingIOError, ConnectionRefusedError):
                return
            first = data[0]
            if 127 < first < 192:
                if not 192 <= data[1] <= 223:
                    self._on_media(data)
            elif first < 4:
                self._on_stun(ice.parse_message(data))
            elif not self._link.incoming.full():
                self._link.incoming.put_nowait(data)

    def _on_media(self, data: bytes) -> None:
        ssrc = data[8:12]
        known = self._coming.get(ssrc)
        sequence = data[2] << 8 | data[3]
        if known is None:
            known = self._learn(data, ssrc, sequence)
            if known is None:
                return
        self.received += 1
        self.latencies.append(time.perf_counter() - known[0][(sequence - known[1]) & 0xFFFF])

    def _learn(self, data: bytes, ssrc: bytes, sequence: int) -> tuple[list[float], int] | None:
        """Whose stream this is and by how much its numbers were moved, from the mark inside its first packet."""
        if ssrc in self._strange or self._dtls._rx_srtp is None:
            return None
        packet = self._dtls._rx_srtp.unprotect(data)
        index, original = _MARK.unpack(packet[-4:])
        if packet[1] & 0x7F not in (96, 111):
            self._strange.add(ssrc)
            return None
        sender = self._everybody[index // 2]
        stream = sender.video if index % 2 else sender.audio
        self._coming[ssrc] = (stream.at, (sequence - original) & 0xFFFF)
        return self._coming[ssrc]

    def _on_stun(self, message: stun.Message) -> None:
        if message.message_class == stun.Class.RESPONSE:
            self._checked.set()
        elif message.message_class == stun.Class.REQUEST:
            response = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, message.transaction_id)
            response.attributes["XOR-MAPPED-ADDRESS"] = self.relay_address
            response.add_message_integrity(self._credentials.password.encode())
            response.add_fingerprint()
            self.send(bytes(response))


def cpu_seconds(pid: int) -> float:
    """User and system time the process has used, in seconds."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
