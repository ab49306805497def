"""RTCP bytes: what is written can be read, and what is damaged is refused."""

import struct

import pytest

from app.realtime.relay.errors import Malformed
from app.realtime.relay.wire import rtcp

BLOCK = rtcp.ReportBlock(1000, 64, 7, 70_000, 12, 0x11112222, 655)
NTP = 0x1234_5678_9ABC_DEF0


def test_sender_report_carries_the_senders_clock_and_a_cname() -> None:
    data = rtcp.sender_report(5, rtcp.SenderReport(1000, NTP, 4), 2**32 + 9, 3, 300, "seat0")
    assert rtcp.parse(data) == [rtcp.SenderReport(5, NTP, 9), rtcp.Reports(())]
    assert b"\x01\x05seat0\x00" in data
    assert len(data) % 4 == 0


def test_receiver_report_round_trip() -> None:
    assert rtcp.parse(rtcp.receiver_report(1, [BLOCK])) == [rtcp.Reports((BLOCK,))]
    assert rtcp.parse(rtcp.receiver_report(1, [])) == [rtcp.Reports(())]


def test_who_agreed_to_no_less_gets_a_report_and_a_name_before_feedback() -> None:
    data = rtcp.compound(rtcp.picture_loss(1, 1000))
    assert [data[1], rtcp.parse(data)] == [201, [rtcp.Reports(()), rtcp.KeyFrameRequest((1000,))]]
    assert b"relay" in data
    assert len(data) % 4 == 0
    assert rtcp.parse(rtcp.compound(rtcp.receiver_report(1, [BLOCK]))) == [rtcp.Reports((BLOCK,))]
    report = rtcp.sender_report(5, rtcp.SenderReport(1000, NTP, 4), 9, 3, 300, "seat0")
    assert rtcp.compound(report) == report


@pytest.mark.parametrize("sequences", [(1,), (1, 2, 17, 18), (65534, 65535, 0, 5), (10, 500, 501)])
def test_nack_round_trip(sequences: tuple[int, ...]) -> None:
    assert rtcp.parse(rtcp.nack(1, 1000, sequences)) == [rtcp.Nack(1000, sequences)]


def test_nack_packs_seventeen_into_four_bytes() -> None:
    assert len(rtcp.nack(1, 1000, range(17))) == 16


def test_key_frames_are_asked_for_by_pli_and_fir() -> None:
    fir = struct.pack("!BBHLLLL", 0x84, 206, 4, 1, 0, 1000, 0x01000000)
    assert rtcp.parse(rtcp.picture_loss(1, 1000) + fir) == [rtcp.KeyFrameRequest((1000,))] * 2


@pytest.mark.parametrize("bitrate", [0, 30_000, 262_143, 3_000_000, 10_000_000_000])
def test_estimate_round_trip_is_exact_to_18_bits(bitrate: int) -> None:
    (item,) = rtcp.parse(rtcp.estimate(1, bitrate, [1000, 1001]))
    assert isinstance(item, rtcp.BitrateEstimate)
    assert bitrate * 0.9999 <= item.bitrate <= bitrate


@pytest.mark.parametrize("lost", [-0x800000, -1, 0, 0x7FFFFF])
def test_loss_is_negative_when_packets_came_twice(lost: int) -> None:
    assert rtcp.parse(rtcp.receiver_report(1, [BLOCK._replace(lost=lost)])) == [
        rtcp.Reports((BLOCK._replace(lost=lost),))
    ]


def test_one_datagram_asks_for_no_more_than_can_be_of_use() -> None:
    (asked,) = rtcp.parse(rtcp.nack(1, 1000, range(5000)))
    assert asked == rtcp.Nack(1000, tuple(range(rtcp.MAX_NACKED)))
    assert len(rtcp.parse(rtcp.picture_loss(1, 1000) * 100)) == rtcp.MAX_TOGETHER


def test_unknown_types_are_skipped() -> None:
    bye = struct.pack("!BBHL", 0x81, 203, 1, 1000)
    assert rtcp.parse(bye + rtcp.picture_loss(1, 7)) == [rtcp.KeyFrameRequest((7,))]


@pytest.mark.parametrize(
    "data",
    [
        b"\x80",
        b"\x00\xc9\x00\x01\x00\x00\x00\x01",
        rtcp.receiver_report(1, [BLOCK])[:-4],
        b"\x82" + rtcp.receiver_report(1, [BLOCK])[1:],
        struct.pack("!BBHL", 0x80, 200, 1, 1),
        struct.pack("!BBHL", 0x81, 206, 1, 1),
        struct.pack("!BBHLL", 0x8F, 206, 3, 1, 0) + b"REMB",
    ],
)
def test_damaged_packet_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        rtcp.parse(data)
