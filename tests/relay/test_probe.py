"""Whether a line on which pictures rest would take one again: a little more is sent for a moment, and no longer."""

from app.realtime.relay.bandwidth import ENOUGH_BITRATE, FIRST_REST, Downlink
from app.realtime.relay.probe import BITRATE, EVERY, LASTS, QUEUED, Probe
from app.realtime.relay.wire import rtp
from tests.relay.packets import AUDIO, VIDEO, Line

STEP = 0.03
SOUND = 60_000


class Tried:
    """A line of so many bit/s that carries sound, with packets queueing when it is full."""

    def __init__(self, bitrate: float, round_trip: float = 0.05) -> None:
        self.bitrate, self.round_trip = bitrate, round_trip
        self.probe = Probe(0.0)
        self.now = self.queued = self.longest = 0.0
        self.sent = 0
        self.ended: list[bool] = []

    def run(self, seconds: float) -> None:
        """Let it be tried."""
        for _ in range(int(seconds / STEP)):
            self.now += STEP
            size = self.probe.step(self.now, self.round_trip + self.queued)
            self.sent += size
            self.queued = max(0.0, self.queued + (8 * size + SOUND * STEP) / self.bitrate - STEP)
            self.longest = max(self.longest, self.queued)
            if self.probe.passed is not None:
                self.ended.append(self.probe.passed)


def test_line_with_room_passes_and_is_sent_no_more_than_a_picture_begins_with() -> None:
    line = Tried(400_000)
    line.run(3 * (EVERY + LASTS))
    assert set(line.ended) == {True}
    assert len(line.ended) in (2, 3)
    assert line.sent * 8 <= 1.1 * BITRATE * LASTS * 3


def test_full_line_fails_before_the_sound_has_to_wait() -> None:
    for bitrate in (100_000, 150_000, 180_000):
        line = Tried(bitrate)
        line.run(4 * EVERY)
        assert set(line.ended) == {False}
        assert line.longest < 2 * QUEUED


def test_long_round_trip_is_no_full_line_and_nothing_is_sent_before_it_is_known() -> None:
    line = Tried(1_000_000, round_trip=0.6)
    line.run(2 * EVERY)
    assert line.ended == [True]
    unknown = Probe(0.0)
    assert not any(unknown.step(step * STEP, None) for step in range(1_000))


def test_signs_of_life_are_asked_for_often_only_while_something_is_sent() -> None:
    line = Tried(400_000)
    calm, busy = 0, 0
    while line.now < EVERY + LASTS:
        sent = line.sent
        line.run(1.5 * STEP)
        asked = line.probe.asks(line.now)
        calm, busy = calm + (asked and line.sent == sent), busy + (asked and line.sent > sent)
    assert calm <= EVERY + 2
    assert busy >= 10


def test_pictures_rest_for_as_long_as_probes_fail_and_return_soon_after_one_passed() -> None:
    line = Downlink()
    line.note(4 * ENOUGH_BITRATE, 0.0)
    for second in range(1, 4):
        line.note(ENOUGH_BITRATE // 2, float(second))
        line.tick(float(second), flowing=True)
    assert line.video_suspended
    for second in range(4, 100):
        line.note_probe(float(second), passed=False)
        assert not line.tick(float(second), flowing=False)
    line.note_probe(100.0, passed=True)
    assert line.tick(101.0, flowing=False)
    assert line.on_trial


def test_probe_that_passes_at_once_does_not_shorten_the_rest() -> None:
    line = Downlink()
    line.note(4 * ENOUGH_BITRATE, 0.0)
    for second in range(1, 4):
        line.note(ENOUGH_BITRATE // 2, float(second))
        line.tick(float(second), flowing=True)
    line.note_probe(4.0, passed=True)
    returned = next(second for second in range(4, 100) if line.tick(float(second), flowing=False))
    assert FIRST_REST <= returned <= FIRST_REST + 4


def test_padding_is_retransmission_of_nothing() -> None:
    line = Line(sent=VIDEO, received=VIDEO)
    assert line.slot.pad(1_000, 1.0)
    assert sum(map(len, line.receiver.rtp)) >= 1_000
    for packet, header in zip(line.receiver.rtp, line.receiver.headers, strict=True):
        assert (header.ssrc, header.payload_type) == (line.slot.rtx_ssrc, VIDEO.rtx[96])
        assert rtp.unwrap_rtx(packet, header, 96, 1000) is None
    assert not Line("audio", sent=AUDIO, received=AUDIO).slot.pad(1_000, 1.0)
