"""A relay on a free port with a clock that tests move, and browsers that connect to it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest

from app.realtime.relay import Relay
from tests.relay.browser import Browser, Connect


class Ticking:
    """Real time plus what a test adds to it."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self._still: float | None = None

    def __call__(self) -> float:
        return asyncio.get_running_loop().time() + self.ahead if self._still is None else self._still

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """All that happens meanwhile happens at once."""
        self._still = self()
        yield
        self._still = None


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
async def relay(clock: Ticking) -> AsyncIterator[Relay]:
    relay = Relay("127.0.0.1", 0, ["127.0.0.1"], max_parties_per_room=3, max_rooms=2, clock=clock)
    await relay.start()
    yield relay
    await relay.stop()
    assert relay.counters["faults"] == 0


@pytest.fixture
async def connect(relay: Relay) -> AsyncIterator[Connect]:
    browsers: list[Browser] = []

    async def connect(name: str, room: str = "room", spare_pairs: int = 1) -> Browser:
        browser = Browser(name, 10_000 * (len(browsers) + 1))
        browser.spare_pairs = spare_pairs
        browsers.append(browser)
        await browser.connect(relay, room)
        return browser

    yield connect
    for browser in browsers:
        await browser.goodbye()
