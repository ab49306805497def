"""Everything that reads bytes from the network takes anything: nothing but Malformed or BadOffer comes of it."""

import contextlib
import importlib.util
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.realtime.relay.errors import Malformed
from tests.relay.fuzz import PARSERS, corpus
from tests.relay.packets import AUDIO, AUDIO_FIREFOX, VIDEO, VIDEO_FIREFOX, Line, offer_text

INPUTS = 5000

CHANGES = st.lists(
    st.tuples(st.integers(0, 11_000), st.sampled_from(["set", "cut", "drop", "twice"]), st.binary(max_size=4))
)
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
LINES = st.lists(st.sampled_from(offer_text("firefox").splitlines()) | st.text(max_size=40), max_size=80)
INVENTED = {"sdp": LINES.map("\r\n".join).map(str.encode), "frames": st.binary(max_size=200)}
quick = settings(max_examples=150, deadline=None, database=None, derandomize=True)


def damaged(data: bytes, changes: list[tuple[int, str, bytes]]) -> bytes:
    """`data` after some accidents on the way."""
    for where, what, more in changes:
        at = where % (len(data) + 1)
        if what == "set":
            data = data[:at] + more + data[at + len(more) :]
        elif what == "cut":
            data = data[:at]
        elif what == "drop":
            data = data[:at] + data[at + len(more) :]
        else:
            data = data[:at] + data[at // 2 :]
    return data[:12_000]


@pytest.mark.parametrize("parser", PARSERS)
def test_real_packets_are_read(parser: str) -> None:
    assert corpus(parser)
    for data in corpus(parser):
        PARSERS[parser](data)


@pytest.mark.parametrize("parser", PARSERS)
def test_neither_damage_nor_invention_makes_a_fault(parser: str) -> None:
    @quick
    @given(st.builds(damaged, st.sampled_from(corpus(parser)), CHANGES) | INVENTED.get(parser, ANY))
    def read(data: bytes) -> None:
        PARSERS[parser](data)

    read()


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="there is no wheel of atheris for this machine")
def test_a_search_guided_by_coverage_finds_no_fault() -> None:
    command = [sys.executable, "-m", "tests.relay.fuzz", "all", str(INPUTS), "--seed=1"]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-4000:]
    assert ran.stderr.count(" runs in ") == len(PARSERS)


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
