"""The installation's VAPID keys: made once and kept."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from app.clinic.messages.push_tables import PushKey
from app.clinic.people import installation

ONLY = 1


@dataclass(frozen=True, slots=True)
class Keys:
    """`private` is PEM; `public` is the application server key, URL-safe base64 of the uncompressed point."""

    private: bytes
    public: str


async def keys(now: datetime) -> Keys:
    """The keys, made now if there are none. Several processes at once end up with the same."""
    kept = await PushKey.objects().get(PushKey.id == ONLY)
    if kept is None:
        await PushKey.insert(_new(now)).on_conflict(target=PushKey.id, action="DO NOTHING")
        kept = await PushKey.objects().get(PushKey.id == ONLY)
        assert kept is not None
    return Keys(installation.unseal(kept.private_sealed).encode(), kept.public)


def _new(now: datetime) -> PushKey:
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    public = urlsafe_b64encode(point).rstrip(b"=").decode()
    return PushKey(id=ONLY, public=public, private_sealed=installation.seal(pem.decode()), created_at=now)
