"""RTCP packets: reading what browsers report and ask for, and writing what the relay tells them.

Pure functions and small values; a compound packet is read into a list, types the relay has no use for are skipped.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from app.realtime.relay.errors import Malformed

MAX_TOGETHER = 40
MAX_NACKED = 128

_SR, _RR, _SDES, _RTPFB, _PSFB = 200, 201, 202, 205, 206
_NACK, _PLI, _FIR, _REMB = 1, 1, 4, 15
_BLOCK = struct.Struct("!LLLLLL")
_FEEDBACK = struct.Struct("!BBHLL")


class ReportBlock(NamedTuple):
    """A report block (RFC 3550 section 6.4.1); `fraction_lost` in 1/256, `delay` in 1/65536 s, `jitter` in ticks."""

    ssrc: int
    fraction_lost: int
    lost: int
    highest: int
    jitter: int
    last_report: int
    delay: int


@dataclass(frozen=True, slots=True)
class SenderReport:
    """RFC 3550 section 6.4.1; `ntp` is the whole 64-bit time stamp."""

    ssrc: int
    ntp: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class Reports:
    """The report blocks of an SR or RR."""

    blocks: tuple[ReportBlock, ...]


@dataclass(frozen=True, slots=True)
class Nack:
    """Packets a receiver misses (RFC 4585 section 6.2.1)."""

    ssrc: int
    sequences: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KeyFrameRequest:
    """PLI (RFC 4585 section 6.3.1) or FIR (RFC 5104 section 4.3.1): these streams need a key frame."""

    ssrcs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BitrateEstimate:
    """REMB: the bit rate, in bit/s, a receiver thinks its line can take (draft-alvestrand-rmcat-remb section 2.2)."""

    bitrate: int


Item = SenderReport | Reports | Nack | KeyFrameRequest | BitrateEstimate


def parse(data: bytes) -> list[Item]:
    """Read a compound packet; raises Malformed when a length does not fit."""
    items: list[Item] = []
    position = 0
    while position < len(data) and len(items) < MAX_TOGETHER:
        if position + 4 > len(data) or data[position] >> 6 != 2:
            raise Malformed("not an RTCP packet")
        count, kind = data[position] & 0x1F, data[position + 1]
        end = position + 4 + 4 * int.from_bytes(data[position + 2 : position + 4], "big")
        if end > len(data):
            raise Malformed("truncated RTCP packet")
        items.extend(_parse_one(kind, count, data[position + 4 : end]))
        position = end
    return items


def _parse_one(kind: int, count: int, body: bytes) -> list[Item]:
    if kind == _SR:
        _need(body, 24)
        ssrc, ntp, timestamp = struct.unpack_from("!LQL", body)
        return [SenderReport(ssrc, ntp, timestamp), Reports(_blocks(body, 24, count))]
    if kind == _RR:
        return [Reports(_blocks(body, 4, count))]
    if kind == _RTPFB and count == _NACK:
        _need(body, 8)
        return [Nack(_word(body, 4), tuple(islice(_nack_sequences(body[8:]), MAX_NACKED)))]
    if kind == _PSFB and count == _PLI:
        _need(body, 8)
        return [KeyFrameRequest((_word(body, 4),))]
    if kind == _PSFB and count == _FIR:
        return [KeyFrameRequest(tuple(_word(body, at) for at in range(8, len(body) - 7, 8)))]
    if kind == _PSFB and count == _REMB and body[8:12] == b"REMB":
        _need(body, 16)
        return [BitrateEstimate((int.from_bytes(body[13:16], "big") & 0x3FFFF) << (body[13] >> 2))]
    return []


def _need(body: bytes, size: int) -> None:
    if len(body) < size:
        raise Malformed("RTCP packet too short for its type")


def _word(body: bytes, at: int) -> int:
    return int.from_bytes(body[at : at + 4], "big")


def _blocks(body: bytes, start: int, count: int) -> tuple[ReportBlock, ...]:
    _need(body, start + 24 * count)
    blocks = []
    for at in range(start, start + 24 * count, 24):
        ssrc, loss, highest, jitter, last_report, delay = _BLOCK.unpack_from(body, at)
        # 24 bits with a sign: whoever got packets twice has lost less than none
        lost = (loss & 0xFFFFFF) - ((loss & 0x800000) << 1)
        blocks.append(ReportBlock(ssrc, loss >> 24, lost, highest, jitter, last_report, delay))
    return tuple(blocks)


def _nack_sequences(entries: bytes) -> Iterable[int]:
    for at in range(0, len(entries) - 3, 4):
        first, more = struct.unpack_from("!HH", entries, at)
        yield first
        for bit in range(16):
            if more >> bit & 1:
                yield (first + bit + 1) & 0xFFFF


def sender_report(ssrc: int, report: SenderReport, timestamp: int, packets: int, octets: int, name: str) -> bytes:
    """An SR for a rewritten stream at the sender's wall clock, and the SDES with its CNAME (RFC 3550 section 6.5)."""
    mask = 0xFFFFFFFF
    values = (0x80, _SR, 6, ssrc, report.ntp, timestamp & mask, packets & mask, octets & mask)
    return struct.pack("!BBHLQLLL", *values) + _description(ssrc, name)


def _description(ssrc: int, name: str) -> bytes:
    """An SDES with the CNAME of a stream (RFC 3550 section 6.5)."""
    cname = name.encode()
    chunk = struct.pack("!LBB", ssrc, 1, len(cname)) + cname + b"\0"
    chunk += bytes(-len(chunk) % 4)
    return struct.pack("!BBH", 0x81, _SDES, len(chunk) // 4) + chunk


def compound(packet: bytes) -> bytes:
    """`packet` as RFC 3550 section 6.1 wants it of who has not agreed to less: a report and a CNAME go before it."""
    kind, ssrc = packet[1], _word(packet, 4)
    if kind == _SR:
        return packet
    if kind == _RR:
        return packet + _description(ssrc, "relay")
    return receiver_report(ssrc, ()) + _description(ssrc, "relay") + packet


def receiver_report(ssrc: int, blocks: Sequence[ReportBlock]) -> bytes:
    """An RR with at most 31 blocks (RFC 3550 section 6.4.2); without blocks it serves as a sign of life."""
    blocks = blocks[:31]
    body = b"".join(
        _BLOCK.pack(b.ssrc, b.fraction_lost << 24 | b.lost & 0xFFFFFF, b.highest, b.jitter, b.last_report, b.delay)
        for b in blocks
    )
    return struct.pack("!BBHL", 0x80 | len(blocks), _RR, 1 + 6 * len(blocks), ssrc) + body


def nack(ssrc: int, media: int, sequences: Sequence[int]) -> bytes:
    """A generic NACK for `sequences`, which must be in sending order (RFC 4585 section 6.2.1)."""
    entries = b""
    index = 0
    while index < len(sequences):
        first, more = sequences[index], 0
        index += 1
        while index < len(sequences) and 0 < (distance := (sequences[index] - first) & 0xFFFF) <= 16:
            more |= 1 << (distance - 1)
            index += 1
        entries += struct.pack("!HH", first, more)
    return _FEEDBACK.pack(0x80 | _NACK, _RTPFB, 2 + len(entries) // 4, ssrc, media) + entries


def picture_loss(ssrc: int, media: int) -> bytes:
    """A PLI (RFC 4585 section 6.3.1)."""
    return _FEEDBACK.pack(0x80 | _PLI, _PSFB, 2, ssrc, media)


def estimate(ssrc: int, bitrate: int, media: Sequence[int]) -> bytes:
    """A REMB of `bitrate` bit/s for the streams `media` (draft-alvestrand-rmcat-remb section 2.2)."""
    exponent = max(0, bitrate.bit_length() - 18)
    mantissa = bitrate >> exponent
    packed = (len(media) << 24) | (exponent << 18) | mantissa
    streams = b"".join(each.to_bytes(4, "big") for each in media)
    head = _FEEDBACK.pack(0x80 | _REMB, _PSFB, 4 + len(media), ssrc, 0)
    return head + b"REMB" + packed.to_bytes(4, "big") + streams
