"""What is fuzzed: every parser that reads bytes from the network, and a call, each taking anything without a fault.

`python -m tests.relay.fuzz PARSER INPUTS` searches with atheris from the corpus on, guided by coverage, `all` in one
parser after the other. test_fuzz.py does a little of it every time.
"""

import argparse
import asyncio
import contextlib
import functools
import os
import sys
import tempfile
import types
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from app.realtime import messages
from app.realtime.messages import BadFrame, read_frame
from app.realtime.relay import BadOffer, Relay, connection, down_track, loss, port, up_track
from app.realtime.relay.errors import Malformed
from app.realtime.relay.wire import answer, formats, ice, rtcp, rtp, sdp
from app.realtime.relay.wire.answer import Local, Sending, build_answer
from tests.relay.packets import VP8_KEY
from tests.relay.world import Sender, World

HERE = Path(__file__).parent
LOCAL = Local("ufrag", "password", "AA:BB", ["1 1 udp 1 192.0.2.1 9 typ host"], 1, 1)
RELAY = Relay("127.0.0.1", 0, ["127.0.0.1"])
INSTRUMENTED = (answer, connection, formats, ice, loss, messages, port, rtcp, rtp, sdp, down_track, up_track)
MAX_INPUT = 12_000
ALL = "all"


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
    assert RELAY._port.known == 0


@functools.cache
def _world() -> World:
    world = World(in_place=True)
    asyncio.run(world.open())
    # so that ann has pictures to miss
    world.receive(Sender("bo").rtp("bo", 1, 1, VP8_KEY, {}, 0), "bo")
    return world


def fuzz_call(data: bytes) -> None:
    """An authentic packet of a browser gone mad; the first byte says of which stream, the second how time passes."""
    if len(data) < 14:
        return
    world = _world()
    ann = world.parties["ann"]._connection
    assert ann is not None
    own = [*ann._by_ssrc, *ann._by_rtx_ssrc, *ann._down_tracks]
    ssrc = own[data[0] % len(own)].to_bytes(4, "big")
    world.now += data[1] / 1000
    packet = data[2:]
    with contextlib.suppress(Malformed):
        if 192 <= packet[1] <= 223:
            ann.on_rtcp(packet[:8] + ssrc + packet[12:], world.now)
        else:
            packet = (packet[:8] + ssrc + packet[12:])[:1400]
            world.relay._port._buffer.put(packet)
            if not ann.carry(world.relay._port._buffer, len(packet), world.now):
                ann.on_rtp(packet, world.now)
    world.relay._rooms["room"].tick(world.now)
    ann.report(world.now)
    world.sent.clear()


PARSERS: dict[str, Callable[[bytes], None]] = {
    "stun": fuzz_stun,
    "rtp": fuzz_rtp,
    "rtcp": fuzz_rtcp,
    "sdp": fuzz_sdp,
    "frames": fuzz_frames,
    "port": fuzz_port,
    "call": fuzz_call,
}


def corpus(parser: str) -> list[bytes]:
    """What a search begins with: real packets, and whatever once was a fault."""
    if parser == "call":
        return [bytes([stream, 20]) + each for stream in range(10) for each in (*corpus("rtp"), *corpus("rtcp"))]
    folders = {"sdp": ["offers"], "port": ["corpus/stun", "corpus/rtp", "corpus/rtcp"]}.get(
        parser, [f"corpus/{parser}"]
    )
    return [path.read_bytes() for folder in folders for path in sorted((HERE / folder).iterdir())]


def _instrument(module: types.ModuleType, instrument: Callable[..., object]) -> None:
    """Let atheris see which way every function and method of the module takes."""
    for owner in [module, *(each for each in vars(module).values() if isinstance(each, type))]:
        for name, value in list(vars(owner).items()):
            if isinstance(value, types.FunctionType) and value.__module__ == module.__name__:
                setattr(owner, name, instrument(value))


def search(parser: str, inputs: int, seed: int) -> NoReturn:
    """Try so many inputs, ending the process: with success, or with the input that makes a fault."""
    import atheris  # where there are wheels of it

    for module in INSTRUMENTED:
        _instrument(module, atheris.instrument_func)
    with tempfile.TemporaryDirectory() as folder:
        for index, each in enumerate(corpus(parser)):
            (Path(folder) / str(index)).write_bytes(each)
        options = [f"-runs={inputs}", f"-seed={seed}", f"-max_len={MAX_INPUT}"]
        options.append(f"-artifact_prefix={tempfile.gettempdir()}/")
        atheris.Setup([sys.argv[0], *options, folder], PARSERS[parser])
        atheris.Fuzz()
    sys.exit()


def main() -> None:
    """Search one parser, or each in a process of its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("parser", choices=[*PARSERS, ALL])
    parser.add_argument("inputs", type=int)
    parser.add_argument("--seed", type=int, default=0, help="the same search every time")
    chosen = parser.parse_args()
    if chosen.parser != ALL:
        search(chosen.parser, chosen.inputs, chosen.seed)
    for each in PARSERS:
        if (child := os.fork()) == 0:
            # an offer takes twenty times as long as a packet
            search(each, chosen.inputs // 20 if each == "sdp" else chosen.inputs, chosen.seed)
        if fault := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
            sys.exit(fault)


if __name__ == "__main__":
    main()
