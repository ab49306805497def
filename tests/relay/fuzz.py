"""What is fuzzed, and by what: every parser that reads bytes from the network, each taking anything without a fault.

`python -m tests.relay.fuzz PARSER SECONDS` searches with atheris from the corpus on, guided by coverage. Atheris is no
dependency: `.venv/bin/uv pip install atheris`. test_fuzz.py does a short part of it with hypothesis every time.
"""

import contextlib
import importlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from app.realtime.messages import BadFrame, read_frame
from app.realtime.relay import BadOffer, Relay, formats, ice, rtcp, rtp, sdp
from app.realtime.relay.answer import Local, Sending, build_answer
from app.realtime.relay.errors import Malformed

HERE = Path(__file__).parent
LOCAL = Local("ufrag", "password", "AA:BB", ["1 1 udp 1 192.0.2.1 9 typ host"], 1, 1)
RELAY = Relay("127.0.0.1", 0, ["127.0.0.1"])


def fuzz_stun(data: bytes) -> None:
    """RFC 8489."""
    for parse in (ice.local_ufrag, ice.parse_message):
        with contextlib.suppress(Malformed):
            parse(data)


def fuzz_rtp(data: bytes) -> None:
    """RFC 3550, 8285, 2198, 4588; payloads of RFC 7741 and 6184."""
    if len(data) >= 12:
        rtp.fixed_header(memoryview(data))
        if len(data) >= 16:
            rtp.is_plain(memoryview(data), len(data))
    with contextlib.suppress(Malformed):
        header = rtp.parse(data)
        rtp.is_key_frame("VP8", data, header)
        rtp.is_key_frame("H264", data, header)
        rtp.map_extensions(data, {1: 2, 2: 1})
        if (original := rtp.unwrap_rtx(data, header, 96, 1)) is not None:
            rtp.parse(original)
        rtp.parse(rtp.map_red(data, header, 111))
        rtp.parse(rtp.strip_red(data, header))


def fuzz_rtcp(data: bytes) -> None:
    """RFC 3550, 4585, 5104, REMB."""
    with contextlib.suppress(Malformed):
        rtcp.parse(data)


def fuzz_sdp(data: bytes) -> None:
    """RFC 8866: what can be read can be answered."""
    with contextlib.suppress(BadOffer):
        offer = sdp.parse_offer(data.decode("utf-8", "replace"))
        agreed = {each.mid: formats.choose_formats(each) for each in offer.sections if each.usable}
        build_answer(offer, agreed, {mid: Sending(50, 51, "seat0") for mid in agreed}, LOCAL)


def fuzz_frames(data: bytes) -> None:
    """The socket's frames."""
    with contextlib.suppress(BadFrame):
        read_frame(data)


def fuzz_port(data: bytes) -> None:
    """A datagram from an address nobody knows."""
    with contextlib.suppress(Malformed):
        RELAY._port.receive(data, ("203.0.113.9", 4711))


PARSERS: dict[str, Callable[[bytes], None]] = {
    "stun": fuzz_stun,
    "rtp": fuzz_rtp,
    "rtcp": fuzz_rtcp,
    "sdp": fuzz_sdp,
    "frames": fuzz_frames,
    "port": fuzz_port,
}


def corpus(parser: str) -> list[bytes]:
    """What a search begins with: real packets, and whatever once was a fault."""
    folders = {"sdp": ["offers"], "port": ["corpus/stun", "corpus/rtp", "corpus/rtcp"]}.get(
        parser, [f"corpus/{parser}"]
    )
    return [path.read_bytes() for folder in folders for path in sorted((HERE / folder).iterdir())]


def main() -> None:
    """Search one parser for so many seconds."""
    parser, seconds = sys.argv[1], sys.argv[2]
    try:
        atheris = importlib.import_module("atheris")
    except ImportError:
        sys.exit("atheris is not installed: .venv/bin/uv pip install atheris")
    for module in (ice, rtcp, rtp, sdp, formats):
        for name, value in vars(module).items():
            if callable(value) and getattr(value, "__module__", "") == module.__name__ and not isinstance(value, type):
                setattr(module, name, atheris.instrument_func(value))
    with tempfile.TemporaryDirectory() as folder:
        for index, each in enumerate(corpus(parser)):
            (Path(folder) / str(index)).write_bytes(each)
        atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-max_len=12000", folder], PARSERS[parser])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
