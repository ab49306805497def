"""A fake push service at its wire, and a browser that subscribed to it: it decrypts what it is pushed (RFC 8291)."""

import asyncio
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.clinic.messages.subscriptions import PushEndpoint


def base64url(raw: bytes) -> str:
    """URL-safe base64 without padding, as browsers write it."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(text: str) -> bytes:
    """The bytes of URL-safe base64 without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    """The uncompressed point of a public key."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@dataclass
class FakeBrowser:
    """One browser's subscription and the private half of its keys."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = b"0123456789abcdef"

    @property
    def handed_over(self) -> PushEndpoint:
        """What it gives to the page."""
        return PushEndpoint(self.endpoint, base64url(point(self.key.public_key())), base64url(self.auth))

    def read(self, body: bytes) -> dict[str, Any]:
        """The pushed JSON."""
        salt, (size,), length = body[:16], struct.unpack("!L", body[16:20]), body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        assert size == 4096 and len(body) <= 4096
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
        info = b"WebPush: info\0" + point(self.key.public_key()) + theirs
        secret = HKDF(SHA256(), 32, salt=self.auth, info=info).derive(shared)
        key = HKDF(SHA256(), 16, salt=salt, info=b"Content-Encoding: aes128gcm\0").derive(secret)
        nonce = HKDF(SHA256(), 12, salt=salt, info=b"Content-Encoding: nonce\0").derive(secret)
        plain = AESGCM(key).decrypt(nonce, sealed, None)
        assert plain[-1:] == b"\x02"
        decoded: dict[str, Any] = msgspec.json.decode(plain[:-1])
        return decoded


def signer(headers: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """Who signed the push (the application server key) and what they claim, the signature checked (RFC 8292)."""
    token, key = (part.strip()[2:] for part in headers["authorization"].removeprefix("vapid ").split(","))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw(key))
    return key, jwt.decode(token, public, algorithms=["ES256"], options={"verify_aud": False})


@dataclass
class FakePushService:
    """Answers every POST with the next of `answers`, then with 201, and remembers what it was given."""

    answers: list[tuple[int, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    port: int = 0
    conversations: list[asyncio.Task[Any]] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.port}"

    def browser(self, name: str = "one") -> FakeBrowser:
        """A browser that subscribed here."""
        return FakeBrowser(f"{self.origin}/push/{name}")

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, one answer, and good-bye."""
        task = asyncio.current_task()
        assert task is not None
        self.conversations.append(task)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        assert head[0].startswith("POST /push/")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        self.bodies.append(await reader.readexactly(int(headers["content-length"])))
        self.headers.append(headers)
        status, further = self.answers.pop(0) if self.answers else (201, "")
        writer.write(f"HTTP/1.1 {status} X\r\n{further}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def fake_push_service() -> AsyncIterator[FakePushService]:
    """A push service listening on a free port of this machine."""
    service = FakePushService()
    server = await asyncio.start_server(service.converse, "127.0.0.1", 0)
    service.port = server.sockets[0].getsockname()[1]
    try:
        yield service
    finally:
        server.close()
        await asyncio.gather(*service.conversations)
