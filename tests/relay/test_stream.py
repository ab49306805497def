"""Sources and slots: rewriting, loss repair, key frames and reports, without transport or clock."""

import struct
from itertools import pairwise

import pytest

from app.realtime.relay.down_track import DownTrack
from app.realtime.relay.errors import Malformed
from app.realtime.relay.loss import GIVE_UP_AFTER, Missing, Reception
from app.realtime.relay.wire import rtcp, rtp, sdp
from app.realtime.relay.wire.formats import Formats
from tests.relay.packets import (
    AUDIO,
    AUDIO_FIREFOX,
    VIDEO,
    VIDEO_FIREFOX,
    VP8_DELTA,
    VP8_KEY,
    Line,
    Wire,
    packet,
)


def nacked(line: Line) -> list[int]:
    """Every sequence number asked of the sender so far."""
    items = [item for data in line.sender.rtcp for item in rtcp.parse(data)]
    return [sequence for item in items if isinstance(item, rtcp.Nack) for sequence in item.sequences]


def key_frames_asked(line: Line) -> int:
    return sum(isinstance(item, rtcp.KeyFrameRequest) for data in line.sender.rtcp for item in rtcp.parse(data))


# -- forwarding --------------------------------------------------------------------------------------------------------


def test_video_begins_with_a_key_frame_and_keeps_the_gaps_of_the_source() -> None:
    line = Line()
    line.send(packet(9, VP8_DELTA))
    assert line.receiver.rtp == []
    line.send_run(10, 13)
    line.send(packet(14))
    first = line.receiver.sequences()[0]
    assert [(each - first) & 0xFFFF for each in line.receiver.sequences()] == [0, 1, 2, 4]
    assert {each.ssrc for each in line.receiver.headers} == {line.slot.ssrc}


def test_slot_continues_across_a_change_of_source_and_across_the_wrap() -> None:
    line, other = Line(), Line()
    line.send_run(65_530, 65_540, now=1.0)
    line.slot.attach(other.source, 1.0)
    other.send_run(500, 505, now=2.0)
    sequences = line.receiver.sequences()
    assert all((late - early) & 0xFFFF == 1 for early, late in pairwise(sequences))
    switch = line.receiver.headers[9:11]
    assert (switch[1].timestamp - switch[0].timestamp) & 0xFFFFFFFF == 90_000


def test_packet_from_before_the_slot_began_is_not_forwarded() -> None:
    line = Line()
    line.send(packet(8))
    line.send_run(10, 12)
    line.send(packet(9))
    assert len(line.receiver.rtp) == 2


def test_payload_types_and_extensions_are_the_receivers() -> None:
    line = Line(sent=VIDEO, received=VIDEO_FIREFOX)
    line.send(packet(1, VP8_KEY, extension=bytes([0x22, 1, 2, 3])))
    assert line.receiver.headers[0].payload_type == 120
    assert line.receiver.rtp[0][16] == 0x42


def test_red_reaches_a_receiver_that_has_it_and_is_stripped_for_one_that_has_not() -> None:
    red = bytes([0x80 | 111, 0, 0, 3, 111]) + b"oldnew"
    for formats, payload_type, payload in ((AUDIO, 63, red), (AUDIO_FIREFOX, 109, b"new")):
        line = Line("audio", sent=AUDIO, received=formats)
        line.send(packet(1, red, payload_type=63))
        assert line.receiver.headers[0].payload_type == payload_type
        assert line.receiver.rtp[0][12:] == payload


def test_red_under_another_number_is_not_carried_as_it_is() -> None:
    other = Formats(48_000, {"red": 64, "opus": 109}, {}, {sdp.AUDIO_LEVEL: 1})
    for formats, taken in ((AUDIO, True), (other, False)):
        line = Line("audio", sent=AUDIO, received=formats)
        line.send(packet(1, b"x", payload_type=111))
        assert line.slot.takes(111)
        assert line.slot.takes(63) is taken


def test_codec_a_receiver_lacks_is_counted_and_not_sent() -> None:
    line = Line(sent=VIDEO, received=VIDEO_FIREFOX)
    line.send(packet(1, b"\x65\x00", payload_type=108))
    assert line.receiver.rtp == []
    assert line.counters.no_common_codec == 1


def test_payload_type_that_was_not_agreed_on_is_malformed() -> None:
    with pytest.raises(Malformed):
        Line().send(packet(1, payload_type=55))


# -- loss on the way up ------------------------------------------------------------------------------------------------


def test_gap_is_asked_for_at_once_soon_again_then_every_45_ms_and_given_up_after_a_second() -> None:
    line = Line()
    line.send_run(10, 12, now=1.0)
    line.send(packet(15), now=1.0)
    assert nacked(line) == [12, 13, 14]
    line.source.tick(1.01)
    assert len(nacked(line)) == 3
    line.source.tick(1.03)
    assert len(nacked(line)) == 6
    line.source.tick(1.06)
    assert len(nacked(line)) == 6
    line.source.tick(1.08)
    assert len(nacked(line)) == 9
    line.source.tick(1.01 + GIVE_UP_AFTER)
    assert len(line.source.missing) == 0
    assert line.source.missing.given_up == 3


def test_retransmission_fills_the_gap_once() -> None:
    line = Line()
    line.send_run(10, 12)
    line.send(packet(13))
    original = packet(12, b"\x10\x01lost")
    wrapped = rtp.rewrite(rtp.wrap_rtx(original, rtp.parse(original), 12), 97, 1, 0, 2000)
    for _ in range(2):
        line.send_rtx(wrapped)
    late = line.receiver.rtp[-1]
    assert late[12:] == b"\x10\x01lost"
    assert len(line.receiver.rtp) == 4
    assert line.counters.recovered == 1
    line.send(original)
    assert len(line.receiver.rtp) == 4


def test_audio_is_not_asked_for_again() -> None:
    line = Line("audio", sent=AUDIO, received=AUDIO)
    line.send(packet(1, payload_type=111))
    line.send(packet(5, payload_type=111))
    assert nacked(line) == []
    assert len(line.receiver.rtp) == 2


def test_more_than_a_hundred_missing_asks_for_a_key_frame_instead() -> None:
    line = Line()
    line.send_run(10, 12, now=1.0)
    before = key_frames_asked(line)
    line.send(packet(120), now=2.0)
    assert nacked(line) == []
    assert key_frames_asked(line) == before + 1


def test_requests_are_bounded_per_second() -> None:
    missing = Missing()
    asked = 0
    for step in range(100):
        now = 1.0 + step * 0.01
        wanted = missing.open_gap(step * 100, step * 100 + 90, now)
        asked += len(wanted or []) + len(missing.due(now))
    assert asked <= 700


# -- loss on the way down ----------------------------------------------------------------------------------------------


def test_receiver_gets_what_it_missed_by_rtx() -> None:
    line = Line()
    line.send_run(10, 15)
    missed = line.receiver.headers[2]
    line.slot.retransmit((missed.sequence,), 1.0)
    again = line.receiver.rtp[-1]
    header = rtp.parse(again)
    assert (header.ssrc, header.payload_type) == (line.slot.rtx_ssrc, 97)
    assert struct.unpack_from("!H", again, header.payload_start)[0] == missed.sequence
    assert header.timestamp == missed.timestamp


def test_nothing_is_retransmitted_that_was_never_sent() -> None:
    line = Line()
    line.send_run(10, 12)
    line.slot.retransmit(((line.receiver.sequences()[-1] + 1) & 0xFFFF, 12345), 1.0)
    assert len(line.receiver.rtp) == 2


def test_retransmissions_are_bounded_per_second() -> None:
    line = Line()
    line.send_run(10, 60)
    wanted = tuple(line.receiver.sequences())
    for _ in range(100):
        line.slot.retransmit(wanted, 1.0)
    assert line.counters.retransmitted <= 200
    assert line.counters.retransmit_refused > 0


# -- key frames, reports, rates ----------------------------------------------------------------------------------------


def test_key_frame_is_asked_for_until_it_comes_at_most_every_350_ms() -> None:
    line = Line()
    assert key_frames_asked(line) == 1
    line.send(packet(1), now=0.1)
    for now in (0.1, 0.2, 0.36, 0.5, 0.72):
        line.source.tick(now)
    assert key_frames_asked(line) == 3
    line.send(packet(2, VP8_KEY), now=0.8)
    line.source.tick(1.5)
    assert key_frames_asked(line) == 3
    line.slot.want_key_frame(2.0)
    assert key_frames_asked(line) == 4


def test_no_key_frame_is_spent_on_a_receiver_who_cannot_have_it_yet() -> None:
    line = Line()
    late = Wire()
    late.is_open = False
    slot = DownTrack("2", "video", "seat0", VIDEO, late, line.counters)
    line.send(packet(1, VP8_KEY), now=0.1)
    slot.attach(line.source, 1.0)
    assert key_frames_asked(line) == 1
    late.is_open = True
    slot.want_key_frame(1.1)
    assert key_frames_asked(line) == 2
    line.send(packet(2), now=1.2)
    assert late.rtp == []
    line.send(packet(3, VP8_KEY), now=1.3)
    assert len(late.rtp) == 1


def test_muted_camera_is_not_asked_for_key_frames() -> None:
    line = Line()
    line.source.tick(10.0)
    assert key_frames_asked(line) == 1


def test_sender_report_is_forwarded_in_the_slots_time() -> None:
    line = Line()
    line.send(packet(1, VP8_KEY, timestamp=9000))
    line.source.note_sender_report(rtcp.SenderReport(1000, 5 << 32, 9000), 1.0)
    report = rtcp.parse(line.receiver.rtcp[-1])[0]
    assert report == rtcp.SenderReport(line.slot.ssrc, 5 << 32, line.receiver.headers[0].timestamp)


def test_round_trip_follows_from_the_echoed_report() -> None:
    line = Line()
    line.send(packet(1, VP8_KEY))
    line.source.note_sender_report(rtcp.SenderReport(1000, 5 << 32, 0), 1.0)
    line.slot.note_report(rtcp.ReportBlock(line.slot.ssrc, 128, 3, 1, 0, (5 << 16), 6554), 1.25)
    assert line.slot.rtt == pytest.approx(0.15, abs=0.001)


def test_loss_on_either_leg_is_counted_once() -> None:
    line = Line("audio", sent=AUDIO, received=AUDIO)
    for sequence in (1, 2, 5, 6):
        line.send(packet(sequence, payload_type=111))
    line.source.report(1.0)
    line.send(packet(3, payload_type=111))
    line.source.report(2.0)
    line.send(packet(9, payload_type=111))
    line.source.report(3.0)
    assert line.counters.lost_up == 3
    for lost in (2, 1, -1, 3, 1_000_000):
        line.slot.note_report(rtcp.ReportBlock(line.slot.ssrc, 0, lost, 9, 0, 0, 0), 3.0)
    assert line.counters.lost_down == line.slot.packets == 6


def test_reception_counts_loss_since_the_last_report() -> None:
    reception = Reception()
    reception.first, reception.highest, reception.received = 1, 100, 75
    first = reception.report(1, 0, 0, 0)
    assert first is not None
    assert (first.fraction_lost, first.lost) == (64, 25)
    reception.highest, reception.received = 200, 175
    second = reception.report(1, 0, 0, 0)
    assert second is not None
    assert (second.fraction_lost, second.lost) == (0, 25)
