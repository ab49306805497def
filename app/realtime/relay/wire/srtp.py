"""SRTP in place (RFC 3711 section 3.3): libsrtp on one buffer, without the copies pylibsrtp makes around every packet.

The port receives into the buffer; a packet is decrypted, rewritten and encrypted where it lies, and sent from there.
Knows no stream and no socket. Uses private names of pylibsrtp, which tests/relay/process/test_contract.py holds.
"""

from typing import Any

import pylibsrtp
from pylibsrtp._binding import ffi, lib  # type: ignore[import-not-found,unused-ignore]

SIZE = 2048


def handle_of(session: pylibsrtp.Session) -> Any:
    """libsrtp's own handle; valid for as long as `session` is."""
    return session._srtp[0]


class PacketBuffer:
    """Where one packet lies at a time; `view` is the memory."""

    def __init__(self) -> None:
        self._memory = ffi.new("unsigned char[]", SIZE)
        self._length = ffi.new("int *")
        self.view = memoryview(ffi.buffer(self._memory)).cast("B")

    def put(self, data: bytes) -> None:
        """Lay another packet here."""
        self.view[: len(data)] = data

    def unprotect(self, handle: Any, size: int) -> int:
        """Decrypt the packet of `size` bytes; its new size, or 0 when it is not authentic or was seen before."""
        self._length[0] = size
        return 0 if lib.srtp_unprotect(handle, self._memory, self._length) else self._length[0]

    def protect(self, handle: Any, size: int) -> int:
        """Encrypt the packet of `size` bytes, which leaves room for the tag; its new size, or 0 when it can't be."""
        self._length[0] = size
        return 0 if lib.srtp_protect(handle, self._memory, self._length) else self._length[0]
