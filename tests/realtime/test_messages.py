"""The wire: what is a frame and what is not."""

from uuid import UUID

import msgspec
import pytest

from app.realtime.messages import (
    MAX_FRAME,
    BadFrame,
    Here,
    Nudge,
    Parties,
    PartyView,
    SdpOffer,
    Subscribe,
    read_frame,
    write_frame,
)

CALL = UUID("6a1f0f0e-93c5-4d0c-8a54-5a4f62a5a9d5")


def test_known_frames_are_read() -> None:
    assert read_frame('{"type":"subscribe","topics":["queue:x"]}') == Subscribe(["queue:x"])
    assert read_frame(f'{{"type":"here","place":"{CALL}","visible":false}}') == Here(CALL, False)
    offer = read_frame(f'{{"type":"offer","call":"{CALL}","connection":"c","restart":true,"sdp":"v=0"}}')
    assert offer == SdpOffer(CALL, "c", True, "v=0")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "hello",
        '{"type":"nudge","topics":[]}',
        '{"type":"subscribe"}',
        '{"type":"subscribe","topics":"queue:x"}',
        '{"type":"subscribe","topics":[],"more":1}',
        '{"type":"here","place":"not-an-id","visible":true}',
        f'{{"type":"here","place":"{CALL}","visible":1}}',
        f'{{"type":"offer","call":"{CALL}","connection":"","restart":false,"sdp":""}}',
        f'{{"type":"offer","call":"{CALL}","connection":"{"c" * 41}","restart":false,"sdp":""}}',
        '{"type":"subscribe","topics":[' + ",".join('"a"' for _ in range(33)) + "]}",
        '{"type":"subscribe","topics":["' + "x" * 61 + '"]}',
        " " * (MAX_FRAME + 1),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadFrame):
        read_frame(text)


def test_frames_are_written_with_their_type() -> None:
    assert msgspec.json.decode(write_frame(Nudge(["queue:1"]))) == {"type": "nudge", "topics": ["queue:1"]}
    party = PartyView("p", "Mette Holm", "staff", True, "connected", True, False)
    written = msgspec.json.decode(write_frame(Parties(CALL, [party])))
    assert written["parties"][0] == {
        "id": "p",
        "name": "Mette Holm",
        "role": "staff",
        "you": True,
        "state": "connected",
        "microphone": True,
        "camera": False,
        "screen": False,
        "interrupted": False,
        "kind": "",
        "muted": False,
        "on_hold": False,
        "sealing": "",
        "pictures": True,
    }


@pytest.mark.parametrize("text", ["[" * 50_000, '{"a":' * 10_000, b"\xff\xfe", '"\ud800"'])
def test_what_no_decoder_takes_is_refused_like_the_rest(text: str | bytes) -> None:
    with pytest.raises(BadFrame):
        read_frame(text)
