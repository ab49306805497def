"""Datagrams nobody asked for: no parser raises anything but Malformed, and no call is disturbed."""

import contextlib
import socket
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.realtime.relay import BadOffer, Relay, formats, ice, rtcp, rtp, sdp
from app.realtime.relay.errors import Malformed
from tests.relay.browser import Connect, until
from tests.relay.conftest import Ticking
from tests.relay.packets import AUDIO, AUDIO_FIREFOX, VIDEO, VIDEO_FIREFOX, Line, offer_text, packet
from tests.relay.test_call import audio, hears

FOREIGN = ("203.0.113.9", 4711)
quick = settings(max_examples=150, deadline=None, database=None, derandomize=True)
# bytes that look like the real thing for a while, so that the parsers are reached
STUN_LIKE = st.builds(
    lambda kind, body, tail: kind + len(body).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + bytes(12) + body + tail,
    st.sampled_from([b"\x00\x01", b"\x01\x01", b"\x00\x11"]),
    st.lists(
        st.builds(
            lambda kind, size, value: kind.to_bytes(2, "big") + size.to_bytes(2, "big") + value,
            st.sampled_from([1, 3, 6, 8, 9, 0x0C, 0x20, 0x24, 0x25, 0x8028, 0x802A, 0xC057]),
            st.integers(0, 40),
            st.binary(max_size=24),
        ),
        max_size=4,
    ).map(b"".join),
    st.binary(max_size=4),
)
RTP_LIKE = st.builds(lambda first, rest: bytes([0x80 | first]) + rest, st.integers(0, 63), st.binary(max_size=80))
RTCP_LIKE = st.builds(
    lambda count, kind, words, rest: bytes([0x80 | count, kind, 0, words]) + rest,
    st.integers(0, 31),
    st.sampled_from([200, 201, 202, 203, 205, 206]),
    st.integers(0, 20),
    st.binary(max_size=90),
)
ANY = st.one_of(st.binary(max_size=200), STUN_LIKE, RTP_LIKE, RTCP_LIKE)


@quick
@given(ANY)
def test_rtp_parser_is_total(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        header = rtp.parse(data)
        assert 12 <= header.payload_start <= header.payload_end <= len(data)
        for codec in ("VP8", "H264"):
            rtp.is_key_frame(codec, data, header)
        rtp.map_extensions(data, {1: 2, 2: 1})
        rtp.unwrap_rtx(data, header, 96, 1)
        rtp.strip_red(data, header)
        rtp.map_red(data, header, 111)


@quick
@given(ANY)
def test_rtcp_parser_is_total(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        rtcp.parse(data)


@quick
@given(ANY)
def test_stun_parser_is_total(data: bytes) -> None:
    for parse in (ice.local_ufrag, ice.parse_message):
        with contextlib.suppress(Malformed):
            parse(data)


@quick
@given(st.lists(st.sampled_from(offer_text("firefox").splitlines()) | st.text(max_size=40), max_size=80))
def test_offer_parser_is_total(lines: list[str]) -> None:
    with contextlib.suppress(BadOffer):
        offer = sdp.parse_offer("\r\n".join(lines))
        for section in offer.sections:
            if section.usable:
                formats.choose_formats(section)


@quick
@given(st.lists(RTP_LIKE, max_size=20), st.booleans())
def test_streams_survive_an_authentic_but_mad_sender(datagrams: list[bytes], video: bool) -> None:
    formats = (VIDEO, VIDEO_FIREFOX) if video else (AUDIO, AUDIO_FIREFOX)
    line = Line("video" if video else "audio", sent=formats[0], received=formats[1])
    for now, data in enumerate(datagrams):
        for payload_type in (63, 96, 97, 108, 111):
            with contextlib.suppress(Malformed):
                forged = data[:1] + bytes([payload_type]) + data[2:]
                line.send(forged, float(now))
                line.send_rtx(forged, float(now))
        line.source.tick(float(now))


@quick
@given(st.lists(st.tuples(ANY, st.booleans()), max_size=30))
def test_port_survives_anything_from_anywhere(datagrams: list[tuple[bytes, bool]]) -> None:
    relay = Relay("127.0.0.1", 0, ["127.0.0.1"])
    for data, foreign in datagrams:
        with contextlib.suppress(Malformed):
            relay._port.receive(data, FOREIGN if foreign else ("127.0.0.1", 9))
    assert relay._port.known == 0


async def test_flood_from_strangers_and_from_a_party_disturbs_no_call(connect: Connect, relay: Relay) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    replay = ann.send_rtp(audio(ann, 1, b"once"))
    await until(lambda: bo.received(b"once"))
    relay_address = ("127.0.0.1", relay.port)
    junk = [b"", b"\x80", b"\x80" * 1600, b"\x16\xfe\xfd" + bytes(40), b"\x00\x01\x00\x00\x21\x12\xa4\x42" + bytes(12)]
    junk += [replay, packet(2), b"\xff" * 30, b"\x80\xc8" + bytes(60)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for _ in range(40):
            for data in junk:
                stranger.sendto(data, relay_address)
                ann.send_plain(data)
    await hears(bo, ann, 5)
    await hears(ann, bo, 5)
    assert sum(each.endswith(b"once") for each in bo.rtp) == 1
    counters = relay.counters
    assert counters["faults"] == 0
    assert counters["malformed"] > 0
    assert counters["srtp_rejected"] > 0
    assert counters["unknown_source"] > 0


async def test_a_fault_in_every_datagram_is_said_once_a_second(
    relay: Relay, clock: Ticking, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_data: bytes, _address: object) -> None:
        raise KeyError

    monkeypatch.setattr(relay._port, "receive", fail)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for count in (20, 40):
            for _ in range(20):
                stranger.sendto(b"x", ("127.0.0.1", relay.port))
            await until(lambda count=count: relay.counters["faults"] == count)  # type: ignore[misc]
            clock.ahead += 2
    said = [record.getMessage() for record in caplog.records if "datagram" in record.getMessage()]
    assert [each.split("(")[1].split()[0] for each in said] == ["1", "20"]
    relay._totals.faults = 0


async def test_a_flood_of_checks_costs_a_party_nothing_but_checks(connect: Connect, relay: Relay) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    for _ in range(300):
        relay._port.receive(ann.forge_check(), ann.local_address)
    assert relay.counters["limited"] >= 90
    await hears(bo, ann, 9)


async def test_one_party_cannot_take_over_the_address_of_another(connect: Connect, relay: Relay) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    address = ann.local_address
    relay._port.receive(bo.forge_check(), address)
    assert relay.counters["refused_checks"] == 1
    await hears(bo, ann, 1)


async def test_authentic_nonsense_is_counted_and_not_forwarded(connect: Connect, relay: Relay) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    before = relay.counters["malformed"]
    ann.send_rtp(packet(1, b"x", ssrc=ann.microphone, payload_type=99))
    ann.send_rtcp(b"\x80\xc8\x00\x01\x00\x00\x00\x01")
    ann.send_rtp(packet(1, b"x", ssrc=4242))
    await hears(bo, ann, 7)
    assert relay.counters["malformed"] == before + 2
    assert relay.counters["unknown_ssrc"] == 1


def test_relay_loads_no_codec() -> None:
    """In a process of its own, since the benchmarks and other tests may load them here."""
    names = "[n for n in sys.modules if n.split('.')[0] == 'av' or 'codecs.' in n and 'aiortc' in n]"
    script = f"import sys, app.realtime.relay; print({names})"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
