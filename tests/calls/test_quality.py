"""How calls' lines were (E8): what is kept, what is made of it, and that no call suffers when it fails."""

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.clinic.calls import quality
from app.clinic.calls.quality import MAX_SAMPLES, Arrival, Noted, PartyLine, QualitySample
from app.clinic.calls.tables import Call, CallQuality
from app.clinic.learning import postcards
from app.clinic.reporting import figures
from app.clinic.reporting.figures import Filter
from app.realtime.call_room import Seat
from app.realtime.messages import Measured, read_frame
from app.realtime.quality import QualityNotes
from app.realtime.relay import PartyFigures
from app.realtime.relay.figures import PartyStats, WayUp
from app.realtime.relay.stream import StreamStats
from tests.cast import Cast, who
from tests.conftest import Browser
from tests.learning.test_postcards import GOOD, HELD, held
from tests.realtime.test_stage_words import computed

MEASURING = Path(__file__).parents[2] / "static/js/call/measuring.js"
SAID: dict[str, Any] = {
    "rtt_ms": 42,
    "jitter_ms": 3.4,
    "loss": 1.2,
    "kbps_in": 800,
    "kbps_out": 640,
    "freezes": 1,
    "frozen_ms": 400,
    "reconnects": 0,
    "connect_ms": 900,
    "device": "phone",
    "browser": "safari",
}


def said(call: Call, **values: Any) -> Measured:
    """A page's frame as it comes over the wire."""
    frame = read_frame(json.dumps({"type": "measured", "call": str(call.id), **SAID, **values}))
    assert isinstance(frame, Measured)
    return frame


def seat(*, pictures: bool = True) -> Seat:
    return Seat("p1", "Jens Hansen", "patient", pictures=pictures)


async def noted(call: Call, now: datetime, samples: int, **values: Any) -> None:
    """So many samples of the patient's page, ten seconds apart, written down."""
    notes = QualityNotes()
    for number in range(samples):
        notes.from_page(seat(), said(call, **values), now + timedelta(seconds=10 * (number + 1)))
    await notes.write_down()


def sample(**values: Any) -> QualitySample:
    plain = {"at": 10, "rtt_ms": 40, "jitter_ms": 3, "loss": 0, "kbps_in": 800, "kbps_out": 700}
    return QualitySample(**{**plain, "freezes": 0, "frozen_ms": 0, "audio_only": False, **values})


def line(samples: list[QualitySample], reconnects: int = 0) -> PartyLine:
    return PartyLine("patient", "phone", "safari", 900, reconnects, samples, [])


async def test_both_sides_samples_are_kept_as_one_row_for_each_party(cast: Cast, now: datetime) -> None:
    call, notes = await held(cast, now), QualityNotes()
    notes.from_page(seat(), said(call), now + timedelta(seconds=12))
    notes.from_relay(call.id, seat(), PartyFigures(640.4, 2.04, 4.6), now + timedelta(seconds=13))
    await notes.write_down()
    notes.from_page(seat(pictures=False), said(call, rtt_ms=None, reconnects=1), now + timedelta(seconds=24))
    await notes.write_down()
    (kept,) = await quality.of_call(call.id)
    assert [each.at for each in kept.samples] == [12, 24]
    assert kept.samples[0] == sample(at=12, rtt_ms=42, loss=12, kbps_out=640, freezes=1, frozen_ms=400)
    assert [each.audio_only for each in kept.samples] == [False, True]
    assert kept.arrivals == [Arrival(13, 20, 5, 640)]
    assert (kept.role, kept.device, kept.browser, kept.connect_ms, kept.reconnects) == (
        *("patient", "phone", "safari"),
        *(900, 1),
    )
    assert (kept.rtt_ms, kept.freezes, kept.loss_up_percent) == (42, 2, 2.0)


async def test_a_strangers_numbers_are_cut_to_what_can_be(cast: Cast, now: datetime) -> None:
    call, notes = await held(cast, now), QualityNotes()
    wild = {"rtt_ms": 1e300, "loss": -5, "kbps_in": 1e12, "freezes": 1e9, "device": "toaster", "connect_ms": -1}
    notes.from_page(seat(), said(call, **wild), now)
    notes.from_page(seat(), said(call), now + timedelta(seconds=1))
    await notes.write_down()
    (kept,) = await quality.of_call(call.id)
    assert (kept.device, kept.connect_ms) == ("other", 0)
    assert kept.samples == [
        sample(at=0, rtt_ms=60_000, loss=0, kbps_in=100_000, kbps_out=640, freezes=1000, frozen_ms=400)
    ]


async def test_a_row_grows_no_further_than_a_long_call(cast: Cast, now: datetime) -> None:
    call = await held(cast, now)
    for _time in range(2):
        await quality.keep([Noted(call.id, "p1", "patient", samples=[(now, sample())] * (MAX_SAMPLES - 1))])
    (kept,) = await quality.of_call(call.id)
    assert len(kept.samples) == MAX_SAMPLES
    await quality.keep([Noted(uuid4(), "p1", "patient", samples=[(now, sample())])])
    assert await CallQuality.count() == 1


async def test_what_cannot_be_written_is_lost_and_nothing_else(
    cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, notes = await held(cast, now), QualityNotes()

    async def broken(_noted: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as broken_disk:
        broken_disk.setattr(quality, "keep", broken)
        notes.from_page(seat(), said(call), now)
        await notes.write_down()
    await asyncio.gather(notes.write_down(), notes.write_down())
    assert await CallQuality.count() == 0


def test_a_line_is_called_what_it_was_like_to_talk_on() -> None:
    assert line([]).verdict is None
    assert line([sample()] * 9 + [sample(loss=300)]).verdict == "good"
    assert line([sample()] * 7 + [sample(rtt_ms=500)] * 3).verdict == "weak"
    assert line([sample()] * 7 + [sample(audio_only=True)] * 3).verdict == "bad"
    assert line([sample()] * 9, reconnects=2).verdict == "weak"
    assert line([sample(), sample(audio_only=True)]).audio_only_s == 10


async def test_the_poorest_line_is_the_meetings_and_comes_into_the_figures(cast: Cast, now: datetime) -> None:
    for patient, loss in ((cast.patient, 0.0), (cast.second_patient, 20.0)):
        call = await held(cast, now, 11, patient)
        await noted(call, now, 6, loss=loss)
        await postcards.hand_in(call, who(cast.doctor), HELD, GOOD, now)
    day = now.date()
    for found in (
        await figures.of_clinic(cast.clinic.id, Filter(day, day)),
        await figures.of_all(_month(day), limit=1),
    ):
        assert found.measured == {"good": 1, "bad": 1}


def _month(day: Any) -> Filter:
    return Filter(day.replace(day=1), day.replace(day=30))


async def test_what_was_counted_goes_after_its_time_and_the_verdict_stays(cast: Cast, now: datetime) -> None:
    call = await held(cast, now)
    await noted(call, now, 6)
    await postcards.hand_in(call, who(cast.doctor), HELD, GOOD, now)
    await quality.forget_old(now + timedelta(days=179), 180)
    assert await quality.of_call(call.id)
    await quality.forget_old(now + timedelta(days=181), 180)
    assert await quality.of_call(call.id) == []
    assert (await figures.of_all(_month(now.date()), limit=1)).measured == {"good": 1}


def test_the_relay_tells_of_what_came_in_between() -> None:
    way = WayUp()

    def stats(packets: int, octets: int, lost: int) -> PartyStats:
        up = StreamStats("p1", "camera", "up", packets, octets, lost, 0.0, 7.0, None)
        return PartyStats("p1", "connected", None, [up, StreamStats("p2", "camera", "down", 9, 9, 9, 0.5, 99.0, None)])

    assert way.take(stats(100, 10_000, 0), 0.0) is None
    assert not way.is_due(9.0)
    assert way.take(stats(190, 135_000, 10), 10.0) == PartyFigures(kbps=100.0, loss=10.0, jitter_ms=7.0)
    assert way.take(stats(5, 500, 0), 20.0) is None


def test_a_page_sums_up_ten_seconds() -> None:
    report = """new Map([["r", {type: "remote-inbound-rtp", roundTripTime: 0.0314}],
      ["o", {type: "outbound-rtp", bytesSent: N * 62500}],
      ["i", {type: "inbound-rtp", packetsReceived: N * 90, packetsLost: N * 10, bytesReceived: N * 125000,
             jitter: 0.004, freezeCount: N, totalFreezesDuration: N * 0.5}]])"""
    first, second = report.replace("N", "1"), report.replace("N", "2")
    asked = f"""(() => {{ const x = new m.Measuring(0); x.connected(800); x.connected(5000);
      return [x.take({first}, 6000), x.take({second}, 9000), x.take({second}, 16000),
              x.take(new Map(), 26000)]; }})()"""
    began, too_soon, summed, empty = computed(asked, MEASURING)
    assert (began, too_soon) == (None, None)
    assert summed == {
        "rtt_ms": 31,
        "jitter_ms": 4,
        "loss": 10,
        "kbps_in": 100,
        "kbps_out": 50,
        "freezes": 1,
        "frozen_ms": 500,
        "reconnects": 1,
        "connect_ms": 800,
    }
    assert all(
        isinstance(value, int | float | bool | None) and (value is None or value >= 0) for value in empty.values()
    )
    for sent in (summed, empty):
        assert read_frame(json.dumps({"type": "measured", "call": str(uuid4()), **SAID, **sent}))


async def test_the_page_shows_the_line_as_a_picture_and_in_words(browser: Browser, cast: Cast) -> None:
    now = browser.clock.now
    call = await held(cast, now)
    await browser.sign_in(cast.doctor)
    assert "Nothing was measured in this call" in (await browser.get(f"/calls/{call.id}/quality?lang=en")).text
    await noted(call, now, 12, loss=20.0)
    page = (await browser.get(f"/calls/{call.id}/quality?lang=en")).text
    assert page.count("line-bar bad") == 12
    assert "line-trip" in page
    assert "The line was poor" in page
    assert "Phone, Safari" in page
    assert page.count('<th scope="row">') == 2
