"""How fast a sender may send, and when pictures rest for the sound's sake and return."""

from app.realtime.relay import bandwidth
from app.realtime.relay.bandwidth import (
    ENOUGH_BITRATE,
    FIRST_REST,
    MAX_REST,
    PROVEN_AFTER,
    START_BITRATE,
    TRIAL_BITRATE,
    TRIAL_FOR,
)
from tests.relay.packets import AUDIO, VP8_DELTA, VP8_KEY, Line, packet

LITTLE, MUCH = 50_000, 400_000


class Watched:
    """A line whose receiver says the same every second, and what became of it."""

    def __init__(self) -> None:
        self.line = bandwidth.Downlink()
        self.now = 100.0
        self.changes: list[tuple[float, bool]] = []
        self.says(2 * MUCH, 1)

    def says(self, bitrate: int, seconds: float, *, flowing: bool = True) -> None:
        """So much, for so long."""
        for _ in range(int(seconds)):
            self.now += 1
            before = self.line.video_suspended
            self.line.note(bitrate, self.now)
            self.line.tick(self.now, flowing=flowing and not self.line.video_suspended)
            if self.line.video_suspended != before:
                self.changes.append((self.now, self.line.video_suspended))

    def video_suspended(self) -> list[float]:
        """How long pictures rested, each time."""
        ends = [at for at, suspended in self.changes if not suspended]
        begins = [at for at, suspended in self.changes if suspended]
        return [end - begin for begin, end in zip(begins, ends, strict=False)]


def test_estimate_is_floored_until_its_first_drop() -> None:
    line = bandwidth.Downlink()
    assert line.share(1) is None
    line.note(300_000, 1.0)
    assert line.share(1) == bandwidth.START_BITRATE
    line.note(2_000_000, 2.0)
    assert line.share(2) == 1_000_000
    line.note(500_000, 3.0)
    assert line.share(1) == 500_000


def test_what_is_said_of_a_line_after_a_change_of_network_is_of_the_one_before() -> None:
    line = bandwidth.Downlink(ignore_until=13.0)
    line.note(MUCH, 10.5)
    for now in (11.0, 12.0, 12.9):
        line.note(LITTLE, now)
        assert not line.note_leg(0.9, 2.0, 900_000, now)
        assert not line.tick(now, flowing=True)
    assert line.share(1) is None
    line.note(MUCH, 13.0)
    assert line.share(1) == bandwidth.START_BITRATE


def test_sender_is_asked_for_the_least_of_its_receivers() -> None:
    assert bandwidth.target([[800_000.0, 500_000.0], [300_000.0, None]]) == 800_000
    assert bandwidth.target([[9_000_000.0]]) == bandwidth.MAX_BITRATE
    assert bandwidth.target([[None]]) is None


def test_pictures_rest_once_the_line_takes_too_little_for_a_second() -> None:
    watched = Watched()
    watched.says(ENOUGH_BITRATE, 30)
    assert watched.changes == []
    watched.says(LITTLE, 1)
    watched.says(MUCH, 1)
    watched.says(LITTLE, 1)
    assert watched.changes == []
    watched.says(LITTLE, 2)
    assert watched.line.video_suspended


def test_a_small_first_estimate_is_no_thin_line() -> None:
    line = bandwidth.Downlink()
    for second in range(20):
        line.note(20_000 + 1_000 * second, float(second))
        assert not line.tick(float(second), flowing=True)
    assert line.share(1) == START_BITRATE


def test_pictures_on_trial_go_to_rest_again_for_twice_as_long_up_to_a_minute() -> None:
    watched = Watched()
    watched.says(LITTLE, 400)
    video_suspended = watched.video_suspended()
    assert video_suspended[0] == FIRST_REST
    assert video_suspended[:4] == [10, 20, 40, 60]
    assert max(video_suspended) == MAX_REST
    trials = [begin - end for (end, _), (begin, _) in zip(watched.changes[1::2], watched.changes[2::2], strict=False)]
    assert all(TRIAL_FOR <= each <= TRIAL_FOR + 1 for each in trials)


def test_pictures_stay_when_the_line_takes_them_and_grow_bit_by_bit() -> None:
    watched = Watched()
    watched.says(LITTLE, 10)
    assert watched.line.video_suspended
    watched.says(LITTLE, 3)
    assert (watched.line.video_suspended, watched.line.on_trial, watched.line.is_thin) == (False, True, True)
    assert watched.line.share(1) == TRIAL_BITRATE
    watched.says(ENOUGH_BITRATE, 1)
    assert not watched.line.is_thin
    shares = []
    for _ in range(20):
        watched.says(ENOUGH_BITRATE, 1)
        shares.append(watched.line.share(1) or 0)
    assert shares == sorted(shares)
    assert TRIAL_BITRATE < shares[0] < 1.5 * TRIAL_BITRATE
    assert shares[-1] == START_BITRATE


def test_trial_waits_for_a_picture_to_try_with() -> None:
    watched = Watched()
    watched.says(LITTLE, 10)
    watched.says(LITTLE, 60, flowing=False)
    assert watched.line.on_trial
    watched.says(LITTLE, 5)
    assert watched.line.video_suspended


def test_a_line_that_proved_itself_for_a_minute_is_forgiven() -> None:
    watched = Watched()
    watched.says(LITTLE, 10)
    watched.says(MUCH, PROVEN_AFTER + 20)
    watched.says(LITTLE, 20)
    assert watched.video_suspended()[-1] == FIRST_REST


def test_line_that_is_always_full_is_believed_less_though_its_receiver_sees_nothing() -> None:
    for lost, trip, seconds in ((0.3, 0.05, 2), (0.0, 0.35, 2), (0.1, 0.35, 1)):
        line = bandwidth.Downlink()
        line.note(MUCH, 0.0)
        assert not line.note_leg(0.0, 0.05, 900_000, 1.0)
        answers = [line.note_leg(lost, trip, 900_000, 1.0) for _ in range(seconds)]
        assert answers == [False] * (seconds - 1) + [True]
        assert line.share(1) == min(MUCH, 0.85 * 900_000 * (1 - lost))
        # what is reported at once afterwards is of the time before
        assert not line.note_leg(lost, trip, 200_000, 1.0)
        for _ in range(30):
            assert not line.note_leg(0.0, 0.05, 400_000, 1.0)
        assert line.share(1) == MUCH


def test_loss_at_random_and_one_bad_second_are_no_full_line() -> None:
    line = bandwidth.Downlink()
    line.note(2 * MUCH, 0.0)
    for second in range(100):
        assert not line.note_leg(0.3 if second % 5 == 0 else 0.1, 0.05, 900_000, 1.0)
    assert line.share(1) == START_BITRATE


def test_thin_line_gets_no_picture_and_every_sound_once() -> None:
    line = Line()
    line.send_run(1, 4)
    line.slot.thin_out(1.0, thin=True)
    line.send_run(4, 8)
    assert len(line.receiver.rtp) == 3
    line.slot.thin_out(2.0, thin=False)
    line.send(packet(8, VP8_DELTA))
    assert len(line.receiver.rtp) == 3
    line.send(packet(9, VP8_KEY))
    line.send(packet(10, VP8_DELTA))
    first = line.receiver.sequences()[0]
    assert [(each - first) & 0xFFFF for each in line.receiver.sequences()] == [0, 1, 2, 3, 4]

    red = bytes([0x80 | 111, 0, 0, 3, 111]) + b"oldnew"
    sound = Line("audio", sent=AUDIO, received=AUDIO)
    for sequence, thin in enumerate((False, True, False), 1):
        sound.slot.thin_out(1.0, thin=thin)
        sound.send(packet(sequence, red, payload_type=63))
    assert [each.payload_type for each in sound.receiver.headers] == [63, 111, 63]
    assert [each[12:] for each in sound.receiver.rtp] == [red, b"new", red]
