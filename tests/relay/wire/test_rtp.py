"""RTP bytes: headers, extensions, RTX, RED and key frames."""

import pytest

from app.realtime.relay.errors import Malformed
from app.realtime.relay.wire import rtp
from tests.relay.packets import VP8_DELTA, VP8_KEY, packet


def test_header_is_read_past_csrcs_and_extension_and_before_padding() -> None:
    data = packet(7, b"payload", timestamp=90, ssrc=5, extension=b"\x10\x55\x00\x00", padding=4)
    header = rtp.parse(data)
    assert header == rtp.Header(96, 7, 90, 5, 20, 27)
    assert data[header.payload_start : header.payload_end] == b"payload"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80" * 11,
        b"\x00" + packet(1)[1:],
        packet(1, b"", extension=b"\x10\x55\x00\x00")[:14],
        packet(1, b"", extension=b"\x10\x55\x00\x00")[:18],
        packet(1, b"", padding=4)[:-1] + b"\xff",
        packet(1, b"", padding=4)[:-1] + b"\x00",
        b"\x8f" + packet(1)[1:],
    ],
)
def test_damaged_header_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        rtp.parse(data)


@pytest.mark.parametrize(
    ("wire", "reference", "expected"),
    [(5, 3, 5), (1, 65535, 65537), (65535, 65536, 65535), (0, 0x1FFFF, 0x20000), (0x8000, 0x10000, 0x8000)],
)
def test_sequence_unwraps_to_the_nearest(wire: int, reference: int, expected: int) -> None:
    assert rtp.unwrap_sequence(wire, reference) == expected


def test_rewrite_keeps_marker_extension_and_payload() -> None:
    data = bytearray(packet(7, b"payload", extension=b"\x10\x55\x00\x00"))
    data[1] |= 0x80
    out = rtp.rewrite(bytes(data), 120, 70_000, 2**32 + 9, 77)
    header = rtp.parse(out)
    assert (header.payload_type, header.sequence, header.timestamp, header.ssrc) == (120, 70_000 - 65_536, 9, 77)
    assert out[1] & 0x80
    assert out[12:] == data[12:]


def test_rtx_round_trip_restores_the_packet() -> None:
    data = packet(500, b"payload", timestamp=90, extension=b"\x10\x55\x00\x00")
    header = rtp.parse(data)
    wrapped = rtp.rewrite(rtp.wrap_rtx(data, header, 500), 97, 3, 90, 2000)
    assert rtp.unwrap_rtx(wrapped, rtp.parse(wrapped), 96, 1000) == data


def test_rtx_probe_of_padding_only_holds_nothing() -> None:
    data = packet(1, b"", payload_type=97, padding=200)
    assert rtp.unwrap_rtx(data, rtp.parse(data), 96, 1000) is None


def test_extensions_are_renumbered_and_unknown_ones_blanked() -> None:
    data = packet(1, b"payload", extension=bytes([0x22, 1, 2, 3, 0x10, 9, 0, 0]))
    out = rtp.map_extensions(data, {2: 4})
    assert out[16:24] == bytes([0x42, 1, 2, 3, 0, 0, 0, 0])
    assert out[24:] == b"payload"


def test_extension_that_claims_more_than_there_is_stays_within_the_header() -> None:
    data = packet(1, b"payload", extension=bytes([0x1F, 1, 2, 3]))
    assert rtp.map_extensions(data, {})[20:] == b"payload"


RED = bytes([0x80 | 111, 0, 0, 3, 111]) + b"old" + b"new"


def test_red_is_stripped_to_its_primary_block() -> None:
    data = packet(1, RED, payload_type=63)
    assert rtp.strip_red(data, rtp.parse(data))[12:] == b"new"


def test_red_blocks_are_renumbered() -> None:
    data = packet(1, RED, payload_type=63)
    assert rtp.map_red(data, rtp.parse(data), 96)[12:] == bytes([0x80 | 96, 0, 0, 3, 96]) + b"oldnew"


@pytest.mark.parametrize("payload", [b"", b"\xef", b"\xef\x00\x00\x03", bytes([0xEF, 0, 3, 255, 111]) + b"short"])
def test_truncated_red_is_malformed(payload: bytes) -> None:
    data = packet(1, payload, payload_type=63)
    with pytest.raises(Malformed):
        rtp.strip_red(data, rtp.parse(data))


@pytest.mark.parametrize(
    ("codec", "payload", "expected"),
    [
        ("VP8", VP8_KEY, True),
        ("VP8", VP8_DELTA, False),
        ("VP8", b"\x00\x00", False),
        ("VP8", b"\x11\x00", False),
        ("VP8", bytes([0x90, 0xF0, 0x81, 0x02, 0x03, 0x04, 0x00]), True),
        ("VP8", bytes([0x90, 0x80, 0x01, 0x01]), False),
        ("VP8", b"", False),
        ("VP8", b"\x90\x80", False),
        ("H264", b"\x65\x00", True),
        ("H264", b"\x67\x42", True),
        ("H264", b"\x41\x00", False),
        ("H264", b"\x78\x00\x02\x67\x42", True),
        ("H264", b"\x7c\x85", True),
        ("H264", b"\x7c\x05", False),
        ("H264", b"\x7c", False),
        ("opus", b"\x10\x00", False),
    ],
)
def test_key_frame_is_recognised(codec: str, payload: bytes, expected: bool) -> None:
    data = packet(1, payload)
    assert rtp.is_key_frame(codec, data, rtp.parse(data)) is expected
