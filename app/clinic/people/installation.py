"""This installation's address and the keys derived from its one secret.

Everything kept secret in the database passes through here: `seal` for what must be read again (CPR numbers, message
bodies), `digest` for what is only looked up (tokens, CPR index), `derive` for secrets that follow from an id.
"""

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class _Installation:
    base_url: str
    seal_key: bytes
    digest_key: bytes
    derive_key: bytes


_installed: _Installation | None = None


def install(secret_key: str, base_url: str) -> None:
    """Set the secret (32 characters or more) and the address people use; once, before anything else is asked."""
    global _installed

    def key(purpose: bytes) -> bytes:
        return HKDF(SHA256(), 32, salt=b"naervaer", info=purpose).derive(secret_key.encode())

    _installed = _Installation(base_url.rstrip("/"), key(b"seal"), key(b"digest"), key(b"derive"))


def _here() -> _Installation:
    if _installed is None:
        raise RuntimeError("installation.install() has not been called")
    return _installed


def base_url() -> str:
    """Scheme and host people reach us at, without a trailing slash."""
    return _here().base_url


def seal(text: str) -> str:
    """AES-256-GCM of the text under a fresh nonce, as URL-safe base64."""
    nonce = os.urandom(_NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + AESGCM(_here().seal_key).encrypt(nonce, text.encode(), None)).decode()


def unseal(sealed: str) -> str:
    """The text that was sealed; raises ValueError when it was tampered with or sealed by another installation."""
    raw = base64.urlsafe_b64decode(sealed)
    try:
        return AESGCM(_here().seal_key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None).decode()
    except InvalidTag:
        raise ValueError("this text was not sealed here") from None


def digest(purpose: str, text: str) -> str:
    """A keyed hash (HMAC-SHA256, 64 hex digits) to store and look secrets up by; each purpose is a space of its own."""
    return hmac.new(_here().digest_key, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


def derive(purpose: str, identifier: str) -> str:
    """The secret that belongs to this id: 22 URL-safe characters nobody can make without the installation's key."""
    raw = hmac.new(_here().derive_key, f"{purpose}\0{identifier}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(raw[:16]).rstrip(b"=").decode()


def new_token() -> str:
    """A fresh random secret for a link or cookie: 22 URL-safe characters, 128 bits."""
    return secrets.token_urlsafe(16)
