"""The words of the socket `/live`, as msgspec structs tagged by "type"; docs/protocol.md says the same in prose.

What comes in is decoded strictly: an unknown type, an unknown field or a text over its limit is no frame at all.
Nothing here knows sockets, rooms or the database.
"""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from app.strict_json import NotReadable, read_json

MAX_FRAME = 96 * 1024
"""Characters in the longest frame we read; an offer with eight sections is about 12 kB."""

Topic = Annotated[str, Meta(max_length=60)]
ConnectionId = Annotated[str, Meta(min_length=1, max_length=40)]
Sdp = Annotated[str, Meta(max_length=64 * 1024)]
PartyId = Annotated[str, Meta(max_length=40)]
Sealing = Annotated[str, Meta(max_length=40)]
"""What a page that can encrypt end to end is called in the agreement on keys; empty when it can't."""
SeatState = Literal["connecting", "connected", "reconnecting", "left"]


class BadFrame(Exception):
    """What came in is not a frame of the protocol."""


class Subscribe(msgspec.Struct, tag="subscribe", frozen=True, forbid_unknown_fields=True):
    """The page shows these things and wants to hear when they change."""

    topics: Annotated[list[Topic], Meta(max_length=32)]


class Here(msgspec.Struct, tag="here", frozen=True, forbid_unknown_fields=True):
    """The waiting page is alive; sent every 15 seconds, at once when it is shown or hidden, and last when it closes."""

    place: UUID
    visible: bool
    closing: bool = False


class Alive(msgspec.Struct, tag="alive", frozen=True, forbid_unknown_fields=True):
    """Any other page asks every 15 seconds whether it is still heard."""


class Seen(msgspec.Struct, tag="seen", frozen=True, forbid_unknown_fields=True):
    """The patient's screen shows this ring, and somebody looks at it."""

    call: UUID


class SdpOffer(msgspec.Struct, tag="offer", frozen=True, forbid_unknown_fields=True):
    """A browser's session description. `connection` names one RTCPeerConnection; `restart` is an ICE restart of it."""

    call: UUID
    connection: ConnectionId
    restart: bool
    sdp: Sdp
    sealing: Sealing = ""


class Media(msgspec.Struct, tag="media", frozen=True, forbid_unknown_fields=True):
    """What this party sends from now on. `interrupted`: it means to be heard, but something took the microphone."""

    call: UUID
    microphone: bool
    camera: bool
    screen: bool = False
    interrupted: bool = False
    sealing: Sealing = ""


class Pass(msgspec.Struct, tag="pass", frozen=True, forbid_unknown_fields=True):
    """A word from this party's page to another's, or to all others' when `to` is empty; not ours to read or keep."""

    call: UUID
    to: PartyId
    data: Annotated[str, Meta(max_length=8 * 1024)]


class Measured(msgspec.Struct, tag="measured", frozen=True, forbid_unknown_fields=True):
    """What this party's browser counted over some ten seconds; numbers out of bounds are cut to them, not refused."""

    call: UUID
    rtt_ms: float | None
    jitter_ms: float
    loss: float
    kbps_in: float
    kbps_out: float
    freezes: float
    frozen_ms: float
    reconnects: float
    connect_ms: float | None
    device: Annotated[str, Meta(max_length=20)]
    browser: Annotated[str, Meta(max_length=20)]


class AskServers(msgspec.Struct, tag="servers", frozen=True, forbid_unknown_fields=True):
    """The page is about to open a line and asks by which servers it may go."""


class Leave(msgspec.Struct, tag="leave", frozen=True, forbid_unknown_fields=True):
    """This party goes; the call goes on for the others."""

    call: UUID


class LineOffer(msgspec.Struct, tag="line_offer", frozen=True, forbid_unknown_fields=True):
    """A browser that wants to try its line, alone with the relay; a newer offer of the same socket ends the older."""

    connection: ConnectionId
    sdp: Sdp


class Nudge(msgspec.Struct, tag="nudge", frozen=True, omit_defaults=True):
    """These things changed; ask again with your own rights, at a moment of your own choosing within so many ms."""

    topics: list[str]
    within_ms: int = 0


class Heard(msgspec.Struct, tag="heard", frozen=True, omit_defaults=True):
    """The page was heard; with `place`, this place's page was, and desks may read so."""

    place: UUID | None = None


class SdpAnswer(msgspec.Struct, tag="answer", frozen=True):
    """The relay's session description for the connection's latest offer."""

    call: UUID
    connection: str
    sdp: str


class Slots(msgspec.Struct, tag="slots", frozen=True):
    """Who sits in which of the receiver's own sections: section's mid to party id.

    `unseated` others find no section: the browser's next restart should offer more.
    """

    call: UUID
    slots: dict[str, str | None]
    unseated: int = 0


class PartyView(msgspec.Struct, frozen=True):
    """One party as another party may see it; `kind` is a guest's, `muted` and `on_hold` are the clinic's doing.

    `pictures`: whether its line takes any; else they rest, so that the sound stays clear.
    """

    id: str
    name: str
    role: Literal["staff", "patient", "guest"]
    you: bool
    state: SeatState
    microphone: bool
    camera: bool
    screen: bool = False
    interrupted: bool = False
    kind: str = ""
    muted: bool = False
    on_hold: bool = False
    sealing: str = ""
    pictures: bool = True


class Parties(msgspec.Struct, tag="parties", frozen=True):
    """Everybody in the call, the receiver included. `epoch` grows whenever keys must be agreed on anew."""

    call: UUID
    parties: list[PartyView]
    epoch: int = 0


class IceServer(msgspec.Struct, frozen=True):
    """One RTCIceServer."""

    urls: list[str]
    username: str
    credential: str


class Servers(msgspec.Struct, tag="servers", frozen=True):
    """The TURN servers, with a credential that is good for ten minutes; none when there are none."""

    servers: list[IceServer]


class Passed(msgspec.Struct, tag="passed", frozen=True):
    """What another party's page said."""

    call: UUID
    sender: str
    data: str


class Gone(msgspec.Struct, tag="gone", frozen=True):
    """We do not know this connection any more: make a new one, same call."""

    call: UUID
    connection: str


class Replaced(msgspec.Struct, tag="replaced", frozen=True):
    """The same person joined from somewhere else: this page stops sending."""

    call: UUID


class Ended(msgspec.Struct, tag="ended", frozen=True):
    """The call is over."""

    call: UUID


class Refused(msgspec.Struct, tag="refused", frozen=True):
    """What was asked for was not done. `what` is the topic or call, `why` one of the words in docs/protocol.md."""

    what: str
    why: Literal["unknown", "full", "later", "not_yet", "bad_offer"]


class LineAnswer(msgspec.Struct, tag="line_answer", frozen=True):
    """The relay's session description for a line to be tried."""

    connection: str
    sdp: str


class LinePhase(msgspec.Struct, tag="line_phase", frozen=True):
    """A part of the test begins, or it is done: docs/relay.md says what happens in which."""

    connection: str
    phase: Literal["calm", "up", "down", "done"]


class LineFigures(msgspec.Struct, tag="line_figures", frozen=True):
    """What the relay counted; jitter, loss (percent) and rate (kbit/s) are those of the way up."""

    connection: str
    rtt_ms: float
    jitter_ms: float
    loss: float
    kbps: float


ClientFrame = Subscribe | Here | Alive | Seen | SdpOffer | Media | Pass | Measured | AskServers | Leave | LineOffer
ServerFrame = (
    Nudge
    | Heard
    | SdpAnswer
    | Slots
    | Parties
    | Passed
    | Servers
    | Gone
    | Replaced
    | Ended
    | Refused
    | LineAnswer
    | LinePhase
    | LineFigures
)

_decoder = msgspec.json.Decoder(ClientFrame)
_encoder = msgspec.json.Encoder()


def read_frame(text: str | bytes) -> ClientFrame:
    """One frame from a browser; raises BadFrame for anything the protocol does not know."""
    if len(text) > MAX_FRAME:
        raise BadFrame("too long")
    try:
        frame: ClientFrame = read_json(text, _decoder)
    except NotReadable as problem:
        raise BadFrame(str(problem)) from None
    return frame


def write_frame(frame: ServerFrame) -> bytes:
    """The frame as the text that goes on the wire."""
    return _encoder.encode(frame)
