"""The installation's VAPID keys: made once, on first use, and kept. With new ones every browser asks anew."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from app.clinic.change import change
from app.clinic.messages.push_tables import PushKey, PushSubscription
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
    try:
        return Keys(installation.unseal(kept.private_sealed).encode(), kept.public)
    except ValueError:
        return await _begin_anew(now)


async def _begin_anew(now: datetime) -> Keys:
    """The secret key was changed: what browsers granted was granted to keys nobody can use any more."""
    fresh = _new(now)
    async with change():
        await PushSubscription.delete(force=True)
        await PushKey.update(
            {PushKey.public: fresh.public, PushKey.private_sealed: fresh.private_sealed, PushKey.created_at: now}
        ).where(PushKey.id == ONLY)
    return Keys(installation.unseal(fresh.private_sealed).encode(), fresh.public)


def _new(now: datetime) -> PushKey:
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    public = urlsafe_b64encode(point).rstrip(b"=").decode()
    return PushKey(id=ONLY, public=public, private_sealed=installation.seal(pem.decode()), created_at=now)
