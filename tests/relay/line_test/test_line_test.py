"""A browser tries its line: its media comes back, what is lost is counted, and how much gets through."""

import asyncio
from typing import Any, cast

import pytest

from app.realtime.relay import AnyRelay, BadOffer, LineTestFigures, Party, Phase, Relay, RelayFull, RelayProxy
from app.realtime.relay.line_test import test
from app.realtime.relay.line_test.echo import LINE_OVERHEAD, Pinger
from app.realtime.relay.line_test.test import MAX_TESTS, Arrivals, Rate
from app.realtime.relay.wire import rtp
from tests.relay.browser import Browser, until
from tests.relay.packets import packet

CEILING = 2_000_000


class Listening:
    """A listener that remembers, and tells the browser's listener that it is through."""

    def __init__(self, browser: Browser | None = None) -> None:
        self.phases: list[Phase] = []
        self.figures: LineTestFigures | None = None
        self._browser = browser

    def on_phase(self, phase: Phase) -> None:
        self.phases.append(phase)
        if self._browser is not None:
            self._browser.listener.on_state("connected")

    def on_figures(self, figures: LineTestFigures) -> None:
        self.figures = figures


class Alone:
    """Where the browser of these tests expects its party: a relay that tries its line."""

    def __init__(self, relay: AnyRelay, listener: Listening) -> None:
        self._relay = relay
        self._listener = listener

    async def negotiate(self, offer: str, *, restart: bool) -> str:
        assert not restart
        _, answer = await self._relay.try_line(offer, self._listener, CEILING)
        return answer


async def begin(relay: AnyRelay) -> tuple[Browser, Listening]:
    """A browser whose line is being tried, and what it heard."""
    browser = Browser("ann", 10_000)
    heard = Listening(browser)
    await browser.connect_as(cast(Party, Alone(relay, heard)))
    return browser, heard


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same test in less than a second."""
    for name, seconds in (("CALM_S", 0.4), ("UP_S", 0.1), ("DOWN_S", 0.3), ("BEST_OF_S", 0.1)):
        monkeypatch.setattr(test, name, seconds)


@pytest.fixture
async def browser(relay: Relay) -> Any:
    trying, heard = await begin(relay)
    yield trying, heard
    await trying.goodbye()


async def test_own_sound_comes_back_under_another_name(browser: tuple[Browser, Listening]) -> None:
    ann, _ = browser
    ann.send_rtp(packet(7, b"hello", ssrc=ann.microphone, payload_type=111))
    await until(lambda: ann.received(b"hello"))
    assert ann.microphone not in {rtp.parse(each).ssrc for each in ann.rtp}


async def test_what_is_missing_on_the_way_up_is_counted(browser: tuple[Browser, Listening]) -> None:
    ann, heard = browser
    for sequence in (1, 2, 4, 5, 8):
        ann.send_rtp(packet(sequence, b"\x01", ssrc=ann.microphone, payload_type=111))
    await until(lambda: heard.figures)
    assert heard.phases == ["calm", "up", "down", "done"]
    assert heard.figures is not None
    assert heard.figures.loss == pytest.approx(3 / 8)
    assert 0 < heard.figures.round_trip < 0.1


async def test_the_train_is_numbered_without_a_gap_and_grows(browser: tuple[Browser, Listening]) -> None:
    ann, heard = browser
    await until(lambda: heard.figures)
    train = [rtp.parse(each) for each in ann.rtp]
    numbers = [each.sequence for each in train]
    assert len({each.ssrc for each in train}) == 1
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(ann.rtp[0]) < 100 < 1000 < len(ann.rtp[-1])


async def test_what_comes_up_when_asked_for_is_the_rate(browser: tuple[Browser, Listening]) -> None:
    ann, heard = browser
    await until(lambda: "up" in heard.phases)
    for sequence in range(10):
        ann.send_rtp(packet(sequence, bytes(950), ssrc=ann.camera))
    await until(lambda: heard.figures)
    assert heard.figures is not None
    assert heard.figures.bitrate == pytest.approx(10 * (950 + 12 + LINE_OVERHEAD) * 8 / 0.1, rel=0.02)


async def test_a_browser_that_leaves_ends_its_test(relay: Relay, browser: tuple[Browser, Listening]) -> None:
    ann, _ = browser
    assert relay.counters["tests"] == 1
    await ann.goodbye()
    await until(lambda: relay.counters["tests"] == 0)


async def test_only_so_many_lines_are_tried_at_once(relay: Relay) -> None:
    offer = Browser("ann", 10_000).offer()
    tests = [await relay.try_line(offer, Listening(), CEILING) for _ in range(MAX_TESTS)]
    with pytest.raises(RelayFull):
        await relay.try_line(offer, Listening(), CEILING)
    tests[0][0].close()
    await relay.try_line(offer, Listening(), CEILING)


async def test_an_offer_without_anything_to_send_is_refused(relay: Relay) -> None:
    lines = Browser("ann", 10_000).offer().replace("sendrecv", "recvonly")
    with pytest.raises(BadOffer):
        await relay.try_line(lines, Listening(), CEILING)
    assert relay.counters["tests"] == 0


async def test_a_test_nobody_comes_to_is_given_up(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test, "ABANDONED_AFTER_S", 0.05)
    await relay.try_line(Browser("ann", 10_000).offer(), Listening(), CEILING)
    await until(lambda: relay.counters["tests"] == 0)


def test_a_full_line_shows_before_the_answer_comes() -> None:
    pinger = Pinger(0.0)
    pinger.ask(("127.0.0.1", 9), 1.0)
    assert pinger.delay(1.02) == pytest.approx(0.02)
    assert pinger.delay(1.5) == pytest.approx(0.5)


def test_unevenness_is_the_mean_change_of_the_way() -> None:
    arrivals = Arrivals("audio", 1000, 1, 1)
    for number, late in ((1, 0.0), (2, 0.010), (3, 0.0), (5, 0.010)):
        header = rtp.Header(111, number, number * 20, 1, 12, 13)
        arrivals.note(header, number * 0.020 + late)
    assert arrivals.jitter == pytest.approx(0.010)
    assert (arrivals.due, arrivals.received) == (5, 4)


def test_the_fastest_stretch_counts_not_the_whole() -> None:
    rate = Rate()
    for at in (0.0, 1.0, 1.01, 1.02, 3.0):
        rate.note(1000, at)
    assert rate.best == pytest.approx(3 * 1000 * 8 / 0.1)
    assert rate.recent(3.05) == pytest.approx(1000 * 8 / 0.1)


async def test_stopping_the_relay_ends_every_test() -> None:
    relay = Relay("127.0.0.1", 0, ["127.0.0.1"])
    await relay.start()
    await relay.try_line(Browser("ann", 10_000).offer(), Listening(), CEILING)
    await relay.stop()
    assert relay.counters["tests"] == 0
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "relay line test" and not task.cancelling()]


async def test_a_relay_in_a_process_of_its_own_tries_lines_alike() -> None:
    relay = RelayProxy("127.0.0.1", 0, ["127.0.0.1"])
    await relay.start()
    ann, heard = await begin(relay)
    ann.send_rtp(packet(7, b"hello", ssrc=ann.microphone, payload_type=111))
    await until(lambda: ann.received(b"hello"))
    assert heard.phases == ["calm"]
    with pytest.raises(BadOffer):
        await relay.try_line("nonsense", Listening(), CEILING)
    await relay.stop()
    await ann.goodbye()
