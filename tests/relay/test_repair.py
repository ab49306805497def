"""A lossy line as both ends see it: what is asked for, sent again, and reported to the sender."""

from app.realtime.relay.loss import FIRST_RETRY_AFTER, RETRY_AFTER, RING, Repeats
from app.realtime.relay.up_track import KEY_FRAME_GAP
from app.realtime.relay.wire import rtcp, rtp
from tests.relay.packets import AUDIO, VP8_DELTA, VP8_KEY, Line, packet

RED = bytes([0x80 | 111, 0, 0, 3, 111]) + b"oldnew"


def reported(line: Line, now: float = 1.0) -> tuple[int, int]:
    """The fraction and the total the sender is told."""
    block = line.source.report(now)
    assert block is not None
    return block.fraction_lost, block.lost


def of_the_leg(line: Line) -> tuple[float | None, int]:
    """Its round trip and loss."""
    return line.slot.rtt, line.slot.fraction_lost


def receiver_says(line: Line, lost: int, sent: int, fraction: int = 0) -> None:
    """A report of the receiver: so many lost of so many."""
    first = line.receiver.headers[0].sequence
    line.slot.note_report(rtcp.ReportBlock(line.slot.ssrc, fraction, lost, first + sent - 1, 0, 0, 0), 1.0)


def test_sender_is_told_the_loss_of_the_whole_second_however_often_the_receiver_reports() -> None:
    line = Line()
    line.send_run(1, 101)
    receiver_says(line, 4, 78, fraction=13)
    receiver_says(line, 6, 81, fraction=170)
    assert reported(line)[0] == 6 * 256 // 81
    receiver_says(line, 6, 100, fraction=0)
    receiver_says(line, 7, 101, fraction=255)
    assert reported(line)[0] == 256 // 20


def test_receiver_that_got_packets_twice_has_lost_none() -> None:
    line = Line()
    line.send_run(1, 11)
    block = rtcp.ReportBlock(line.slot.ssrc, 0, -2, line.receiver.headers[-1].sequence, 0, 0, 0)
    for item in rtcp.parse(rtcp.receiver_report(1, [block])):
        assert isinstance(item, rtcp.Reports)
        line.slot.note_report(item.blocks[0], 1.0)
    assert reported(line)[0] == 0
    stats = line.slot.stats()
    assert stats is not None
    assert (stats.lost, stats.loss) == (0, 0.0)


def test_total_told_to_the_sender_leaves_out_what_was_repaired() -> None:
    video = Line()
    video.send_run(10, 12)
    video.send(packet(14))
    wrapped = rtp.rewrite(rtp.wrap_rtx(packet(12), rtp.parse(packet(12)), 12), 97, 1, 0, 2000)
    video.send_rtx(wrapped)
    assert reported(video)[1] == 1

    sound = Line("audio", sent=AUDIO, received=AUDIO)
    for sequence in (1, 2, 4, 5, 8):
        sound.send(packet(sequence, RED, payload_type=63))
    fraction, total = reported(sound)
    # 3 and 7 came within 4 and 8; error correction is told of all three
    assert total == 1
    assert fraction == 3 * 256 // 8


def test_sound_without_redundancy_repairs_nothing() -> None:
    line = Line("audio", sent=AUDIO, received=AUDIO)
    for sequence in (1, 3):
        line.send(packet(sequence, payload_type=111))
    assert reported(line)[1] == 1


def test_repairs_go_out_twice_over_a_lossy_leg_and_once_over_a_good_or_a_full_one() -> None:
    for lost, copies in ((0, 1), (10, 2), (50, 1)):
        line = Line()
        line.send_run(1, 101)
        missed = line.receiver.headers[50]
        receiver_says(line, lost, 100)
        reported(line)
        line.slot.retransmit((missed.sequence,), 1.0)
        sent = line.receiver.headers[100:]
        assert len(sent) == copies
        assert len({each.sequence for each in sent}) == copies
        assert {each.ssrc for each in sent} == {line.slot.rtx_ssrc}


def test_a_repair_that_may_still_be_on_its_way_is_not_sent_once_more() -> None:
    repeats = Repeats()
    assert [repeats.begin(7, 0.3, now) for now in (1.0, 1.1, 1.2, 1.31, 1.4, 1.62)] == [
        True,
        False,
        False,
        True,
        False,
        True,
    ]
    assert repeats.begin(8, 0.3, 1.62)
    # a round trip nobody knows, or nobody would believe, holds nothing back for long
    assert all(repeats.begin(9, None, now) for now in (1.0, 1.01))
    assert [repeats.begin(10, 30.0, now) for now in (1.0, 1.6)] == [True, True]


def test_what_is_asked_for_again_and_kept_no_longer_is_counted() -> None:
    line = Line()
    line.send_run(1, RING + 10)
    sent = line.receiver.sequences()
    line.slot.retransmit((sent[0], sent[-1]), 1.0)
    assert (line.counters.retransmitted, line.counters.retransmit_gone) == (1, 1)


def test_a_full_line_empties_before_its_next_key_frame_is_asked_for() -> None:
    line = Line()
    line.send_run(1, 20, now=1.0)
    asked = len(line.sender.rtcp)
    line.slot.begin_anew(1.0)
    line.source.tick(1.0 + 0.9 * KEY_FRAME_GAP)
    line.send(packet(20), 1.3)
    assert (len(line.receiver.rtp), len(line.sender.rtcp)) == (19, asked)
    line.source.tick(1.0 + 1.1 * KEY_FRAME_GAP)
    assert isinstance(rtcp.parse(line.sender.rtcp[-1])[0], rtcp.KeyFrameRequest)
    line.send(packet(21, VP8_KEY), 1.5)
    line.send(packet(22, VP8_DELTA), 1.5)
    # to the receiver nothing is missing: what was not sent has no number either
    assert line.receiver.sequences()[-3:] == [line.receiver.sequences()[0] + more for more in (18, 19, 20)]


def test_what_was_reported_of_a_full_line_is_forgotten_while_the_picture_rests() -> None:
    line = Line()
    line.send_run(1, 101)
    line.source.note_sender_report(rtcp.SenderReport(1000, 5 << 32, 0), 1.0)
    last = line.receiver.headers[-1].sequence
    line.slot.note_report(rtcp.ReportBlock(line.slot.ssrc, 0, 50, last, 0, 5 << 16, 0), 1.4)
    reported(line)
    assert [bool(each) for each in of_the_leg(line)] == [True, True]
    for thin in (True, False):
        line.slot.thin_out(2.0, thin=thin)
    assert of_the_leg(line) == (None, 0)
    assert reported(line)[0] == 0


def test_what_is_missing_is_asked_for_again_with_the_next_packet_not_only_with_the_next_tick() -> None:
    line = Line()
    line.send(packet(1, VP8_KEY), 1.0)
    line.send(packet(3), 1.0)
    line.send(packet(4), 1.0 + 0.9 * FIRST_RETRY_AFTER)
    assert nacks(line) == 1
    line.send(packet(5), 1.0 + 1.1 * FIRST_RETRY_AFTER)
    assert nacks(line) == 2
    line.send(packet(6), 1.0 + 1.1 * FIRST_RETRY_AFTER + RETRY_AFTER)
    assert nacks(line) == 3


def nacks(line: Line) -> int:
    """How often packet 2 was asked for."""
    items = [item for data in line.sender.rtcp for item in rtcp.parse(data)]
    return sum(item.sequences.count(2) for item in items if isinstance(item, rtcp.Nack))
