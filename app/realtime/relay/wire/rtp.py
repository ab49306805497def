"""RTP packets as bytes: reading the header, rewriting it, RTX and RED, and finding key frames.

Pure functions. Knows nothing of streams, parties or sockets, and never looks further into a payload than its first few
bytes.
"""

import struct
from collections.abc import Mapping
from typing import NamedTuple

from app.realtime.relay.errors import Malformed

SEQUENCE_MASK = 0xFFFF
TIMESTAMP_MASK = 0xFFFFFFFF
ONE_BYTE_EXTENSIONS = b"\xbe\xde"
_FIXED = struct.Struct("!BBHLL")
_PADDING, _EXTENSION, _MARKER = 0x20, 0x10, 0x80


class Header(NamedTuple):
    """What forwarding needs of an RTP header (RFC 3550 section 5.1); offsets count from the packet's start."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload_start: int
    payload_end: int


def parse(packet: bytes) -> Header:
    """Read the header of `packet`; raises Malformed when a length does not fit."""
    size = len(packet)
    if size < 12 or packet[0] >> 6 != 2:
        raise Malformed("not an RTP packet")
    first, second, sequence, timestamp, ssrc = _FIXED.unpack_from(packet)
    start = 12 + 4 * (first & 0x0F)
    if first & _EXTENSION:
        if start + 4 > size:
            raise Malformed("truncated header extension")
        start += 4 + 4 * ((packet[start + 2] << 8) | packet[start + 3])
    end = size
    if first & _PADDING:
        if packet[-1] == 0:
            raise Malformed("padding of length zero")
        end -= packet[-1]
    if start > end:
        raise Malformed("header longer than the packet")
    return Header(second & 0x7F, sequence, timestamp, ssrc, start, end)


def fixed_header(packet: memoryview) -> tuple[int, int, int, int, int]:
    """Two bytes of flags, sequence number, timestamp and SSRC (RFC 3550 section 5.1); twelve bytes must be there."""
    first, second, sequence, timestamp, ssrc = _FIXED.unpack_from(packet)
    return first, second, sequence, timestamp, ssrc


def is_plain(packet: memoryview, size: int) -> bool:
    """Whether the header has nothing but perhaps one extension that fits: no padding, no contributing sources."""
    first = packet[0]
    if first == 0x90:
        return size >= 16 and 16 + 4 * ((packet[14] << 8) | packet[15]) <= size
    return first == 0x80


def rewrite_in_place(packet: memoryview, payload_type: int, sequence: int, timestamp: int, ssrc: int) -> None:
    """As `rewrite`, in the memory the packet lies in."""
    second = (packet[1] & _MARKER) | payload_type
    _FIXED.pack_into(packet, 0, packet[0], second, sequence & SEQUENCE_MASK, timestamp & TIMESTAMP_MASK, ssrc)


def unwrap_sequence(sequence: int, reference: int) -> int:
    """The unbounded counterpart of a 16-bit `sequence`, the one nearest to the unbounded `reference`."""
    difference = (sequence - reference) & SEQUENCE_MASK
    return reference + (difference if difference < 0x8000 else difference - 0x10000)


def rewrite(packet: bytes, payload_type: int, sequence: int, timestamp: int, ssrc: int) -> bytes:
    """`packet` with a new fixed header; marker, extensions, payload and padding stay as they are."""
    second = (packet[1] & _MARKER) | payload_type
    return _FIXED.pack(packet[0], second, sequence & SEQUENCE_MASK, timestamp & TIMESTAMP_MASK, ssrc) + packet[12:]


def wrap_rtx(packet: bytes, header: Header, original_sequence: int) -> bytes:
    """Put the original sequence number before the payload (RFC 4588 section 4); the caller rewrites the header."""
    start = header.payload_start
    return packet[:start] + struct.pack("!H", original_sequence & SEQUENCE_MASK) + packet[start:]


def unwrap_rtx(packet: bytes, header: Header, payload_type: int, ssrc: int) -> bytes | None:
    """The original packet inside a retransmission (RFC 4588 section 4), without padding; None for a bare probe."""
    start, end = header.payload_start, header.payload_end
    if end - start < 2:
        return None
    original = (packet[start] << 8) | packet[start + 1]
    second = (packet[1] & _MARKER) | payload_type
    fixed = _FIXED.pack(packet[0] & ~_PADDING, second, original, header.timestamp, ssrc)
    return fixed + packet[12:start] + packet[start + 2 : end]


def extension(packet: bytes, identifier: int) -> bytes:
    """The value of a one-byte header extension (RFC 8285 section 4.2) of a packet that was parsed, empty without it."""
    begin = 12 + 4 * (packet[0] & 0x0F)
    if not packet[0] & _EXTENSION or packet[begin : begin + 2] != ONE_BYTE_EXTENSIONS:
        return b""
    position = begin + 4
    end = position + 4 * int.from_bytes(packet[begin + 2 : position], "big")
    while position < end:
        byte = packet[position]
        size = (byte & 0x0F) + 1
        if byte >> 4 == identifier:
            return packet[position + 1 : min(position + 1 + size, end)]
        position += 1 + size if byte else 1
    return b""


def map_extensions(packet: bytes, ids: Mapping[int, int]) -> bytes:
    """Renumber one-byte header extensions (RFC 8285 section 4.2); those without a new id become padding."""
    if not packet[0] & _EXTENSION:
        return packet
    begin = 12 + 4 * (packet[0] & 0x0F)
    if packet[begin : begin + 2] != ONE_BYTE_EXTENSIONS:
        return packet
    position = begin + 4
    end = min(len(packet), position + 4 * int.from_bytes(packet[begin + 2 : position], "big"))
    out = bytearray(packet)
    while position < end:
        byte = out[position]
        size = (byte & 0x0F) + 2 if byte else 1
        new = ids.get(byte >> 4, 0)
        if new:
            out[position] = (new << 4) | (byte & 0x0F)
        else:
            stop = min(position + size, end)
            out[position:stop] = bytes(stop - position)
        position += size
    return bytes(out)


def _red_blocks(packet: bytes, header: Header) -> tuple[list[int], int, int]:
    """Offsets of the RED block headers, where data begins, and the size of all redundant data (RFC 2198 section 3)."""
    offsets: list[int] = []
    position, redundant = header.payload_start, 0
    while position < header.payload_end:
        offsets.append(position)
        if not packet[position] & 0x80:
            if position + 1 + redundant > header.payload_end:
                break
            return offsets, position + 1, redundant
        if position + 4 > header.payload_end:
            break
        redundant += ((packet[position + 2] & 0x03) << 8) | packet[position + 3]
        position += 4
    raise Malformed("truncated RED payload")


def strip_red(packet: bytes, header: Header) -> bytes:
    """Keep only the primary block of a RED packet, for a receiver that has no RED (RFC 2198 section 3)."""
    _, data, redundant = _red_blocks(packet, header)
    return packet[: header.payload_start] + packet[data + redundant :]


def map_red(packet: bytes, header: Header, payload_type: int) -> bytes:
    """Give every block inside a RED packet the receiver's payload type (RFC 2198 section 3)."""
    offsets, _, _ = _red_blocks(packet, header)
    out = bytearray(packet)
    for offset in offsets:
        out[offset] = (out[offset] & 0x80) | payload_type
    return bytes(out)


def is_key_frame(codec: str, packet: bytes, header: Header) -> bool:
    """Whether `packet` begins a picture that can be decoded without any before it ("VP8" or "H264")."""
    payload = packet[header.payload_start : min(header.payload_end, header.payload_start + 12)]
    if codec == "VP8":
        return _begins_vp8_key_frame(payload)
    return codec == "H264" and _begins_h264_key_frame(payload)


def _begins_vp8_key_frame(payload: bytes) -> bool:
    """RFC 7741 section 4.2: start of partition 0, then the inverse key-frame bit of the VP8 payload header."""
    if not payload or payload[0] & 0x17 != 0x10:
        return False
    position = 1
    if payload[0] & 0x80:
        if len(payload) < 3:
            return False
        flags = payload[1]
        position = 2
        if flags & 0x80:
            position += 2 if payload[2] & 0x80 else 1
        position += 1 if flags & 0x40 else 0
        position += 1 if flags & 0x30 else 0
    return position < len(payload) and not payload[position] & 0x01


def _begins_h264_key_frame(payload: bytes) -> bool:
    """RFC 6184 section 5: an IDR slice or parameter set, alone, first in a STAP-A, or first fragment of an FU-A."""
    if len(payload) < 2:
        return False
    kind = payload[0] & 0x1F
    if kind == 24:
        return len(payload) > 3 and payload[3] & 0x1F in (5, 7)
    if kind == 28:
        return bool(payload[1] & 0x80) and payload[1] & 0x1F in (5, 7)
    return kind in (5, 7)
